"""Whole stacks, ours beside empty ones, in turns, so that a slow moment of the machine is everybody's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import FLOOR, OURS, Shape
from benchmarks.results import Row
from benchmarks.trial import PHASES, Timing, Trial, trial


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the stacks that are measured in turns.

    Attributes:
        side: `FLOOR` or `OURS`.
        latency_ms: How late the emulator answers each request.
        variant: What is unusual about it. Empty: nothing.
        variables: The environment variables that make it so.
    """

    side: str
    latency_ms: int = 0
    variant: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        late = f" at {self.latency_ms} ms" if self.side == OURS else ""
        return f"{self.side}{late}{f', {self.variant}' if self.variant else ''}"


def floor_and_ours(*latencies_ms: int) -> list[Side]:
    """Return the floor, and ours at each latency."""
    return [Side(side=FLOOR), *(Side(side=OURS, latency_ms=each) for each in latencies_ms)]


def compare(
    shape: Shape,
    sides: Sequence[Side],
    *,
    rounds: int,
    pulumi: Path,
    phases: Sequence[str] = PHASES,
    say: Callable[[str], None],
) -> list[Row]:
    """Measure stacks of one shape in turns, each round all of them.

    Args:
        shape: What the programs declare.
        sides: The stacks.
        rounds: How often each goes through its life.
        pulumi: Path of the CLI.
        phases: The commands, in the order of a stack's life.
        say: Shows a line of progress.
    """
    timings: dict[Side, list[dict[str, Timing]]] = {}
    with ExitStack() as stacks:
        trials = [(side, stacks.enter_context(_trial(side, shape, pulumi))) for side in sides]
        for number in range(1, rounds + 1):
            for side, stack in trials:
                say(f"{shape}, round {number} of {rounds}: {side}")
                timings.setdefault(side, []).append(stack.run(phases))
    return [
        Row.of(
            [each[phase] for each in measured],
            shape=shape,
            side=side.side,
            variant=side.variant,
            latency_ms=side.latency_ms,
            phase=phase,
        )
        for side, measured in timings.items()
        for phase in phases
    ]


def _trial(side: Side, shape: Shape, pulumi: Path) -> AbstractContextManager[Trial]:
    return trial(
        pulumi=pulumi,
        shape=shape,
        side=side.side,
        latency_ms=side.latency_ms,
        variables=dict(side.variables),
    )
