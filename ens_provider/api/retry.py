"""When a call is tried again and after which pause: a pure policy, without clock or network."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.api.errors import (
    ConnectionLostError,
    ENSError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DOUBLINGS = 60


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often, how long apart and how long altogether.

    Attributes:
        max_attempts: Tries, the first one included. Default: 4. Where it is more than one, those
            that the service turned away with 429 do not count, except for a token: the waiting
            alone bounds them.
        base_seconds: The pause after the first try; it doubles with each. Default: 0.5 s.
        cap_seconds: The longest pause of our own choosing. Default: 8 s.
        max_wait_seconds: The longest sum of pauses in one call, those that the service asks for
            included; beyond it the error is raised. Default: 60 s.
        gap_seconds: How far apart the threads of a client come back after a limit. Default: 0.1 s.
        jitter: Returns a number from 0 to 1 that spreads the pauses over the upper half of their
            length, so that clients that failed together do not come back together.
    """

    max_attempts: int = 4
    base_seconds: float = 0.5
    cap_seconds: float = 8.0
    max_wait_seconds: float = 60.0
    gap_seconds: float = 0.1
    jitter: Callable[[], float] = field(default=random.random, repr=False)

    def should_retry(self, error: ENSError, *, attempt: int, repeatable: bool) -> bool:
        """Tell whether try number `attempt` (from 1), failed with `error`, is followed by another.

        What is not `repeatable` is tried again only where it certainly took no effect: nothing
        was sent, or the service turned it away with 429.
        """
        if attempt >= self.max_attempts or isinstance(error, TemporarilyBlockedError):
            return False
        if isinstance(error, (UnreachableError, RateLimitedError)):
            return True
        return repeatable and isinstance(error, (ConnectionLostError, ServiceError))

    def delay(self, *, attempt: int, retry_after_seconds: float | None = None) -> float:
        """Return the seconds to pause after try number `attempt` (from 1).

        Never shorter than the service asked for, otherwise never longer than `cap_seconds`.
        """
        doublings = min(max(attempt - 1, 0), _MOST_DOUBLINGS)
        backoff = min(self.cap_seconds, self.base_seconds * 2.0**doublings)
        spread = min(max(self.jitter(), 0.0), 1.0)
        return max(backoff * (1 + spread) / 2, retry_after_seconds or 0.0)
