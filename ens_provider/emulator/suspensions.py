"""Which callbacks get nothing for a while, because batches for them were given up.

The older documentation of retries says: two or more consecutive failures within five minutes
suspend a callback for ten minutes, later for up to an hour; what happens meanwhile is dropped.
What is a failure it does not say. Here it is a batch that was dropped after its retries: if each
try counted, the first retry would suspend a callback already, and there would be no third one.
How the time grows is not said either; here it doubles.
"""

from dataclasses import dataclass

FAILURES_WITHIN_SECONDS = 300.0
"""Two failures in a row suspend a callback if they are at most this far apart."""

FIRST_SUSPENSION_SECONDS = 600.0
"""How long a callback is suspended first."""

LONGEST_SUSPENSION_SECONDS = 3600.0
"""How long it is suspended at most; each time is twice as long as the one before (ours)."""

SUSPENDED_REASON = "max retries exhausted trying to post to callback url"
"""The `statusReason` of what deliveries failed for, as the documentation has it for
subscriptions (page "Update Subscription")."""


@dataclass(kw_only=True)
class _Run:
    last_failure_at: float | None = None
    suspensions: int = 0
    until: float = 0.0


class Suspensions:
    """Failures of callbacks in a row, and until when they are suspended; in memory only.

    Moments are Unix seconds of the emulator's clock.
    """

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}

    def failed(self, callback_id: str, *, at: float) -> None:
        """Count a batch that was given up; the second in a row within five minutes suspends."""
        run = self._runs.setdefault(callback_id, _Run())
        last, run.last_failure_at = run.last_failure_at, at
        if last is None or at - last > FAILURES_WITHIN_SECONDS:
            return
        seconds = FIRST_SUSPENSION_SECONDS * 2**run.suspensions
        run.until = at + min(seconds, LONGEST_SUSPENSION_SECONDS)
        run.suspensions += 1

    def succeeded(self, callback_id: str) -> None:
        """Forget the failures of a callback: it acknowledged something."""
        self._runs.pop(callback_id, None)

    def until(self, callback_id: str, *, now: float) -> float | None:
        """Return until when a callback is suspended, None if it is not."""
        run = self._runs.get(callback_id)
        return run.until if run is not None and run.until > now else None

    def suspended(self, *, now: float) -> set[str]:
        """Return the ids of all callbacks that are suspended."""
        return {callback_id for callback_id, run in self._runs.items() if run.until > now}

    def clear(self) -> None:
        """Forget every failure and suspension."""
        self._runs.clear()
