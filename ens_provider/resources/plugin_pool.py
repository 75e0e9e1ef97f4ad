"""How many calls the SDK's plugin serves at a time: its pool of threads, made larger on request.

The plugin makes a pool of four, and no setting of the SDK or of the engine changes that. What is done
here about it needs one private name of Python, the size of a pool: so it is looked at first, and where
anything is not as expected the pool is left alone.
"""

from __future__ import annotations

import inspect
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType

_NOT_WIDENED = (
    "The plugin goes on serving 4 calls at a time, though parallel is %s: the threads that it serves "
    "them with are not where this version of ens_provider looks for them. Nothing else is wrong. "
    "Remove parallel, or report the versions of Python and of the Pulumi SDK as a mistake of "
    "ens_provider."
)
# What a pool counts too much are the calls that it has ended: a handful, when it is widened.
_MOST_TASKS_PER_THREAD = 10
_log = logging.getLogger(__name__)


def pool_of_this_thread() -> ThreadPoolExecutor | None:
    """Return the pool that the calling thread belongs to; None if it is not to be found."""
    # The outermost frames of a pool's thread hold a weak reference to it, whatever its name is there.
    pools = [
        pool
        for frame in _frames()
        for value in list(frame.f_locals.values())
        if isinstance(value, weakref.ref) and isinstance(pool := value(), ThreadPoolExecutor)
    ]
    return pools[0] if len({id(pool) for pool in pools}) == 1 else None


class PluginPool:
    """The pool of the plugin that this process is. Safe to use from threads.

    Args:
        find: Returns the pool of the calling thread, or None.
    """

    def __init__(self, find: Callable[[], ThreadPoolExecutor | None] = pool_of_this_thread) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._told = False

    def widen(self, size: int) -> None:
        """Let the pool that runs this call serve so many calls at a time, never fewer than now.

        Where that cannot be done it stays as it is, and a warning says so, once.
        """
        with self._lock:
            pool = self._find()
            present = _size_of(pool)
            if pool is None or present is None:
                self._tell(size)
                return
            if size <= present:
                return
            pool._max_workers = size  # noqa: SLF001 -- `_size_of` looks whether it is there
        _start_threads(pool, size)

    def _tell(self, size: int) -> None:
        if not self._told:
            self._told = True
            _log.warning(_NOT_WIDENED, size)


THIS_PLUGIN = PluginPool()
"""The pool of this process, which all types of resources share."""


def _frames() -> Iterator[FrameType]:
    frame = inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def _size_of(pool: ThreadPoolExecutor | None) -> int | None:
    size = getattr(pool, "_max_workers", None)
    return size if type(size) is int and size >= 1 else None


def _start_threads(pool: ThreadPoolExecutor, size: int) -> None:
    """Let the pool grow at once: by itself it does so for what comes, not for what waits already.

    A task does not always start a thread: the pool may count more idle ones than it has, by each
    that has ended a task while others waited, before Python 3.12. Each task then takes one off.
    """
    threads = getattr(pool, "_threads", ())
    # A pool that was shut down takes nothing any more, and needs no threads.
    with suppress(RuntimeError):
        for _ in range(_MOST_TASKS_PER_THREAD * size):
            if len(threads) >= size:
                return
            pool.submit(_nothing)


def _nothing() -> None:
    """Be a task that needs a thread."""
