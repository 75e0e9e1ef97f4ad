"""`python -m tests.faults --level plugin --seed 7`: play one seed's schedule and tell all about it."""

from __future__ import annotations

import argparse
import sys

from tests.faults.generator import schedule_of
from tests.faults.lanes import LEVELS, Lane
from tests.faults.report import command_for, told
from tests.faults.shrinking import shrunk, without


def main() -> int:
    """Play it; end with 1 if something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--level", choices=LEVELS, default="plugin")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--without", default="", metavar="PART,…", help="parts to leave out")
    parser.add_argument("--shrink", action="store_true", help="find the parts that matter")
    given = parser.parse_args()
    parts = frozenset(part for part in given.without.split(",") if part)
    schedule = without(schedule_of(given.seed), parts)
    with Lane(given.level) as lane:
        outcome = lane.play(schedule)
        sys.stdout.write(told(outcome) + "\n")
        if given.shrink and outcome.violations:
            gone = shrunk(schedule_of(given.seed), fails=lambda s: bool(lane.play(s).violations))
            sys.stdout.write(f"shrunk: {command_for(given.seed, given.level, gone)}\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
