"""`python -m tests.faults.soak 5000 --seed 1000000`: many seeds at both levels, and all pairs.

Plays so many schedules with the plugin alone and a twentieth of them with the real `pulumi`, then
the core under all pairs of values of the emulator's switches; ends with a table, and with 1 if
something did not hold anywhere.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

from tests.faults.execution import Outcome
from tests.faults.generator import schedule_of
from tests.faults.lanes import Lane, Lanes
from tests.faults.report import Table, command_for, told
from tests.faults.shrinking import shrunk, without
from tests.unknowns.pairs import run_pairs
from tools.engine.cli import heed_interrupts

_PER_CLI_SCHEDULE = 20
_NEWS_SECONDS = 30.0


def main() -> int:
    """Play them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("schedules", type=int, help="how many with the plugin alone")
    parser.add_argument("--seed", type=int, default=1_000_000, help="the first seed")
    parser.add_argument("--cli", type=int, help="how many with the CLI, instead of a twentieth")
    parser.add_argument("--no-pairs", action="store_true", help="leave the pairs out")
    parser.add_argument("--lanes", type=int, default=3 * (os.cpu_count() or 1))
    given = parser.parse_args()
    # In the background of a shell, too: Ctrl-C ends it with the table of what was played.
    heed_interrupts()
    cli = given.schedules // _PER_CLI_SCHEDULE if given.cli is None else given.cli
    counts = {"plugin": given.schedules, "cli": cli}
    tables = [
        _played(level, range(given.seed, given.seed + count), lanes=given.lanes)
        for level, count in counts.items()
        if count
    ]
    _say(*(line for table in tables for line in table.lines()))
    failed = any(table.violating for table in tables)
    if not given.no_pairs:
        pairs = run_pairs(lanes=given.lanes, report=_say)
        _say(str(pairs))
        failed = failed or not pairs.is_clean
    return 1 if failed else 0


def _played(level: str, seeds: Iterable[int], *, lanes: int) -> Table:
    table, news = Table(level), time.monotonic()
    with Lanes(level, lanes) as opened, suppress(KeyboardInterrupt):
        for outcome in opened.play(schedule_of(seed) for seed in seeds):
            table.add(outcome)
            if outcome.violations:
                _say(told(outcome), command_for(outcome.schedule.seed, level))
            if time.monotonic() - news > _NEWS_SECONDS:
                news = time.monotonic()
                _say(f"{table.summary()} so far")
    for outcome in table.violating:
        _say_shrunk(level, outcome)
    return table


def _say_shrunk(level: str, outcome: Outcome) -> None:
    seed = outcome.schedule.seed
    with Lane(level) as lane:
        gone = shrunk(schedule_of(seed), fails=lambda each: bool(lane.play(each).violations))
        _say(f"shrunk: {command_for(seed, level, gone)}")
        _say(told(lane.play(without(schedule_of(seed), gone))))


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
