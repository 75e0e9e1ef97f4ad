"""Deliveries: batches of events for one callback, and what became of them."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.matching import Reached, WrittenEvent
from ens_provider.emulator.records import Callback
from ens_provider.emulator.schedules import SCHEDULES
from ens_provider.emulator.switches import Switches
from ens_provider.emulator.trouble import Reordering
from ens_provider.receiver.event_json import batch_of
from ens_provider.receiver.signature import SIGNATURE_HEADER, KeyReading, sign

ACKNOWLEDGING = (200, 201, 202, 203, 204)
"""The statuses that acknowledge a delivery; anything else, redirects included, does not."""

_MOST_DELIVERIES = 1000
_MOST_TRIES_SHOWN = 100


class State(str, Enum):
    """What has become of a delivery so far."""

    WAITING = "waiting"
    """For its first or its next try."""

    UNDER_WAY = "under_way"
    ACKNOWLEDGED = "acknowledged"
    DROPPED = "dropped"
    """After its retries, or because its callback is suspended."""

    FAILED = "failed"
    """It was not acknowledged in all the time that it was tried."""

    ENDED = "ended"
    """Nobody waits for it any more: it was deactivated or forgotten."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one delivery carries: at most the callback's `maxBatchSize` events, types mixed."""

    callback: Callback
    event_types: tuple[str, ...]
    events: int
    subscription_ids: frozenset[str]
    body: bytes = field(repr=False)


@dataclass(kw_only=True)
class Try:
    """One attempt: when it began by the emulator's clock, and how it was answered.

    `status` is the HTTP status, None if none came; `failure` why it acknowledges nothing.
    """

    at: float
    status: int | None = None
    failure: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it was answered, or failed."""
        return self.status is not None or self.failure is not None


@dataclass(kw_only=True)
class Delivery:
    """A batch on its way. Its body is kept as long as it may go again.

    `at` is the emulator's time when it was made, `next_at` when its next try is due, `copy_of`
    the id of the delivery that it deliberately repeats, and `first_key` the key that the first
    attempt was signed with. Of the `tries` the newest 100 are kept.
    """

    delivery_id: str
    at: float
    batch: Batch
    copy_of: str | None = None
    url: str = ""
    first_key: str = field(default="", repr=False)
    state: State = State.WAITING
    reason: str | None = None
    next_at: float | None = None
    attempts: int = 0
    tries: deque[Try] = field(default_factory=lambda: deque(maxlen=_MOST_TRIES_SHOWN))

    def begin(self, callback: Callback, *, key: str, switches: Switches, now: float) -> Post:
        """Begin an attempt at a callback as it is now and return its POST.

        The very bytes that are signed are the ones that are sent.
        """
        self.url = callback.url
        self.first_key = self.first_key or key
        self.state, self.next_at = State.UNDER_WAY, None
        self.attempts += 1
        self.tries.append(Try(at=now))
        reading = KeyReading(switches.signature_key_encoding)
        return Post(
            url=callback.url,
            body=self.batch.body,
            timeout_seconds=SCHEDULES[switches.delivery_retries].budget_seconds,
            successes=ACKNOWLEDGING,
            headers={SIGNATURE_HEADER: sign(self.batch.body, key, reading=reading)},
        )

    def answered(self, outcome: PostOutcome) -> bool:
        """Take the outcome of the attempt and return whether it acknowledges the delivery."""
        last = self.tries[-1]
        last.status = outcome.status
        last.failure = None if outcome.failure is None else str(outcome.failure)
        if outcome.failure is None:
            self.end(State.ACKNOWLEDGED)
        return outcome.failure is None

    def wait_until(self, moment: float) -> None:
        """Wait for the next try, which is due then."""
        self.state, self.next_at = State.WAITING, moment

    def end(self, state: State, reason: str | None = None) -> None:
        """Let this be what has become of the delivery, for good."""
        self.state, self.reason, self.next_at = state, reason, None
        self.batch = replace(self.batch, body=b"")

    def shown(self) -> dict[str, object]:
        """Return the delivery for `GET /_emulator/deliveries`, without key and signature."""
        last = next((each for each in reversed(self.tries) if each.is_over), Try(at=self.at))
        return {
            "deliveryId": self.delivery_id,
            "copyOf": self.copy_of,
            "callbackId": self.batch.callback.callback_id,
            "callbackName": self.batch.callback.name,
            "url": self.url or self.batch.callback.url,
            "mid": self.batch.callback.mid,
            "at": self.at,
            "events": self.batch.events,
            "eventCategoryTypes": list(self.batch.event_types),
            "state": self.state.value,
            "reason": self.reason,
            "nextAttemptAt": self.next_at,
            "attempts": self.attempts,
            "tries": [dict(vars(each)) for each in self.tries],
            "status": last.status,
            "failure": last.failure,
            "acknowledged": self.state is State.ACKNOWLEDGED,
        }


class DeliveryLog:
    """The deliveries in the order in which they were made (the newest 1000), in memory only.

    After a restart nothing is known of them, with a state file or without one.
    """

    def __init__(self) -> None:
        self._deliveries: deque[Delivery] = deque(maxlen=_MOST_DELIVERIES)

    def keep(self, delivery: Delivery) -> None:
        """Keep a delivery; what becomes of it is set on the object."""
        self._deliveries.append(delivery)

    def as_list(self) -> list[dict[str, object]]:
        """Return the deliveries for `GET /_emulator/deliveries`, newest last."""
        return [delivery.shown() for delivery in self._deliveries]

    def clear(self) -> None:
        """Forget every delivery."""
        self._deliveries.clear()


def batches_of(
    callback: Callback, wanted: Sequence[tuple[WrittenEvent, Reached]], *, reordered: Reordering
) -> Iterator[Batch]:
    """Yield the events for one callback in their order, `maxBatchSize` of them at a time.

    `reordered` puts the events of each batch into another order.
    """
    size = callback.max_batch_size
    for start in range(0, len(wanted), size):
        some = reordered(wanted[start : start + size])
        types = {str(written.event["eventCategoryType"]) for written, _ in some}
        yield Batch(
            callback=callback,
            event_types=tuple(sorted(types)),
            events=len(some),
            subscription_ids=frozenset(
                subscription.subscription_id
                for _, reached in some
                for subscription in reached.subscriptions
            ),
            body=batch_of(written.text for written, _ in some),
        )
