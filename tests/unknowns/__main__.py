"""Tells the story under one assignment, or under all pairs of values.

    python -m tests.unknowns propagation_seconds=60 unchanged_status=rejected
    python -m tests.unknowns --pairs --lanes 2
    python -m tests.unknowns --table

The last one prints what holds instead of which promise, as `docs/reliability.md` has it. It ends with 1 if something did not go as expected.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ens_provider.emulator.switches import UnknownSwitchError
from tests.unknowns.assignments import Assignment
from tests.unknowns.instead import as_table
from tests.unknowns.pairs import run_pairs, tell_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    given = _parser().parse_args(arguments)
    if given.table:
        _say(as_table())
        return 0
    if given.pairs:
        result = run_pairs(given.lanes, _say, strength=given.strength, seed=given.seed)
        _say(str(result))
        return 0 if result.is_clean else 1
    try:
        assignment = Assignment.read(given.values)
    except UnknownSwitchError as error:
        _parser().error(str(error))
    violations = tell_all([assignment], lanes=1, report=_say)
    _say(f"{assignment}: {len(violations)} violations")
    return 1 if violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.unknowns", allow_abbrev=False)
    parser.add_argument("values", nargs="*", metavar="switch=value", help="the others' defaults")
    parser.add_argument("--pairs", action="store_true", help="all pairs of values")
    parser.add_argument("--table", action="store_true", help="what holds instead of what")
    parser.add_argument("--lanes", type=int, default=2, help="stories at the same time")
    parser.add_argument("--strength", type=int, default=2, help="3 for all triples of values")
    parser.add_argument("--seed", default="", help="another text is another array")
    return parser


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- this program speaks to a person


if __name__ == "__main__":
    sys.exit(main())
