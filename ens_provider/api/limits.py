"""How long one client keeps silent: pauses that all its threads observe, and the budget of a call."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.api.errors import RateLimitedError, TemporarilyBlockedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.operations import Operation

BLOCK_SECONDS = 300.0
"""How long nothing is sent after the service said that it blocks this client."""


class WaitBudget:
    """The waiting that one call may still do; pauses beyond it are refused, not shortened."""

    def __init__(self, seconds: float, *, sleep: Callable[[float], None]) -> None:
        self._left = seconds
        self._sleep = sleep

    def allows(self, seconds: float) -> bool:
        """Tell whether a pause still fits."""
        return seconds <= self._left

    def spend(self, seconds: float) -> None:
        """Pause for so many seconds."""
        self._left -= seconds
        self._sleep(seconds)


class Limits:
    """What the service asked of this client as a whole, whichever thread it said it to."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = _Silence()
        self._block = _Silence()

    def hold(self, seconds: float, *, because: RateLimitedError) -> None:
        """Let nobody send for so many seconds."""
        with self._lock:
            until = self._clock() + seconds
            if until > self._limit.until:
                self._limit = _Silence(until=until, because=because)

    def block(self, *, because: TemporarilyBlockedError) -> None:
        """Let nobody send, nor wait for it, for `BLOCK_SECONDS`."""
        with self._lock:
            self._block = _Silence(until=self._clock() + BLOCK_SECONDS, because=because)

    def wait(self, budget: WaitBudget, *, operation: Operation, subject: str) -> None:
        """Return when this client may send.

        Raises:
            TemporarilyBlockedError: It is blocked; nothing was sent.
            RateLimitedError: It would have to wait longer than the call may; nothing was sent.
        """
        while True:
            silence = self._silence()
            seconds = silence.until - self._clock()
            if seconds <= 0:
                return
            blocked = isinstance(silence.because, TemporarilyBlockedError)
            if blocked or not budget.allows(seconds):
                raise silence.error(seconds, operation=operation, subject=subject)
            budget.spend(seconds)

    def _silence(self) -> _Silence:
        with self._lock:
            return self._block if self._clock() < self._block.until else self._limit


@dataclass(frozen=True, kw_only=True)
class _Silence:
    """Until when nothing is sent, and what the service had said."""

    until: float = float("-inf")
    because: RateLimitedError = field(default_factory=lambda: RateLimitedError(""))

    def error(self, seconds: float, *, operation: Operation, subject: str) -> RateLimitedError:
        """Return the error for a call that was not sent."""
        blocked = isinstance(self.because, TemporarilyBlockedError)
        does = "blocks this client" if blocked else "limits the requests of this client"
        phrase = operation.phrase.format(subject=subject)
        said = self.because.service_text
        return type(self.because)(
            f"ENS was not asked to {phrase}: it {does} ({self.because.status}"
            f"{f': {said}' if said else ''}). Nothing is sent for another {seconds:.0f} s; "
            "run `pulumi up` after that.",
            operation=operation.name,
            subject=subject,
            status=self.because.status,
            errorcode=self.because.errorcode,
            service_text=said,
            body=self.because.body,
            retry_after_seconds=seconds,
        )
