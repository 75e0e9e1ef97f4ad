"""Figures as tables, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.programs import FLOOR, OURS, Shape
from benchmarks.results import Results, Row, least_possible
from benchmarks.trial import PHASES

MARKS = {"up": 2.5, "no change": 1.7, "update all": 2.5, "destroy": 2.5}
"""Seconds to reach with 100 callbacks at 50 ms on two cores."""

MARKED = Shape(kind="callbacks", count=100)
MARKED_LATENCY_MS = 50


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of texts.

    Attributes:
        title: What it shows.
        columns: The headings.
        rows: The texts of each row.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return the table as a page has it, without its title."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def tables(results: Results) -> list[Table]:
    """Return everything that was measured."""
    made = [
        *_comparisons(results),
        marks(results),
        growth(results, "growth"),
        growth(results, "checkpoints"),
        settings(results, "settings"),
        settings(results, "parallel"),
        *figures(results),
    ]
    return [table for table in made if table.rows]


def _comparisons(results: Results) -> list[Table]:
    return [comparison(results, shape) for shape in shapes(results, "comparison")]


def shapes(results: Results, part: str) -> list[Shape]:
    """Return what the programs of a part declare, each once, in the order of measuring."""
    rows = results.rows.get(part, [])
    return list(dict.fromkeys(Shape(kind=row.kind, count=row.count) for row in rows))


def comparison(results: Results, shape: Shape) -> Table:
    """Return the commands of one shape: the floor, and ours at each latency with its ratio."""
    rows = [row for row in results.rows["comparison"] if _is(row, shape)]
    latencies = sorted({row.latency_ms for row in rows if row.side == OURS})
    rounds = max(row.rounds for row in rows)
    return Table(
        title=f"{shape}, {'once' if rounds == 1 else f'median of {rounds} rounds'}",
        columns=[
            "command",
            "floor",
            *(f"ours at {each} ms" for each in latencies),
            "calls",
            "CPU: floor, ours, service",
        ],
        rows=[_compared(results, shape, phase, latencies) for phase in PHASES],
    )


def _compared(results: Results, shape: Shape, phase: str, latencies: Sequence[int]) -> list[str]:
    floor = results.floor("comparison", shape=shape, phase=phase)
    found = [
        results.find("comparison", shape=shape, phase=phase, latency_ms=each) for each in latencies
    ]
    ours = [row for row in found if row is not None]
    if floor is None or not ours:
        return [phase]
    first = ours[0]
    cpu = (floor.cpu_seconds, first.cpu_seconds, first.service_cpu_seconds)
    return [
        phase,
        f"{floor.wall_seconds:.2f} s",
        *(f"{row.wall_seconds:.2f} s ({ratio(floor, row):.2f})" for row in ours),
        str(first.calls),
        ", ".join(f"{seconds:.2f}" for seconds in cpu),
    ]


def ratio(floor: Row, ours: Row) -> float:
    """Return how many times as long ours takes as the floor and the waiting for its calls."""
    return ours.wall_seconds / least_possible(floor, ours)


def marks(results: Results) -> Table:
    """Return the marks and what was reached, without and with more calls at a time."""
    rows = [
        row
        for phase in MARKS
        for row in results.rows.get("comparison", [])
        if _is(row, MARKED) and (row.phase, row.latency_ms) == (phase, MARKED_LATENCY_MS)
    ]
    return Table(
        title=f"The marks, {MARKED} at {MARKED_LATENCY_MS} ms",
        columns=["command", "setting", "mark", "median", "all", "the floor"],
        rows=[
            [
                row.phase,
                row.variant or "none",
                f"{MARKS[row.phase]} s",
                f"{row.wall_seconds:.2f} s, {_reached(row)}",
                f"{row.least_seconds:.2f} to {row.most_seconds:.2f} s",
                _floor_in_short(results, row),
            ]
            for row in rows
        ],
    )


def _reached(row: Row) -> str:
    return "reached" if row.wall_seconds <= MARKS[row.phase] else "missed"


def _floor_in_short(results: Results, row: Row) -> str:
    floor = results.floor("comparison", shape=MARKED, phase=row.phase)
    return "" if floor is None else f"{floor.wall_seconds:.2f} s"


def growth(results: Results, part: str) -> Table:
    """Return time and memory over the number of resources, floor and ours.

    Args:
        results: What was measured.
        part: `growth`, which begins with the callbacks of the comparison, or `checkpoints`.
    """
    rows = growing(results, part)
    counts = sorted({row.count for row in rows})
    return Table(
        title=part.capitalize(),
        columns=["callbacks", *PHASES, "service's CPU of up", "memory"],
        rows=[
            [
                str(count),
                *(_pair(rows, count, phase) for phase in PHASES),
                _service(rows, count),
                _memory(rows, count),
            ]
            for count in counts
        ],
    )


def growing(results: Results, part: str) -> list[Row]:
    """Return the rows of callbacks without latency, by which growth is told."""
    more = results.rows.get("comparison", []) if part == "growth" else []
    rows = [*more, *results.rows.get(part, [])]
    return [row for row in rows if row.kind == "callbacks" and row.latency_ms == 0]


def _pair(rows: Sequence[Row], count: int, phase: str) -> str:
    seconds = {r.side: r.wall_seconds for r in rows if (r.count, r.phase) == (count, phase)}
    if FLOOR not in seconds or OURS not in seconds:
        return ""
    floor, ours = seconds[FLOOR], seconds[OURS]
    return f"{floor:.1f}, {ours:.1f} s ({ours / floor:.2f})"


def _service(rows: Sequence[Row], count: int) -> str:
    up = [r for r in rows if (r.count, r.side, r.phase) == (count, OURS, "up")]
    return ", ".join(f"{row.service_cpu_seconds:.1f} s" for row in up)


def _memory(rows: Sequence[Row], count: int) -> str:
    most = {
        side: max((r.peak_bytes for r in rows if (r.count, r.side) == (count, side)), default=0)
        for side in (FLOOR, OURS)
    }
    return ", ".join(_mebibytes(each) for each in most.values())


def _mebibytes(number: int) -> str:
    return f"{number / 1024**2:.0f} MiB"


def settings(results: Results, part: str) -> Table:
    """Return what settings change: a row for each latency and setting, and a column for each command.

    Args:
        results: What was measured.
        part: `parallel` or `settings`.
    """
    rows = results.rows.get(part, [])
    phases = [phase for phase in PHASES if any(row.phase == phase for row in rows)]
    runs: dict[tuple[Shape, int, str], dict[str, Row]] = {}
    for row in rows:
        run = (Shape(kind=row.kind, count=row.count), row.latency_ms, row.variant or "none")
        runs.setdefault(run, {})[row.phase] = row
    return Table(
        title=part.capitalize(),
        columns=["resources", "latency", "setting", *phases, "memory"],
        rows=[
            [
                str(shape),
                f"{latency} ms",
                variant,
                *(f"{run[phase].wall_seconds:.1f} s" if phase in run else "" for phase in phases),
                _mebibytes(max(row.peak_bytes for row in run.values())),
            ]
            for (shape, latency, variant), run in runs.items()
        ],
    )


def figures(results: Results) -> list[Table]:
    """Return the figures of functions and parts, a table for each heading."""
    return [
        Table(
            title=heading,
            columns=["what", "median", ""],
            rows=[[each.name, f"{_rounded(each.value)} {each.unit}", each.note] for each in made],
        )
        for heading, made in results.figures.items()
    ]


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits


def _is(row: Row, shape: Shape) -> bool:
    return (row.kind, row.count) == (shape.kind, shape.count)
