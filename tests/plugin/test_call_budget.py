"""How many calls a run makes: exactly those that are needed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, declared, declared_key, refusal
from tests.plugin.service import LIST, MID, PUT, SUBSCRIPTIONS, TOKEN, TOKEN_CONTEXT, Service
from tests.plugin.subscriptions import verified
from tests.plugin.whole_stack import WholeStack, at_once
from tests.plugin.whole_stack import callback_inputs as _inputs

N = 6


def _create_many(plugin: Plugin) -> list[str]:
    return [bag.id for bag in at_once(lambda number: plugin.create(_inputs(number)), range(N))]


def _created_long_ago(plugin: Plugin, service: Service) -> Created:
    """Create a callback that reads cannot lag behind any more, and forget the calls for it."""
    created = plugin.create(_inputs(1))
    service.emulator.move_clock(121)
    service.forget_calls()
    return created


def test_creating_n_callbacks_takes_one_token_and_n_calls(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Nothing is read back, also when four threads create at once."""
    ids = _create_many(new_plugin())
    calls = [call for call in service.calls() if not call.startswith("PROBE")]
    assert calls[0] == "POST token 200"
    assert calls[1:] == ["POST ens-callbacks 201"] * N
    assert len(set(ids)) == N


def test_without_an_account_id_the_business_unit_is_asked_for_once(
    new_plugin: NewPlugin, service: Service
) -> None:
    """One call of "Get Token Context" comes on top."""
    plugin = new_plugin(service=service.access(account_id=None))
    _create_many(plugin)
    calls = [call for call in service.calls() if not call.startswith("PROBE")]
    assert calls[:2] == ["POST token 200", "GET tokenContext 200"]
    assert calls[2:] == ["POST ens-callbacks 201"] * N


def test_an_update_and_a_deletion_are_one_call_each(plugin: Plugin, service: Service) -> None:
    """Nothing is read before or after."""
    created = plugin.create(declared())
    service.label(created.id, "orders")
    service.forget_calls()
    updated = plugin.update(created.id, created.outputs, declared(max_batch_size=500))
    assert service.calls() == ["PUT ens-callbacks 200"]
    plugin.delete(created.id, updated.outputs)
    assert service.calls() == ["DELETE ens-callbacks/orders 200"]


def _refresh(plugin: Plugin, service: Service) -> None:
    bags = [plugin.create(_inputs(number)) for number in range(N)]
    service.emulator.move_clock(121)
    service.forget_calls()
    with ThreadPoolExecutor(4) as threads:
        read = list(threads.map(lambda bag: plugin.read(bag.id, bag.outputs)[0], bags))
    assert read == bags


def test_a_refresh_of_n_callbacks_is_one_list(plugin: Plugin, service: Service) -> None:
    """Four threads that read at once share it."""
    _refresh(plugin, service)
    assert service.calls() == ["GET ens-callbacks 200"]


def test_a_refresh_whose_list_is_answered_late_is_one_list(
    plugin: Plugin, service: Service
) -> None:
    """Readers that come meanwhile wait for the answer instead of asking again."""
    service.emulator.add_fault(route=LIST, do="delay", seconds=0.3)
    _refresh(plugin, service)
    assert service.calls() == ["GET ens-callbacks 200"]


def test_a_list_from_before_a_write_serves_no_read(plugin: Plugin, service: Service) -> None:
    """Only a list that began after this process's last write may be shared."""
    first = plugin.create(_inputs(1))
    second = plugin.create(_inputs(2))
    service.emulator.move_clock(121)
    service.forget_calls()
    plugin.read(first.id, first.outputs)
    plugin.update(second.id, second.outputs, {**_inputs(2), "max_batch_size": 500})
    plugin.read(first.id, first.outputs)
    plugin.read(first.id, first.outputs)
    assert service.calls() == [
        "GET ens-callbacks 200",
        "PUT ens-callbacks 200",
        "GET ens-callbacks 200",
    ]


def test_a_list_that_began_during_a_write_serves_no_later_read(
    plugin: Plugin, service: Service
) -> None:
    """It may or may not show what was written."""
    created = _created_long_ago(plugin, service)
    with ThreadPoolExecutor(1) as thread:
        with service.held(PUT):
            change = {**_inputs(1), "max_batch_size": 500}
            update = thread.submit(plugin.update, created.id, created.outputs, change)
            service.wait_until_held()
            plugin.read(created.id, created.outputs)
        update.result()
    plugin.read(created.id, created.outputs)
    assert service.calls() == [
        "PUT ens-callbacks 200",
        "GET ens-callbacks 200",
        "GET ens-callbacks 200",
    ]


def test_a_read_after_a_write_does_not_wait_for_a_list_from_before_it(
    plugin: Plugin, service: Service
) -> None:
    """It begins a list of its own, which the late one does not take the place of."""
    created = _created_long_ago(plugin, service)
    with ThreadPoolExecutor(1) as thread:
        with service.held(LIST):
            early = thread.submit(plugin.read, created.id, created.outputs)
            service.wait_until_held()
            change = {**_inputs(1), "max_batch_size": 500}
            updated = plugin.update(created.id, created.outputs, change)
            plugin.read(created.id, updated.outputs)
        early.result()
    plugin.read(created.id, updated.outputs)
    assert sorted(service.calls()) == ["GET ens-callbacks 200"] * 2 + ["PUT ens-callbacks 200"]


def test_after_a_list_that_fails_the_next_reader_asks(plugin: Plugin, service: Service) -> None:
    """A failure is shared by those that wait for it, and not kept."""
    created = plugin.create(_inputs(1))
    service.emulator.move_clock(121)
    service.forget_calls()
    service.emulator.add_fault(route=LIST, do="status", status=403)
    assert refusal(plugin.read, created.id, created.outputs).startswith(
        "ens_provider.PermissionDeniedError: ENS refused to list the callbacks (403)"
    )
    assert plugin.read(created.id, created.outputs)[0] == created
    assert service.calls() == ["GET ens-callbacks 403", "GET ens-callbacks 200"]


def _counted(service: Service) -> dict[str, int]:
    return dict(Counter(call for call in service.calls() if not call.startswith("PROBE")))


@pytest.mark.parametrize(
    ("account_id", "late_seconds"),
    [(MID, 0.0), (None, 0.3)],
    ids=["unit-configured", "unit-asked-for-and-late"],
)
def test_all_types_together(
    new_plugin: NewPlugin, service: Service, account_id: str | None, late_seconds: float
) -> None:
    """One token, one call for each change, and one list for all that read the same.

    Sixteen calls at a time find the plugin busy with four; what they share may come late.
    """
    shared = (TOKEN, TOKEN_CONTEXT, LIST, SUBSCRIPTIONS)
    for route in shared if late_seconds else ():
        service.emulator.add_fault(route=route, do="delay", seconds=late_seconds, times=None)
    access = service.access(account_id)
    stack = WholeStack(new_plugin(service=access), service, count=3)
    opening = {"POST token 200": 1, **({} if account_id else {"GET tokenContext 200": 1})}
    lists = {
        "GET ens-callbacks 200": 1,
        **{f"GET ens-subscriptions-by-cb/orders-{number} 200": 1 for number in range(3)},
    }

    stack.create()
    assert _counted(service) == {
        **opening,
        "POST ens-callbacks 201": 3,
        "POST ens-verify 200": 3,
        "PUT ens-regenerate 200": 3,
        "POST ens-subscriptions 201": 6,
    }
    stack.check_and_diff()
    assert _counted(service) == {}
    service.emulator.move_clock(121)
    stack.read()
    assert _counted(service) == lists
    stack.read()
    assert _counted(service) == {}
    stack.update()
    assert _counted(service) == {
        "PUT ens-callbacks 200": 3,
        "PUT ens-regenerate 200": 3,
        "PUT ens-subscriptions 200": 6,
    }
    service.emulator.move_clock(121)
    stack.read()
    assert _counted(service) == lists
    stack.next_run(new_plugin(service=access))
    stack.delete()
    assert _counted(service) == {
        **opening,
        **{f"DELETE ens-subscriptions/mails-{number} 200": 1 for number in range(3)},
        **{f"DELETE ens-subscriptions/opens-{number} 200": 1 for number in range(3)},
        **{f"DELETE ens-callbacks/orders-{number} 200": 1 for number in range(3)},
    }


def test_a_get_is_one_look_for_each(plugin: Plugin, service: Service) -> None:
    """What the program only reads is looked up by its id, in a refresh again."""
    orders = verified(service)
    mails = service.subscribe(orders)
    service.forget_calls()
    for _ in range(2):
        at_once(lambda _: plugin.read(orders, {}), range(2))
        plugin.of("Subscription").read(mails, {})
    looks = {"GET ens-callbacks/orders 200": 4, "GET ens-subscriptions/sub-mails 200": 2}
    assert _counted(service) == looks


def test_who_goes_on_waiting_asks_what_time_it_is_once(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Several that wait for changes to take effect share the answer, and its business unit."""
    service.emulator.add_fault(route=TOKEN_CONTEXT, do="delay", seconds=0.3, times=None)
    orders = service.create("orders")
    plugin = new_plugin(service=service.access(account_id=None))
    settled = {"callback_id": orders, "changed_at": ["2026-01-01T00:00:00Z"], "seconds": 120}
    service.forget_calls()
    at_once(lambda _: plugin.of("Settled").create(settled), range(4))
    plugin.of("SignatureKey").create(declared_key(orders))
    assert service.calls() == [
        "POST token 200",
        "GET tokenContext 200",
        "PUT ens-regenerate 200",
    ]


def test_reading_without_a_change_makes_one_list_per_process(
    new_plugin: NewPlugin, service: Service
) -> None:
    """A process of its own has no list yet; the token is its only other call."""
    service.create("orders")
    outputs = {**declared(), "mid": "1234567", "changed_at": "", "signature_key": "a2V5"}
    callback_id = next(iter(service.callbacks().values()))["callbackId"]
    plugin = new_plugin()
    plugin.read(callback_id, outputs)
    plugin.read(callback_id, outputs)
    assert service.calls() == ["POST token 200", "GET ens-callbacks 200"]
