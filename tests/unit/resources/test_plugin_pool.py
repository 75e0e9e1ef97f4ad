"""The plugin's pool of threads, made larger: real pools, and pools that are not as expected."""

from __future__ import annotations

import logging
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest

from ens_provider.resources.plugin_pool import PluginPool, pool_of_this_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 20
LEFT_ALONE = (
    "The plugin goes on serving 4 calls at a time, though parallel is 8: the threads that it serves "
    "them with are not where this version of ens_provider looks for them. Nothing else is wrong. "
    "Remove parallel, or report the versions of Python and of the Pulumi SDK as a mistake of "
    "ens_provider."
)


class Calls:
    """Calls that stay under way in a pool until they are let go."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._go_on = threading.Event()
        self._changed = threading.Condition()
        self._futures: list[Future[None]] = []
        self.under_way = 0

    def add(self, number: int, *, first: Callable[[], object] = lambda: None) -> None:
        """Add so many calls; each does something at its beginning."""
        self._futures += [self._pool.submit(self._call, first) for _ in range(number)]

    def wait_for(self, number: int) -> None:
        """Return once so many calls are under way."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.under_way >= number, SECONDS), self.under_way

    def finish(self) -> None:
        """Let all calls go, and fail if one did."""
        self._go_on.set()
        for future in self._futures:
            future.result(SECONDS)

    def _call(self, first: Callable[[], object]) -> None:
        first()
        with self._changed:
            self.under_way += 1
            self._changed.notify_all()
        assert self._go_on.wait(SECONDS)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Give a pool like the plugin's."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def calls(pool: ThreadPoolExecutor) -> Iterator[Calls]:
    """Give calls in that pool."""
    calls = Calls(pool)
    yield calls
    calls.finish()


def threads_of(pool: ThreadPoolExecutor) -> int:
    """Return how many threads the pool has."""
    return len(pool._threads)


def test_calls_that_wait_already(pool: ThreadPoolExecutor, calls: Calls) -> None:
    """All eight that waited for four threads are under way when one of the four has asked for eight."""
    asked = threading.Event()

    def widen_when_asked() -> None:
        assert asked.wait(SECONDS)
        PluginPool().widen(8)

    calls.add(1, first=widen_when_asked)
    calls.add(9)
    calls.wait_for(3)
    before = threads_of(pool)
    asked.set()
    calls.wait_for(8)

    assert (before, threads_of(pool), calls.under_way) == (4, 8, 8)


def test_asked_by_all_threads(pool: ThreadPoolExecutor, calls: Calls) -> None:
    """Each type of resource asks, at the same time, and the pool grows once."""
    plugin, together = PluginPool(), threading.Barrier(4)

    def widen_together() -> None:
        together.wait(SECONDS)
        plugin.widen(8)

    calls.add(4, first=widen_together)
    calls.add(12)
    calls.wait_for(8)

    assert (threads_of(pool), calls.under_way) == (8, 8)


def test_pool_that_takes_its_threads_for_idle(pool: ThreadPoolExecutor, calls: Calls) -> None:
    """All threads are started also after calls that waited for one another's end."""
    together = threading.Barrier(4)
    # Before 3.12 each end of these counts as an idle thread, though all four are at work again.
    queued = [pool.submit(together.wait, SECONDS) for _ in range(40)]
    for call in queued:
        call.result(SECONDS)
    calls.add(4)
    calls.wait_for(4)
    calls.add(12)

    PluginPool(lambda: pool).widen(16)
    calls.wait_for(16)

    assert (threads_of(pool), calls.under_way) == (16, 16)


@pytest.mark.parametrize("size", [1, 3, 4])
def test_never_smaller(pool: ThreadPoolExecutor, calls: Calls, size: int) -> None:
    """A pool keeps the threads that it has."""
    pool.submit(PluginPool().widen, size).result(SECONDS)
    calls.add(5)
    calls.wait_for(4)

    assert threads_of(pool) == 4


def test_pool_that_was_shut_down(pool: ThreadPoolExecutor) -> None:
    """A plugin that ends is not disturbed."""
    ending = threading.Event()

    def late() -> None:
        assert ending.wait(SECONDS)
        PluginPool().widen(8)

    future = pool.submit(late)
    pool.shutdown(wait=False)
    ending.set()

    assert future.result(SECONDS) is None


def test_no_pool(caplog: pytest.LogCaptureFixture) -> None:
    """Outside of a pool nothing happens, and one sentence says so, however often it is asked."""
    plugin = PluginPool()
    with caplog.at_level(logging.INFO, "ens_provider"):
        plugin.widen(8)
        plugin.widen(8)

    assert pool_of_this_thread() is None
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", LEFT_ALONE)
    ]


def test_two_pools_in_sight(pool: ThreadPoolExecutor) -> None:
    """Which of two is the plugin's is not guessed."""

    def ask(other: weakref.ref[ThreadPoolExecutor]) -> ThreadPoolExecutor | None:
        assert other() is not None
        return pool_of_this_thread()

    with ThreadPoolExecutor(1) as stranger:
        assert pool.submit(ask, weakref.ref(stranger)).result(SECONDS) is None
    assert pool.submit(ask, weakref.ref(pool)).result(SECONDS) is pool


class Sized:
    """What might stand in a pool's place some day."""

    def __init__(self, size: object) -> None:
        self._max_workers = size


@pytest.mark.parametrize("found", [*map(Sized, ("4", 4.0, True, 0, -1, None)), object()])
def test_pool_of_another_shape(found: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A size that is no number of threads is left alone, and so is a pool without one."""
    before = dict(getattr(found, "__dict__", {}))
    with caplog.at_level(logging.INFO, "ens_provider"):
        PluginPool(lambda: cast("ThreadPoolExecutor", found)).widen(8)

    assert getattr(found, "__dict__", {}) == before
    assert [each.getMessage() for each in caplog.records] == [LEFT_ALONE]
