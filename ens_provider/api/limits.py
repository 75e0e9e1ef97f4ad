"""How long one client keeps silent: pauses that all its threads observe, and the budget of a call."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.api.errors import RateLimitedError, TemporarilyBlockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ens_provider.api.operations import Operation
    from ens_provider.api.retry import RetryPolicy

BLOCK_SECONDS = 300.0
"""How long nothing is sent after the service said that it blocks this client."""

# A policy without pauses of its own must not ask for ever.
_SHORTEST_HOLD_SECONDS = 0.01


class WaitBudget:
    """The waiting that one call may still do; pauses beyond it are refused, not shortened.

    Attributes:
        begun_at: When the call began, in monotonic seconds.
    """

    def __init__(self, seconds: float, *, sleep: Callable[[float], None], begun_at: float) -> None:
        self._left = seconds
        self._sleep = sleep
        self.begun_at = begun_at

    def allows(self, seconds: float) -> bool:
        """Tell whether a pause still fits."""
        return seconds <= self._left

    def spend(self, seconds: float) -> None:
        """Pause for so many seconds."""
        self._left -= seconds
        self._sleep(seconds)


class Limits:
    """What the service asked of this client as a whole, whichever thread it said it to."""

    def __init__(self, *, retry: RetryPolicy, clock: Callable[[], float]) -> None:
        self._retry = retry
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = _Silence()
        self._block = _Silence()
        # How often in a row the client as a whole came back and was turned away again.
        self._refusals = 0
        self._line: list[WaitBudget] = []

    def hold(self, *, because: RateLimitedError) -> None:
        """Let nobody send for as long as the service asks for.

        Where it does not ask, the pause doubles with each return that is refused, and is the same
        for all: a call that was refused often waits no longer than one that has just begun.
        """
        with self._lock:
            now = self._clock()
            if now >= self._limit.until:
                self._refusals += 1
            pause = self._retry.delay(
                attempt=self._refusals, retry_after_seconds=because.retry_after_seconds
            )
            until = now + max(pause, _SHORTEST_HOLD_SECONDS)
            if until > self._limit.until:
                self._limit = _Silence(until=until, because=because)

    def held_seconds(self) -> float:
        """Return how long nobody may send because of `hold`; 0 or less means that all may."""
        return self._limit.until - self._clock()

    def admitted(self) -> None:
        """Take note that a request was not turned away."""
        with self._lock:
            # Answers to what was sent before the limit was reached prove nothing.
            if self._clock() >= self._limit.until:
                self._refusals = 0

    def block(self, *, because: TemporarilyBlockedError) -> None:
        """Let nobody send, nor wait for it, for `BLOCK_SECONDS`."""
        with self._lock:
            self._block = _Silence(until=self._clock() + BLOCK_SECONDS, because=because)

    def wait(self, budget: WaitBudget, *, operation: Operation, subject: str) -> None:
        """Return when it is this call's turn to send.

        After a limit the oldest calls go first, `gap_seconds` apart, so that none is overtaken for
        ever, and so that not all are turned away where the service takes only a few.

        Raises:
            TemporarilyBlockedError: The client is blocked; nothing was sent.
            RateLimitedError: It would have to wait longer than the call may; nothing was sent.
        """
        with self._in_line(budget):
            while True:
                silence = self._silence(budget)
                seconds = silence.until - self._clock()
                if seconds <= 0:
                    return
                blocked = isinstance(silence.because, TemporarilyBlockedError)
                if blocked or not budget.allows(seconds):
                    raise silence.error(seconds, operation=operation, subject=subject)
                budget.spend(seconds)

    @contextmanager
    def _in_line(self, budget: WaitBudget) -> Iterator[None]:
        with self._lock:
            self._line.append(budget)
        try:
            yield
        finally:
            with self._lock:
                self._line.remove(budget)

    def _silence(self, budget: WaitBudget) -> _Silence:
        """Return until when this call has to keep silent, and why."""
        with self._lock:
            if self._clock() < self._block.until:
                return self._block
            line = sorted(self._line, key=lambda each: each.begun_at)
            turn = self._limit.until + line.index(budget) * self._retry.gap_seconds
            return _Silence(until=turn, because=self._limit.because)


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
