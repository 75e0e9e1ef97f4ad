"""Deliveries that come more than once and in another order, because that was asked for."""

import json
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from tests.emulator.caller import Caller
from tools.endpoint import Endpoint

SENT = "TransactionalSendEvents.EmailSent"
NO_TROUBLE = {"copies": 1, "order": "as_given", "seed": 0}
EVENTS = [{"eventCategoryType": SENT, "number": number} for number in range(250)]


@pytest.fixture
def batches(caller: Caller, endpoint: Endpoint) -> Endpoint:
    """The endpoint of a callback that gets a hundred sent e-mails at a time."""
    caller.subscribed(caller.verified(maxBatchSize=100)["callbackId"])
    endpoint.received.clear()
    return endpoint


def numbers(endpoint: Endpoint) -> list[list[int]]:
    """The numbers of the events of each delivery, as they arrived; then they are forgotten."""
    arrived = [[event["number"] for event in json.loads(r.body)] for r in endpoint.received]
    endpoint.received.clear()
    return arrived


def test_copies(emulator: EmulatorProcess, batches: Endpoint) -> None:
    """Each batch is delivered that often, byte for byte, and the copies name what they repeat."""
    deliveries = emulator.send_events(EVENTS[:101], copies=3)["deliveries"]
    bodies = [request.body for request in batches.received]
    first, second = deliveries[0]["deliveryId"], deliveries[3]["deliveryId"]

    assert [d["copyOf"] for d in deliveries] == [None, first, first, None, second, second]
    assert [d["events"] for d in deliveries] == [100, 100, 100, 1, 1, 1]
    assert [d["state"] for d in deliveries] == ["acknowledged"] * 6
    assert bodies == [bodies[0]] * 3 + [bodies[3]] * 3
    assert len({d["deliveryId"] for d in deliveries}) == 6


def test_reversed(emulator: EmulatorProcess, batches: Endpoint) -> None:
    """The last delivery goes first, and the last event of each stands first."""
    emulator.send_events(EVENTS, order="reversed")

    assert numbers(batches) == [
        list(range(249, 199, -1)),
        list(range(199, 99, -1)),
        list(range(99, -1, -1)),
    ]


def test_shuffled(emulator: EmulatorProcess, batches: Endpoint) -> None:
    """Every event comes, in an order that its seed makes again and another seed does not."""
    orders = []
    for seed in (1, 1, 2):
        emulator.send_events(EVENTS, order="shuffled", seed=seed)
        orders.append(numbers(batches))

    first, again, other = orders
    assert first == again != other
    assert sorted(number for batch in first for number in batch) == list(range(250))
    assert [batch for batch in first if batch == sorted(batch)] == []
    assert {tuple(sorted(batch)) for batch in first} == {
        tuple(range(100)),
        tuple(range(100, 200)),
        tuple(range(200, 250)),
    }


def test_trouble_for_all_requests(emulator: EmulatorProcess, batches: Endpoint) -> None:
    """What is set holds for every request that says nothing else, until it is lifted."""
    emulator.set_trouble(copies=2, order="reversed")
    assert emulator.trouble() == {"copies": 2, "order": "reversed", "seed": 0}
    emulator.send_events(EVENTS[:2])
    emulator.send_events(EVENTS[:2], copies=1)
    assert numbers(batches) == [[1, 0], [1, 0], [1, 0]]

    emulator.set_trouble(order="reversed")
    assert emulator.trouble() == NO_TROUBLE | {"order": "reversed"}
    emulator.lift_trouble()
    emulator.send_events(EVENTS[:2])
    assert numbers(batches) == [[0, 1]]


def test_reset_lifts_trouble(emulator: EmulatorProcess) -> None:
    """After a reset every batch is delivered once and in order."""
    emulator.set_trouble(copies=2)
    emulator.reset()

    assert emulator.trouble() == NO_TROUBLE


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "The request body is an object."),
        ({"copy": 2}, "Trouble has no field 'copy'."),
        ({"copies": "2"}, "'copies' is a whole number from 1 to 10."),
        ({"copies": True}, "'copies' is a whole number from 1 to 10."),
        ({"copies": 11}, "'copies' is a whole number from 1 to 10."),
        ({"order": ["reversed"]}, "'order' is one of as_given, reversed, shuffled."),
        ({"order": "shuffled", "seed": 1.5}, "'seed' is a whole number."),
    ],
)
def test_trouble_that_cannot_be(emulator: EmulatorProcess, body: Any, sentence: str) -> None:
    """It is refused with what would be right, and that of before stays."""
    emulator.set_trouble(copies=4)
    with pytest.raises(EmulatorError) as refused:
        emulator.administer("PUT", "trouble", body)

    assert str(refused.value) == f"The emulator refused PUT trouble: {sentence}"
    assert emulator.trouble() == NO_TROUBLE | {"copies": 4}


def test_copy_is_tried_again_by_itself(emulator: EmulatorProcess, batches: Endpoint) -> None:
    """A copy that is refused is tried again, whatever became of what it repeats."""
    emulator.stop_clock()
    batches.hook = lambda _: batches.answer(200 if len(batches.received) == 1 else 503)
    emulator.send_events(EVENTS[:1], copies=2)
    batches.hook = None
    batches.answer(200)
    emulator.move_clock(1)

    shown = [(each["state"], each["attempts"]) for each in emulator.deliveries()]
    assert shown == [("acknowledged", 1), ("acknowledged", 2)]
