"""The emulator's clock, which can be moved ahead so that hours pass in a test."""

import time
from collections.abc import Callable


class MovableClock:
    """A clock that runs with the machine's and can be moved ahead of it."""

    def __init__(
        self, *, offset_seconds: float = 0.0, machine_time: Callable[[], float] = time.time
    ) -> None:
        self.offset_seconds = offset_seconds
        self._machine_time = machine_time

    def now(self) -> float:
        """Return the emulator's time in Unix seconds."""
        return self._machine_time() + self.offset_seconds

    def move(self, seconds: float) -> None:
        """Move the clock ahead.

        Raises:
            ValueError: `seconds` is negative; what was already written lies in the past.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError("the clock moves ahead only: seconds must be 0 or more")
        self.offset_seconds += seconds
