"""Calls of a stack that are held on their way, so that a run can be killed at a known point."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import RunningStack, RunResult, Stack

_ARRIVAL_SECONDS = 30.0
_MORE_LOOKS = 50


def start_held(shop: Stack, emulator: EmulatorProcess, *, route: str, when: str) -> RunningStack:
    """Start `up` and wait until its call has arrived and is held before or after its effect."""
    emulator.add_fault(route=route, when=when, do="hold")
    running = shop.start_up()
    _wait_until_held(emulator)
    return running


def run_with_calls_at_once(
    start: Callable[[], RunningStack], emulator: EmulatorProcess, *, route: str, calls: int
) -> RunResult:
    """Start a run and return how it ended; exactly so many of its calls were under way at once.

    All calls of the route are held until that many are there, and no other comes while one looks.
    """
    emulator.add_fault(route=route, when="before", do="hold", times=None)
    running = start()
    _wait_for(lambda: _arrived(emulator) >= calls, f"there were no {calls} calls at once")
    arrived = {_arrived(emulator) for _ in range(_MORE_LOOKS)}
    emulator.clear_faults()
    assert arrived == {calls}, arrived
    return running.wait()


def _arrived(emulator: EmulatorProcess) -> int:
    [fault] = emulator.faults()
    return int(fault["seen"])


def _wait_until_held(emulator: EmulatorProcess) -> None:
    _wait_for(lambda: any(fault["held"] for fault in emulator.faults()), "the call did not arrive")


def let_the_orphan_finish(emulator: EmulatorProcess, *, route: str) -> None:
    """Let the held call of a plugin that outlived its CLI take effect and be answered."""
    method, path = route.split(" ")
    path = path.removesuffix("{callbackId}")
    emulator.clear_faults()
    _wait_for(
        lambda: any(
            call["method"] == method and call["path"].startswith(path) for call in emulator.calls()
        ),
        "the held call was not answered",
    )


def _wait_for(condition: Callable[[], bool], failure: str) -> None:
    end = time.monotonic() + _ARRIVAL_SECONDS
    while not condition():
        assert time.monotonic() < end, failure
        time.sleep(0.02)
