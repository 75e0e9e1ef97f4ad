"""The deliveries of a callback have their turns by when they are due."""

from math import inf

from ens_provider.emulator.deliveries import Batch, Delivery
from ens_provider.emulator.turns import Queue, Turn
from tests.unit.emulator.world import CALLBACK

BATCH = Batch(callback=CALLBACK, event_types=(), events=0, subscription_ids=frozenset(), body=b"[]")


def queue_of(**dues: float) -> Queue:
    queue = Queue()
    for name, due in dues.items():
        turn = Turn(delivery=Delivery(delivery_id=name, at=0.0, batch=BATCH))
        turn.be_due(due)
        queue.add(turn)
    return queue


def taken(queue: Queue) -> list[tuple[str, float]]:
    turns = [queue.take_first() for _ in range(len(queue))]
    return [(turn.delivery.delivery_id, turn.due) for turn in turns]


def test_earliest_is_first() -> None:
    """Turns that are due at the same moment are in the order in which they came."""
    queue = queue_of(a=3.0, b=1.0, c=2.0, d=1.0, e=3.0, f=1.0)

    assert [turn.delivery.delivery_id for turn in queue] == ["a", "b", "c", "d", "e", "f"]
    assert queue.first_due == 1.0
    assert taken(queue) == [("b", 1), ("d", 1), ("f", 1), ("c", 2), ("a", 3), ("e", 3)]
    assert queue.first_due == inf


def test_what_was_tried_is_hurried() -> None:
    """It is due at the moment at the latest, and what was not tried yet waits as it did."""
    queue = queue_of(a=6.0, b=9.0, c=8.0, d=7.0)
    for turn in queue:
        turn.delivery.attempts = 0 if turn.delivery.delivery_id == "a" else 1
    hurried = queue.hurry(5.0)

    assert [turn.delivery.delivery_id for turn in hurried] == ["b", "c", "d"]
    assert [turn.delivery.next_at for turn in hurried] == [5.0, 5.0, 5.0]
    assert taken(queue) == [("b", 5), ("c", 5), ("d", 5), ("a", 6)]


def test_what_is_due_already_is_not_put_off() -> None:
    """A moment later than its own changes nothing."""
    queue = queue_of(a=1.0)
    for turn in queue:
        turn.delivery.attempts = 1
    queue.hurry(5.0)

    assert taken(queue) == [("a", 1)]
