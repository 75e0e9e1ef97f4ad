"""Creating what ENS says is present: every case, under every value of what nobody knows of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.plugin.driver import Plugin, declared, refusal
from tests.plugin.service import URL, Service
from tests.plugin.worlds import LAG_SECONDS, LIST_LAGS, SPELLED, WAYS_ON, World, every_world

OLD_URL = "https://receiver.test/old"
KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
PROBE = f"PROBE {URL} 200"
SUBS_OF_OLD = "GET ens-subscriptions-by-cb/old 200"


@pytest.fixture(params=every_world(), ids=str)
def world(request: pytest.FixtureRequest, service: Service) -> World:
    """Set the switches of the emulator to one of the worlds."""
    chosen: World = request.param
    service.emulator.set_switches(**chosen.switches)
    return chosen


def _settle(world: World, service: Service, attempt: Callable[[], object]) -> None:
    """Where reads lag: see that the attempt is worth repeating, and let the time pass."""
    if not world.lags:
        return
    assert refusal(attempt) == LIST_LAGS.format(status=world.status)
    assert service.calls() == [f"POST ens-callbacks {world.status}", "GET ens-callbacks 200"]
    service.emulator.move_clock(LAG_SECONDS)


def _looked_up(world: World, *more: str) -> list[str]:
    return [f"POST ens-callbacks {world.status}", "GET ens-callbacks 200", *more]


@pytest.mark.parametrize("verified", [False, True], ids=["unverified", "verified"])
def test_without_subscriptions_it_is_deleted_and_created_anew(
    world: World, plugin: Plugin, service: Service, *, verified: bool
) -> None:
    """Nobody receives from it, whatever its status: a fresh callback with a fresh key."""
    old = service.create("old", url=SPELLED)
    if verified:
        service.verify(old)
    old_key = service.key_of(old)
    _settle(world, service, lambda: plugin.create(declared()))
    created = plugin.create(declared())
    assert service.calls() == _looked_up(
        world, SUBS_OF_OLD, "DELETE ens-callbacks/old 200", "POST ens-callbacks 201", PROBE
    )
    [callback] = service.callbacks().values()
    assert callback["callbackId"] == created.id != old
    assert created.outputs["signature_key"] == callback["signatureKey"] != old_key
    assert not callback["verified"]


def test_a_live_one_with_a_known_key_is_adopted(
    world: World, plugin: Plugin, service: Service
) -> None:
    """Its key is the declared one, and nothing is sent to it."""
    old = service.create("old", url=SPELLED)
    service.subscribe(old)
    inputs = declared(known_signature_key=KEY)
    _settle(world, service, lambda: plugin.create(inputs))
    created = plugin.create(inputs)
    assert service.calls() == _looked_up(world, SUBS_OF_OLD)
    assert created.id == old
    assert created.outputs["signature_key"] == KEY
    assert created.outputs["url"] == URL
    assert created.secrets == {"signature_key", "known_signature_key"}
    assert service.subscriptions() == ["mails"]


def test_a_live_one_takes_the_declared_batch_size_with_one_call(
    world: World, plugin: Plugin, service: Service
) -> None:
    """At the end of a take-over it has the declared values."""
    old = service.create("old", url=SPELLED, max_batch_size=700)
    service.subscribe(old)
    inputs = declared(known_signature_key=KEY, max_batch_size=500)
    _settle(world, service, lambda: plugin.create(inputs))
    created = plugin.create(inputs)
    assert service.calls() == _looked_up(world, SUBS_OF_OLD, "PUT ens-callbacks 200")
    assert created.id == old
    assert created.outputs["max_batch_size"] == 500
    assert service.callbacks()["old"]["maxBatchSize"] == 500


@pytest.mark.parametrize(
    ("on_existing", "ways"),
    [("adopt", WAYS_ON), ("fail", f"let on_existing='fail' go and {WAYS_ON}")],
)
def test_a_live_one_without_a_key_is_left_alone(
    world: World, plugin: Plugin, service: Service, on_existing: str, ways: str
) -> None:
    """The error names its id, name, URL and subscriptions, and the ways on."""
    old = service.create("old", url=SPELLED)
    service.subscribe(old, "mails")
    service.subscribe(old, "texts")
    before = service.emulator.state()
    inputs = declared(on_existing=on_existing)
    _settle(world, service, lambda: plugin.create(inputs))
    sentence = service.labelled(refusal(plugin.create, inputs))
    assert sentence == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id old, {world.listed_url}) with subscriptions 'mails' (sub-mails), 'texts' "
        f"(sub-texts); nothing was changed. To go on, {ways}"
    )
    assert service.calls() == _looked_up(world, SUBS_OF_OLD)
    assert service.emulator.state() == before


def test_a_live_one_is_taken_over_with_a_new_key(
    world: World, plugin: Plugin, service: Service
) -> None:
    """The batch size first, the key last: what could fail after it would lose it."""
    old = service.create("old", url=SPELLED, max_batch_size=700)
    service.subscribe(old)
    old_key = service.key_of(old)
    inputs = declared(on_existing="rotate", known_signature_key=KEY)
    _settle(world, service, lambda: plugin.create(inputs))
    created = plugin.create(inputs)
    assert service.calls() == _looked_up(
        world, SUBS_OF_OLD, "PUT ens-callbacks 200", "PUT ens-regenerate 200"
    )
    assert created.id == old
    assert created.outputs["signature_key"] == service.key_of(old)
    assert service.key_of(old) not in {old_key, KEY}
    assert created.outputs["max_batch_size"] == service.callbacks()["old"]["maxBatchSize"] == 1000


def _refused(world: World, difference: str) -> str:
    return (
        f"ens_provider.AlreadyPresent: ENS refused to create callback 'orders' ({URL})"
        f"{world.said}: {difference}. Nothing was changed. Choose another name or URL, or delete "
        "callback old first if nobody needs it."
    )


def _expect_conflict(world: World, plugin: Plugin, service: Service, difference: str) -> None:
    before = service.emulator.state()
    _settle(world, service, lambda: plugin.create(declared()))
    assert service.labelled(refusal(plugin.create, declared())) == _refused(world, difference)
    assert service.calls() == _looked_up(world)
    assert service.emulator.state() == before


def _expect_creation(plugin: Plugin, service: Service) -> None:
    created = plugin.create(declared())
    assert service.calls() == ["POST ens-callbacks 201", PROBE]
    service.label(created.id, "new")
    assert list(service.callbacks()) == ["old", "new"]
    assert created.outputs["signature_key"] == service.key_of(created.id)


def test_the_url_under_another_name(world: World, plugin: Plugin, service: Service) -> None:
    """An error names the other one; where the service lets both be, both are there."""
    service.create("old", name="invoices", url=SPELLED)
    if not world.takes_as_present(name=False, url=True):
        return _expect_creation(plugin, service)
    difference = "its URL is already present as callback old under the name 'invoices'"
    return _expect_conflict(world, plugin, service, difference)


def test_the_name_with_another_url(world: World, plugin: Plugin, service: Service) -> None:
    """An error names the other one; where the service lets both be, both are there."""
    service.create("old", url=OLD_URL)
    if not world.takes_as_present(name=True, url=False):
        return _expect_creation(plugin, service)
    difference = f"its name is already present as callback old with the URL {OLD_URL}"
    return _expect_conflict(world, plugin, service, difference)


def test_a_name_that_differs_in_case_only_with_the_same_url(
    world: World, plugin: Plugin, service: Service
) -> None:
    """It is not ours: the error shows both spellings, and nothing is deleted."""
    service.create("old", name="Orders", url=SPELLED)
    if not world.takes_as_present(name=world.ignores_case, url=True):
        return _expect_creation(plugin, service)
    difference = (
        "it is already present as callback old under the name 'Orders', which differs in upper "
        "and lower case only"
    )
    return _expect_conflict(world, plugin, service, difference)


def test_a_name_that_differs_in_case_only_with_another_url(
    world: World, plugin: Plugin, service: Service
) -> None:
    """The error shows both spellings; where case matters both are there."""
    service.create("old", name="Orders", url=OLD_URL)
    if not world.takes_as_present(name=world.ignores_case, url=False):
        return _expect_creation(plugin, service)
    difference = (
        f"its name is already present as callback old with the URL {OLD_URL}, spelled 'Orders': "
        "the names differ in upper and lower case only"
    )
    return _expect_conflict(world, plugin, service, difference)


def test_declared_twice_in_one_process(world: World, plugin: Plugin, service: Service) -> None:
    """The second resource must not delete what the first has just created."""
    first = plugin.create(declared())
    service.label(first.id, "first")
    service.forget_calls()
    _settle(world, service, lambda: plugin.create(declared()))
    assert service.labelled(refusal(plugin.create, declared())) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is declared twice: another "
        f"resource of this program already manages callback 'orders' (id first, {URL}). Give one "
        "of the two another name and URL, or remove it."
    )
    assert service.calls() == _looked_up(world)
    assert list(service.callbacks()) == ["first"]
    assert service.key_of(first.id) == first.outputs["signature_key"]
