"""Ctrl-C and SIGTERM: they end a run once, and never its cleaning."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


class Interruptions:
    """Whether a signal that ends the process may end what runs now."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._may_end = False

    @contextmanager
    def may_end(self) -> Iterator[None]:
        """Let a signal end what is inside, by KeyboardInterrupt; outside it is told and ignored."""
        self._may_end = True
        try:
            yield
        finally:
            self._may_end = False

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self._may_end:
            self._may_end = False
            raise KeyboardInterrupt
        self._tell(f"{signal.Signals(number).name}: not now, what was made is being removed.")


@contextmanager
def interruptions(tell: Callable[[str], None]) -> Iterator[Interruptions]:
    """Take the signals that end the process, until the block is left."""
    taken = Interruptions(tell)
    before = {number: signal.signal(number, taken.handle) for number in _ENDING}
    try:
        yield taken
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
