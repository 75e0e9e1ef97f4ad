"""What each method takes and answers."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, declared
from tests.plugin.service import MID, Service
from tests.plugin.subscriptions import Warned

KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
OUTPUTS = {
    "url",
    "callback_name",
    "max_batch_size",
    "force_destroy",
    "signature_key",
    "mid",
    "changed_at",
}


def test_inputs_become_canonical_and_defaults_are_filled_in(plugin: Plugin) -> None:
    """The host is in lower case, an empty path is a slash, an id is in lower case."""
    program = {
        "url": "https://Receiver.TEST",
        "callback_name": "orders",
        "adopt_id": GUID.upper(),
        "known_signature_key": f" {KEY} ",
    }
    assert plugin.check(program) == (
        {
            "url": "https://receiver.test/",
            "callback_name": "orders",
            "max_batch_size": 1000,
            "force_destroy": False,
            "adopt_id": GUID,
            "known_signature_key": KEY,
        },
        [],
    )


def test_checked_inputs_pass_a_second_check_unchanged(plugin: Plugin) -> None:
    """Check is idempotent."""
    inputs, _ = plugin.check({"url": "https://Receiver.TEST", "callback_name": "orders"})
    assert plugin.check(inputs) == (inputs, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"url": "http://receiver.test/"},
            "url: it does not begin with https://; ENS calls https endpoints only.",
        ),
        (
            {"url": "https://receiver.test:8443/"},
            "url: it has a port; ENS takes https://host/path without one, on port 443.",
        ),
        (
            {"url": "https://receiver.test/?token=hush"},
            "url: it has a query; ENS takes https://host/path without one.",
        ),
        (
            {"url": None},
            "url: it is required and not given; declare it.",
        ),
        (
            {"callback_name": " orders"},
            "callback_name: it begins or ends with white space; remove that.",
        ),
        (
            {"max_batch_size": 99},
            "max_batch_size: it is 99; give 100 to 1000 events.",
        ),
        (
            {"max_batch_size": 500.5},
            "max_batch_size: it is not a whole number; give 100 to 1000 events.",
        ),
        (
            {"force_destroy": "yes"},
            "force_destroy: it is a text; give True or False.",
        ),
        (
            {"on_existing": "take"},
            "on_existing: it is none of 'adopt', 'rotate', 'fail'; give one of them.",
        ),
        (
            {"known_signature_key": "hush hush"},
            "known_signature_key: it is not base64; give the whole key as ENS showed it.",
        ),
        (
            {"adopt_id": "orders"},
            "adopt_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
        ),
        (
            {"probe_timeout_seconds": 541},
            "probe_timeout_seconds: it is 541; give 0 to 480 seconds.",
        ),
        (
            {"color": "red"},
            "color: there is no input of that name; remove or correct it.",
        ),
    ],
)
def test_a_failure_names_the_input_in_its_sentence_only(
    plugin: Plugin, changes: dict[str, Any], reason: str
) -> None:
    """The property of a failure is empty, or the engine would print the value, of a secret too."""
    _, failures = plugin.check(declared(**changes))
    assert failures == [("", reason)]


def test_every_input_may_be_unknown(plugin: Plugin) -> None:
    """What a preview does not know yet passes the check as unknown."""
    names = [
        *("url", "callback_name", "max_batch_size", "auth_id", "force_destroy", "on_existing"),
        *("known_signature_key", "adopt_id", "probe_timeout_seconds"),
    ]
    inputs, failures = plugin.check(dict.fromkeys(names, UNKNOWN))
    assert failures == []
    assert {name for name, value in inputs.items() if value is not None} == set(names)
    assert len({type(value) for value in inputs.values()}) == 1
    assert type(inputs["url"]) is type(UNKNOWN)


def test_create_only_inputs_keep_what_the_state_has(plugin: Plugin) -> None:
    """Changed, added or removed later, they are no difference; one that is absent stays so."""
    olds = declared(on_existing="rotate", probe_timeout_seconds=60, known_signature_key=KEY)
    program = declared(on_existing="fail", adopt_id=GUID, probe_timeout_seconds=None)
    assert plugin.check(program, olds) == (olds, [])


def test_create_only_inputs_of_a_replacement_are_those_of_the_program(plugin: Plugin) -> None:
    """The second check of a replacement comes without a state."""
    program = declared(on_existing="fail", known_signature_key=KEY, probe_timeout_seconds=0)
    assert plugin.check(program) == (program, [])


ADOPTS_WHAT_IT_DELETES = (
    "",
    "adopt_id: it names the callback that this change deletes; remove it first.",
)


@pytest.mark.parametrize(
    "change", [{"url": "https://receiver.test/new"}, {"callback_name": "new"}, {"auth_id": "a"}]
)
def test_adopt_id_of_the_callback_that_is_replaced_is_refused(
    plugin: Plugin, change: dict[str, str]
) -> None:
    """The replacement could not adopt what was deleted for it."""
    olds = declared(adopt_id=GUID)
    _, failures = plugin.check(declared(adopt_id=GUID, **change), olds)
    assert failures == [ADOPTS_WHAT_IT_DELETES]


def test_adopt_id_is_refused_when_the_engine_replaces_without_a_difference(
    plugin: Plugin,
) -> None:
    """`--replace` asks twice: the second check has no state, and the first saw the id in it."""
    adopt_id = "18b67f0e-5be8-4673-97e9-682c133f778c"
    assert plugin.check(declared(adopt_id=adopt_id), declared(adopt_id=adopt_id))[1] == []
    assert plugin.check(declared(adopt_id=adopt_id))[1] == [ADOPTS_WHAT_IT_DELETES]


def test_adopt_id_stays_acceptable_in_place(plugin: Plugin) -> None:
    """A change of the batch size deletes nothing."""
    olds = declared(adopt_id=GUID)
    assert plugin.check({**olds, "max_batch_size": 500}, olds)[1] == []


def test_adopt_id_stays_acceptable_while_the_url_is_unknown(plugin: Plugin) -> None:
    """What a preview does not know yet may well be the same."""
    olds = declared(adopt_id=GUID)
    assert plugin.check({**olds, "url": UNKNOWN}, olds)[1] == []


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({}, []),
        ({"url": "https://RECEIVER.test/orders"}, []),
        ({"url": "https://receiver.test/new"}, ["url"]),
        ({"url": UNKNOWN}, ["url"]),
        ({"callback_name": "new"}, ["callback_name"]),
        ({"callback_name": "Orders"}, ["callback_name"]),
        ({"callback_name": UNKNOWN}, ["callback_name"]),
        ({"auth_id": "oauth"}, ["auth_id"]),
        ({"max_batch_size": 500}, []),
        ({"max_batch_size": UNKNOWN}, []),
        ({"force_destroy": True}, []),
        ({"callback_name": "new", "url": "https://receiver.test/new"}, ["url", "callback_name"]),
    ],
)
def test_what_replaces_a_callback(
    plugin: Plugin, change: dict[str, Any], replaces: list[str]
) -> None:
    """Only an immutable input that differs, or is not known yet, does."""
    state = {**declared(), "mid": MID, "changed_at": "", "signature_key": KEY}
    assert plugin.diff(GUID, state, declared(**change)) == replaces


@pytest.mark.parametrize(
    ("number", "change", "doubt"),
    [
        (1, {"url": "https://receiver.test/new"}, ""),
        (2, {"callback_name": "new"}, ""),
        (3, {"auth_id": "oauth"}, ""),
        (4, {"url": UNKNOWN}, ", should what is not known yet differ,"),
        (5, {"url": UNKNOWN, "auth_id": "oauth"}, ""),
    ],
)
def test_every_replacement_warns_of_its_gap(
    plugin: Plugin, service: Service, number: int, change: dict[str, Any], doubt: str
) -> None:
    """Whatever replaces a callback, events are lost meanwhile; an unknown value may be the same."""
    state = {**declared(), "mid": MID, "changed_at": "", "signature_key": KEY}
    warned = Warned(plugin, service)

    news, _ = plugin.check(declared(**change), declared())
    plugin.diff(f"{number}{GUID[1:]}", state, news)

    assert warned.lines() == [
        (
            f"Replacing callback 'orders'{doubt} loses events: from the deletion of its subscriptions to "
            "the creation of the new ones ENS has nowhere to send them. docs/moving.md has the way "
            "without a gap: a new slot of an ens.NotificationEndpoint, or a second Callback beside this "
            "one first."
        )
    ]


def test_creation_answers_the_complete_bag(plugin: Plugin, service: Service) -> None:
    """Inputs, key, business unit and time; the key is a secret; numbers reach ENS as integers."""
    created = plugin.create(declared(max_batch_size=500))
    [callback] = service.callbacks().values()
    assert created.id == callback["callbackId"]
    assert callback["maxBatchSize"] == 500
    assert set(created.outputs) == OUTPUTS
    assert created.outputs["signature_key"] == callback["signatureKey"]
    assert created.outputs["mid"] == MID
    assert {name: created.outputs[name] for name in declared()} == declared(max_batch_size=500)
    assert created.secrets == {"signature_key"}


def test_every_input_is_kept_and_the_known_key_is_a_secret_at_each_step(
    plugin: Plugin, service: Service
) -> None:
    """Create, update and read lose no key of the bag, and wrap both secrets each time."""
    inputs = declared(known_signature_key=KEY, auth_id="oauth", on_existing="rotate")
    names = OUTPUTS | {"known_signature_key", "auth_id", "on_existing"}
    both = {"signature_key", "known_signature_key"}
    created = plugin.create(inputs)
    updated = plugin.update(created.id, created.outputs, {**inputs, "max_batch_size": 500})
    service.emulator.move_clock(121)
    read, read_inputs = plugin.read(created.id, updated.outputs)
    assert [set(bag.outputs) for bag in (created, updated, read)] == [names] * 3
    assert [bag.secrets for bag in (created, updated, read)] == [both] * 3
    assert read.outputs == updated.outputs
    assert read_inputs == {**inputs, "max_batch_size": 500}


def test_the_known_key_is_a_secret_among_the_inputs(plugin: Plugin, service: Service) -> None:
    """In what check answers, with and without a state, and in what both kinds of read answer."""
    inputs = declared(known_signature_key=KEY)
    assert plugin.checked_secrets(inputs) == {"known_signature_key"}
    assert plugin.checked_secrets(declared(), inputs) == {"known_signature_key"}
    created = plugin.create(inputs)
    assert plugin.read_secrets(created.id, created.outputs) == {"known_signature_key"}
    service.emulator.move_clock(121)
    assert plugin.read_secrets(created.id, created.outputs) == {"known_signature_key"}
    gotten = {"known_signature_key": KEY}
    assert plugin.read_secrets(created.id, gotten) == {"known_signature_key"}


def test_an_update_keeps_the_key_of_creation(plugin: Plugin, service: Service) -> None:
    """ENS does not show it again."""
    created = plugin.create(declared())
    updated = plugin.update(created.id, created.outputs, declared(max_batch_size=500))
    assert updated.outputs["signature_key"] == service.key_of(created.id)
    assert updated.outputs["max_batch_size"] == 500
    assert service.callbacks()["#1"]["maxBatchSize"] == 500


def test_a_change_of_force_destroy_makes_no_call_without_an_account_id_either(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """Not even for a token or its business unit, where nothing of the service is changed."""
    created = plugin.create(declared())
    service.forget_calls()
    later = new_plugin(service=service.access(None))
    updated = later.update(created.id, created.outputs, declared(force_destroy=True))
    assert service.calls() == []
    assert updated.outputs == {**created.outputs, "force_destroy": True}


def test_a_change_of_force_destroy_makes_no_call(plugin: Plugin, service: Service) -> None:
    """Only this provider looks at it; the time of the last write stays."""
    created = plugin.create(declared())
    service.forget_calls()
    updated = plugin.update(created.id, created.outputs, declared(force_destroy=True))
    assert service.calls() == []
    assert updated.outputs == {**created.outputs, "force_destroy": True}


def test_a_deletion_removes_the_callback(plugin: Plugin, service: Service) -> None:
    """Nothing is left."""
    created = plugin.create(declared())
    plugin.delete(created.id, created.outputs)
    assert service.callbacks() == {}
