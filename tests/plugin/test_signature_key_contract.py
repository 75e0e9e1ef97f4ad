"""What each method of a signature key takes and answers, and what it never shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, PluginError, ResourceType, declared_key, refusal
from tests.plugin.service import GET, LIST, MID, OTHER_MID, REGENERATE, URL, Service

GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
OTHER = "18b67f0e-5be8-4673-97e9-682c133f778c"
KNOWN = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
OLD_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
STATE = {
    "key": KEY,
    "previous_keys": [OLD_KEY],
    "fingerprint": "0123456789abcdef",
    "rotated_at": "2026-11-24T07:29:00Z",
    "mid": MID,
}
GONE: tuple[Created, dict[str, Any]] = (Created(id="", outputs={}, secrets=frozenset()), {})
LISTED = ["GET ens-callbacks 200"]
SECRETS = {"key", "previous_keys", "known_signature_key"}
N = 6


@pytest.fixture
def keys(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("SignatureKey")


@pytest.fixture
def managed(keys: ResourceType, service: Service) -> Created:
    """Give a key of two minutes ago and a second, with every input and a previous key."""
    orders = service.create("orders")
    created = keys.create(declared_key(orders, version="1", known_signature_key=KNOWN))
    service.emulator.move_clock(121)
    service.forget_calls()
    return created


def _inputs(managed: Created) -> dict[str, Any]:
    return declared_key(managed.id, version="1", known_signature_key=KNOWN)


def test_inputs_become_canonical_and_defaults_are_filled_in(keys: ResourceType) -> None:
    """The id is in lower case, a known key loses white space around it, two keys are kept."""
    given = {"callback_id": f" {GUID.upper()}", "known_signature_key": f" {KNOWN}\n", "version": 7}
    checked = {"callback_id": GUID, "known_signature_key": KNOWN, "version": "7"}
    assert keys.check(given) == ({**checked, "keep_previous": 2}, [])


@pytest.mark.parametrize(
    "inputs",
    [
        declared_key(GUID),
        declared_key(GUID, version="1", keep_previous=0),
        declared_key(GUID, version="Büro 7", keep_previous=10, known_signature_key=KNOWN),
    ],
)
def test_checked_inputs_pass_a_second_check_unchanged(
    keys: ResourceType, inputs: dict[str, Any]
) -> None:
    """Check is idempotent, with the state's inputs and without."""
    assert keys.check(inputs) == (inputs, [])
    assert keys.check(inputs, inputs) == (inputs, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"callback_id": None}, "callback_id: it is required and not given; declare it."),
        (
            {"callback_id": "orders"},
            "callback_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
        ),
        ({"version": " "}, "version: it is empty; give a value or leave it out."),
        ({"version": True}, "version: it is a truth value; give a text."),
        ({"version": 1.5}, "version: it is a number; give a text."),
        ({"keep_previous": -1}, "keep_previous: it is -1; give 0 to 10 keys."),
        ({"keep_previous": 11}, "keep_previous: it is 11; give 0 to 10 keys."),
        ({"keep_previous": 1.5}, "keep_previous: it is not a whole number; give 0 to 10 keys."),
        (
            {"known_signature_key": "hush hush"},
            "known_signature_key: it is not base64; give the whole key as ENS showed it.",
        ),
        ({"key": KEY}, "key: there is no input of that name; remove or correct it."),
        (
            {"previous_keys": [KEY]},
            "previous_keys: there is no input of that name; remove or correct it.",
        ),
    ],
)
def test_a_failure_names_the_input_in_its_sentence_only(
    keys: ResourceType, changes: dict[str, Any], reason: str
) -> None:
    """The property of a failure is empty, or the engine would print the value, of a secret too."""
    _, failures = keys.check(declared_key(GUID) | changes)
    assert failures == [("", reason)]


def test_every_input_may_be_unknown(keys: ResourceType) -> None:
    """What a preview does not know yet passes the check as unknown."""
    names = {"callback_id", "version", "keep_previous", "known_signature_key"}
    inputs, failures = keys.check(dict.fromkeys(names, UNKNOWN))
    assert failures == []
    assert {name for name, value in inputs.items() if type(value) is type(UNKNOWN)} == names


def test_a_known_key_acts_at_creation_only(keys: ResourceType) -> None:
    """Changed, added or removed later it is no difference; a version is one."""
    olds = declared_key(GUID, known_signature_key=KNOWN, version="1")
    program = declared_key(GUID, known_signature_key=KEY, version="2")
    assert keys.check(program, olds) == ({**program, "known_signature_key": KNOWN}, [])
    assert keys.check(declared_key(GUID), olds) == (
        declared_key(GUID, known_signature_key=KNOWN),
        [],
    )
    state = declared_key(GUID)
    assert keys.check(declared_key(GUID, known_signature_key=KEY), state) == (state, [])
    assert keys.check(program) == (program, [])


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({}, []),
        ({"callback_id": GUID.upper()}, []),
        ({"callback_id": OTHER}, ["callback_id"]),
        ({"callback_id": UNKNOWN}, ["callback_id"]),
        ({"version": "2"}, []),
        ({"version": UNKNOWN}, []),
        ({"keep_previous": 0}, []),
        ({"known_signature_key": UNKNOWN}, []),
    ],
)
def test_what_replaces_a_key(
    keys: ResourceType, change: dict[str, Any], replaces: list[str]
) -> None:
    """Only another callback, or one that is not known yet, does."""
    state = declared_key(GUID, version="1") | STATE
    assert keys.diff(GUID, state, declared_key(GUID, version="1") | change) == replaces


def test_every_step_answers_the_complete_bag(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Create, update with and without a rotation, and read lose nothing and wrap every secret."""
    kept = keys.update(managed.id, managed.outputs, {**_inputs(managed), "keep_previous": 3})
    rotated = keys.update(
        managed.id, kept.outputs, {**_inputs(managed), "keep_previous": 3, "version": "2"}
    )
    service.emulator.move_clock(121)
    read, _ = keys.read(managed.id, rotated.outputs)
    bags = (managed, kept, rotated, read)
    names = {"callback_id", "version", "keep_previous", "known_signature_key", *STATE}
    assert [set(bag.outputs) for bag in bags] == [names] * 4
    assert [bag.secrets for bag in bags] == [SECRETS] * 4


def test_a_read_answers_the_state_and_its_inputs(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """ENS shows no key; one list shows that the callback is there."""
    assert keys.read(managed.id, managed.outputs) == (managed, _inputs(managed))
    assert service.calls() == LISTED


def test_the_known_key_is_a_secret_among_the_inputs(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """In what check answers, with and without a state, and in what read answers."""
    inputs = _inputs(managed)
    assert keys.checked_secrets(inputs) == {"known_signature_key"}
    assert keys.checked_secrets(declared_key(managed.id), inputs) == {"known_signature_key"}
    assert keys.read_secrets(managed.id, managed.outputs) == {"known_signature_key"}


def test_inputs_that_were_not_declared_are_not_read(keys: ResourceType, service: Service) -> None:
    """No version and no known key stay away."""
    orders = service.create("orders")
    created = keys.create(declared_key(orders))
    service.emulator.move_clock(121)
    read, inputs = keys.read(created.id, created.outputs)
    assert read == created
    assert inputs == declared_key(orders)


def test_a_key_made_elsewhere_is_not_noticed(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Nothing that ENS shows tells one key from another: a read keeps what the state has."""
    service.send("PUT", "ens-regenerate", [{"callbackId": managed.id}])
    assert keys.read(managed.id, managed.outputs)[0] == managed


def test_a_deleted_callback_takes_its_key_along_with_proof(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Absent from the list, and its own address answers 404."""
    service.delete(managed.id)
    assert keys.read(managed.id, managed.outputs) == GONE
    assert service.calls() == [*LISTED, "GET ens-callbacks/orders 404", *LISTED]


def test_absent_from_the_list_alone_is_no_proof(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """What answers by its id is there: the key, which nobody could get back, stays."""
    service.emulator.add_fault(route=LIST, do="status", status=200, body=[])
    assert keys.read(managed.id, managed.outputs)[0] == managed
    assert service.calls() == [*LISTED, "GET ens-callbacks/orders 200"]


def test_a_look_by_id_that_is_refused_drops_nothing(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Anything but 404 is an error, not an absence."""
    service.delete(managed.id)
    service.emulator.add_fault(route=GET, do="status", status=403)
    sentence = refusal(keys.read, managed.id, managed.outputs)
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to read callback ")


def test_within_two_minutes_of_the_rotation_the_state_wins(
    keys: ResourceType, service: Service
) -> None:
    """What lists show of that time may be from before."""
    orders = service.create("orders")
    created = keys.create(declared_key(orders))
    service.delete(orders)
    service.forget_calls()
    service.emulator.move_clock(110)
    assert keys.read(created.id, created.outputs)[0] == created
    assert service.calls() == LISTED


def test_a_deletion_calls_nothing(keys: ResourceType, service: Service, managed: Created) -> None:
    """The key stays alive: ENS signs with it, and receivers hold it."""
    keys.delete(managed.id, managed.outputs)
    assert service.calls() == []
    assert service.key_of(managed.id) == managed.outputs["key"]


def test_a_deletion_and_a_shorter_memory_need_no_service(new_plugin: NewPlugin) -> None:
    """Not even credentials: a leaked key is forgotten wherever the program runs."""
    keys = new_plugin(service=None).of("SignatureKey")
    state = declared_key(GUID) | STATE
    updated = keys.update(GUID, state, declared_key(GUID, keep_previous=0))
    assert updated.outputs["previous_keys"] == []
    keys.delete(GUID, state)


def _preview(keys: ResourceType) -> None:
    """Ask what a preview asks: about a new, an unchanged, a rotated and a replaced one."""
    inputs = declared_key(GUID, version="1", known_signature_key=KNOWN)
    state = {**inputs, **STATE}
    assert keys.check(inputs) == (inputs, [])
    assert keys.check({"callback_id": UNKNOWN, "known_signature_key": UNKNOWN})[1] == []
    assert keys.check(inputs, inputs) == (inputs, [])
    assert keys.diff(GUID, state, inputs) == []
    assert keys.diff(GUID, state, {**inputs, "version": "2"}) == []
    assert keys.diff(GUID, state, {**inputs, "callback_id": OTHER}) == ["callback_id"]
    assert keys.diff(GUID, state, {**inputs, "callback_id": UNKNOWN}) == ["callback_id"]


@pytest.mark.parametrize(
    "environment",
    [{}, {"SFMC_CLIENT_ID": "client"}, {"SFMC_SUBDOMAIN": "not a subdomain"}],
    ids=["nothing", "half", "malformed"],
)
def test_a_preview_needs_no_configuration(
    new_plugin: NewPlugin, environment: dict[str, str]
) -> None:
    """What is missing or wrong is an error of the first call that needs it."""
    _preview(new_plugin(service=None, extra=environment).of("SignatureKey"))


def test_a_preview_needs_no_service(new_plugin: NewPlugin, service: Service) -> None:
    """Nobody listens at the address."""
    nobody = service.nobody()
    access = replace(service.access(), auth_url=f"http://{nobody}", rest_url=f"http://{nobody}")
    _preview(new_plugin(service=access).of("SignatureKey"))


def test_a_preview_with_everything_at_hand_makes_no_call(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Not even for a token."""
    _preview(new_plugin(service=service.access(None)).of("SignatureKey"))
    assert service.calls() == []


def test_a_difference_of_business_units_stops_a_preview(new_plugin: NewPlugin) -> None:
    """Diff compares a configured unit without a call or credentials."""
    keys = new_plugin(service=None, extra={"SFMC_ACCOUNT_ID": OTHER_MID}).of("SignatureKey")
    inputs = declared_key(GUID)
    assert refusal(keys.diff, GUID, {**inputs, **STATE}, inputs) == (
        f"ens_provider.WrongBusinessUnit: The callback {GUID} belongs to business unit 1234567, "
        "but the credentials are for business unit 7654321; nothing was changed. Use the "
        "credentials of 1234567 (client id, secret and accountId), or destroy the resource there "
        "before you move it."
    )


def _callbacks(service: Service) -> list[dict[str, Any]]:
    found = []
    for number in range(N):
        url = f"https://receiver.test/{number}"
        found.append(declared_key(service.create(f"orders-{number}", f"orders-{number}", url)))
    service.forget_calls()
    return found


@pytest.mark.parametrize("account_id", [MID, None])
def test_n_keys_take_n_calls(
    new_plugin: NewPlugin, service: Service, account_id: str | None
) -> None:
    """And one token; nothing is read, also when four threads make them at once."""
    declared = _callbacks(service)
    create = new_plugin(service=service.access(account_id)).of("SignatureKey").create
    with ThreadPoolExecutor(4) as threads:
        created = list(threads.map(create, declared))
    first = ["POST token 200"] + ["GET tokenContext 200"] * (account_id is None)
    assert service.calls() == [*first, *["PUT ens-regenerate 200"] * N]
    assert [bag.outputs["key"] for bag in created] == [service.key_of(bag.id) for bag in created]


def test_a_refresh_of_n_keys_is_one_list(keys: ResourceType, service: Service) -> None:
    """Four threads that read at once share it."""
    bags = [keys.create(inputs) for inputs in _callbacks(service)]
    service.emulator.move_clock(121)
    service.forget_calls()
    with ThreadPoolExecutor(4) as threads:
        read = threads.map(lambda bag: keys.read(bag.id, bag.outputs)[0], bags)
        assert list(read) == bags
    assert service.calls() == LISTED


def test_two_resources_at_once_make_one_key(new_plugin: NewPlugin, service: Service) -> None:
    """Of several threads that declare the key of one callback, one makes it."""
    inputs = declared_key(service.create("orders"))
    keys = new_plugin().of("SignatureKey")

    def outcome(_: int) -> str:
        try:
            return str(keys.create(inputs).outputs["key"])
        except PluginError as error:
            return str(error).split(":", maxsplit=1)[0]

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(outcome, range(4)))
    present = ["ens_provider.AlreadyPresent"] * 3
    assert outcomes == sorted([*present, service.key_of(inputs["callback_id"])])
    assert service.calls() == ["POST token 200", "PUT ens-regenerate 200"]


@pytest.fixture(params=["", "1"], ids=["plain", "debugging"])
def telling(request: pytest.FixtureRequest, new_plugin: NewPlugin) -> Plugin:
    """Give a plugin without and with tracebacks."""
    return new_plugin(extra={"ENS_PROVIDER_DEBUG": request.param})


def test_no_refusal_holds_a_key(telling: Plugin, service: Service) -> None:
    """Of the state, or of what a success with a status of its own carries along."""
    orders = service.create("orders")
    keys = telling.of("SignatureKey")
    managed = keys.create(declared_key(orders, version="1", known_signature_key=KNOWN))
    news = declared_key(orders, version="2", known_signature_key=KNOWN)
    said = []
    for status in (202, 302, 400, 401, 403, 404, 409, 418):
        service.emulator.clear_faults()
        body = None
        if status == 202:
            body = [{"callbackId": orders, "callbackName": "orders", "signatureKey": KEY}]
        fault: dict[str, Any] = {"do": "status", "status": status, "body": body}
        service.emulator.add_fault(route=REGENERATE, times=None, **fault)
        said.append(_said(lambda: keys.update(orders, managed.outputs, news)))
    _hold_no_key([*said, telling.log_text()], managed)


def test_no_answer_that_is_lost_shows_its_key(telling: Plugin, service: Service) -> None:
    """Broken off amid the key, or with the key where nobody expects it."""
    orders = service.create("orders")
    keys = telling.of("SignatureKey")
    managed = keys.create(declared_key(orders, version="1", known_signature_key=KNOWN))
    news = declared_key(orders, version="2", known_signature_key=KNOWN)
    body = [{"callbackId": orders, "signature_key": KEY, "callbackName": KEY, "url": URL}]
    service.emulator.add_fault(route=REGENERATE, do="body", when="after", body=body, times=None)
    said = [_said(lambda: keys.update(orders, managed.outputs, news))]
    service.emulator.clear_faults()
    service.emulator.add_fault(route=REGENERATE, do="truncate", when="after", times=None)
    said.append(_said(lambda: keys.update(orders, managed.outputs, news)))
    texts = [*said, telling.log_text()]
    _hold_no_key(texts, managed)
    assert all(service.key_of(orders) not in text for text in texts)


def test_no_mistake_of_our_own_shows_a_key(telling: Plugin, service: Service) -> None:
    """The values of a bag that cannot be used are not quoted."""
    orders = service.create("orders")
    keys = telling.of("SignatureKey")
    managed = keys.create(declared_key(orders, known_signature_key=KNOWN))
    broken = {**managed.outputs, "rotated_at": "yesterday"}
    said = _said(lambda: keys.read(OTHER, broken))
    assert "ens_provider.InternalError" in said
    _hold_no_key([said, telling.log_text()], managed)


def _said(action: Any) -> str:
    with pytest.raises(PluginError) as error:
        action()
    assert "ens_provider." in str(error.value)
    return str(error.value)


def _hold_no_key(texts: list[str], managed: Created) -> None:
    secrets = [KNOWN, KEY, managed.outputs["key"], *managed.outputs["previous_keys"]]
    assert [secret for secret in secrets for text in texts if secret in text] == []
