"""Which events were handed over already: the protocol, and a window of them in memory."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

MOST_SEEN_EVENTS = 100_000
SEEN_EVENTS_SECONDS = 3600.0


class SeenEvents(Protocol):
    """Remembers the events that were handed over, under texts of at most 101 ASCII characters.

    Such a text holds the callback's id and the event's: an event that goes to two callbacks is one
    of each. A store that several processes share leaves repeats out for all of them.
    """

    def seen(self, ids: Sequence[str]) -> Collection[str]:
        """Return those of the ids that were added before."""
        ...

    def add(self, ids: Sequence[str]) -> None:
        """Remember ids; some may be there already."""
        ...


class MemorySeenEvents:
    """A window in memory, for one process.

    Args:
        most: How many events are remembered; beyond it the oldest is forgotten. Default: 100,000,
            about 20 MB.
        seconds: How long each is remembered after it came last. Default: an hour. What is
            delivered twice comes within minutes: the service tries again what was not
            acknowledged in time, and has its answer then.
        clock: Monotonic seconds.

    Raises:
        ValueError: nothing would be remembered.
    """

    def __init__(
        self,
        *,
        most: int = MOST_SEEN_EVENTS,
        seconds: float = SEEN_EVENTS_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1 or not seconds > 0:
            raise ValueError(
                f"A window remembers at least one event, for some time, not {most} for {seconds} s."
            )
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        # By when they came last: the first is the oldest.
        self._times: dict[str, float] = {}

    def seen(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that were added before, and are not forgotten."""
        with self._lock:
            self._forget(self._clock())
            return {each for each in ids if each in self._times}

    def add(self, ids: Sequence[str]) -> None:
        """Remember ids from now on."""
        with self._lock:
            now = self._clock()
            for each in ids:
                self._times.pop(each, None)
                self._times[each] = now
            self._forget(now)

    def _forget(self, now: float) -> None:
        while self._times:
            oldest = next(iter(self._times))
            if len(self._times) <= self._most and self._times[oldest] > now - self._seconds:
                return
            del self._times[oldest]
