"""Deleting a subscription."""

from __future__ import annotations

import pytest

from tests.plugin.driver import Plugin, refusal
from tests.plugin.service import UNSUBSCRIBE, Service
from tests.plugin.subscriptions import inputs_of, present, subscribed

DELETED = "DELETE ens-subscriptions/mails 200"


@pytest.mark.parametrize("content", ["object", "empty"])
@pytest.mark.parametrize("paused", [True, False], ids=["paused", "active"])
def test_a_deletion_is_one_call(
    plugin: Plugin, service: Service, content: str, *, paused: bool
) -> None:
    """Nothing is read before or after, whatever body the service answers with."""
    service.emulator.set_switches(ok_without_content=content)
    created = subscribed(plugin, service, paused=paused)
    plugin.of("Subscription").delete(created.id, created.outputs)
    assert service.calls() == [DELETED]
    assert present(service) == {}
    assert list(service.callbacks()) == ["orders"]


def test_what_is_gone_already_is_fine(plugin: Plugin, service: Service) -> None:
    """404 is what a deletion is after, once it was said twice."""
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    plugin.of("Subscription").delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-subscriptions/mails 404",
        "DELETE ens-subscriptions/mails 404",
    ]


def test_a_404_that_is_not_true_deletes_it_all_the_same(plugin: Plugin, service: Service) -> None:
    """Left behind, it would keep its callback from being deleted."""
    created = subscribed(plugin, service)
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=404)
    plugin.of("Subscription").delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-subscriptions/mails 404",
        DELETED,
    ]
    assert present(service) == {}


@pytest.mark.parametrize(("when", "again"), [("before", 200), ("after", 404)])
def test_an_answer_that_is_lost(plugin: Plugin, service: Service, when: str, again: int) -> None:
    """A deletion may be sent again."""
    created = subscribed(plugin, service)
    service.emulator.add_fault(route=UNSUBSCRIBE, do="drop", when=when)
    plugin.of("Subscription").delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-subscriptions/mails -",
        f"DELETE ens-subscriptions/mails {again}",
        *(["DELETE ens-subscriptions/mails 404"] if again == 404 else []),
    ]
    assert present(service) == {}


def test_a_refusal_is_told(plugin: Plugin, service: Service) -> None:
    """The subscription stays, for the next run."""
    created = subscribed(plugin, service)
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=403)
    sentence = refusal(plugin.of("Subscription").delete, created.id, created.outputs)
    assert service.labelled(sentence) == (
        "ens_provider.PermissionDeniedError: ENS refused to delete subscription mails (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Subscriptions > Delete (scope "
        "event_notification_subscription_delete) in Setup; a new token shows it after up to 5 "
        "minutes."
    )
    assert list(present(service)) == ["mails"]


def test_a_deleted_one_can_be_created_again(plugin: Plugin, service: Service) -> None:
    """`--replace` deletes first; the new one is another subscription."""
    old = subscribed(plugin, service)
    plugin.of("Subscription").delete(old.id, old.outputs)
    created = plugin.of("Subscription").create(inputs_of(old))
    service.label(created.id, "new")
    assert service.calls() == [DELETED, "POST ens-subscriptions 201"]
    assert list(present(service)) == ["new"]
