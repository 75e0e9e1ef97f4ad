"""The time that a probe may take altogether."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ens_provider.cli.probe.failures import failed


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A moment that no step of a probe outwaits.

    Attributes:
        seconds: How long everything may take.
        until: The moment, in seconds of `clock`.
        clock: Monotonic seconds.
    """

    seconds: float
    until: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(seconds=seconds, until=clock() + seconds, clock=clock)

    def remaining(self) -> float:
        """Return the seconds that are left.

        Raises:
            EndpointUnusableError: None are.
        """
        left = self.until - self.clock()
        if left <= 0:
            raise failed("Timeout", met=f"the endpoint did not answer within {self.seconds:g} s")
        return left
