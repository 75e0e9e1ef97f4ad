"""The promise: whatever goes wrong, the next `pulumi up --refresh` converges, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.generator import schedule_of
from tests.faults.lanes import Lanes
from tests.faults.report import command_for, told

_PLUGIN_SEEDS = 200
_PLUGIN_BLOCK = 20
_CLI_SEEDS = 9
_CLI_BLOCK = 3
# Much of a schedule is waiting: for a time-out, for a limit to pass, for the other process.
_LANES = 3


@pytest.fixture(scope="module")
def plugin_lanes() -> Iterator[Lanes]:
    """Play schedules with the plugin alone."""
    with Lanes("plugin", _LANES) as lanes:
        yield lanes


@pytest.fixture(scope="module")
def cli_lanes() -> Iterator[Lanes]:
    """Play schedules with the real `pulumi`."""
    with Lanes("cli", _LANES) as lanes:
        yield lanes


@pytest.mark.parametrize("first", range(0, _PLUGIN_SEEDS, _PLUGIN_BLOCK))
def test_schedules_with_the_plugin_alone(plugin_lanes: Lanes, first: int) -> None:
    """Faults of every kind, kills of runs and plugins, endpoints that fail, hands from outside."""
    assert _violating(plugin_lanes, "plugin", range(first, first + _PLUGIN_BLOCK)) == ""


@pytest.mark.engine
@pytest.mark.parametrize("first", range(0, _CLI_SEEDS, _CLI_BLOCK))
def test_schedules_with_the_cli(cli_lanes: Lanes, first: int) -> None:
    """The same with the real engine: its signals, its locks, its state, its parallel steps."""
    assert _violating(cli_lanes, "cli", range(first, first + _CLI_BLOCK)) == ""


def _violating(lanes: Lanes, level: str, seeds: range) -> str:
    """Return what the schedules of some seeds did wrong, each with the command that shrinks it."""
    return "\n".join(
        f"{told(outcome)}\n{command_for(outcome.schedule.seed, level)} --shrink"
        for outcome in lanes.play(schedule_of(seed) for seed in seeds)
        if outcome.violations
    )
