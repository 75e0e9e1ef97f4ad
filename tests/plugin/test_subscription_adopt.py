"""Taking over a subscription by its id."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, refusal
from tests.plugin.service import PUT_SUBSCRIPTION, Service
from tests.plugin.subscriptions import (
    NOT_SENT,
    PAUSED,
    RESUMED,
    SENT,
    declaration,
    outputs_of,
    present,
    timeless,
    verified,
)

NOWHERE = "08b67f0e-5be8-4673-97e9-682c133f778c"
LOOK = "GET ens-subscriptions/old 200"
TAKEN_OVER = (
    "The subscription 'mails' (old) was not deleted: another resource of this program has taken it "
    "over. Next time, give a renamed or moved resource `aliases`."
)


def _old(service: Service) -> tuple[str, str]:
    """Let somebody else subscribe a callback; return both ids."""
    orders = verified(service)
    old = service.label(service.subscribe(orders), "old")
    service.forget_calls()
    return orders, old


def _adopted(plugin: Plugin, service: Service, **changes: Any) -> Created:
    orders, old = _old(service)
    created = plugin.of("Subscription").create(declaration(orders, adopt_id=old, **changes))
    assert created.id == old
    return created


@pytest.mark.parametrize("blank_filters", ["empty_list", "absent", "blank_item"])
def test_as_declared_already_nothing_is_sent(
    plugin: Plugin, service: Service, blank_filters: str
) -> None:
    """One look, and it is the program's."""
    service.emulator.set_switches(blank_filters=blank_filters)
    created = _adopted(plugin, service)
    assert service.calls() == [LOOK]
    inputs = declaration(created.outputs["callback_id"], adopt_id=created.id)
    # By itself it shows `none` where there is no reason, in a list nothing.
    assert timeless(created) == outputs_of(inputs, status_reason="")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"subscription_name": "renamed"}, {"subscriptionName": "renamed"}),
        (
            {"event_category_types": [NOT_SENT, SENT]},
            {"eventCategoryTypes": [NOT_SENT, SENT]},
        ),
        ({"filters": ["definitionKey=a"]}, {"filters": ["definitionKey=a"]}),
        ({"paused": True}, {"status": "paused", "statusReason": PAUSED}),
        (
            {"paused": True, "pause_reason": "ours", "filters": ["definitionKey=a"]},
            {"status": "paused", "statusReason": "ours", "filters": ["definitionKey=a"]},
        ),
    ],
    ids=["name", "types", "filters", "pause", "several"],
)
def test_it_gets_the_declared_values(
    plugin: Plugin, service: Service, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """By one update, whatever differs."""
    created = _adopted(plugin, service, **changes)
    assert service.calls() == [LOOK, "PUT ens-subscriptions 200"]
    assert {name: present(service)["old"][name] for name in shown} == shown
    assert {name: created.outputs[name] for name in changes} == changes


def test_a_paused_one_is_resumed(plugin: Plugin, service: Service) -> None:
    """Unless the program declares it paused."""
    orders, old = _old(service)
    pause = {"subscriptionId": old, "eventCategoryTypes": [SENT], "filters": []}
    service.send(
        "PUT", "ens-subscriptions", [{**pause, "status": "paused", "statusReason": "theirs"}]
    )
    inputs = declaration(orders, adopt_id=old)
    created = plugin.of("Subscription").create(inputs)
    assert service.calls() == [LOOK, "PUT ens-subscriptions 200"]
    assert timeless(created) == outputs_of(inputs, status_reason=RESUMED)
    assert present(service)["old"]["status"] == "active"


@pytest.mark.parametrize(
    ("declared", "calls"), [(None, []), ("ours", ["PUT ens-subscriptions 200"])]
)
def test_a_pause_that_is_there_keeps_its_reason(
    plugin: Plugin, service: Service, declared: str | None, calls: list[str]
) -> None:
    """Unless the program declares another one."""
    orders, old = _old(service)
    pause = {"subscriptionId": old, "eventCategoryTypes": [SENT], "filters": []}
    service.send(
        "PUT", "ens-subscriptions", [{**pause, "status": "paused", "statusReason": "theirs"}]
    )
    inputs = declaration(orders, adopt_id=old, paused=True)
    inputs |= {"pause_reason": declared} if declared else {}
    created = plugin.of("Subscription").create(inputs)
    assert service.calls() == [LOOK, *calls]
    assert timeless(created) == outputs_of(
        inputs, status="paused", status_reason=declared or "theirs"
    )
    assert present(service)["old"]["statusReason"] == (declared or "theirs")


def test_one_that_does_not_exist_is_never_created(plugin: Plugin, service: Service) -> None:
    """The program relies on that very one."""
    inputs = declaration(verified(service), adopt_id=service.label(NOWHERE, "nowhere"))
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == (
        "ens_provider.NotFoundError: adopt_id of subscription 'mails' of callback orders names "
        "subscription nowhere, which does not exist in business unit 1234567; nothing was created. "
        "Correct adopt_id, use the credentials of the subscription's business unit, or remove "
        "adopt_id to create a new subscription."
    )
    assert service.calls() == ["GET ens-subscriptions/nowhere 404"]
    assert present(service) == {}


def test_one_of_another_callback(plugin: Plugin, service: Service) -> None:
    """It cannot be moved; the error names where it is."""
    _, old = _old(service)
    other = verified(service, "other", name="other", url="https://receiver.test/other")
    before = service.emulator.state()
    sentence = service.labelled(
        refusal(plugin.of("Subscription").create, declaration(other, adopt_id=old))
    )
    assert sentence == (
        "ens_provider.AlreadyPresent: adopt_id of subscription 'mails' of callback other names "
        "subscription 'mails' (old) of callback 'orders' (orders); nothing was changed. Declare it "
        "on that callback to take it over."
    )
    assert service.calls() == [LOOK]
    assert service.emulator.state() == before


def test_two_that_take_over_the_same_one(plugin: Plugin, service: Service) -> None:
    """No id belongs to two resources."""
    created = _adopted(plugin, service)
    service.forget_calls()
    inputs = declaration(created.outputs["callback_id"], adopt_id=created.id, filters=["a=1"])
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == (
        "ens_provider.AlreadyPresent: subscription 'mails' of callback orders is declared twice: "
        "another resource of this program already manages subscription 'mails' (old). Give one of "
        "the two another name, or remove it."
    )
    assert service.calls() == [LOOK]
    assert present(service)["old"]["filters"] == []


def test_one_that_was_taken_over_in_this_process_is_not_deleted(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """A resource that moved without aliases: the old entry goes, the subscription stays."""
    first = plugin.of("Subscription").create(declaration(verified(service)))
    service.label(first.id, "old")
    moving = new_plugin()
    inputs = declaration(first.outputs["callback_id"], adopt_id=first.id)
    moving.of("Subscription").create(inputs)
    service.forget_calls()
    moving.of("Subscription").delete(first.id, first.outputs)
    assert service.calls() == []
    assert service.labelled(moving.log_text()).splitlines() == [TAKEN_OVER]
    assert list(present(service)) == ["old"]


@pytest.mark.parametrize("seen_first", ["new", "old"])
def test_in_a_later_process_that_saw_both_entries_it_is_not_deleted(
    plugin: Plugin, new_plugin: NewPlugin, service: Service, seen_first: str
) -> None:
    """Something failed in between: the engine shows both before it deletes the old one."""
    first = plugin.of("Subscription").create(declaration(verified(service)))
    service.label(first.id, "old")
    service.emulator.move_clock(10)
    inputs = declaration(first.outputs["callback_id"], adopt_id=first.id)
    second = new_plugin().of("Subscription").create(inputs)
    later = new_plugin()
    entries = {"new": second, "old": first}
    for each in (entries.pop(seen_first), *entries.values()):
        later.of("Subscription").diff(each.id, each.outputs, declaration(inputs["callback_id"]))
    service.forget_calls()
    later.of("Subscription").delete(first.id, first.outputs)
    assert service.calls() == []
    assert service.labelled(later.log_text()).splitlines() == [TAKEN_OVER]
    later.of("Subscription").delete(second.id, second.outputs)
    assert service.calls() == ["POST token 200", "DELETE ens-subscriptions/old 200"]


def test_a_later_process_deletes_what_was_taken_over(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """It is the program's own from then on."""
    created = _adopted(plugin, service)
    later = new_plugin().of("Subscription")
    later.diff(created.id, created.outputs, declaration(created.outputs["callback_id"]))
    service.forget_calls()
    later.delete(created.id, created.outputs)
    assert service.calls() == ["POST token 200", "DELETE ens-subscriptions/old 200"]


def test_a_take_over_that_fails_holds_nothing(plugin: Plugin, service: Service) -> None:
    """The next attempt takes it over; until then its old owner may delete it."""
    orders, old = _old(service)
    inputs = declaration(orders, adopt_id=old, filters=["definitionKey=a"])
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="status", status=403)
    sentence = refusal(plugin.of("Subscription").create, inputs)
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to update ")
    service.forget_calls()
    plugin.of("Subscription").create(inputs)
    assert service.calls() == [LOOK, "PUT ens-subscriptions 200"]
    assert present(service)["old"]["filters"] == ["definitionKey=a"]


def test_a_take_over_that_fails_leaves_the_deletion_to_its_owner(
    plugin: Plugin, service: Service
) -> None:
    """Nothing is skipped for a take-over that did not come about."""
    orders, old = _old(service)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="status", status=403)
    inputs = declaration(orders, adopt_id=old, filters=["definitionKey=a"])
    refusal(plugin.of("Subscription").create, inputs)
    state = {**outputs_of(declaration(orders)), "changed_at": ""}
    plugin.of("Subscription").delete(old, state)
    assert present(service) == {}


def test_one_that_this_process_has_just_deleted_is_created_anew(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """Its callback is replaced, and adopt_id still names what went with the old one."""
    old = _adopted(plugin, service)
    other = verified(service, "other", name="other", url="https://receiver.test/other")
    later = new_plugin().of("Subscription")
    service.forget_calls()
    later.delete(old.id, old.outputs)
    inputs, _ = later.check(declaration(other, adopt_id=old.id))
    created = later.create(inputs)
    service.label(created.id, "new")
    assert service.calls() == [
        "POST token 200",
        "DELETE ens-subscriptions/old 200",
        "POST ens-subscriptions 201",
    ]
    assert list(present(service)) == ["new"]
