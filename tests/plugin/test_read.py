"""Reading: what others changed is shown, and only what is proven to be gone is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.plugin.driver import Created, Plugin, declared, refusal
from tests.plugin.service import GET, LIST, MID, URL, Service

KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
GONE: tuple[Created, dict[str, Any]] = (Created(id="", outputs={}, secrets=frozenset()), {})


def _created(plugin: Plugin, service: Service, **changes: Any) -> Created:
    created = plugin.create(declared(**changes))
    service.label(created.id, "orders")
    service.forget_calls()
    return created


def _two_minutes_later(service: Service) -> None:
    service.emulator.move_clock(121)


@pytest.mark.parametrize("url_echo", ["as_sent", "normalised"])
def test_without_a_change_the_answer_is_the_state(
    plugin: Plugin, service: Service, url_echo: str
) -> None:
    """Outputs and declared inputs come back as they are."""
    service.emulator.set_switches(url_echo=url_echo)
    created = _created(plugin, service)
    _two_minutes_later(service)
    assert plugin.read(created.id, created.outputs) == (created, declared())
    assert service.calls() == ["GET ens-callbacks 200"]


def test_a_batch_size_that_somebody_changed_is_shown(plugin: Plugin, service: Service) -> None:
    """As an output and as an input, so that the next run repairs it."""
    created = _created(plugin, service)
    service.resize(created.id, 400)
    _two_minutes_later(service)
    read, inputs = plugin.read(created.id, created.outputs)
    assert read.outputs == {**created.outputs, "max_batch_size": 400}
    assert read.secrets == {"signature_key"}
    assert inputs == declared(max_batch_size=400)


@pytest.mark.parametrize("url_echo", ["as_sent", "normalised"])
def test_the_spelling_of_the_state_stays(plugin: Plugin, service: Service, url_echo: str) -> None:
    """A URL that is echoed in another spelling is no difference."""
    service.emulator.set_switches(url_echo=url_echo)
    old = service.create("old", url="https://Receiver.TEST/orders")
    state = {**declared(), "mid": MID, "changed_at": "", "signature_key": KEY}
    for spelling in (URL, "https://RECEIVER.test/orders"):
        read, inputs = plugin.read(old, {**state, "url": spelling})
        assert read.outputs["url"] == inputs["url"] == spelling


def test_a_name_that_somebody_changed_is_shown(plugin: Plugin, service: Service) -> None:
    """The next run then replaces the callback."""
    created = _created(plugin, service)
    change = {"callbackId": created.id, "callbackName": "renamed", "maxBatchSize": 1000}
    service.send("PUT", "ens-callbacks", [change])
    _two_minutes_later(service)
    read, inputs = plugin.read(created.id, created.outputs)
    assert read.outputs["callback_name"] == inputs["callback_name"] == "renamed"


@pytest.mark.parametrize(
    ("empty_list", "answer"), [("200", "200"), ("404", "404")], ids=["empty-array", "not-found"]
)
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside-another"])
def test_deleted_outside_is_gone_with_proof(
    plugin: Plugin, service: Service, empty_list: str, answer: str, others: int
) -> None:
    """Absent from the list, and its own address answers 404."""
    service.emulator.set_switches(empty_list=empty_list)
    created = _created(plugin, service)
    if others:
        service.create("another", "invoices", "https://receiver.test/invoices")
    service.delete(created.id)
    _two_minutes_later(service)
    assert plugin.read(created.id, created.outputs) == GONE
    listed = "200" if others else answer
    # A list of nothing may have been a 404 to everything, so that it is asked for once more.
    again = [] if others else [f"GET ens-callbacks {answer}"]
    looked = [f"GET ens-callbacks {listed}", "GET ens-callbacks/orders 404"]
    assert service.calls() == [*looked, *again]


def test_absent_from_the_list_alone_is_no_proof(plugin: Plugin, service: Service) -> None:
    """What answers by its id is there, with the values of that answer."""
    created = _created(plugin, service)
    service.resize(created.id, 400)
    _two_minutes_later(service)
    service.emulator.add_fault(route=LIST, do="status", status=200, body=[])
    read, _ = plugin.read(created.id, created.outputs)
    assert service.calls() == ["GET ens-callbacks 200", "GET ens-callbacks/orders 200"]
    assert read.id == created.id
    assert read.outputs == {**created.outputs, "max_batch_size": 400}


def test_a_404_to_everything_drops_nothing(plugin: Plugin, service: Service) -> None:
    """An empty list may be a 404, too: a gateway that says it for a moment costs no key."""
    created = _created(plugin, service)
    _two_minutes_later(service)
    for route in (LIST, GET):
        service.emulator.add_fault(route=route, do="status", status=404)
    assert plugin.read(created.id, created.outputs) == (created, declared())
    assert service.calls() == [
        "GET ens-callbacks 404",
        "GET ens-callbacks/orders 404",
        "GET ens-callbacks 200",
    ]


def test_a_404_to_everything_drops_nothing_of_two_readers(plugin: Plugin, service: Service) -> None:
    """The list that one of them asks for once more shows the other's callback as well."""
    orders, bills = (
        plugin.create(declared(callback_name=name, url=f"https://receiver.test/{name}"))
        for name in ("orders", "bills")
    )
    service.label(orders.id, "orders")
    service.label(bills.id, "bills")
    _two_minutes_later(service)
    service.forget_calls()
    with ThreadPoolExecutor(1) as thread:
        service.emulator.add_fault(route=LIST, do="status", status=404)
        with service.held(GET):
            service.emulator.add_fault(route=GET, do="status", status=404, times=2)
            second = thread.submit(plugin.read, bills.id, bills.outputs)
            service.wait_until_held()
            assert plugin.read(orders.id, orders.outputs)[0] == orders
        assert second.result()[0] == bills
    assert service.calls() == [
        "GET ens-callbacks 404",
        "GET ens-callbacks/bills 404",
        "GET ens-callbacks/orders 404",
        "GET ens-callbacks 200",
    ]


def test_a_look_by_id_that_is_refused_drops_nothing(plugin: Plugin, service: Service) -> None:
    """Anything but 404 is an error, not an absence."""
    created = _created(plugin, service)
    service.delete(created.id)
    _two_minutes_later(service)
    service.emulator.add_fault(route=GET, do="status", status=403)
    assert service.labelled(refusal(plugin.read, created.id, created.outputs)) == (
        "ens_provider.PermissionDeniedError: ENS refused to read callback orders (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Callbacks > Read (scope event_notification_callback_read) in Setup; "
        "a new token shows it after up to 5 minutes."
    )


@pytest.mark.parametrize("body", ["{}", ""])
def test_a_list_that_is_none_drops_nothing(plugin: Plugin, service: Service, body: str) -> None:
    """An answer that cannot be read is an error, not an empty list."""
    created = _created(plugin, service)
    service.delete(created.id)
    _two_minutes_later(service)
    fault: dict[str, object] = {"do": "status", "status": 200, "body": body}
    service.emulator.add_fault(route=LIST, times=None, **fault)
    sentence = refusal(plugin.read, created.id, created.outputs)
    assert sentence.startswith("ens_provider.ConnectionLostError: No complete answer came from ")
    assert "GET ens-callbacks/orders 404" not in service.calls()


def test_within_two_minutes_of_our_own_write_the_state_wins(
    plugin: Plugin, service: Service
) -> None:
    """Deleted outside at once: believed after two minutes, by the service's clock."""
    created = _created(plugin, service)
    service.delete(created.id)
    service.emulator.move_clock(60)
    assert plugin.read(created.id, created.outputs) == (created, declared())
    assert service.calls() == ["GET ens-callbacks 200"]
    service.emulator.move_clock(61)
    _make_lists_stale(plugin, service)
    assert plugin.read(created.id, created.outputs) == GONE


def _make_lists_stale(plugin: Plugin, service: Service) -> None:
    other = plugin.create(declared(callback_name="x", url="https://receiver.test/x"))
    plugin.delete(other.id, other.outputs)
    service.forget_calls()


@pytest.mark.parametrize("lag", [5, 60, 119])
def test_lists_that_lag_behind_a_creation_drop_nothing(
    plugin: Plugin, service: Service, lag: int
) -> None:
    """A callback that no list shows yet stays in the state."""
    service.emulator.set_switches(propagation_seconds=lag)
    created = _created(plugin, service)
    assert plugin.read(created.id, created.outputs) == (created, declared())
    _two_minutes_later(service)
    _make_lists_stale(plugin, service)
    assert plugin.read(created.id, created.outputs) == (created, declared())


def test_lists_that_lag_behind_an_update_are_no_difference(
    plugin: Plugin, service: Service
) -> None:
    """The old batch size is not shown as somebody's change."""
    service.emulator.set_switches(propagation_seconds=60)
    created = _created(plugin, service)
    service.emulator.move_clock(600)
    inputs = declared(max_batch_size=500)
    plugin.read(created.id, created.outputs)
    updated = plugin.update(created.id, created.outputs, inputs)
    assert plugin.read(created.id, updated.outputs) == (updated, inputs)
    _two_minutes_later(service)
    _make_lists_stale(plugin, service)
    assert plugin.read(created.id, updated.outputs) == (updated, inputs)


def test_a_get_shows_a_callback_that_is_not_managed(plugin: Plugin, service: Service) -> None:
    """One look by id; the key is the given one, a secret."""
    old = service.create("old", max_batch_size=700)
    read, inputs = plugin.read(old, {"known_signature_key": KEY})
    assert service.calls() == ["GET ens-callbacks/old 200"]
    assert read.id == old
    assert read.outputs == {
        "callback_name": "orders",
        "url": URL,
        "max_batch_size": 700,
        "mid": MID,
        "changed_at": "",
        "known_signature_key": KEY,
        "signature_key": KEY,
    }
    assert read.secrets == {"signature_key", "known_signature_key"}
    assert inputs == {"known_signature_key": KEY}


def test_a_get_without_a_key_shows_none(plugin: Plugin, service: Service) -> None:
    """ENS does not show it again."""
    old = service.create("old")
    read, inputs = plugin.read(old, {})
    assert "signature_key" not in read.outputs
    assert read.secrets == set()
    assert inputs == {}


def test_a_get_of_what_does_not_exist_is_an_error(plugin: Plugin, service: Service) -> None:
    """The program relies on it, so it is not silently absent."""
    nowhere = service.label("08b67f0e-5be8-4673-97e9-682c133f778c", "nowhere")
    assert service.labelled(refusal(plugin.read, nowhere, {})) == (
        "ens_provider.NotFoundError: Callback nowhere does not exist in business unit 1234567, and "
        "`get` reads only what exists. Correct the id, or use the credentials of the callback's "
        "business unit."
    )
    assert service.calls() == ["GET ens-callbacks/nowhere 404"]


def test_a_refresh_of_a_get_reads_it_again(plugin: Plugin, service: Service) -> None:
    """What somebody changed is shown at once: this stack writes nothing to it."""
    old = service.create("old", max_batch_size=700)
    read, _ = plugin.read(old, {"known_signature_key": KEY})
    service.resize(old, 800)
    again, _ = plugin.read(old, read.outputs)
    assert again.outputs == {**read.outputs, "max_batch_size": 800}
