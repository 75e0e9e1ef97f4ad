"""Subscriptions are edited, paused, lost, found, moved, taken over and waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.held_calls import start_held
from tests.engine.programs import (
    EMAIL_SENT,
    NAME,
    SENT,
    SUBSCRIPTION,
    URL,
    Code,
    arguments,
    orders,
)
from tests.engine.readings import sentence, warnings_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack
    from tests.engine.outside import Outside
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

CREATE = "POST /platform/v1/ens-subscriptions"
EMAIL_OPEN = "EngagementEvents.EmailOpen"
LONG_ENOUGH = 121
PUT = ["POST token 200", "PUT ens-subscriptions 200"]
CREATED = ["POST token 200", "POST ens-subscriptions 201"]
VERIFIED = "verified = ens.CallbackVerification('orders', callback_id=orders)\n"
IN_COMPONENT = """
class Shop(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("shop:index:Shop", "shop")
        options = pulumi.ResourceOptions(parent=self{options})
        ens.Subscription({arguments}, opts=options)
Shop()
"""
SEEN = """
pulumi.export("id", found.id)
pulumi.export("seen", pulumi.Output.all(
    found.callback_id, found.subscription_name, found.event_category_types, found.filters,
    found.paused, found.status, found.status_reason,
))
"""
AT_PRESENT = {"status": "active", "filters": [], "eventCategoryTypes": [EMAIL_SENT]}


def subscribed(**inputs: object) -> str:
    """Return the program of a verified callback and its one subscription."""
    return f"{orders()}{VERIFIED}{another('sent', **inputs)}"


def another(name: str, **inputs: object) -> str:
    """Return the declaration of a subscription."""
    return f"ens.Subscription({arguments(name, usual(inputs))})\n"


def usual(inputs: dict[str, object]) -> dict[str, object]:
    """Return the usual inputs of a subscription, with these beside or instead of them."""
    return {"callback_id": Code("verified"), "event_category_types": [EMAIL_SENT]} | inputs


def shown(emulator: EmulatorProcess) -> dict[str, Any]:
    """Return the only subscription as the service holds it."""
    [subscription] = emulator.state()["subscriptions"]
    return subscription


def held(stack: Stack) -> list[str]:
    """Return the ids of the subscriptions that the state holds."""
    return [each["id"] for each in stack.state() if each["type"] == SUBSCRIPTION]


def updated(result: RunResult) -> tuple[str, ...]:
    """Check that a run came through with one update, and return what it changed."""
    assert (result.code, result.operations) == (0, {"update": 1})
    [step] = [step for step in result.steps if step.op == "update"]
    return step.diffs


@pytest.fixture
def subscriber(shop: Stack, endpoint: Endpoint, outside: Outside, calls: Calls) -> Stack:
    """Give a stack with a callback that verified itself, and its subscription `sent`."""
    endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)
    shop.program(subscribed())
    shop.up()
    calls.take()
    endpoint.hook = None
    return shop


def test_edited_in_place(subscriber: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Types, filters, name and pause each change by one PUT of the whole object, and no other."""
    edits: list[tuple[dict[str, object], tuple[str, ...], dict[str, Any]]] = [
        (
            {"event_category_types": [EMAIL_SENT, EMAIL_OPEN, EMAIL_SENT]},
            ("event_category_types",),
            AT_PRESENT | {"eventCategoryTypes": [EMAIL_OPEN, EMAIL_SENT]},
        ),
        (
            {"filters": {"definitionKey": "welcome"}},
            ("event_category_types", "filters"),
            AT_PRESENT | {"filters": ["definitionKey=welcome"]},
        ),
        (
            {"subscription_name": "Mails", "paused": True, "pause_reason": "moving house"},
            ("filters", "pause_reason", "paused", "subscription_name"),
            AT_PRESENT
            | {"subscriptionName": "Mails", "status": "paused", "statusReason": "moving house"},
        ),
        (
            {},
            ("pause_reason", "paused", "subscription_name"),
            AT_PRESENT | {"subscriptionName": SENT, "statusReason": "resumed by pulumi"},
        ),
    ]
    subscription_id = shown(emulator)["subscriptionId"]
    for inputs, diffs, after in edits:
        subscriber.program(subscribed(**inputs))
        assert updated(subscriber.up()) == diffs
        assert calls.take() == PUT
        assert shown(emulator).items() >= after.items()
    assert shown(emulator)["subscriptionId"] == subscription_id


def test_replaced_by_flag(subscriber: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """`--replace` deletes the subscription before the new one is created under its name."""
    calls.look()

    replaced = subscriber.up("--replace", f"{subscriber.urn_prefix}{SUBSCRIPTION}::sent")

    assert (replaced.code, replaced.operations) == (0, {"replace": 1})
    assert calls.take() == [
        "POST token 200",
        f"DELETE ens-subscriptions/{SENT} 200",
        "POST ens-subscriptions 201",
    ]
    assert held(subscriber) == [shown(emulator)["subscriptionId"]]


def test_another_spelling_is_no_change(subscriber: Stack, calls: Calls) -> None:
    """Order, repetitions, blank filters and the two ways to write filters are no difference."""
    both = [EMAIL_OPEN, EMAIL_SENT]
    subscriber.program(subscribed(event_category_types=both, filters={"b": "2", "a": "1"}))
    subscriber.up()
    calls.take()
    types = [EMAIL_SENT, Code("ens.EventType.EMAIL_OPEN"), EMAIL_SENT]
    subscriber.program(subscribed(event_category_types=types, filters=["a=1", "", "b=2"]))

    again = subscriber.up()

    assert (again.code, again.operations, calls.take()) == (0, {}, [])


def test_pause_of_the_service_is_shown_and_repaired(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A pause that nobody here asked for is drift, with its reason, and `up` resumes it."""
    emulator.move_clock(LONG_ENOUGH)
    outside.change_subscription(shown(emulator), status="paused", statusReason="too many failures")
    calls.take()

    refreshed = subscriber.refresh()

    assert updated(refreshed) == ("pause_reason", "paused")
    assert warnings_of(refreshed) == [
        (
            f"The subscription '{SENT}' ({{id}}) was paused outside of this program, reason 'too many "
            "failures': its events are dropped. `pulumi up` resumes it, unless you declare "
            "paused=True."
        )
    ]
    calls.take()
    assert updated(subscriber.up()) == ("pause_reason", "paused")
    assert calls.take() == PUT
    assert (shown(emulator)["status"], shown(emulator)["statusReason"]) == (
        "active",
        "resumed by pulumi",
    )


@pytest.mark.parametrize("unchanged", ["304", "200"])
def test_repaired_by_somebody_else_in_between(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, *, unchanged: str
) -> None:
    """A PUT that finds nothing to change is a success, however the service says so."""
    emulator.set_switches(unchanged_put=unchanged)
    emulator.move_clock(LONG_ENOUGH)
    outside.change_subscription(shown(emulator), filters=["definitionKey=theirs"])
    subscriber.refresh()
    outside.change_subscription(shown(emulator), filters=[])

    assert updated(subscriber.up()) == ("filters",)
    assert subscriber.preview("--expect-no-changes").code == 0


def test_deleted_outside(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A lost subscription leaves the state once its own address says so, and is created again."""
    emulator.move_clock(LONG_ENOUGH)
    calls.look()
    outside.delete_subscription(shown(emulator)["subscriptionId"])
    calls.take()

    repaired = subscriber.up("--refresh")

    steps = [(s.op, s.name) for s in repaired.steps if s.op not in ("same", "refresh")]
    assert (repaired.code, steps) == (0, [("create", "sent")])
    taken = calls.take()
    # The callback is read by another of the plugin's threads, whenever that comes to it.
    taken.remove("GET ens-callbacks 200")
    assert taken == [
        "POST token 200",
        f"GET ens-subscriptions-by-cb/{NAME} 200",
        f"GET ens-subscriptions/{SENT} 404",
        "POST ens-subscriptions 201",
    ]
    assert held(subscriber) == [shown(emulator)["subscriptionId"]]


def test_moved_with_alias(subscriber: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """With an alias a move is no change: no call, same subscription."""
    before = shown(emulator)
    subscriber.program(moved(options=", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]"))

    result = subscriber.up()

    assert (result.code, result.operations, calls.take()) == (0, {}, [])
    assert held(subscriber) == [before["subscriptionId"]] == [shown(emulator)["subscriptionId"]]


def test_moved_without_alias(subscriber: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Without an alias it is created anew in the new place, and not deleted from the old one."""
    before = shown(emulator)
    subscriber.program(moved())

    result = subscriber.up()

    assert (result.code, result.operations) == (0, {"create": 1, "delete": 1})
    assert calls.take() == [
        "POST token 200",
        "POST ens-subscriptions 304",
        f"GET ens-subscriptions-by-cb/{NAME} 200",
        f"DELETE ens-subscriptions/{SENT} 200",
        "POST ens-subscriptions 201",
        f"DELETE ens-subscriptions/{SENT} 404",
    ]
    assert warnings_of(result) == [
        (
            f"Subscription '{SENT}' ({{id}}) was already present on callback {{id}} and is created "
            "anew."
        )
    ]
    assert shown(emulator)["subscriptionId"] != before["subscriptionId"]
    assert held(subscriber) == [shown(emulator)["subscriptionId"]]
    assert subscriber.preview("--expect-no-changes").code == 0


def moved(options: str = "") -> str:
    """Return the program with the subscription inside a component."""
    inside = IN_COMPONENT.format(options=options, arguments=arguments("sent", usual({})))
    return f"{orders()}{VERIFIED}{inside}"


def test_taken_over_by_its_id(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A subscription of somebody else is taken over as declared; a wrong id changes nothing."""
    [callback] = emulator.state()["callbacks"]
    theirs = outside.subscribe(callback["callbackId"], "welcome")
    other = outside.create_live_callback("Other", url="https://other.test/")
    [elsewhere] = [
        each["subscriptionId"]
        for each in emulator.state()["subscriptions"]
        if each["callbackId"] == other["callbackId"]
    ]
    calls.take()
    said = []
    for adopt_id in ("65b885ab-c2b4-46fe-85d0-d6cb8be8057d", elsewhere):
        subscriber.program(subscribed() + another("theirs", adopt_id=adopt_id))
        said.append(sentence(subscriber.up()))
    assert said == [
        (
            "ens_provider.NotFoundError: adopt_id of subscription 'shop-dev-theirs' of callback {id} "
            "names subscription {id}, which does not exist in business unit 1234567; nothing was "
            "created. Correct adopt_id, use the credentials of the subscription's business unit, or "
            "remove adopt_id to create a new subscription."
        ),
        (
            "ens_provider.AlreadyPresent: adopt_id of subscription 'shop-dev-theirs' of callback {id} "
            "names subscription 'welcome' ({id}) of callback 'Other' ({id}); nothing was changed. "
            "Declare it on that callback to take it over."
        ),
    ]
    calls.take()

    subscriber.program(subscribed() + another("theirs", adopt_id=theirs))
    adopted = subscriber.up()

    assert (adopted.code, adopted.operations) == (0, {"create": 1})
    assert calls.take() == [
        "POST token 200",
        "GET ens-subscriptions/shop-dev-theirs 200",
        "PUT ens-subscriptions 200",
    ]
    assert theirs in held(subscriber)
    subscriber.program(subscribed() + another("theirs"))
    assert subscriber.preview("--expect-no-changes").code == 0


def test_read_with_get(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """`get` reads once and leaves the subscription alone; a missing one is an error."""
    [callback] = emulator.state()["callbacks"]
    theirs = outside.subscribe(callback["callbackId"], "welcome")
    calls.take()
    subscriber.program(f"{subscribed()}found = ens.Subscription.get('found', {theirs!r}){SEEN}")

    read = subscriber.up()

    assert (read.code, read.operations) == (0, {"read": 1})
    assert calls.take() == ["POST token 200", "GET ens-subscriptions/welcome 200"]
    assert subscriber.outputs()["id"] == theirs
    assert subscriber.outputs()["seen"] == [
        *(callback["callbackId"], "welcome", [EMAIL_SENT], []),
        *(False, "active", ""),
    ]
    # It still hangs on the callback.
    assert "StillSubscribed" in sentence(subscriber.destroy())
    outside.delete_subscription(theirs)
    assert sentence(subscriber.up()) == (
        "ens_provider.NotFoundError: Subscription {id} does not exist in business unit 1234567, and "
        "`get` reads only what exists. Correct the id, or use the credentials of the "
        "subscription's business unit."
    )


def test_callback_that_is_verified_meanwhile(
    shop: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """On a callback that nobody has verified yet it waits, and says what to depend on."""
    shop.program(f"{orders()}{another('sent', callback_id=Code('orders'))}")
    run = shop.start_up()
    run.command.wait_for_text("attempt 1 failed, the next follows in 2 s, for at most 300 s more")
    [callback] = emulator.state()["callbacks"]
    outside.verify(callback["callbackId"])

    created = run.wait()

    assert (created.code, created.operations, created.errors) == (0, {"create": 2}, ())
    told = [d.message for d in created.diagnostics if d.ephemeral]
    assert (
        told[0]
        .replace(callback["callbackId"], "{id}")
        .endswith(
            f"ENS refused to create subscription '{SENT}' of callback {{id}} (Callback {{id}} is not "
            f"verified.): callback '{NAME}' (id {{id}}, {URL}) is not verified (status 'unverified'). "
            "Give the subscription the CallbackVerification as its callback_id, so that it waits for "
            "it."
        )
    )


def test_forty_at_once(subscriber: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Forty are created by one call each, and refreshed by one list."""
    each = another(Code("f'sent-{number}'"))
    subscriber.program(f"{orders()}{VERIFIED}for number in range(40):\n    {each}")

    assert subscriber.up().operations == {"create": 40, "delete": 1}
    assert sorted(calls.take()) == sorted(
        [CREATED[0], *CREATED[1:] * 40, f"DELETE ens-subscriptions/{SENT} 200"]
    )
    emulator.move_clock(LONG_ENOUGH)
    refreshed = subscriber.refresh()
    assert (refreshed.code, refreshed.operations) == (0, {})
    taken = calls.take()
    assert taken[0] == "POST token 200"
    assert sorted(taken[1:]) == [
        "GET ens-callbacks 200",
        f"GET ens-subscriptions-by-cb/{NAME} 200",
    ]
    assert subscriber.destroy().operations == {"delete": 42}
    assert len(calls.take()) == 42


def test_name_on_another_callback(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Where names are unique in a business unit, the one in the way is named and left alone."""
    emulator.set_switches(subscription_name_scope="business_unit")
    outside.create_live_callback("Other", url="https://other.test/")
    calls.take()
    subscriber.program(subscribed() + another("welcome", subscription_name="welcome"))

    refused = subscriber.up()

    assert (refused.code, refused.operations) == (1, {})
    assert sentence(refused) == (
        "ens_provider.AlreadyPresent: ENS refused to create subscription 'welcome' of callback "
        "{id}: its name is already present as subscription 'welcome' ({id}) of callback 'Other' "
        "({id}). Nothing was changed. Choose another name, or delete that subscription first if "
        "nobody needs it."
    )
    assert len(emulator.state()["subscriptions"]) == 2


def test_unknown_types_and_filters_are_told_once(subscriber: Stack) -> None:
    """What the documentation does not list is a warning, with the nearest name, in a preview too."""
    inputs: dict[str, object] = {
        "event_category_types": [EMAIL_SENT, "TransactionalSendEvents.EmailSnt"],
        "filters": {"definitionKy": "welcome"},
    }
    subscriber.program(subscribed(**inputs))

    previewed = subscriber.preview()

    assert warnings_of(previewed) == [
        (
            f"Subscription '{SENT}': event type 'TransactionalSendEvents.EmailSnt' is not among those "
            f"that ENS is known to have; it is sent as it is. Did you mean '{EMAIL_SENT}'?"
        ),
        (
            f"Subscription '{SENT}': filter key 'definitionKy' is not listed for {EMAIL_SENT}; it is "
            "sent as it is. Did you mean 'definitionKey'?"
        ),
    ]


def test_killed_after_the_creation_took_effect(
    subscriber: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """Killed with -9 while subscribing: one subscription afterwards, and it is the stack's."""
    subscriber.program(f"{orders()}{VERIFIED}")
    subscriber.up()
    subscriber.program(subscribed(paused=True))
    running = start_held(subscriber, emulator, route=CREATE, when="after")
    lost = shown(emulator)["subscriptionId"]

    running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    subscriber.cancel()

    assert subscriber.up("--refresh").code == 0
    assert held(subscriber) == [shown(emulator)["subscriptionId"]] != [lost]
    assert shown(emulator)["status"] == "paused"
    assert subscriber.preview("--expect-no-changes").code == 0
