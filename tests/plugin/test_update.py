"""Changing a callback in place, under every answer that the service may give to a PUT."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.plugin.driver import Created, Plugin, declared, refusal
from tests.plugin.service import DELETE, PUT, Service

SMALLER = declared(max_batch_size=500)
DELETED_OUTSIDE = (
    "ens_provider.DeletedOutside: The callback 'orders' (orders) was deleted outside of this "
    "program and cannot be updated: run `pulumi up --refresh` to create it again."
)


def _created(plugin: Plugin, service: Service) -> Created:
    created = plugin.create(declared())
    service.label(created.id, "orders")
    service.forget_calls()
    return created


def test_deleted_outside(plugin: Plugin, service: Service) -> None:
    """404: the error says how to go on."""
    created = _created(plugin, service)
    service.delete(created.id)
    assert (
        service.labelled(refusal(plugin.update, created.id, created.outputs, SMALLER))
        == DELETED_OUTSIDE
    )
    assert service.calls() == ["PUT ens-callbacks 404"]
    assert service.callbacks() == {}


def test_deleted_outside_where_the_service_makes_a_new_one(
    plugin: Plugin, service: Service
) -> None:
    """201 with another id: the new one is deleted again."""
    service.emulator.set_switches(put_unknown_callback="201")
    created = _created(plugin, service)
    service.delete(created.id)
    assert (
        service.labelled(refusal(plugin.update, created.id, created.outputs, SMALLER))
        == DELETED_OUTSIDE
    )
    assert service.calls() == ["PUT ens-callbacks 201", "DELETE ens-callbacks/#1 200"]
    assert service.callbacks() == {}


def test_a_new_one_that_cannot_be_deleted_again_is_named(plugin: Plugin, service: Service) -> None:
    """Nobody else would know that it is there."""
    service.emulator.set_switches(put_unknown_callback="201")
    created = _created(plugin, service)
    service.delete(created.id)
    service.emulator.add_fault(route=DELETE, do="status", status=403)
    sentence = service.labelled(refusal(plugin.update, created.id, created.outputs, SMALLER))
    assert service.calls() == ["PUT ens-callbacks 201", "DELETE ens-callbacks/#1 403"]
    assert sentence == (
        "ens_provider.DeletedOutside: The callback 'orders' (orders) was deleted outside of this "
        "program; ENS created callback #1 in its place, which could not be deleted (ENS refused to "
        "delete callback #1 (403): Insufficient privileges to complete this action. Give the "
        "installed package the permission Event Notifications > Callbacks > Delete (scope "
        "event_notification_callback_delete) in Setup; a new token shows it after up to 5 "
        "minutes.). Delete it by hand, then run `pulumi up --refresh`."
    )
    assert list(service.callbacks()) == ["#1"]


@pytest.mark.parametrize(("unchanged_put", "status"), [("304", 304), ("200", 200)])
def test_already_as_declared(
    plugin: Plugin, service: Service, unchanged_put: str, status: int
) -> None:
    """Somebody else did it: nothing changes, and that is fine."""
    service.emulator.set_switches(unchanged_put=unchanged_put)
    created = _created(plugin, service)
    service.resize(created.id, 500)
    updated = plugin.update(created.id, created.outputs, SMALLER)
    assert service.calls() == [f"PUT ens-callbacks {status}"]
    assert updated.outputs["max_batch_size"] == 500
    assert service.callbacks()["orders"]["maxBatchSize"] == 500


@pytest.mark.parametrize("put_url", ["ignored", "applied", "rejected"])
def test_the_url_is_no_part_of_a_put(plugin: Plugin, service: Service, put_url: str) -> None:
    """Whatever the service would do with one, it gets none."""
    service.emulator.set_switches(put_url=put_url)
    created = _created(plugin, service)
    plugin.update(created.id, created.outputs, SMALLER)
    assert service.calls() == ["PUT ens-callbacks 200"]
    assert service.callbacks()["orders"]["url"] == declared()["url"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost(plugin: Plugin, service: Service, when: str) -> None:
    """An update may be sent again: it takes effect once, whatever was lost."""
    created = _created(plugin, service)
    service.emulator.add_fault(route=PUT, do="drop", when=when)
    updated = plugin.update(created.id, created.outputs, SMALLER)
    again = 200 if when == "before" else 304
    assert service.calls() == ["PUT ens-callbacks -", f"PUT ens-callbacks {again}"]
    assert updated.outputs["max_batch_size"] == 500
    assert service.callbacks()["orders"]["maxBatchSize"] == 500


def test_the_time_of_the_last_write_is_the_services(plugin: Plugin, service: Service) -> None:
    """ISO 8601 in UTC by the service's clock."""
    created = _created(plugin, service)
    service.emulator.move_clock(3600)
    plugin.read(created.id, created.outputs)
    updated = plugin.update(created.id, created.outputs, SMALLER)
    before, after = str(created.outputs["changed_at"]), str(updated.outputs["changed_at"])
    assert _seconds(before) + 3600 <= _seconds(after) <= service.emulator.now()


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
