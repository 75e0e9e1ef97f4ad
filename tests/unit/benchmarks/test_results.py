"""What benchmarks make of their timings: medians, ratios, marks, and a file that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.machine import Machine
from benchmarks.programs import FLOOR, OURS, Shape
from benchmarks.report import comparison, growth, marks, settings, tables
from benchmarks.results import Results, Row, least_possible
from benchmarks.trial import Timing

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = Machine(
    processor="A processor",
    cores=2,
    memory_gib=24,
    system="Linux 6",
    python="3.11.7",
    sdk="3.272.0",
    engine="3.274.1",
    day="2026-11-27",
)
HUNDRED = Shape(kind="callbacks", count=100)


def timing(wall: float, *, calls: int = 0, peak_bytes: int = 0) -> Timing:
    """Return a timing of so many seconds."""
    return Timing(
        wall_seconds=wall,
        cpu_seconds=wall / 2,
        service_cpu_seconds=0.25,
        calls=calls,
        peak_bytes=peak_bytes,
    )


def row(*timings: Timing, side: str = OURS, latency_ms: int = 0, phase: str = "up") -> Row:
    """Return the row of timings of 100 callbacks."""
    return Row.of(timings, shape=HUNDRED, side=side, latency_ms=latency_ms, phase=phase)


def results(*rows: Row, part: str = "comparison") -> Results:
    """Return results with these rows."""
    made = Results(machine=MACHINE)
    made.add(part, rows)
    return made


def test_row_is_the_median_with_the_least_and_the_most() -> None:
    """One slow round moves the most and not the median."""
    made = row(timing(3.0), timing(9.0, calls=101, peak_bytes=5), timing(1.0))

    assert (made.wall_seconds, made.least_seconds, made.most_seconds) == (3.0, 1.0, 9.0)
    assert (made.cpu_seconds, made.calls, made.peak_bytes, made.rounds) == (1.5, 101, 5, 3)


def test_ratio_leaves_out_the_waiting_for_calls() -> None:
    """100 calls of 50 ms, four at a time, are 1.25 s that nobody can save."""
    floor = row(timing(2.0), side=FLOOR)
    ours = row(timing(3.9), latency_ms=50)
    late = row(timing(3.9, calls=100), latency_ms=50)

    assert least_possible(floor, ours) == 2.0
    assert least_possible(floor, late) == 3.25
    shown = comparison(results(floor, row(timing(2.2)), late), HUNDRED)
    assert shown.columns[:4] == ["command", "floor", "ours at 0 ms", "ours at 50 ms"]
    assert shown.rows[0][:4] == ["up", "2.00 s", "2.20 s (1.10)", "3.90 s (1.20)"]


def test_marks_are_reached_or_missed() -> None:
    """A median at the mark reaches it; one above it does not."""
    made = results(
        row(timing(2.0), side=FLOOR),
        row(timing(2.5), latency_ms=50),
        row(timing(1.6), timing(1.71), timing(1.8), latency_ms=50, phase="no change"),
    )

    assert list(marks(made).rows) == [
        ["up", "none", "2.5 s", "2.50 s, reached", "2.50 to 2.50 s", "2.00 s"],
        ["no change", "none", "1.7 s", "1.71 s, missed", "1.60 to 1.80 s", ""],
    ]


def test_growth_has_a_row_for_each_count() -> None:
    """Floor and ours stand beside each other, with the most memory of any command."""
    made = results(
        row(timing(2.0, peak_bytes=2**20), side=FLOOR),
        row(timing(3.0, peak_bytes=3 * 2**20)),
        row(timing(1.0, peak_bytes=4 * 2**20), phase="destroy"),
        part="growth",
    )

    [shown] = growth(made, "growth").rows
    assert (shown[0], shown[1], shown[-1]) == ("100", "2.0, 3.0 s (1.50)", "1 MiB, 4 MiB")
    assert growth(made, "checkpoints").rows == []


def test_variant_is_a_row_of_its_own() -> None:
    """A setting stands beside the run without it."""
    set_ = Row.of(
        [timing(1.5, peak_bytes=2**20)],
        shape=HUNDRED,
        side=OURS,
        latency_ms=50,
        phase="up",
        variant="ens:parallel 8",
    )
    made = results(row(timing(2.5), latency_ms=50), set_, part="parallel")

    assert list(settings(made, "parallel").rows) == [
        ["100 callbacks", "50 ms", "none", "2.5 s", "0 MiB"],
        ["100 callbacks", "50 ms", "ens:parallel 8", "1.5 s", "1 MiB"],
    ]


def test_file_keeps_everything_and_a_new_run_replaces_the_same_one(tmp_path: Path) -> None:
    """What is read is what was written; a command that is measured again has one row."""
    made = results(row(timing(2.0), side=FLOOR), row(timing(3.0)))
    made.figures["import"] = [Figure(name="import pulumi", value=230.0, unit="ms", note="a note")]
    made.write(tmp_path / "figures.json")
    read = Results.read(tmp_path / "figures.json")
    assert read == made

    read.add("comparison", [row(timing(2.5))])

    assert [each.wall_seconds for each in read.rows["comparison"]] == [2.0, 2.5]


def test_tables_without_rows_are_left_out() -> None:
    """A quick run shows what it measured."""
    made = results(row(timing(2.0), side=FLOOR), row(timing(3.0)))
    made.figures["import"] = [Figure(name="import pulumi", value=230.0, unit="ms")]

    titles = [table.title for table in tables(made)]
    assert titles == ["100 callbacks, once", "Growth", "import"]
    assert tables(made)[2].markdown() == (
        "| what | median |  |\n| --- | --- | --- |\n| import pulumi | 230 ms |  |"
    )
