"""Why an event reached nobody: one sentence, which names the nearest miss."""

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import SUBSCRIPTIONS, Caller
from tests.emulator.happenings import OPEN, SECOND, SENT, event, pause, reasons


def test_nearest_miss_is_told(emulator: EmulatorProcess, caller: Caller) -> None:
    """A filter is nearer than a pause, and equal misses are counted."""
    callback_id = caller.verified()["callbackId"]
    pause(caller, caller.subscribed(callback_id, "paused"))
    caller.subscribed(callback_id, "filtered", filters=["definitionKey=a"])
    answer = emulator.send_events([event(definitionKey="b"), event(definitionKey="b"), event(OPEN)])

    assert answer["deliveries"] == []
    assert answer["unmatched"] == [
        {
            "eventCategoryType": SENT,
            "events": 2,
            "reason": "Subscription 'filtered' of callback 'orders' filters it out: "
            "definitionKey=a is wanted, and the event has definitionKey 'b'.",
        },
        {
            "eventCategoryType": OPEN,
            "events": 1,
            "reason": "No subscription of business unit 1234567 asks for EngagementEvents."
            "EmailOpen; they ask for TransactionalSendEvents.EmailSent.",
        },
    ]


@pytest.mark.parametrize(
    ("asked_for", "happened"),
    [
        ("TransactionalSendEvents.SMSSent", "TransactionalSendEvents.SmsSent"),
        ("TransactionalSendEvents.EmailSend", SENT),
        ("EngagementEvents.EmailSent", SENT),
        ("SendEvents.OttNotSent", "TransactionalSendEvents.OttNotSent"),
        (SENT, "TransactionalSendEvents.EmailSnt"),
    ],
)
def test_type_that_is_spelt_otherwise(
    emulator: EmulatorProcess, caller: Caller, asked_for: str, happened: str
) -> None:
    """Another case, another category and a slip of the pen are told."""
    caller.subscribed(caller.verified()["callbackId"], eventCategoryTypes=[OPEN, asked_for])

    assert reasons(emulator.send_events([event(happened)])) == [
        (
            f"Subscription 'sent' of callback 'orders' asks for {asked_for}, not for {happened}: "
            "types are compared letter by letter."
        )
    ]


@pytest.mark.parametrize("asked_for", ["TransactionalSendEvents.EmailNotSent", OPEN])
def test_types_that_are_alike_and_both_exist(
    emulator: EmulatorProcess, caller: Caller, asked_for: str
) -> None:
    """Somebody who asks for another event that exists has not misspelt this one."""
    caller.subscribed(caller.verified()["callbackId"], eventCategoryTypes=[asked_for])

    assert reasons(emulator.send_events([event()])) == [
        f"No subscription of business unit 1234567 asks for {SENT}; they ask for {asked_for}."
    ]


def test_subscription_that_is_to_take_effect(emulator: EmulatorProcess, caller: Caller) -> None:
    """Where changes take time, the subscription that will match is named, and when it will."""
    emulator.set_switches(propagation_seconds=100)
    emulator.stop_clock()
    callback_id = caller.verified()["callbackId"]
    emulator.move_clock(20)
    subscription = caller.subscribed(callback_id)
    emulator.move_clock(30.5)
    one = emulator.send_events([event()], callback_id=callback_id)
    late = "Subscription 'sent' of callback 'orders' takes effect only in "
    tail = " s (switch propagation_seconds)."
    assert reasons(one) == reasons(emulator.send_events([event()])) == [f"{late}70{tail}"]

    emulator.move_clock(100)
    pause(caller, subscription)
    emulator.move_clock(100)
    pause(caller, subscription, status="active")
    assert reasons(emulator.send_events([event()])) == [f"{late}100{tail}"]


def test_callback_that_is_to_be_verified_soon(emulator: EmulatorProcess, caller: Caller) -> None:
    """A verification takes effect as late as everything else, and that is told."""
    emulator.set_switches(propagation_seconds=100, subscribe_unverified="accepted")
    emulator.stop_clock()
    callback_id = caller.created()["callbackId"]
    caller.subscribed(callback_id)
    emulator.move_clock(100)
    assert reasons(emulator.send_events([event()])) == ["Callback 'orders' is not verified."]
    caller.verify(callback_id)

    assert reasons(emulator.send_events([event()])) == [
        (
            "Subscription 'sent' of callback 'orders' takes effect only in 100 s (switch "
            "propagation_seconds)."
        )
    ]


def test_subscription_of_another_business_unit(emulator: EmulatorProcess, caller: Caller) -> None:
    """Who asks for the event in another unit is named, with both units."""
    caller.verified()
    with Caller(emulator, account_id=7654321) as other:
        other.subscribed(other.verified("other", SECOND)["callbackId"])

    assert reasons(emulator.send_events([event(mid=1447640)])) == [
        (
            "Subscription 'sent' of callback 'other' asks for it in business unit 7654321, and it "
            "happened in 1234567."
        )
    ]


def test_misses_from_near_to_far(emulator: EmulatorProcess, caller: Caller) -> None:
    """As the near ones go, the next is told: effect, filter, pause, verification, type, unit."""
    emulator.set_switches(subscribe_unverified="accepted")
    emulator.stop_clock()
    unverified = caller.created("unverified", "https://receiver.test/unverified")["callbackId"]
    verified = caller.verified()["callbackId"]
    last = [
        caller.subscribed(verified, "late"),
        caller.subscribed(verified, "filtered", filters=["definitionKey=a"]),
        caller.subscribed(verified, "paused"),
        caller.subscribed(unverified, "early"),
        caller.subscribed(
            verified, "spelt", eventCategoryTypes=["TransactionalSendEvents.Emailsent"]
        ),
    ]
    pause(caller, last[2])
    pause(caller, last[0])
    with Caller(emulator, account_id=7654321) as other:
        other.subscribed(other.verified("other", SECOND)["callbackId"])
    emulator.move_clock(60)
    pause(caller, last[0], status="active")
    emulator.set_switches(propagation_seconds=50)
    told = []
    for subscription in [*last, None]:
        told += reasons(emulator.send_events([event()]))
        if subscription is not None:
            caller.delete(f"{SUBSCRIPTIONS}/{subscription['subscriptionId']}")
            emulator.move_clock(50)

    of_orders = "of callback 'orders'"
    assert told == [
        f"Subscription 'late' {of_orders} takes effect only in 50 s (switch propagation_seconds).",
        (
            f"Subscription 'filtered' {of_orders} filters it out: definitionKey=a is wanted, and the "
            "event has no definitionKey."
        ),
        f"Subscription 'paused' {of_orders} is paused.",
        "Callback 'unverified' is not verified.",
        (
            f"Subscription 'spelt' {of_orders} asks for TransactionalSendEvents.Emailsent, not for "
            f"{SENT}: types are compared letter by letter."
        ),
        (
            "Subscription 'sent' of callback 'other' asks for it in business unit 7654321, and it "
            "happened in 1234567."
        ),
    ]
