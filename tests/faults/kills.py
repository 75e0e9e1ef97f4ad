"""Ends a run in the middle, at the moment at which a call of it is on its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ens_provider.emulator.process import EmulatorProcess
from tests.faults.schedule import Kill

_LOOK_SECONDS = 0.004


@contextmanager
def armed(
    emulator: EmulatorProcess, kill: Kill | None, act: Callable[[str], None]
) -> Iterator[None]:
    """Hold the call that a kill names during the block; act once it is there, then let it go on.

    Args:
        emulator: Where the call arrives.
        kill: What ends the run; None for nothing.
        act: Called with what it is, from another thread, while the call is held.
    """
    if kill is None:
        yield
        return
    emulator.add_fault(route=kill.route, when=kill.when, nth=kill.nth, do="hold")
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(emulator, kill.what, act, over))
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(
    emulator: EmulatorProcess, what: str, act: Callable[[str], None], over: threading.Event
) -> None:
    while not over.wait(_LOOK_SECONDS):
        if any(fault["held"] for fault in emulator.faults()):
            act(what)
            emulator.clear_faults()
            return
