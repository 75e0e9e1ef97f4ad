"""Plays many schedules side by side, each lane with a stage of its own in a process of its own."""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path

from tests.faults.cli_engine import CLIEngine
from tests.faults.engine import Engine
from tests.faults.execution import Outcome, play
from tests.faults.plugin_host import PluginHost
from tests.faults.schedule import Schedule
from tests.faults.small_engine import SmallEngine
from tests.faults.stage import Stage
from tools.engine.environment import EngineFolders, child_environment
from tools.engine.obtain import obtain_engine

LEVELS = ("plugin", "cli")
"""`plugin`: the plugin alone over gRPC, driven by the small engine. `cli`: the real `pulumi`."""


class Lane:
    """A stage, and what brings stacks up on it at one level. A context manager.

    Args:
        level: One of `LEVELS`.
    """

    def __init__(self, level: str) -> None:
        self._level = level
        self._numbers = 0

    def __enter__(self) -> Lane:  # noqa: PYI034 -- Self needs Python 3.11
        with ExitStack() as stack:
            self._stage = stack.enter_context(Stage())
            if self._level == "plugin":
                folders = EngineFolders.below(self._stage.folder)
                environment = child_environment(folders, service=None)
                self._host = stack.enter_context(PluginHost(environment))
            else:
                self._pulumi = obtain_engine()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def play(self, schedule: Schedule) -> Outcome:
        """Play a schedule from a clean beginning; what breaks the machine itself is a violation."""
        self._numbers += 1
        folder = self._stage.folder / str(self._numbers)
        folder.mkdir()
        engine = self._engine(folder)
        try:
            return play(schedule, stage=self._stage, engine=engine)
        except Exception:  # noqa: BLE001 -- one schedule must not end those that follow
            return Outcome(schedule=schedule, violations=[traceback.format_exc()])
        finally:
            engine.close()

    def _engine(self, folder: Path) -> Engine:
        if self._level == "plugin":
            return SmallEngine(self._stage, self._host, folder / "plugin.log")
        return CLIEngine(self._stage, folder / "stack", pulumi=self._pulumi)


class Lanes:
    """So many lanes. A context manager.

    Args:
        level: One of `LEVELS`.
        count: How many.
    """

    def __init__(self, level: str, count: int) -> None:
        # Forked processes would share the threads and connections of this one.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=_open_lane, initargs=(level,)
        )

    def __enter__(self) -> Lanes:  # noqa: PYI034 -- Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def play(self, schedules: Iterable[Schedule]) -> Iterator[Outcome]:
        """Play schedules and return what became of each, as they end."""
        for future in as_completed([self._pool.submit(_play, each) for each in schedules]):
            yield future.result()


_lanes: list[Lane] = []


def _open_lane(level: str) -> None:
    import multiprocessing.util  # noqa: PLC0415 -- of lane processes alone

    lane = Lane(level)
    _lanes.append(lane.__enter__())
    # The pool's processes leave by `os._exit`, past everything but these.
    multiprocessing.util.Finalize(None, lane.__exit__, exitpriority=10)


def _play(schedule: Schedule) -> Outcome:
    if not _parent_lives():
        # Whoever wanted to know is gone.
        sys.exit(1)
    return _lanes[0].play(schedule)


def _parent_lives() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and parent.is_alive()
