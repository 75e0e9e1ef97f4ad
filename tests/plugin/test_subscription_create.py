"""Creating a subscription where nothing of its name is present."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.conftest import NOBODY
from tests.plugin.driver import Plugin, refusal
from tests.plugin.service import (
    MID,
    PUT_SUBSCRIPTION,
    SUBSCRIBE,
    SUBSCRIPTIONS,
    UNSUBSCRIBE,
    Service,
)
from tests.plugin.subscriptions import (
    NOT_SENT,
    PAUSED,
    SENT,
    Warned,
    declaration,
    outputs_of,
    present,
    subscribed,
    timeless,
    two_minutes_later,
    verified,
)

BLANK = ["empty_list", "absent", "blank_item"]
NO_PRIVILEGES = (
    "Insufficient privileges to complete this action. Give the installed package the permission "
    "Event Notifications > Subscriptions > {what} (scope event_notification_subscription_{scope}) "
    "in Setup; a new token shows it after up to 5 minutes."
)
PAUSE_REFUSED = (
    "ens_provider.PermissionDeniedError: ENS refused to update subscription #1 (403): "
    + NO_PRIVILEGES.format(what="Update", scope="update")
)


def test_a_creation_is_one_call(plugin: Plugin, service: Service) -> None:
    """The service gets the canonical values, and nothing is read back."""
    orders = verified(service)
    subscription = plugin.of("Subscription")
    program = {
        "callback_id": orders.upper(),
        "subscription_name": "mails",
        "event_category_types": [SENT, NOT_SENT, SENT],
        "filters": {"statusCode": 47, "definitionKey": "welcome"},
    }
    inputs, failures = subscription.check(program)
    assert failures == []
    created = subscription.create(inputs)
    service.label(created.id, "mails")
    assert service.calls() == ["POST ens-subscriptions 201"]
    assert timeless(created) == outputs_of(
        declaration(
            orders,
            event_category_types=[NOT_SENT, SENT],
            filters=["definitionKey=welcome", "statusCode=47"],
        )
    )
    assert created.secrets == frozenset()
    assert present(service) == {
        "mails": {
            "callbackId": orders,
            "subscriptionId": created.id,
            "subscriptionName": "mails",
            "eventCategoryTypes": [NOT_SENT, SENT],
            "filters": ["definitionKey=welcome", "statusCode=47"],
            "status": "active",
            "statusReason": "",
            "mid": int(MID),
        }
    }


@pytest.mark.parametrize("blank_filters", BLANK)
@pytest.mark.parametrize("given", [None, [], [""], {}], ids=["absent", "list", "blank", "mapping"])
def test_no_filters_are_never_a_difference(
    plugin: Plugin, service: Service, blank_filters: str, given: object
) -> None:
    """However the program says it and the service shows it."""
    service.emulator.set_switches(blank_filters=blank_filters)
    orders = verified(service)
    subscription = plugin.of("Subscription")
    program = {name: value for name, value in declaration(orders).items() if name != "filters"}
    program |= {} if given is None else {"filters": given}
    inputs, _ = subscription.check(program)
    created = subscription.create(inputs)
    two_minutes_later(service)
    read, declared = subscription.read(created.id, created.outputs)
    assert inputs == declared == declaration(orders)
    assert read == created
    assert subscription.check(program, created.outputs) == (inputs, [])
    assert subscription.diff(created.id, read.outputs, inputs) == []


@pytest.mark.parametrize(
    ("reason", "shown"), [(None, PAUSED), ("for the move", "for the move")], ids=["none", "given"]
)
def test_a_pause_at_creation_is_a_second_call(
    plugin: Plugin, service: Service, reason: str | None, shown: str
) -> None:
    """ENS creates active ones only."""
    inputs = declaration(verified(service), paused=True, pause_reason=reason)
    created = plugin.of("Subscription").create(inputs)
    assert service.calls() == ["POST ens-subscriptions 201", "PUT ens-subscriptions 200"]
    assert timeless(created) == outputs_of(inputs, status="paused", status_reason=shown)
    [there] = present(service).values()
    assert (there["status"], there["statusReason"]) == ("paused", shown)


def test_a_pause_that_fails_leaves_nothing_behind(plugin: Plugin, service: Service) -> None:
    """An active one that the state does not know would go on being delivered to."""
    inputs = declaration(verified(service), paused=True)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="status", status=403)
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == PAUSE_REFUSED
    assert service.calls() == [
        "POST ens-subscriptions 201",
        "PUT ens-subscriptions 403",
        "DELETE ens-subscriptions/#1 200",
    ]
    assert present(service) == {}
    created = plugin.of("Subscription").create(inputs)
    assert created.outputs["status"] == "paused"
    assert len(present(service)) == 1


def test_a_pause_that_fails_twice_over_is_named_and_healed_by_the_next_attempt(
    plugin: Plugin, service: Service
) -> None:
    """What could not be deleted again is told; the next attempt finds it and creates it anew."""
    inputs = declaration(verified(service), paused=True)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="status", status=403)
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=403)
    warned = Warned(plugin, service)
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == PAUSE_REFUSED
    assert warned.lines() == [
        "The subscription 'mails' (#1) was created and could not be deleted again: ENS refused to "
        "delete subscription #1 (403): " + NO_PRIVILEGES.format(what="Delete", scope="delete")
    ]
    service.forget_calls()
    created = plugin.of("Subscription").create(inputs)
    service.label(created.id, "mails")
    assert service.calls() == [
        "POST ens-subscriptions 304",
        "GET ens-subscriptions-by-cb/orders 200",
        "DELETE ens-subscriptions/#1 200",
        "POST ens-subscriptions 201",
        "PUT ens-subscriptions 200",
    ]
    assert [each["status"] for each in present(service).values()] == ["paused"]


@pytest.mark.parametrize("status", ["unverified", "created", ""])
def test_an_unverified_callback_is_waited_for(
    plugin: Plugin, service: Service, status: str
) -> None:
    """The refusal says how to wait in the program; once it is verified, the next attempt works."""
    service.emulator.set_switches(unverified_status=status)
    orders = service.create("orders")
    inputs = declaration(orders)
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == (
        "ens_provider.NotYetVerified: ENS refused to create subscription 'mails' of callback orders "
        "(Callback orders is not verified.): callback 'orders' (id orders, "
        f"https://receiver.test/orders) is not verified (status '{status}'). Give the subscription the CallbackVerification as its callback_id, so that "
        "it waits for it."
    )
    assert service.calls() == ["POST ens-subscriptions 400", "GET ens-callbacks/orders 200"]
    service.verify(orders)
    plugin.of("Subscription").create(inputs)
    assert service.calls() == ["POST ens-subscriptions 201"]


def test_an_unverified_callback_that_the_service_accepts(plugin: Plugin, service: Service) -> None:
    """Nobody has published that it is refused."""
    service.emulator.set_switches(subscribe_unverified="accepted")
    plugin.of("Subscription").create(declaration(service.create("orders")))
    assert service.calls() == ["POST ens-subscriptions 201"]


def test_an_unverified_callback_that_no_read_shows_yet(plugin: Plugin, service: Service) -> None:
    """It may have been created a moment ago."""
    service.emulator.set_switches(propagation_seconds=60)
    inputs = declaration(service.create("orders"))
    assert service.labelled(refusal(plugin.of("Subscription").create, inputs)) == (
        "ens_provider.NotYetVerified: ENS refused to create subscription 'mails' of callback orders "
        "(Callback orders is not verified.), and does not show its callback; what it shows can lag "
        "two minutes behind. Run `pulumi up --refresh` if the callback was deleted."
    )
    assert service.calls() == ["POST ens-subscriptions 400", "GET ens-callbacks/orders 404"]


def test_a_callback_that_stays_unshown_is_not_waited_for(plugin: Plugin, service: Service) -> None:
    """After two minutes the service's own refusal stands."""
    inputs = declaration(NOBODY)
    service.emulator.add_fault(
        route=SUBSCRIBE, do="status", status=400, body={"message": "No."}, times=None
    )
    first = refusal(plugin.of("Subscription").create, inputs)
    two_minutes_later(service)
    second = refusal(plugin.of("Subscription").create, inputs)
    assert first.startswith("ens_provider.NotYetVerified: ")
    assert second == (
        "ens_provider.BadRequestError: ENS refused to create subscription 'mails' (400): No. "
        "Correct what it names, then run `pulumi up` again."
    )


def test_a_callback_that_is_gone(plugin: Plugin, service: Service) -> None:
    """The error names both units' possibility and what to run."""
    orders = verified(service)
    service.delete(orders)
    sentence = service.labelled(refusal(plugin.of("Subscription").create, declaration(orders)))
    assert sentence == (
        "ens_provider.DeletedOutside: Callback orders does not exist in business unit 1234567, so "
        "that subscription 'mails' of callback orders cannot be created: the callback was deleted "
        "outside of this program, or belongs to another business unit. Run `pulumi up --refresh` "
        "to create it again."
    )
    assert service.calls() == ["POST ens-subscriptions 404"]


def _fill(service: Service, callback_id: str, count: int) -> None:
    names = [f"s{number}" for number in range(count)]
    common = {"callbackId": callback_id, "eventCategoryTypes": [SENT]}
    service.send("POST", "ens-subscriptions", [{**common, "subscriptionName": n} for n in names])


def test_two_hundred_are_the_most_of_a_callback(plugin: Plugin, service: Service) -> None:
    """The sentence counts them and says what can be done."""
    orders = verified(service)
    _fill(service, orders, 200)
    sentence = service.labelled(refusal(plugin.of("Subscription").create, declaration(orders)))
    assert sentence == (
        "ens_provider.SubscriptionLimit: ENS refused to create subscription 'mails' of callback "
        "orders (Callback orders has 200 subscriptions, which is the maximum.): callback 'orders' "
        "(id orders, https://receiver.test/orders) has 200 subscriptions, and 200 are the most that a callback may have. Put "
        "several event types into one subscription, delete those that nobody needs, or use another "
        "callback."
    )
    assert service.calls() == [
        "POST ens-subscriptions 400",
        "GET ens-callbacks/orders 200",
        "GET ens-subscriptions-by-cb/orders 200",
    ]
    assert len(present(service)) == 200


def test_the_two_hundredth_is_created(plugin: Plugin, service: Service) -> None:
    """Nothing is counted before the service refuses."""
    orders = verified(service)
    _fill(service, orders, 199)
    plugin.of("Subscription").create(declaration(orders))
    assert service.calls() == ["POST ens-subscriptions 201"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            {"status": 400, "body": {"message": "filters is wrong.", "errorcode": 10003}},
            (
                "BadRequestError: ENS refused to create subscription 'mails' (400, errorcode 10003): "
                "filters is wrong. Correct what it names, then run `pulumi up` again."
            ),
        ),
        (
            {"status": 403},
            "PermissionDeniedError: ENS refused to create subscription 'mails' (403): "
            + NO_PRIVILEGES.format(what="Create", scope="create"),
        ),
    ],
    ids=["400", "403"],
)
def test_any_other_refusal_is_the_services(
    plugin: Plugin, service: Service, answer: dict[str, Any], sentence: str
) -> None:
    """On a verified callback with room, the service's words stand."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="status", **answer)
    assert refusal(plugin.of("Subscription").create, inputs) == f"ens_provider.{sentence}"
    assert present(service) == {}


def test_a_refusal_that_cannot_be_looked_into(plugin: Plugin, service: Service) -> None:
    """The look's own failure is told; nothing was created."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=400, body={"message": "No."})
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=403)
    sentence = service.labelled(refusal(plugin.of("Subscription").create, inputs))
    assert sentence == (
        "ens_provider.PermissionDeniedError: ENS refused to list the subscriptions of callback "
        "orders (403): " + NO_PRIVILEGES.format(what="Read", scope="read")
    )


def test_a_429_is_tried_again(plugin: Plugin, service: Service) -> None:
    """What was turned away took no effect, and is sent again after the asked-for pause."""
    inputs = declaration(verified(service))
    fault: dict[str, object] = {"do": "status", "status": 429, "headers": {"Retry-After": "0"}}
    service.emulator.add_fault(route=SUBSCRIBE, **fault)
    plugin.of("Subscription").create(inputs)
    assert service.calls() == ["POST ens-subscriptions 429", "POST ens-subscriptions 201"]


def test_a_twin_of_another_callback(plugin: Plugin, service: Service) -> None:
    """A name belongs to its callback only."""
    subscribed(plugin, service)
    other = verified(service, "other", name="other", url="https://receiver.test/other")
    plugin.of("Subscription").create(declaration(other))
    assert service.calls() == ["POST ens-subscriptions 201"]
    assert service.subscriptions() == ["mails", "mails"]
