"""Whom events reach, over HTTP and TLS."""

import json
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from tests.emulator.caller import CALLBACKS, SUBSCRIPTIONS, UNKNOWN_ID, Caller
from tests.emulator.happenings import OPEN, SECOND, SENT, event, pause, reasons
from tools.endpoint import Endpoint

ORDER_SENTENCE = "'order' is one of as_given, reversed, shuffled."


def delivered(endpoint: Endpoint) -> list[tuple[str, list[Any]]]:
    """The host and the events of each delivery that reached the endpoint."""
    return [(r.host, json.loads(r.body)) for r in endpoint.received if r.body.startswith(b"[")]


def test_event_reaches_the_callback_that_asks_for_it(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """One delivery is made, answered for and told in full."""
    record = caller.verified()
    caller.subscribed(record["callbackId"])
    answer = emulator.send_events([event(definitionKey="welcome")])
    (delivery,) = answer["deliveries"]
    delivery_id, at = delivery.pop("deliveryId"), delivery.pop("at")
    [tried] = delivery.pop("tries")

    assert answer["unmatched"] == []
    assert delivery == {
        "copyOf": None,
        "callbackId": record["callbackId"],
        "callbackName": "orders",
        "url": "https://receiver.test/orders",
        "mid": 1234567,
        "events": 1,
        "eventCategoryTypes": [SENT],
        "state": "acknowledged",
        "reason": None,
        "nextAttemptAt": None,
        "attempts": 1,
        "status": 200,
        "failure": None,
        "acknowledged": True,
    }
    assert len(delivery_id) == 36
    assert at == pytest.approx(emulator.now(), abs=60)
    assert tried == {"at": pytest.approx(at, abs=60), "status": 200, "failure": None}
    assert delivered(endpoint) == [("receiver.test", [event(definitionKey="welcome")])]


@pytest.mark.parametrize("type_name", SAMPLES)
def test_every_type_is_delivered(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, type_name: str
) -> None:
    """A sample of each type reaches its subscriber as it is, and no subscriber of another."""
    callback_id = caller.verified()["callbackId"]
    caller.subscribed(callback_id, eventCategoryTypes=[type_name])
    other = caller.verified("other", SECOND)["callbackId"]
    others = [name for name in SAMPLES if name != type_name]
    caller.subscribed(other, "others", eventCategoryTypes=others)
    sample = sample_event(type_name)
    emulator.send_events([sample])

    assert delivered(endpoint) == [("receiver.test", [sample])]


def test_types_are_compared_exactly(emulator: EmulatorProcess, caller: Caller) -> None:
    """Another case is another type, and that is told."""
    caller.subscribed(caller.verified()["callbackId"])
    answer = emulator.send_events([event(SENT.lower())])

    assert answer["deliveries"] == []
    assert reasons(answer) == [
        (
            "Subscription 'sent' of callback 'orders' asks for TransactionalSendEvents.EmailSent, "
            "not for transactionalsendevents.emailsent: types are compared letter by letter."
        )
    ]


def test_batches_mix_types_and_keep_the_order(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """At most maxBatchSize events are in a delivery, of any type asked for, in their order."""
    callback_id = caller.verified(maxBatchSize=100)["callbackId"]
    caller.subscribed(callback_id, "sent")
    caller.subscribed(callback_id, "open", eventCategoryTypes=[OPEN])
    events = [event(OPEN if number % 2 else SENT, number=number) for number in range(250)]
    answer = emulator.send_events(events)

    assert [d["events"] for d in answer["deliveries"]] == [100, 100, 50]
    assert [d["eventCategoryTypes"] for d in answer["deliveries"]] == [[OPEN, SENT]] * 3
    assert [e for _, batch in delivered(endpoint) for e in batch] == events
    assert [len(batch) for _, batch in delivered(endpoint)] == [100, 100, 50]


def test_more_than_a_mebibyte_of_events(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Thousands of events come in one request, although the service's own routes take less."""
    caller.subscribed(caller.verified()["callbackId"])
    answer = emulator.send_events([event(text="x" * 1000)] * 2001)

    assert [d["events"] for d in answer["deliveries"]] == [1000, 1000, 1]


def test_two_subscriptions_of_one_callback_deliver_once(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """An event that both ask for is in one delivery, once."""
    callback_id = caller.verified()["callbackId"]
    caller.subscribed(callback_id, "one")
    caller.subscribed(callback_id, "two", filters=["definitionKey=a"])
    emulator.send_events([event(definitionKey="a")])

    assert delivered(endpoint) == [("receiver.test", [event(definitionKey="a")])]


@pytest.mark.parametrize(
    ("fan_out", "hosts"),
    [("every_callback", ["receiver.test", "second.test"]), ("one", ["receiver.test"])],
)
def test_fan_out(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, fan_out: str, hosts: list[str]
) -> None:
    """Every callback that asks for an event gets it, or the oldest of those alone."""
    emulator.set_switches(fan_out=fan_out)
    caller.verified("deaf", "https://receiver.test/deaf")
    second = caller.verified("first", "https://receiver.test/first")["callbackId"]
    third = caller.verified("last", SECOND)["callbackId"]
    caller.subscribed(third)
    caller.subscribed(second)
    answer = emulator.send_events([event()])

    assert sorted(host for host, _ in delivered(endpoint)) == hosts
    assert [d["callbackName"] for d in answer["deliveries"]] == ["first", "last"][: len(hosts)]


def test_filters_of_a_subscription_all_have_to_pass(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Events that one filter keeps out are not delivered, and the answer names the filter."""
    filters = ["definitionKey=wel.*", "statusCode=47"]
    type_name = "TransactionalSendEvents.EmailNotSent"
    caller.subscribed(
        caller.verified()["callbackId"], eventCategoryTypes=[type_name], filters=filters
    )
    good = event(type_name, definitionKey="welcome", info={"statusCode": "47"})
    answer = emulator.send_events(
        [
            event(type_name, definitionKey="welcome", info={"statusCode": "1"}),
            good,
            event(type_name, info={"statusCode": "47"}),
        ]
    )

    assert delivered(endpoint) == [("receiver.test", [good])]
    assert reasons(answer) == [
        (
            "Subscription 'sent' of callback 'orders' filters it out: statusCode=47 is wanted, "
            "and the event has statusCode '1'."
        ),
        (
            "Subscription 'sent' of callback 'orders' filters it out: definitionKey=wel.* is wanted, "
            "and the event has no definitionKey."
        ),
    ]


@pytest.mark.parametrize(("anchoring", "deliveries"), [("full", 0), ("search", 1)])
def test_filter_anchoring(
    emulator: EmulatorProcess, caller: Caller, anchoring: str, deliveries: int
) -> None:
    """An expression fits the whole value, or a part of it is enough."""
    emulator.set_switches(filter_anchoring=anchoring)
    caller.subscribed(caller.verified()["callbackId"], filters=["definitionKey=come"])
    answer = emulator.send_events([event(definitionKey="welcome")])

    assert len(answer["deliveries"]) == deliveries


def test_paused_subscription_drops_events(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """What happens during a pause is never delivered, what happens after it is."""
    subscription = caller.subscribed(caller.verified()["callbackId"])
    pause(caller, subscription)
    during = emulator.send_events([event(number=1)])
    pause(caller, subscription, status="active")
    emulator.send_events([event(number=2)])

    assert reasons(during) == ["Subscription 'sent' of callback 'orders' is paused."]
    assert delivered(endpoint) == [("receiver.test", [event(number=2)])]
    assert emulator.retry_deliveries() == []


def test_unverified_callback_gets_nothing(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A subscription that was accepted early delivers only once its callback is verified."""
    emulator.set_switches(subscribe_unverified="accepted")
    record = caller.created()
    caller.subscribed(record["callbackId"])
    before = emulator.send_events([event(number=1)])
    caller.verify(record["callbackId"])
    emulator.send_events([event(number=2)])

    assert reasons(before) == ["Callback 'orders' is not verified."]
    assert delivered(endpoint) == [("receiver.test", [event(number=2)])]


def test_no_subscription_at_all(emulator: EmulatorProcess) -> None:
    """An empty account says so."""
    assert reasons(emulator.send_events([event()])) == [
        (
            "No subscription of business unit 1234567 asks for TransactionalSendEvents.EmailSent; "
            "there is none."
        )
    ]


def test_deleted_subscription_gets_nothing(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A subscription delivers until it is deleted."""
    record = caller.subscribed(caller.verified()["callbackId"])
    caller.delete(f"{SUBSCRIPTIONS}/{record['subscriptionId']}")
    emulator.send_events([event()])

    assert delivered(endpoint) == []


def test_business_units_are_apart(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """The request's unit counts, else the event's own if the account has it, else the default."""
    caller.subscribed(caller.verified()["callbackId"])
    with Caller(emulator, account_id=7654321) as other:
        other.subscribed(other.verified("other", SECOND)["callbackId"])
    emulator.send_events([event(), event(mid=7654321), event(mid="7654321"), event(mid=1447640)])
    emulator.send_events([event(mid=7654321, forced=True)], mid=1234567)

    here, there = "receiver.test", "second.test"
    assert sorted(delivered(endpoint), key=str) == [
        (here, [event(mid=7654321, forced=True)]),
        (here, [event(), event(mid=1447640)]),
        (there, [event(mid=7654321), event(mid="7654321")]),
    ]


def test_delivery_to_one_callback_only(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A request for one callback reaches that one, in its unit, and only what it asks for."""
    caller.subscribed(caller.verified()["callbackId"])
    with Caller(emulator, account_id=7654321) as other:
        wanted = other.verified("other", SECOND)["callbackId"]
        other.subscribed(wanted)
    answer = emulator.send_events([event(), event(OPEN)], callback_id=wanted)

    assert delivered(endpoint) == [("second.test", [event()])]
    assert reasons(answer) == [
        (
            "No subscription of callback 'other' asks for EngagementEvents.EmailOpen; "
            "they ask for TransactionalSendEvents.EmailSent."
        )
    ]


def test_new_subscription_acts_late(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Where reads lag, subscriptions, pauses and deletions act on deliveries as late."""
    emulator.set_switches(propagation_seconds=100)
    record = caller.verified()
    subscription = caller.subscribed(record["callbackId"])
    emulator.send_events([event(number=1)])
    emulator.move_clock(100)
    emulator.send_events([event(number=2)])
    pause(caller, subscription)
    emulator.send_events([event(number=3)])
    emulator.move_clock(100)
    emulator.send_events([event(number=4)])
    pause(caller, subscription, status="active")
    emulator.move_clock(100)
    caller.delete(f"{SUBSCRIPTIONS}/{subscription['subscriptionId']}")
    caller.delete(f"{CALLBACKS}/{record['callbackId']}")
    emulator.send_events([event(number=5)])
    emulator.move_clock(100)
    emulator.send_events([event(number=6)])

    assert [e["number"] for _, batch in delivered(endpoint) for e in batch] == [2, 3, 5]


def test_array_of_events_is_a_request(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Events may stand alone, without an object around them."""
    caller.subscribed(caller.verified()["callbackId"])
    answer = emulator.administer("POST", "events", [event(number=1)])

    assert len(answer["deliveries"]) == 1
    assert delivered(endpoint) == [("receiver.test", [event(number=1)])]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (None, "The request body is an array of events, or an object with 'events'."),
        ("x", "The request body is an array of events, or an object with 'events'."),
        ([], "'events' is an array of at least one event."),
        ({}, "'events' is an array of at least one event."),
        ({"events": {}}, "'events' is an array of at least one event."),
        ({"events": [event()], "unit": 1}, "A request for events has no field 'unit'."),
        ([event(), 5], "Event 2 is no object."),
        ([{"type": SENT}], "Event 1 has no 'eventCategoryType', which is text."),
        ([event(5)], "Event 1 has no 'eventCategoryType', which is text."),  # type: ignore[arg-type] # a wrong type is the case
        ([event(number=float("inf"))], "Event 1 cannot be written as JSON."),
        ({"events": [event()], "mid": "x"}, "'mid' is the number of a business unit."),
        (
            {"events": [event()], "mid": 1},
            "There is no business unit 1; there are 1234567, 7654321.",
        ),
        ({"events": [event()], "callbackId": 5}, "'callbackId' is text."),
        ({"events": [event()], "wait": 0}, "'wait' is true or false."),
        ({"events": [event()], "wait": None}, "'wait' is true or false."),
        ({"events": [event()], "copies": 0}, "'copies' is a whole number from 1 to 10."),
        ({"events": [event()], "order": "random"}, ORDER_SENTENCE),
        ({"events": [event()], "seed": True}, "'seed' is a whole number."),
        ({"events": [event()], "callbackId": UNKNOWN_ID}, f"There is no callback {UNKNOWN_ID}."),
    ],
)
def test_request_that_cannot_be(emulator: EmulatorProcess, body: object, sentence: str) -> None:
    """A request that cannot be read lets nothing happen and says what is wrong."""
    with pytest.raises(EmulatorError) as refused:
        emulator.administer("POST", "events", body)

    assert str(refused.value) == f"The emulator refused POST events: {sentence}"
    assert emulator.deliveries() == []


def test_callback_without_an_id(emulator: EmulatorProcess, caller: Caller) -> None:
    """An id that is empty, as of a callback that was not found, is not every callback."""
    caller.subscribed(caller.verified()["callbackId"])
    with pytest.raises(EmulatorError, match="There is no callback"):
        emulator.send_events([event()], callback_id="")


def test_callback_of_another_unit(emulator: EmulatorProcess, caller: Caller) -> None:
    """A callback does not exist in another business unit."""
    callback_id = caller.created()["callbackId"]
    with pytest.raises(EmulatorError, match=f"There is no callback {callback_id}"):
        emulator.send_events([event()], mid=7654321, callback_id=callback_id)
