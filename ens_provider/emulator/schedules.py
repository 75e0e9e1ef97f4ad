"""When a delivery that was not acknowledged is tried again, and when it is given up.

There is one schedule for each value of the switch `delivery_retries`: `newest` is the
documentation page "ENS Retries" as it is now, `suspend` its older edition. Neither says how long
the pauses between the first tries are, nor how long the "decreasing intervals" of the newest are:
those numbers are ours, and marked so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

PAUSE_SECONDS = 1.0
"""From the beginning of one of the first tries to that of the next one (ours)."""

DEFERRAL_SECONDS = 600.0
"""How long the newest schedule puts a batch off after its first tries: "up to 10 minutes"."""

SHORTER_BY_SECONDS = 60.0
"""How much each interval after that is shorter than the one before (ours)."""

SHORTEST_INTERVAL_SECONDS = 300.0
"""Where intervals stop to decrease (ours)."""

LONGEST_SECONDS = 7 * 24 * 3600.0
"""How long after its first try the newest schedule gives a batch up."""


@dataclass(frozen=True)
class TryAgain:
    """The next try begins at this moment (Unix seconds), or as soon as the one before is over."""

    at: float


@dataclass(frozen=True)
class GiveUp:
    """There is no further try. `state` is `dropped` or `failed`; the reason is a sentence."""

    state: str
    reason: str


class Schedule(Protocol):
    """What follows an attempt that was not acknowledged.

    `budget_seconds` is how long an endpoint may take to answer, and `suspends` says whether
    batches that are given up suspend their callback.
    """

    budget_seconds: float
    suspends: bool

    def after(self, attempt: int, *, at: float, now: float, first_at: float) -> TryAgain | GiveUp:
        """Return what follows the attempt of this number, from 1, that was due at `at`.

        `now` is when it is over: much later, if others of its callback took their time before
        it. `first_at` is when the first one was due. All are Unix seconds.
        """
        ...


class DeferringSchedule:
    """Three tries in quick succession, then one at decreasing intervals for up to seven days."""

    budget_seconds = 3.0
    suspends = False
    _quick_tries = 3

    def after(self, attempt: int, *, at: float, now: float, first_at: float) -> TryAgain | GiveUp:
        """Return the next try, or that the batch failed for good."""
        if attempt < self._quick_tries:
            return TryAgain(at + PAUSE_SECONDS)
        shorter = (attempt - self._quick_tries) * SHORTER_BY_SECONDS
        again = at + max(DEFERRAL_SECONDS - shorter, SHORTEST_INTERVAL_SECONDS)
        if max(again, now) > first_at + LONGEST_SECONDS:
            return GiveUp("failed", "It was not acknowledged within 7 days.")
        return TryAgain(again)


class SuspendingSchedule:
    """One try and up to three retries, then the batch is dropped."""

    budget_seconds = 2.0
    suspends = True
    _tries = 4

    def after(
        self,
        attempt: int,
        *,
        at: float,
        now: float,  # noqa: ARG002 -- the protocol's: this schedule counts tries only
        first_at: float,  # noqa: ARG002 -- see above
    ) -> TryAgain | GiveUp:
        """Return the next try, or that the batch is dropped."""
        if attempt < self._tries:
            return TryAgain(at + PAUSE_SECONDS)
        return GiveUp("dropped", "It was not acknowledged in one try and 3 retries.")


SCHEDULES: Mapping[str, Schedule] = MappingProxyType(
    {"newest": DeferringSchedule(), "suspend": SuspendingSchedule()}
)
"""The schedules by the value of the switch `delivery_retries`."""
