"""Deliveries that are tried again by themselves, over HTTP and TLS."""

import signal
import threading
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.emulator.caller import CALLBACKS, SUBSCRIPTIONS, Caller
from tools.endpoint import Endpoint

EVENT = {"eventCategoryType": "TransactionalSendEvents.EmailSent"}
DAY = 24 * 3600


def subscribed(caller: Caller) -> dict[str, Any]:
    """A verified callback's subscription to sent e-mails."""
    return caller.subscribed(caller.verified()["callbackId"])


def offsets(delivery: dict[str, Any]) -> list[float]:
    """The seconds after its making at which each try of a delivery was made."""
    return [each["at"] - delivery["at"] for each in delivery["tries"]]


def test_delivery_that_is_refused_twice(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """The running clock brings it back, until it is acknowledged."""
    subscribed(caller)
    posts = 0
    third = threading.Event()

    def look(_body: Any) -> None:
        nonlocal posts
        posts += 1
        endpoint.answer(503 if posts < 3 else 200)
        if posts == 3:
            third.set()

    endpoint.hook = look
    emulator.send_events([EVENT], wait=False)
    assert third.wait(60)
    emulator.move_clock(0)

    [delivery] = emulator.deliveries()
    assert [each["status"] for each in delivery["tries"]] == [503, 503, 200]
    assert delivery["state"] == "acknowledged"


def test_answer_that_does_not_wait(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Events that are not waited for are answered while the endpoint still thinks."""
    subscribed(caller)
    seen: list[Any] = []
    answered = threading.Event()
    endpoint.hook = lambda _: seen.append(answered.wait(2))
    [delivery] = emulator.send_events([EVENT], wait=False)["deliveries"]
    answered.set()
    emulator.move_clock(0)

    assert (delivery["state"], delivery["attempts"], delivery["tries"]) == ("waiting", 0, [])
    assert seen == [True]
    assert emulator.deliveries()[0]["state"] == "acknowledged"


def test_clock_that_is_moved(emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint) -> None:
    """The answer comes after everything that fell due was tried, each at its own time."""
    subscribed(caller)
    endpoint.received.clear()
    endpoint.answer(503)
    emulator.stop_clock()
    emulator.send_events([EVENT])
    emulator.move_clock(602)
    endpoint.answer(204)
    emulator.move_clock(540)

    [delivery] = emulator.deliveries()
    assert len(endpoint.received) == 5
    assert offsets(delivery) == [0, 1, 2, 602, 1142]
    assert [each["status"] for each in delivery["tries"]] == [503, 503, 503, 503, 204]
    assert {request.body for request in endpoint.received} == {endpoint.received[0].body}


def test_endpoint_that_is_away_for_a_week(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A delivery fails for good after seven days."""
    subscribed(caller)
    endpoint.stop()
    emulator.stop_clock()
    emulator.send_events([EVENT])
    emulator.move_clock(8 * DAY)

    [delivery] = emulator.deliveries()
    assert (delivery["state"], delivery["reason"]) == (
        "failed",
        "It was not acknowledged within 7 days.",
    )
    assert 7 * DAY - 300 < offsets(delivery)[-1] <= 7 * DAY


def test_suspended_callback(emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint) -> None:
    """Two dropped batches suspend it for ten minutes, whose events never come."""
    emulator.set_switches(delivery_retries="suspend")
    subscribed(caller)
    endpoint.answer(503)
    emulator.stop_clock()
    start = emulator.now()
    for _ in range(2):
        emulator.send_events([EVENT])
        emulator.move_clock(3)
    endpoint.answer(200)
    emulator.send_events([EVENT])
    [callback] = emulator.state()["callbacks"]
    emulator.move_clock(600)
    emulator.send_events([EVENT])

    states = [(each["state"], each["attempts"]) for each in emulator.deliveries()]
    assert states == [("dropped", 4), ("dropped", 4), ("dropped", 0), ("acknowledged", 1)]
    assert callback["suspendedUntil"] == start + 606
    [callback] = emulator.state()["callbacks"]
    assert callback["suspendedUntil"] is None


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("verified", ("verified", "none")),
        ("suspended", ("suspended", "max retries exhausted trying to post to callback url")),
    ],
)
def test_suspended_status(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, shown: str, status: object
) -> None:
    """A suspended callback is shown as verified, or as suspended with a reason, until it ends."""
    emulator.set_switches(delivery_retries="suspend", suspended_status=shown)
    callback_id = subscribed(caller)["callbackId"]
    endpoint.answer(503)
    emulator.stop_clock()
    emulator.send_events([EVENT], callback_id=callback_id)
    emulator.send_events([EVENT])
    emulator.move_clock(3)
    one = caller.get(f"{CALLBACKS}/{callback_id}").json()
    listed = caller.get(CALLBACKS).json()
    emulator.move_clock(600)
    after = caller.get(f"{CALLBACKS}/{callback_id}").json()

    assert listed == [one]
    assert (one["status"], one["statusReason"]) == status
    assert (after["status"], after["statusReason"]) == ("verified", "none")


def test_deleted_callback(emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint) -> None:
    """What waits for a callback that is deleted ends when it is due."""
    subscription = subscribed(caller)
    endpoint.received.clear()
    endpoint.answer(503)
    emulator.stop_clock()
    emulator.send_events([EVENT])
    caller.delete(f"{SUBSCRIPTIONS}/{subscription['subscriptionId']}")
    caller.delete(f"{CALLBACKS}/{subscription['callbackId']}")
    emulator.move_clock(DAY)

    [delivery] = emulator.deliveries()
    assert (delivery["state"], len(endpoint.received)) == ("ended", 1)


def test_reset_while_deliveries_wait(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Nothing of before a reset is tried after it."""
    emulator.set_switches(delivery_retries="suspend")
    subscribed(caller)
    endpoint.received.clear()
    endpoint.answer(503)
    emulator.stop_clock()
    emulator.send_events([EVENT])
    emulator.reset()
    emulator.move_clock(DAY)

    assert (len(endpoint.received), emulator.deliveries()) == (1, [])


def test_end_while_deliveries_wait(endpoint: Endpoint) -> None:
    """An emulator with a delivery under way and others that wait ends as one without."""
    options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
    with EmulatorProcess(options) as emulator, Caller(emulator) as caller:
        subscribed(caller)
        endpoint.answer(503)
        emulator.send_events([EVENT])
        endpoint.answer(200, delay_seconds=60)
        begun = threading.Event()
        endpoint.hook = lambda _: begun.set()
        emulator.send_events([EVENT], wait=False)
        assert begun.wait(60)

        assert emulator.send_signal(signal.SIGTERM) == 0
        assert "Traceback" not in emulator.output()
        assert "Task" not in emulator.output()
