"""What benchmarks found, as a file keeps it: medians with the least and the most of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure
from benchmarks.machine import Machine
from benchmarks.programs import FLOOR, OURS, Shape
from benchmarks.trial import Timing


@dataclass(frozen=True, kw_only=True)
class Row:
    """One command of one stack, over several rounds.

    Attributes:
        kind: What the program declares: `callbacks` or `subscriptions`.
        count: How many of them.
        side: `FLOOR` or `OURS`.
        variant: What is unusual about the run: a setting of Pulumi's, for instance. Empty: nothing.
        latency_ms: How late the emulator answers each request; 0 for the floor.
        phase: The command, one of `PHASES`.
        rounds: How often it was measured.
        wall_seconds: The median of its length.
        least_seconds: The shortest.
        most_seconds: The longest.
        cpu_seconds: The median of what CLI, plugin and program used.
        service_cpu_seconds: The same of the emulator and of the endpoint that it probes.
        calls: Requests that reached the emulator.
        peak_bytes: The most memory of CLI, plugin and program together.
    """

    kind: str
    count: int
    side: str
    variant: str = ""
    latency_ms: int
    phase: str
    rounds: int
    wall_seconds: float
    least_seconds: float
    most_seconds: float
    cpu_seconds: float
    service_cpu_seconds: float
    calls: int
    peak_bytes: int

    @classmethod
    def of(
        cls,
        timings: Sequence[Timing],
        *,
        shape: Shape,
        side: str,
        latency_ms: int,
        phase: str,
        variant: str = "",
    ) -> Row:
        """Return the row of a command's timings."""
        walls = [each.wall_seconds for each in timings]
        return cls(
            kind=shape.kind,
            count=shape.count,
            side=side,
            variant=variant,
            latency_ms=latency_ms,
            phase=phase,
            rounds=len(timings),
            wall_seconds=round(median(walls), 3),
            least_seconds=round(min(walls), 3),
            most_seconds=round(max(walls), 3),
            cpu_seconds=round(median(each.cpu_seconds for each in timings), 3),
            service_cpu_seconds=round(median(each.service_cpu_seconds for each in timings), 3),
            calls=max(each.calls for each in timings),
            peak_bytes=max(each.peak_bytes for each in timings),
        )


@dataclass(kw_only=True)
class Results:
    """Everything that was measured on one machine.

    Attributes:
        machine: Where.
        rows: Commands of whole stacks, by part of the benchmark: `comparison`, `growth`, `parallel`.
        figures: Figures of single functions and parts, by heading.
    """

    machine: Machine
    rows: dict[str, list[Row]] = field(default_factory=dict)
    figures: dict[str, list[Figure]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Results:
        """Return what a file holds."""
        held: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return cls(
            machine=Machine(**held["machine"]),
            rows={part: [Row(**row) for row in rows] for part, rows in held["rows"].items()},
            figures={
                heading: [Figure(**figure) for figure in figures]
                for heading, figures in held["figures"].items()
            },
        )

    def write(self, path: Path) -> None:
        """Write everything into a file, a line for each row."""
        rows = ",\n".join(f'"{part}": {_lines(rows)}' for part, rows in self.rows.items())
        figures = ",\n".join(f'"{head}": {_lines(made)}' for head, made in self.figures.items())
        machine = json.dumps(asdict(self.machine))
        text = f'{{"machine": {machine},\n"rows": {{\n{rows}\n}},\n"figures": {{\n{figures}\n}}}}\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def add(self, part: str, rows: Iterable[Row]) -> None:
        """Add rows to a part; those of the same runs are replaced."""
        kept = {_run_of(row): row for row in self.rows.get(part, [])}
        kept |= {_run_of(row): row for row in rows}
        self.rows[part] = list(kept.values())

    def find(
        self,
        part: str,
        *,
        shape: Shape,
        phase: str,
        side: str = OURS,
        latency_ms: int = 0,
        variant: str = "",
    ) -> Row | None:
        """Return the row of one command, if it was measured."""
        wanted = (shape.kind, shape.count, side, variant, latency_ms, phase)
        return next((row for row in self.rows.get(part, []) if _run_of(row) == wanted), None)

    def floor(self, part: str, *, shape: Shape, phase: str) -> Row | None:
        """Return what the same number of empty resources took."""
        return self.find(part, shape=shape, phase=phase, side=FLOOR)


def least_possible(floor: Row, ours: Row, *, at_a_time: int = 4) -> float:
    """Return the seconds that a command cannot undercut: the floor, and its calls waiting.

    Args:
        floor: What the same number of empty resources took.
        ours: What is compared with it; its calls each wait for the service's latency.
        at_a_time: How many calls the plugin makes at a time.
    """
    return floor.wall_seconds + ours.calls * ours.latency_ms / 1000 / at_a_time


def _run_of(row: Row) -> tuple[object, ...]:
    return (row.kind, row.count, row.side, row.variant, row.latency_ms, row.phase)


def _lines(entries: Iterable[Row | Figure]) -> str:
    return "[\n" + ",\n".join(json.dumps(_short(asdict(each))) for each in entries) + "\n]"


def _short(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value != ""}
