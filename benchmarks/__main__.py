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
from benchmarks.programs import OURS, Shape
from benchmarks.report import Table, tables
from benchmarks.results import Results
from benchmarks.trial import PHASES
from tools.engine.cli import heed_interrupts
from tools.engine.environment import REPOSITORY
from tools.engine.obtain import obtain_engine

PLOTS = REPOSITORY / "docs" / "performance"
FIGURES = PLOTS / "figures.json"
PAGE = REPOSITORY / "docs" / "performance.md"
QUICK = REPOSITORY / ".cache" / "benchmarks" / "figures.json"

_ROUNDS = 5
# Of the functions and parts that are measured by themselves, by the heading of their table.
_MICRO: dict[str, Callable[..., list[Figure]]] = {
    "check and diff": checks.measure,
    "import": imports.measure,
    "emulator": emulator_requests.measure,
    "receiver": receiver_events.measure,
}
_MANY = (1000, 2000)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of benchmarks.

    Attributes:
        pulumi: Path of the CLI.
        results: What was found so far.
        console: Where progress and tables are shown.
        quick: Whether a rough answer in a minute or two is enough.
    """

    pulumi: Path
    results: Results
    console: Console
    quick: bool

    def comparison(self) -> None:
        """Measure all commands of small and large stacks beside empty ones, at each latency."""
        counts = (10, 100) if self.quick else (1, 10, 100, 500)
        latencies = (0, 50) if self.quick else (0, 50, 200)
        kinds = [Shape(kind="callbacks", count=count) for count in counts]
        if not self.quick:
            kinds.append(Shape(kind="subscriptions", count=200))
        for shape in kinds:
            self._compare("comparison", shape, floor_and_ours(*latencies), rounds=_ROUNDS)

    def growth(self) -> None:
        """Measure time and memory up to 2,000 resources, beside empty ones."""
        for count in (1, 10, 100, 500, *_MANY) if not self.quick else ():
            shape = Shape(kind="callbacks", count=count)
            rounds = 1 if count in _MANY else 3
            self._compare("growth", shape, floor_and_ours(0), rounds=rounds)

    def parallel(self) -> None:
        """Measure what more calls at a time change, at each latency."""
        shapes = [Shape(kind="callbacks", count=30), Shape(kind="subscriptions", count=200)]
        for shape in shapes if not self.quick else ():
            for latency in (50, 200, 1000):
                sides = [_parallel_side(latency, each) for each in (4, 8, 16, 32)]
                phases = ("up", "destroy")
                self._compare("parallel", shape, sides, rounds=3, phases=phases)

    def checkpoints(self) -> None:
        """Measure what it changes that the engine writes the state only at the end."""
        variables = (("PULUMI_SKIP_CHECKPOINTS", "true"),)
        sides = [
            Side(side=OURS),
            Side(side=OURS, variant="PULUMI_SKIP_CHECKPOINTS", variables=variables),
        ]
        for count in (500, *_MANY) if not self.quick else ():
            shape = Shape(kind="callbacks", count=count)
            self._compare("checkpoints", shape, sides, rounds=1)

    def micro(self) -> None:
        """Measure functions and parts by themselves."""
        for heading, measure in _MICRO.items():
            self._say(heading)
            self.results.figures[heading] = measure(quick=self.quick)

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
            rounds=1 if self.quick else rounds,
            pulumi=self.pulumi,
            phases=phases,
            say=self._say,
        )
        self.results.add(part, rows)

    def _say(self, line: str) -> None:
        self.console.print(f"{time.strftime('%H:%M:%S')} {line} ...", style="dim", highlight=False)


PARTS: dict[str, Callable[[Bench], None]] = {
    "micro": Bench.micro,
    "comparison": Bench.comparison,
    "growth": Bench.growth,
    "parallel": Bench.parallel,
    "checkpoints": Bench.checkpoints,
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
    bench = Bench(pulumi=pulumi, results=results, console=console, quick=options.quick)
    for part in options.part or PARTS:
        PARTS[part](bench)
        results.write(kept)
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
