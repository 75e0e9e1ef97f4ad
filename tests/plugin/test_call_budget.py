"""How many calls a run makes: exactly those that are needed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, declared
from tests.plugin.service import LIST, PUT, Service

N = 6


def _inputs(number: int) -> dict[str, object]:
    return declared(callback_name=f"orders-{number}", url=f"https://receiver.test/{number}")


def _create_many(plugin: Plugin) -> list[str]:
    with ThreadPoolExecutor(4) as threads:
        created = list(threads.map(lambda number: plugin.create(_inputs(number)), range(N)))
    return [bag.id for bag in created]


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
    created = plugin.create(_inputs(1))
    service.emulator.move_clock(121)
    service.forget_calls()
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
