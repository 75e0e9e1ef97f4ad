"""Events that come again: what is left out, what is handed over twice, and what is remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from ens_provider.receiver import Delivery, Event, MemorySeenEvents, Received, ReceiverOptions
from ens_provider.receiver.repeats import Repeats
from tests.unit.receiver.world import KEY, MAILS, ORDERS, OTHER_KEY, World, error, said

ONE, TWO, THREE = ({"n": number} for number in (1, 2, 3))


def batch(*events: dict[str, Any]) -> bytes:
    return json.dumps(events).encode()


def raws(world: World) -> list[list[dict[str, Any]]]:
    return [[event.raw for event in each.events] for each in world.delivered]


def make_world(seen: Any, received: list[Received] | None = None) -> World:
    watched: list[Received] = [] if received is None else received
    world = World(ReceiverOptions(seen_events=seen, observe=watched.append))
    world.signature_keys.put(ORDERS, [KEY])
    world.signature_keys.put(MAILS, [OTHER_KEY])
    return world


@pytest.fixture
def world() -> World:
    """A receiver that leaves out what it has seen."""
    return make_world(MemorySeenEvents())


def test_batch_that_comes_again(world: World) -> None:
    """A batch of repeats alone is acknowledged, and troubles nobody."""
    answers = [said(world.deliver(batch(ONE, TWO))) for _ in range(3)]

    assert answers == [(200, {})] * 3
    assert raws(world) == [[ONE, TWO]]


def test_repeats_among_new_events(world: World) -> None:
    """Of a batch that overlaps another one only what is new is handed over, in its order."""
    first, second = batch(ONE, TWO), batch(THREE, TWO, {"n": 4}, THREE)
    world.deliver(first)
    world.deliver(second)

    assert raws(world) == [[ONE, TWO], [THREE, {"n": 4}]]
    assert world.delivered[1].body == second


def test_observer_is_told_of_all_events() -> None:
    """What is left out was received all the same."""
    received: list[Received] = []
    world = make_world(MemorySeenEvents(), received)
    world.deliver(batch(ONE))
    world.deliver(batch(ONE))

    assert [(each.status, each.events) for each in received] == [(200, [ONE])] * 2


def test_event_of_two_callbacks(world: World) -> None:
    """An event that two callbacks get is one of each: neither copy is a repeat of the other."""
    world.deliver(batch(ONE))
    world.deliver(batch(ONE), key=OTHER_KEY)

    assert [each.callback_id for each in world.delivered] == [ORDERS, MAILS]


def test_function_fails(world: World) -> None:
    """What the function failed on is not seen: it is handed over when it comes again."""
    world.failure = OSError("full")
    failed = said(world.deliver(batch(ONE)))
    world.failure = None

    assert failed == error(500, "The function for deliveries failed.")
    assert said(world.deliver(batch(ONE))) == (200, {})
    assert raws(world) == [[ONE], [ONE]]


def test_function_is_interrupted(world: World) -> None:
    """An interrupt leaves nothing marked: neither seen nor in hand."""
    world.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        world.deliver(batch(ONE))
    world.failure = None

    assert world.deliver(batch(ONE)).status == 200
    assert raws(world) == [[ONE], [ONE]]


def test_without_a_store_every_copy_is_handed_over() -> None:
    """Leaving out is opt-in."""
    world = make_world(None)
    world.deliver(batch(ONE))
    world.deliver(batch(ONE))

    assert raws(world) == [[ONE], [ONE]]


class _Condition(threading.Condition):
    """Tells when somebody begins to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_for.set()
        return super().wait(timeout)


def one_event() -> Delivery:
    return Delivery(callback_id=ORDERS, events=(Event(ONE),), body=b"")


def calls_of_two_at_once(failure: Exception | None) -> list[str]:
    """Hand an event over, and a copy of it before that is done; return whose function was called."""
    changed, begun, calls = _Condition(), threading.Event(), list[str]()
    repeats = Repeats(MemorySeenEvents(), wait_seconds=30, changed=changed)

    def first(_delivery: Delivery) -> None:
        calls.append("first")
        begun.set()
        assert changed.waited_for.wait(30)
        if failure is not None:
            raise failure

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(repeats.leave_out, one_event(), first)
        assert begun.wait(30)
        other = pool.submit(repeats.leave_out, one_event(), lambda _delivery: calls.append("other"))
        assert one.exception(30) is failure
        other.result(30)
    return calls


def test_copy_waits_for_the_first() -> None:
    """A copy that comes while the first is in hand is acknowledged after it, without a call."""
    assert calls_of_two_at_once(None) == ["first"]


def test_copy_of_what_failed() -> None:
    """The copy that waited is handed over when the first was not."""
    assert calls_of_two_at_once(OSError("full")) == ["first", "other"]


def test_copy_does_not_wait_for_ever() -> None:
    """After its time a copy is handed over as well: rather twice than acknowledged too early."""
    repeats, calls = Repeats(MemorySeenEvents(), wait_seconds=0), list[str]()

    def first(delivery: Delivery) -> None:
        calls.append("first")
        repeats.leave_out(delivery, lambda _delivery: calls.append("other"))

    repeats.leave_out(one_event(), first)
    repeats.leave_out(one_event(), lambda _delivery: calls.append("third"))

    assert calls == ["first", "other"]


class BrokenStore:
    """A store that cannot be reached."""

    def seen(self, ids: Sequence[str]) -> list[str]:
        """Fail."""
        raise ConnectionError(f"no way to {ids}")

    def add(self, ids: Sequence[str]) -> None:
        """Fail."""
        raise ConnectionError(f"no way to {ids}")


def test_nothing_stays_in_hand() -> None:
    """What was handed over, or was not, takes no memory but the window's."""
    repeats = Repeats(MemorySeenEvents())
    repeats.leave_out(one_event(), lambda _delivery: None)
    with pytest.raises(ZeroDivisionError):
        repeats.leave_out(replace(one_event(), callback_id=MAILS), lambda _delivery: 1 // 0)

    assert len(repeats._in_hand) == 0


def test_event_that_keeps_coming() -> None:
    """It is remembered for as long as it does, and its time after that."""
    now = [0.0]
    world = make_world(MemorySeenEvents(seconds=60, clock=lambda: now[0]))
    for seconds in (0, 40, 80, 120, 180):
        now[0] = seconds
        world.deliver(batch(ONE))

    assert raws(world) == [[ONE], [ONE]]


def test_store_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """It costs repeats, never events: they are handed over, and acknowledged once they are safe."""
    world = make_world(BrokenStore())
    answers = [world.deliver(batch(ONE)).status for _ in range(2)]

    assert answers == [200, 200]
    assert raws(world) == [[ONE], [ONE]]
    assert "The store of seen events cannot be read: ConnectionError in " in caplog.text
    assert "The store of seen events cannot be written: ConnectionError in " in caplog.text
    assert ORDERS not in caplog.text


class NotedStore:
    """A store that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def seen(self, ids: Sequence[str]) -> list[str]:
        """Know nothing."""
        self.asked.append(("seen", list(ids)))
        return []

    def add(self, ids: Sequence[str]) -> None:
        """Remember nothing."""
        self.asked.append(("add", list(ids)))


def test_what_a_store_is_asked() -> None:
    """Once before and once after the function, under the callback's id and the event's."""
    store = NotedStore()
    make_world(store).deliver(batch(ONE, ONE))
    text = f"{ORDERS}:2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd"

    assert store.asked == [("seen", [text]), ("add", [text])]
    assert len(text) == 101


def test_window_is_bounded_in_number() -> None:
    """Beyond its bound the event that came last longest ago is forgotten."""
    window = MemorySeenEvents(most=2)
    for each in ("a", "b", "a", "c"):
        window.add([each])

    assert window.seen(["a", "b", "c"]) == {"a", "c"}


def test_window_is_bounded_in_time() -> None:
    """After its time an event is forgotten; one that came again is remembered from then on."""
    now = [0.0]
    window = MemorySeenEvents(seconds=60, clock=lambda: now[0])
    window.add(["a", "b"])
    now[0] = 59.9
    seen = window.seen(["a", "b"])
    window.add(["b"])
    now[0] = 60.0

    assert seen == {"a", "b"}
    assert window.seen(["a", "b"]) == {"b"}


@pytest.mark.parametrize(("most", "seconds"), [(0, 1), (1, 0), (1, -1), (1, float("nan"))])
def test_window_that_remembers_nothing(most: int, seconds: float) -> None:
    """Such a window is a mistake."""
    with pytest.raises(ValueError, match="remembers at least one event"):
        MemorySeenEvents(most=most, seconds=seconds)
