"""How long one client keeps silent: pauses that all its threads observe, and the budget of a call."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
        # Before that time nobody sends, since one of those who waited for a limit has just done so.
        self._next_return = float("-inf")

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
            RateLimitedError: The service asks for a longer wait than the call may; nothing was sent.
        """
        held = False
        with self._in_line(budget):
            while (silence := self._silence(budget, held=held)) is not None:
                now = self._clock()
                held = held or silence.is_asked_at(now)
                blocked = isinstance(silence.because, TemporarilyBlockedError)
                # The place in the line is our own doing: nobody fails for being the last of many.
                too_long = silence.is_asked_at(now) and not budget.allows(silence.until - now)
                if blocked or too_long:
                    raise silence.error(silence.turn - now, operation=operation, subject=subject)
                budget.spend(silence.turn - now)

    @contextmanager
    def _in_line(self, budget: WaitBudget) -> Iterator[None]:
        with self._lock:
            self._line.append(budget)
        try:
            yield
        finally:
            with self._lock:
                self._line.remove(budget)

    def _silence(self, budget: WaitBudget, *, held: bool) -> _Silence | None:
        """Return until when this call has to keep silent, and why; None when its turn has come.

        Args:
            budget: The call's.
            held: Whether it waited for the end of a limit.
        """
        with self._lock:
            now = self._clock()
            if now < self._block.until:
                return replace(self._block, turn=self._block.until)
            line = sorted(self._line, key=lambda each: each.begun_at)
            first = max(self._limit.until, self._next_return)
            turn = first + line.index(budget) * self._retry.gap_seconds
            if now < turn:
                return replace(self._limit, turn=turn)
            if held and len(line) > 1:
                # Those who wake up at the same time must not all have the first place in turn.
                self._next_return = first + self._retry.gap_seconds
            return None


@dataclass(frozen=True, kw_only=True)
class _Silence:
    """Until when nothing is sent, and what the service had said.

    Attributes:
        until: What the service asks for, in monotonic seconds.
        turn: Until when one call waits, since others go before it.
        because: What the service said.
    """

    until: float = float("-inf")
    turn: float = float("-inf")
    because: RateLimitedError = field(default_factory=lambda: RateLimitedError(""))

    def is_asked_at(self, now: float) -> bool:
        """Tell whether the service's wish is still the reason for it."""
        return now < self.until

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
