"""Events that come again: left out of what the user's function gets."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ens_provider.receiver.answers import told
from ens_provider.receiver.messages import Delivery
from ens_provider.receiver.seen_events import SeenEvents

# The service gives a delivery up after 2 or 3 seconds, and then sends it again.
WAIT_SECONDS = 2.0

_log = logging.getLogger("ens_provider.receiver")


class Repeats:
    """Hands each event over once, as far as its store of seen events remembers.

    An event is seen once the function has returned. A copy that comes while the first is still
    being handed over waits for what becomes of it, at most `wait_seconds`, and is then handed over
    as well: rather twice than acknowledged too early. A store that fails costs repeats, never
    events.
    """

    def __init__(
        self,
        seen_events: SeenEvents,
        *,
        wait_seconds: float = WAIT_SECONDS,
        changed: threading.Condition | None = None,
    ) -> None:
        self._seen_events = seen_events
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition() if changed is None else changed
        self._in_hand: Counter[str] = Counter()

    def leave_out(self, delivery: Delivery, hand_over: Callable[[Delivery], object]) -> None:
        """Hand over what of a delivery is new, if anything is; what the function raises goes through."""
        # Of an event that stands in a batch twice, one is new.
        events = {f"{delivery.callback_id}:{each.id}": each for each in delivery.events}
        ids = list(events)
        with self._held(ids):
            seen = set(self._seen_among(ids))
            new = [each for each in ids if each not in seen]
            if new:
                hand_over(replace(delivery, events=tuple(events[each] for each in new)))
            # All of them: an event that keeps coming is remembered as long as it does.
            self._remember(ids)

    @contextmanager
    def _held(self, ids: Sequence[str]) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(
                lambda: self._in_hand.keys().isdisjoint(ids), timeout=self._wait_seconds
            )
            self._in_hand.update(ids)
        try:
            yield
        finally:
            with self._changed:
                for each in ids:
                    if (still := self._in_hand.pop(each) - 1) > 0:
                        self._in_hand[each] = still
                self._changed.notify_all()

    def _seen_among(self, ids: Sequence[str]) -> Sequence[str]:
        try:
            return list(self._seen_events.seen(ids))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the events must be handed over
            _log.error("The store of seen events cannot be read: %s", told(error))
            return []

    def _remember(self, ids: Sequence[str]) -> None:
        try:
            self._seen_events.add(ids)
        except Exception as error:  # noqa: BLE001 -- the events are safe already
            _log.error("The store of seen events cannot be written: %s", told(error))
