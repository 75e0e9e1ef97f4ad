"""Taking over the callback of a given id, and never creating one instead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.plugin.driver import Plugin, PluginError, declared, refusal
from tests.plugin.service import OTHER_MID, PUT, SUBSCRIPTIONS, URL, Service
from tests.plugin.worlds import WAYS_ON

KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
LOOKED_UP = ["GET ens-callbacks/old 200", "GET ens-subscriptions-by-cb/old 200"]


def test_an_id_that_does_not_exist(plugin: Plugin, service: Service) -> None:
    """An error, and no creation."""
    nowhere = service.label("08b67f0e-5be8-4673-97e9-682c133f778c", "nowhere")
    inputs = declared(adopt_id=nowhere, known_signature_key=KEY)
    assert service.labelled(refusal(plugin.create, inputs)) == (
        f"ens_provider.NotFoundError: adopt_id of callback 'orders' ({URL}) names callback nowhere, "
        "which does not exist in business unit 1234567; nothing was created. Correct adopt_id, use "
        "the credentials of the callback's business unit, or remove adopt_id to create a new "
        "callback."
    )
    assert service.calls() == ["GET ens-callbacks/nowhere 404"]
    assert service.callbacks() == {}


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("invoices", URL),
        ("Orders", URL),
        ("orders", "https://receiver.test/invoices"),
        ("orders", "https://receiver.test/orders/"),
    ],
    ids=["name", "case", "url", "slash"],
)
def test_another_name_or_url(plugin: Plugin, service: Service, name: str, url: str) -> None:
    """An error that shows what is there, before anything is changed."""
    old = service.create("old", name, url)
    before = service.emulator.state()
    inputs = declared(adopt_id=old, known_signature_key=KEY, on_existing="rotate")
    assert service.labelled(refusal(plugin.create, inputs)) == (
        f"ens_provider.AlreadyPresent: adopt_id of callback 'orders' ({URL}) names callback "
        f"'{name}' (id old, {url}), which has another name or URL; nothing was changed. Declare "
        "exactly that name and URL to take it over."
    )
    assert service.calls() == ["GET ens-callbacks/old 200"]
    assert service.emulator.state() == before


@pytest.mark.parametrize(
    ("subscribed", "hanging"),
    [(True, "subscription 'mails' (sub-mails)"), (False, "no subscriptions")],
    ids=["live", "idle"],
)
@pytest.mark.parametrize(
    ("inputs", "ways"),
    [
        ({}, WAYS_ON),
        ({"on_existing": "fail"}, f"let on_existing='fail' go and {WAYS_ON}"),
    ],
    ids=["adopt", "fail"],
)
def test_without_a_key(
    plugin: Plugin,
    service: Service,
    inputs: dict[str, Any],
    ways: str,
    *,
    subscribed: bool,
    hanging: str,
) -> None:
    """Nothing is changed, and nothing is deleted to be created anew: the id was asked for."""
    old = service.create("old")
    if subscribed:
        service.subscribe(old)
    before = service.emulator.state()
    assert service.labelled(refusal(plugin.create, declared(adopt_id=old, **inputs))) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id old, {URL}) with {hanging}; nothing was changed. To go on, {ways}"
    )
    assert service.calls() == LOOKED_UP
    assert service.emulator.state() == before


@pytest.mark.parametrize("subscribed", [True, False], ids=["live", "idle"])
def test_with_its_key(plugin: Plugin, service: Service, *, subscribed: bool) -> None:
    """It is taken over as it is, with the declared key."""
    old = service.create("old", url="https://RECEIVER.test/orders")
    if subscribed:
        service.subscribe(old)
    before = service.emulator.state()
    created = plugin.create(declared(adopt_id=old, known_signature_key=KEY))
    assert service.calls() == LOOKED_UP
    assert service.emulator.state() == before
    assert created.id == old
    assert created.outputs["signature_key"] == KEY
    assert created.outputs["url"] == URL
    assert created.outputs["adopt_id"] == old
    assert created.secrets == {"signature_key", "known_signature_key"}


@pytest.mark.parametrize("subscribed", [True, False], ids=["live", "idle"])
def test_with_a_new_key(plugin: Plugin, service: Service, *, subscribed: bool) -> None:
    """The key that is kept is the one that the service signs with from now on."""
    old = service.create("old")
    old_key = service.key_of(old)
    if subscribed:
        service.subscribe(old)
    created = plugin.create(declared(adopt_id=old, on_existing="rotate"))
    assert service.calls() == [*LOOKED_UP, "PUT ens-regenerate 200"]
    assert created.id == old
    assert created.outputs["signature_key"] == service.key_of(old) != old_key


@pytest.mark.parametrize("unchanged_put", ["304", "200"])
def test_the_batch_size_becomes_the_declared_one(
    plugin: Plugin, service: Service, unchanged_put: str
) -> None:
    """One call, and only where it differs."""
    service.emulator.set_switches(unchanged_put=unchanged_put)
    old = service.create("old", max_batch_size=700)
    inputs = declared(adopt_id=old, known_signature_key=KEY, max_batch_size=500)
    created = plugin.create(inputs)
    assert service.calls() == [*LOOKED_UP, "PUT ens-callbacks 200"]
    assert service.callbacks()["old"]["maxBatchSize"] == 500
    assert created.outputs["max_batch_size"] == 500


def test_a_callback_that_this_process_manages_already(plugin: Plugin, service: Service) -> None:
    """No id ever belongs to two resources."""
    first = plugin.create(declared())
    service.label(first.id, "first")
    service.forget_calls()
    inputs = declared(adopt_id=first.id, known_signature_key=KEY)
    assert service.labelled(refusal(plugin.create, inputs)) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is declared twice: another "
        f"resource of this program already manages callback 'orders' (id first, {URL}). Give one "
        "of the two another name and URL, or remove it."
    )
    assert service.calls() == ["GET ens-callbacks/first 200"]


def test_a_callback_of_another_business_unit_does_not_exist(
    plugin: Plugin, service: Service
) -> None:
    """The error names the unit that was looked in; the callback there is untouched."""
    theirs = service.create("theirs", mid=OTHER_MID)
    inputs = declared(adopt_id=theirs, known_signature_key=KEY)
    assert service.labelled(refusal(plugin.create, inputs)) == (
        f"ens_provider.NotFoundError: adopt_id of callback 'orders' ({URL}) names callback theirs, "
        "which does not exist in business unit 1234567; nothing was created. Correct adopt_id, use "
        "the credentials of the callback's business unit, or remove adopt_id to create a new "
        "callback."
    )
    assert list(service.callbacks()) == ["theirs"]


@pytest.mark.parametrize(
    ("put_unknown_callback", "calls"),
    [
        ("404", []),
        ("201", ["DELETE ens-callbacks/#1 200"]),
    ],
)
def test_deleted_outside_while_it_is_taken_over(
    plugin: Plugin, service: Service, put_unknown_callback: str, calls: list[str]
) -> None:
    """A new callback that the service makes of an unknown id is deleted again."""
    service.emulator.set_switches(put_unknown_callback=put_unknown_callback)
    old = service.create("old", max_batch_size=700)
    inputs = declared(adopt_id=old, known_signature_key=KEY)
    with ThreadPoolExecutor(1) as thread:
        with service.held(PUT):
            sentence = thread.submit(refusal, plugin.create, inputs)
            service.wait_until_held()
            service.delete(old)
        assert service.labelled(sentence.result()) == (
            "ens_provider.DeletedOutside: The callback 'orders' (old) was deleted outside of this "
            "program and cannot be updated: run `pulumi up --refresh` to create it again."
        )
    # The PUT was still held when the call log was looked at.
    assert service.calls() == [*LOOKED_UP, "PUT ens-callbacks -", *calls]
    assert service.callbacks() == {}


def test_two_resources_that_adopt_one_callback_at_the_same_moment(
    plugin: Plugin, service: Service
) -> None:
    """One of them gets it."""
    old = service.create("old")
    inputs = declared(adopt_id=old, known_signature_key=KEY)
    with ThreadPoolExecutor(2) as threads:
        with service.held(SUBSCRIPTIONS, times=2):
            attempts = [threads.submit(_attempt, plugin, inputs) for _ in range(2)]
            service.wait_until_held(2)
        outcomes = sorted(service.labelled(attempt.result()) for attempt in attempts)
    assert outcomes == [
        (
            f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is declared twice: another "
            f"resource of this program already manages callback 'orders' (id old, {URL}). Give one "
            "of the two another name and URL, or remove it.\n"
        ),
        "old",
    ]


def _attempt(plugin: Plugin, inputs: dict[str, Any]) -> str:
    try:
        return plugin.create(inputs).id
    except PluginError as error:
        return str(error)
