"""The benchmark measures what it says: real runs of both sides, and the calls of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.comparison import compare, floor_and_ours
from benchmarks.programs import Shape

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine


def test_a_stack_of_each_side_goes_through_its_life(pulumi: Path) -> None:
    """Both sides create, update and delete; only ours calls: a token for each process, and its objects."""
    said: list[str] = []

    rows = compare(
        Shape(kind="subscriptions", count=2),
        floor_and_ours(0),
        rounds=1,
        pulumi=pulumi,
        phases=("up", "update all", "destroy"),
        say=said.append,
    )

    assert [(row.side, row.phase, row.calls) for row in rows] == [
        ("floor", "up", 0),
        ("floor", "update all", 0),
        ("floor", "destroy", 0),
        ("ours", "up", 4),
        ("ours", "update all", 3),
        ("ours", "destroy", 4),
    ]
    assert said == [
        "2 subscriptions, round 1 of 1: floor",
        "2 subscriptions, round 1 of 1: ours at 0 ms",
    ]
    for row in rows:
        assert row.wall_seconds > 0
        assert row.cpu_seconds > 0
        assert row.peak_bytes > 50 * 1024**2
        assert (row.service_cpu_seconds > 0) == (row.side == "ours")
