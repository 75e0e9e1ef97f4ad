"""Deliveries: batches of events for one callback, and what became of them."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.matching import Event, Reached
from ens_provider.emulator.records import Callback
from ens_provider.emulator.switches import Switches
from ens_provider.receiver.event_json import written
from ens_provider.receiver.signature import SIGNATURE_HEADER, KeyReading, sign

ACKNOWLEDGING = (200, 201, 202, 203, 204)
"""The statuses that acknowledge a delivery; anything else, redirects included, does not."""

BUDGET_SECONDS: Mapping[str, float] = {"newest": 3.0, "suspend": 2.0}
"""How long an endpoint has to answer, by the switch `delivery_retries`."""

_MOST_DELIVERIES = 1000


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one delivery carries: at most the callback's `maxBatchSize` events, types mixed."""

    callback: Callback
    event_types: tuple[str, ...]
    events: int
    subscription_ids: frozenset[str]
    body: bytes = field(repr=False)


@dataclass(kw_only=True)
class Delivery:
    """A batch on its way. Its body is kept until it is acknowledged, since it may go again.

    `status` and `failure` are those of the last attempt that ended: the HTTP status, None if none
    came, and why it acknowledges nothing. `at` is the emulator's time when it was made;
    `first_key` the key that the first attempt was signed with.
    """

    delivery_id: str
    at: float
    batch: Batch
    url: str = ""
    first_key: str = field(default="", repr=False)
    attempts: int = 0
    status: int | None = None
    failure: str | None = None
    acknowledged: bool = False
    under_way: bool = False

    def begin(self, callback: Callback, *, key: str, switches: Switches) -> Post:
        """Begin an attempt at a callback as it is now and return its POST.

        The very bytes that are signed are the ones that are sent.
        """
        self.url = callback.url
        self.first_key = self.first_key or key
        self.attempts += 1
        self.under_way = True
        reading = KeyReading(switches.signature_key_encoding)
        return Post(
            url=callback.url,
            body=self.batch.body,
            timeout_seconds=BUDGET_SECONDS[switches.delivery_retries],
            successes=ACKNOWLEDGING,
            headers={SIGNATURE_HEADER: sign(self.batch.body, key, reading=reading)},
        )

    def conclude(self, outcome: PostOutcome) -> None:
        """Take the outcome of the attempt."""
        self.under_way = False
        self.status = outcome.status
        self.failure = None if outcome.failure is None else str(outcome.failure)
        self.acknowledged = outcome.failure is None
        if self.acknowledged:
            self.batch = replace(self.batch, body=b"")

    def shown(self) -> dict[str, object]:
        """Return the delivery for `GET /_emulator/deliveries`, without key and signature."""
        return {
            "deliveryId": self.delivery_id,
            "callbackId": self.batch.callback.callback_id,
            "callbackName": self.batch.callback.name,
            "url": self.url or self.batch.callback.url,
            "mid": self.batch.callback.mid,
            "at": self.at,
            "events": self.batch.events,
            "eventCategoryTypes": list(self.batch.event_types),
            "attempts": self.attempts,
            "status": self.status,
            "failure": self.failure,
            "acknowledged": self.acknowledged,
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

    def unacknowledged(self) -> list[Delivery]:
        """Return the deliveries that were tried and not acknowledged, oldest first."""
        return [d for d in self._deliveries if d.failure is not None and not d.under_way]

    def as_list(self) -> list[dict[str, object]]:
        """Return the deliveries for `GET /_emulator/deliveries`, newest last."""
        return [delivery.shown() for delivery in self._deliveries]

    def clear(self) -> None:
        """Forget every delivery."""
        self._deliveries.clear()


def batches_of(callback: Callback, wanted: Sequence[tuple[Event, Reached]]) -> Iterator[Batch]:
    """Yield the events for one callback in their order, `maxBatchSize` of them at a time."""
    size = callback.max_batch_size
    for start in range(0, len(wanted), size):
        some = wanted[start : start + size]
        events = [event for event, _ in some]
        yield Batch(
            callback=callback,
            event_types=tuple(sorted({str(event["eventCategoryType"]) for event in events})),
            events=len(events),
            subscription_ids=frozenset(i for _, reached in some for i in reached.subscription_ids),
            body=written(events),
        )
