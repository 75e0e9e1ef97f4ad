"""Where a resource was declared, as the engine writes it down: the program's frames and no more.

The SDK hands the engine the whole Python stack for each resource, down to the interpreter's first
frame. It goes into the state, which the engine writes anew at every step: it was more than half of
a callback's entry, and named folders of whoever ran the program last.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# What runs a program: the language host's call of it, or that of an inline program.
_RUNNERS = {"runpy", "pulumi.runtime.stack"}
# Between the constructor of a dynamic resource and the place where the SDK reads the stack, and
# two to spare: one frame too many is better than the program's own line missing.
_SDK_FRAMES = 7
# The limit is the process's; a transformation may declare a resource while another is declared.
_limiting = threading.RLock()


@contextmanager
def program_frames_only() -> Iterator[None]:
    """Let the SDK see no frames but those of the program, while a resource is declared in the block.

    `sys.tracebacklimit` is what `traceback.extract_stack` heeds. It belongs to the process, so it is
    as it was after the block.
    """
    with _limiting:
        before = getattr(sys, "tracebacklimit", None)
        # Less the frame of this function and that of the context manager around it.
        sys.tracebacklimit = _SDK_FRAMES + _frames_of_program() - 2
        try:
            yield
        finally:
            if before is None:
                del sys.tracebacklimit
            else:
                sys.tracebacklimit = before


def _frames_of_program() -> int:
    """Count the frames from the caller's on that come before those of what runs the program."""
    count, frame = 0, inspect.currentframe()
    while frame is not None and (frame := frame.f_back) is not None:
        if frame.f_globals.get("__name__") in _RUNNERS:
            break
        count += 1
    return count
