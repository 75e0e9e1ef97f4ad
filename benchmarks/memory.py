"""The most memory that a process and what it started held at one time."""

from __future__ import annotations

import threading
from contextlib import suppress

import psutil

_PAUSE_SECONDS = 0.25


class PeakMemory:
    """Looks at a process and its descendants four times a second. A context manager.

    Args:
        pid: The process.

    Attributes:
        peak_bytes: The largest sum of their resident memory that was seen.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:  # noqa: PYI034 -- Self needs Python 3.11
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            with suppress(psutil.Error):
                family = [self._process, *self._process.children(recursive=True)]
                self.peak_bytes = max(self.peak_bytes, sum(map(_resident_bytes, family)))


def _resident_bytes(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
