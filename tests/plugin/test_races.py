"""Two stacks, each with a plugin of its own, that create the same callback at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.plugin.conftest import NOBODY, NewPlugin
from tests.plugin.driver import (
    Created,
    Plugin,
    declared,
    declared_key,
    declared_verification,
    refusal,
)
from tests.plugin.service import CREATE, LIST, MID, SUBSCRIPTIONS, URL, Service
from tests.plugin.worlds import WAYS_ON
from tools.engine.environment import ServiceAccess

SEEMS = (
    "another stack or program seems to declare the same name and URL ('orders', "
    f"{URL}), and to have deleted this one as a leftover, since no subscription hung on it"
)
REMEDY = "Give one of the two another name and URL, then run `pulumi up --refresh`."
INSTEAD = "; callback kept is there instead"
NOT_SHOWN = "ENS does not show callback lost in business unit 1234567"
LAGS = f"ens_provider.NotYetVerified: {NOT_SHOWN}; what it shows can lag two minutes behind."
GONE = "ens_provider.DeletedOutside: Callback lost does not exist in business unit 1234567"
THIS_RUN = "this run created it, but "
TAKES_ITS_PLACE = [
    "POST ens-callbacks 304",
    "GET ens-callbacks 200",
    "GET ens-subscriptions-by-cb/lost 200",
    "DELETE ens-callbacks/lost 200",
    "POST ens-callbacks 201",
]
WRONG_KEY = "bm90IHRoZSBrZXkgdGhhdCB0aGUgcHJvYmUgYnJvdWdodCE="


@pytest.fixture(scope="module")
def other_process(
    emulator_of_session: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Plugin]:
    """Run the plugin of the other stack."""
    emulator = emulator_of_session
    service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
    with Plugin(tmp_path_factory.mktemp("other"), service=service) as process:
        yield process


@pytest.fixture
def other(other_process: Plugin, plugin: Plugin, service: Service) -> Plugin:
    """Give the plugin of the other stack, which has a token already; `plugin` is the first's."""
    other_process.delete(
        NOBODY, {"callback_name": "-", "url": "https://receiver.test/-", "mid": MID}
    )
    service.forget_calls()
    return other_process


@pytest.fixture
def lost(plugin: Plugin, other: Plugin, service: Service) -> Created:
    """Give a callback of the first stack that the other one has just taken for a leftover."""
    created = plugin.create(declared())
    service.label(created.id, "lost")
    service.label(other.create(declared()).id, "kept")
    service.forget_calls()
    return created


def _verification(plugin: Plugin, service: Service, callback_id: str, *, key: str) -> str:
    inputs = declared_verification(callback_id, verification_key=key)
    return service.labelled(refusal(plugin.of("CallbackVerification").create, inputs))


def _subscribed(callback_id: str) -> dict[str, object]:
    kinds = ["TransactionalSendEvents.EmailSent"]
    return {
        "callback_id": callback_id,
        "subscription_name": "sent",
        "event_category_types": kinds,
        "filters": [],
        "paused": False,
    }


def _makes_a_key(plugin: Plugin, callback_id: str) -> str:
    return refusal(plugin.of("SignatureKey").create, declared_key(callback_id))


def _subscribes(plugin: Plugin, callback_id: str) -> str:
    return refusal(plugin.of("Subscription").create, _subscribed(callback_id))


def test_both_are_sent_at_once(plugin: Plugin, other: Plugin, service: Service) -> None:
    """One callback is there afterwards, and whoever lost its own learns which and why."""
    with ThreadPoolExecutor(2) as threads:
        with service.held(CREATE, times=2):
            creations = {p: threads.submit(p.create, declared()) for p in (plugin, other)}
            service.wait_until_held(2)
        ids = {each: creation.result().id for each, creation in creations.items()}
    [present] = [c["callbackId"] for c in service.callbacks().values()]
    [loser] = [each for each, id_ in ids.items() if id_ != present]
    service.label(present, "kept")
    service.label(ids[loser], "lost")

    assert set(ids.values()) > {present}
    assert service.labelled(_makes_a_key(loser, ids[loser])) == (
        f"{GONE}, so that it has no signature key: {THIS_RUN}{SEEMS}{INSTEAD}. {REMEDY}"
    )


def test_the_second_is_sent_while_the_first_is_probed(
    plugin: Plugin, other: Plugin, service: Service
) -> None:
    """ENS shows a callback while it is probed: the second deletes it, and the first is answered."""
    second: list[Created] = []

    def race(_probe: object) -> None:
        service.endpoint.hook = None
        [first] = service.emulator.state()["callbacks"]
        service.label(first["callbackId"], "lost")
        second.append(other.create(declared()))

    service.endpoint.hook = race
    first = plugin.create(declared())
    service.label(second[0].id, "kept")

    assert service.calls() == [
        "POST ens-callbacks 201",
        f"PROBE {URL} 200",
        *TAKES_ITS_PLACE,
        f"PROBE {URL} 200",
    ]
    assert list(service.callbacks()) == ["kept"]
    assert service.labelled(_subscribes(plugin, first.id)) == (
        f"{GONE}, so that subscription 'sent' of callback lost cannot be created: "
        f"{THIS_RUN}{SEEMS}{INSTEAD}. {REMEDY}"
    )


def test_the_first_subscribes_between_the_seconds_look_and_its_deletion(
    plugin: Plugin, other: Plugin, service: Service
) -> None:
    """ENS deletes no callback with subscriptions: the first's lives on, and the second says so."""
    first = plugin.create(declared())
    service.label(first.id, "first")
    key = service.verification_key_of(first.id)
    with ThreadPoolExecutor(1) as thread:
        with service.held(SUBSCRIPTIONS, when="after"):
            second = thread.submit(refusal, other.create, declared())
            service.wait_until_held()
            verified = declared_verification(first.id, verification_key=key)
            plugin.of("CallbackVerification").create(verified)
            plugin.of("Subscription").create(_subscribed(first.id))
        sentence = second.result()

    assert service.labelled(sentence) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id first, {URL}) with subscriptions that ENS does not list yet; nothing was "
        f"changed. To go on, {WAYS_ON}"
    )
    assert list(service.callbacks()) == ["first"]
    assert service.subscriptions() == ["sent"]
    assert service.key_of(first.id) == first.outputs["signature_key"]


def test_the_first_has_subscriptions(plugin: Plugin, other: Plugin, service: Service) -> None:
    """The second changes nothing, and names the callback and what hangs on it."""
    first = plugin.create(declared())
    service.label(first.id, "first")
    service.subscribe(first.id)
    service.forget_calls()

    assert service.labelled(refusal(other.create, declared())) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id first, {URL}) with subscription 'mails' (sub-mails); nothing was changed. "
        f"To go on, {WAYS_ON}"
    )
    assert service.calls() == [
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/first 200",
    ]
    assert service.key_of(first.id) == first.outputs["signature_key"]


@pytest.mark.parametrize(
    ("step", "consequence"),
    [
        (_makes_a_key, "it has no signature key"),
        (_subscribes, "subscription 'sent' of callback lost cannot be created"),
    ],
    ids=["key", "subscription"],
)
def test_a_step_after_the_callback_was_lost(
    plugin: Plugin,
    service: Service,
    lost: Created,
    step: Callable[[Plugin, str], str],
    consequence: str,
) -> None:
    """It names what vanished, what is there instead, the likely cause and the remedy."""
    assert service.labelled(step(plugin, lost.id)) == (
        f"{GONE}, so that {consequence}: {THIS_RUN}{SEEMS}{INSTEAD}. {REMEDY}"
    )
    assert list(service.callbacks()) == ["kept"]


def test_a_verification_after_the_callback_was_lost(
    plugin: Plugin, service: Service, lost: Created
) -> None:
    """It is tried again as long as reads may lag; both sentences say why it is probably gone."""
    sentence = _verification(plugin, service, lost.id, key=WRONG_KEY)
    assert sentence == f"{LAGS} This run created it; if it is gone, {SEEMS}{INSTEAD}. {REMEDY}"
    assert service.calls() == [
        "POST ens-verify 404",
        "GET ens-callbacks/lost 404",
        "GET ens-callbacks 200",
    ]
    service.emulator.move_clock(121)

    assert _verification(plugin, service, lost.id, key=WRONG_KEY) == (
        f"ens_provider.DeletedOutside: {NOT_SHOWN}, so that it cannot be verified: "
        f"{THIS_RUN}{SEEMS}{INSTEAD}. {REMEDY}"
    )
    assert list(service.callbacks()) == ["kept"]


def test_a_step_between_the_seconds_deletion_and_its_creation(
    plugin: Plugin, other: Plugin, service: Service
) -> None:
    """Nothing is there instead yet; that this run has just created it speaks for the same cause."""
    first = plugin.create(declared())
    service.label(first.id, "lost")
    service.forget_calls()
    service.emulator.add_fault(route=CREATE, do="hold", nth=2)
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(other.create, declared())
        service.wait_until_held(2)
        verification = _verification(plugin, service, first.id, key=WRONG_KEY)
        key = service.labelled(_makes_a_key(plugin, first.id))
        service.emulator.clear_faults()
        service.label(second.result().id, "kept")

    assert verification == f"{LAGS} This run created it; if it is gone, {SEEMS}. {REMEDY}"
    assert key == f"{GONE}, so that it has no signature key: {THIS_RUN}{SEEMS}. {REMEDY}"
    assert list(service.callbacks()) == ["kept"]


def test_a_list_that_is_refused_hides_no_cause(
    plugin: Plugin, service: Service, lost: Created
) -> None:
    """The error is that the callback is gone, not that the other one could not be looked for."""
    service.emulator.add_fault(route=LIST, do="status", status=403)
    assert service.labelled(_makes_a_key(plugin, lost.id)) == (
        f"{GONE}, so that it has no signature key: {THIS_RUN}{SEEMS}. {REMEDY}"
    )


def test_the_first_whose_answer_was_lost_takes_the_seconds_for_its_own(
    plugin: Plugin, other: Plugin, service: Service
) -> None:
    """Then the second is the one that lost: still one callback is there, and it learns why."""
    service.emulator.add_fault(route=CREATE, when="after", do="drop")
    service.emulator.add_fault(route=LIST, do="hold")
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(plugin.create, declared())
        service.wait_until_held()
        # The list of the second is not held: a fault strikes once.
        second = other.create(declared())
        service.label(second.id, "lost")
        service.emulator.clear_faults()
        service.label(first.result().id, "kept")

    assert list(service.callbacks()) == ["kept"]
    assert service.key_of(first.result().id) == first.result().outputs["signature_key"]
    assert service.labelled(_makes_a_key(other, second.id)) == (
        f"{GONE}, so that it has no signature key: {THIS_RUN}{SEEMS}{INSTEAD}. {REMEDY}"
    )


def test_a_failed_probe_leaves_the_callback_of_the_second_alone(
    plugin: Plugin, other: Plugin, service: Service
) -> None:
    """What the first's attempt left behind is gone already; the second's has its name and URL."""

    def race(_probe: object) -> None:
        service.endpoint.hook = None
        service.label(other.create(declared()).id, "kept")
        service.endpoint.answer(500)

    service.endpoint.hook = race
    sentence = service.labelled(refusal(plugin.create, declared()))

    assert sentence.startswith("ens_provider.ProbeFailed: ")
    assert sentence.endswith(
        "ENS shows no callback that the attempt left behind; should one appear, the next attempt or "
        "`pulumi up` deletes it."
    )
    assert list(service.callbacks()) == ["kept"]


def test_the_next_run_of_the_loser(new_plugin: NewPlugin, service: Service, lost: Created) -> None:
    """Without a refresh, a verification names both callbacks, although another run created it."""
    later = new_plugin()
    later.check(declared(), declared())
    assert later.diff(lost.id, lost.outputs, declared()) == []

    assert _verification(later, service, lost.id, key=WRONG_KEY) == (
        f"{LAGS} If it is gone, {SEEMS}{INSTEAD}. {REMEDY}"
    )
    assert service.labelled(_makes_a_key(later, lost.id)) == (
        f"{GONE}, so that it has no signature key: {SEEMS}{INSTEAD}. {REMEDY}"
    )


def test_the_next_refresh_of_the_loser(
    new_plugin: NewPlugin, service: Service, lost: Created
) -> None:
    """It finds the callback gone, and warns of the other one at no further call."""
    service.emulator.move_clock(121)
    later = new_plugin()

    gone, _ = later.read(lost.id, lost.outputs)

    assert gone.id == ""
    assert service.calls() == [
        "POST token 200",
        "GET ens-callbacks 200",
        "GET ens-callbacks/lost 404",
    ]
    assert service.labelled(later.log_text()) == (
        "The callback 'orders' (lost) is gone, and callback kept of the same name and URL is there "
        "instead: another stack or program seems to declare them, too. Give one of the two another "
        "name and URL; until then each `pulumi up` may delete the other's callback while no "
        "subscription hangs on it.\n"
    )
