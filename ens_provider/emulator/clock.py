"""The emulator's clock: it can be moved ahead, so that hours pass in a test, and it can stand."""

import time
from collections.abc import Callable
from datetime import datetime, timezone

_LAST_MOMENT = datetime(9999, 1, 1, tzinfo=timezone.utc).timestamp()
"""Later than that neither dates of answers nor moments in sentences can be written."""


class MovableClock:
    """A clock that runs with the machine's and can be moved ahead of it, or be let stand."""

    def __init__(
        self,
        *,
        offset_seconds: float = 0.0,
        stands_at: float | None = None,
        machine_time: Callable[[], float] = time.time,
    ) -> None:
        self._offset_seconds = offset_seconds
        self._machine_time = machine_time
        self._stands_at = stands_at

    @property
    def runs(self) -> bool:
        """Whether it runs with the machine's; otherwise it only moves when it is moved."""
        return self._stands_at is None

    @property
    def stands_at(self) -> float | None:
        """The moment at which it stands, None while it runs."""
        return self._stands_at

    @property
    def offset_seconds(self) -> float:
        """How far it is ahead of the machine's."""
        return self.now() - self._machine_time() if not self.runs else self._offset_seconds

    def now(self) -> float:
        """Return the emulator's time in Unix seconds."""
        running = self._machine_time() + self._offset_seconds
        return running if self._stands_at is None else self._stands_at

    def run(self, *, running: bool) -> None:
        """Let it run from now on, or stand."""
        if running:
            self._offset_seconds = self.offset_seconds
        self._stands_at = None if running else self.now()

    def reset(self) -> None:
        """Show the machine's time again, and run."""
        self._offset_seconds, self._stands_at = 0.0, None

    def after(self, seconds: float) -> float:
        """Return the moment that is so many seconds ahead of now.

        Raises:
            ValueError: `seconds` is negative, while what was already written lies in the past, or
                leads out of the calendar.
        """
        if not seconds >= 0:
            raise ValueError("the clock moves ahead only: seconds must be 0 or more")
        if seconds > _LAST_MOMENT - self.now():
            raise ValueError("the clock goes to the end of the year 9998")
        return self.now() + seconds

    def advance_to(self, moment: float) -> None:
        """Move the clock ahead to a moment; nothing happens if that has passed."""
        ahead = max(0.0, moment - self.now())
        if self._stands_at is None:
            self._offset_seconds += ahead
        else:
            self._stands_at += ahead

    def move(self, seconds: float) -> None:
        """Move the clock ahead.

        Raises:
            ValueError: `seconds` is negative.
        """
        self.advance_to(self.after(seconds))


def moment_text(moment: float) -> str:
    """Return a moment in Unix seconds as people read it: `2026-11-27T11:05:33Z`."""
    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
