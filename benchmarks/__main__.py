"""`python -m benchmarks`: measure, show a table, and write the page and the plots."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks import checks, emulator_requests, imports, receiver_events
from benchmarks.comparison import Side, compare, floor_and_ours
from benchmarks.figures import Figure
from benchmarks.machine import Machine
from benchmarks.page import page
from benchmarks.plots import draw
from benchmarks.programs import FLOOR, OURS, Shape
from benchmarks.report import MARKED, MARKED_LATENCY_MS, Table, tables
from benchmarks.results import Results
from benchmarks.trial import PHASES
from tools.engine.cli import heed_interrupts
from tools.engine.environment import REPOSITORY
from tools.engine.obtain import obtain_engine

PLOTS = REPOSITORY / "docs" / "performance"
FIGURES = PLOTS / "figures.json"
PAGE = REPOSITORY / "docs" / "performance.md"
QUICK = REPOSITORY / ".cache" / "benchmarks" / "figures.json"

# Of the functions and parts that are measured by themselves, by the heading of their table.
_MICRO: dict[str, Callable[..., list[Figure]]] = {
    "check and diff": checks.measure,
    "import": imports.measure,
    "emulator": emulator_requests.measure,
    "receiver": receiver_events.measure,
}
_LATENCIES_MS = (0, 50, 200)
# What is compared, and how often; a round of 500 callbacks takes seven minutes.
_COMPARED = (
    *(Shape(kind="callbacks", count=count) for count in (1, 10, 100, 500)),
    Shape(kind="subscriptions", count=200),
)
_ROUNDS = 5
_MANY = (1000, 2000)
SKIPPING = "PULUMI_SKIP_CHECKPOINTS"
"""What lets the engine write the state at the end only."""
UNCACHED = "PULUMI_DISABLE_SECRET_CACHE"
"""What lets the engine forget what it has encrypted."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of benchmarks.

    Attributes:
        pulumi: Path of the CLI.
        results: What was found so far.
        kept: The file that keeps it.
        console: Where progress and tables are shown.
        quick: Whether a rough answer in a minute or two is enough.
    """

    pulumi: Path
    results: Results
    kept: Path
    console: Console
    quick: bool

    def comparison(self) -> None:
        """Measure all commands of small and large stacks beside empty ones, at each latency."""
        if self.quick:
            for count in (10, 100):
                shape = Shape(kind="callbacks", count=count)
                self._compare("comparison", shape, floor_and_ours(0, 50), rounds=1)
            return
        for shape in _COMPARED:
            sides = floor_and_ours(*_LATENCIES_MS)
            if shape == MARKED:
                sides.append(_parallel_side(MARKED_LATENCY_MS, 16))
            self._compare("comparison", shape, sides, rounds=_ROUNDS)

    def growth(self) -> None:
        """Measure up to 2,000 resources, beside empty ones."""
        for count in _MANY if not self.quick else ():
            shape = Shape(kind="callbacks", count=count)
            self._compare("growth", shape, floor_and_ours(0), rounds=1)

    def checkpoints(self) -> None:
        """Measure the same with a state that the engine writes at the end only."""
        variables = ((SKIPPING, "true"),)
        sides = [Side(side=side, variant=SKIPPING, variables=variables) for side in (FLOOR, OURS)]
        for count in (500, *_MANY) if not self.quick else ():
            self._compare("checkpoints", Shape(kind="callbacks", count=count), sides, rounds=1)

    def settings(self) -> None:
        """Measure what settings of the engine change for a large stack."""
        sides = [
            Side(side=OURS),
            *(Side(side=OURS, variant=n, variables=((n, "true"),)) for n in (UNCACHED, SKIPPING)),
        ]
        if not self.quick:
            shape = Shape(kind="callbacks", count=500)
            phases = ("up", "update all", "destroy")
            self._compare("settings", shape, sides, rounds=1, phases=phases)

    def parallel(self) -> None:
        """Measure what more calls at a time change, at each latency."""
        shapes = {Shape(kind="callbacks", count=30): 3, Shape(kind="subscriptions", count=200): 1}
        for shape, rounds in shapes.items() if not self.quick else ():
            for latency in (50, 200, 1000):
                sides = [_parallel_side(latency, each) for each in (4, 8, 16, 32)]
                phases = ("up", "destroy")
                self._compare("parallel", shape, sides, rounds=rounds, phases=phases)

    def micro(self) -> None:
        """Measure functions and parts by themselves."""
        for heading, measure in _MICRO.items():
            self._say(heading)
            self.results.figures[heading] = measure(quick=self.quick)
        self.results.write(self.kept)

    def _compare(
        self,
        part: str,
        shape: Shape,
        sides: Sequence[Side],
        *,
        rounds: int,
        phases: Sequence[str] = PHASES,
    ) -> None:
        rows = compare(
            shape,
            sides,
            rounds=rounds,
            pulumi=self.pulumi,
            phases=phases,
            say=self._say,
        )
        self.results.add(part, rows)
        # Hours may be lost otherwise.
        self.results.write(self.kept)

    def _say(self, line: str) -> None:
        self.console.print(f"{time.strftime('%H:%M:%S')} {line} ...", style="dim", highlight=False)


PARTS: dict[str, Callable[[Bench], None]] = {
    "micro": Bench.micro,
    "comparison": Bench.comparison,
    "parallel": Bench.parallel,
    "checkpoints": Bench.checkpoints,
    "settings": Bench.settings,
    "growth": Bench.growth,
}


def main() -> int:
    """Measure the parts that are asked for, show them and write them down; return the exit status."""
    options = _options()
    console = Console()
    kept = QUICK if options.quick else FIGURES
    results = Results.read(kept) if kept.exists() and not options.quick else None
    if not options.page:
        results = _measured(options, console, results, kept)
    elif results is None:
        console.print("There are no figures yet: run `make bench` first.")
        return 1
    for table in tables(results):
        console.print(_shown(table))
    if options.quick:
        console.print(f"Figures: {_in_short(kept)}")
        return 0
    PAGE.write_text(page(results), "utf-8")
    written = [PAGE, kept, *draw(results, PLOTS)]
    console.print("Written: " + ", ".join(_in_short(path) for path in written))
    return 0


def _measured(
    options: argparse.Namespace, console: Console, results: Results | None, kept: Path
) -> Results:
    heed_interrupts()
    pulumi = obtain_engine()
    machine = Machine.this(pulumi=pulumi)
    if results is None or results.machine.without_day() != machine.without_day():
        # Figures of two machines, or of two versions, are no ratios of one run.
        results = Results(machine=machine)
    results.machine = machine
    bench = Bench(pulumi=pulumi, results=results, kept=kept, console=console, quick=options.quick)
    for part in options.part or PARTS:
        PARTS[part](bench)
    return results


def _in_short(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _parallel_side(latency_ms: int, size: int) -> Side:
    if size == 4:  # noqa: PLR2004 -- what the plugin serves by itself
        return Side(side=OURS, latency_ms=latency_ms)
    return Side(
        side=OURS,
        latency_ms=latency_ms,
        variant=f"ens:parallel {size}",
        variables=(("SFMC_PARALLEL", str(size)), ("PULUMI_PARALLEL", str(size))),
    )


def _shown(table: Table) -> RichTable:
    shown = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="left" if number == 0 else "right")
    for row in table.rows:
        shown.add_row(*row)
    return shown


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer in a minute or two")
    parser.add_argument(
        "--part",
        action="append",
        choices=list(PARTS),
        help="measure only this part; may be given several times",
    )
    parser.add_argument(
        "--page",
        action="store_true",
        help="measure nothing: write the page and the plots from the figures of the last run",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
