"""The machine itself: seeds repeat, every kind of trouble comes up, and a broken promise is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from tests.faults.engine import Known, Run
from tests.faults.execution import Outcome, play
from tests.faults.generator import schedule_of
from tests.faults.invariants import leaks
from tests.faults.report import Table, command_for, told
from tests.faults.schedule import (
    EDITS,
    OUTSIDE,
    RECEIVERS,
    Declared,
    Edit,
    Kill,
    Operation,
    Program,
    Schedule,
    Subscribed,
    edited,
)
from tests.faults.shrinking import parts_of, shrunk, without
from tests.faults.stage import CLIENT_SECRET, Stage

_SEEDS = range(3000)


def test_a_seed_makes_the_same_schedule_each_time() -> None:
    """What failed somewhere fails elsewhere."""
    assert [schedule_of(seed) for seed in range(50)] == [schedule_of(seed) for seed in range(50)]
    assert len({repr(schedule_of(seed)) for seed in range(50)}) == 50


def test_every_kind_of_trouble_comes_up() -> None:
    """No fault, kill, endpoint, edit or hand from outside is left out."""
    operations = [each for seed in _SEEDS for each in schedule_of(seed).operations]
    faults = {fault.named for each in operations for fault in each.faults}
    kills = {each.kill.what for each in operations if each.kill is not None}
    edits = {each.edit.what for each in operations if each.edit is not None}
    assert faults == {
        *("drop", "timeout", "401", "403", "404", "409", "429", "429-retry-after", "500"),
        *("502-html", "503", "truncated", "empty-body"),
    }
    assert kills == {"interrupt", "interrupt-twice", "cli", "plugin"}
    assert edits == {*EDITS, "add", "remove"}
    assert {each.receiver for each in operations} == set(RECEIVERS)
    assert {each.do for each in operations} == {
        *("up", "up-refresh", "refresh", "destroy"),
        *OUTSIDE,
    }
    assert {schedule_of(seed).lag for seed in _SEEDS} == {0, 30, 110}


def test_faults_and_kills_strike_before_and_after_the_effect() -> None:
    """A request that took effect and one that did not are two different things."""
    operations = [each for seed in _SEEDS for each in schedule_of(seed).operations]
    moments = Counter((f.named, f.when) for each in operations for f in each.faults)
    kills = Counter((each.kill.what, each.kill.when) for each in operations if each.kill)
    only_after = {"truncated", "empty-body"}
    named = {named for named, _ in moments} - only_after
    assert all(moments[each, when] for each in named for when in ("before", "after"))
    assert len(kills) == 8


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_changes_its_callback_alone(what: str) -> None:
    """What a seed declares beside it stays."""
    subscribed = (Subscribed(resource="s", name="shop-dev-s"),)
    program = tuple(
        Declared(slot=slot, resource=slot, name=slot, path=f"/{slot}", subscriptions=subscribed)
        for slot in "ab"
    )
    changed = edited(program, Edit(what=what, slot="b", number=3))
    assert changed[0] == program[0]
    assert changed[1] != program[1]


def test_shrinking_leaves_what_matters() -> None:
    """Of all the parts, those stay without which it would not fail."""
    schedule = next(
        schedule_of(seed)
        for seed in _SEEDS
        if len(schedule_of(seed).operations) == 5 and schedule_of(seed).operations[2].faults
    )
    fault = schedule.operations[2].faults[0]

    def fails(fewer: Schedule) -> bool:
        return any(fault in each.faults for each in fewer.operations)

    left = without(schedule, shrunk(schedule, fails=fails))
    [operation] = left.operations
    assert operation.faults == (fault,)
    assert (operation.kill, operation.receiver, operation.later) == (None, "ok", 0)
    assert (left.lag, left.later, len(left.program)) == (0, 0, 1)


def test_a_part_is_named_for_its_place_in_the_seed() -> None:
    """So that one line replays a shrunk schedule."""
    schedule = schedule_of(4)
    assert "op0" in set(parts_of(schedule))
    assert without(schedule, {"op0"}).operations == schedule.operations[1:]
    assert command_for(4, "cli", {"op0", "lag"}) == (
        "python -m tests.faults --level cli --seed 4 --without lag,op0"
    )


class _Idle:
    """An engine that does nothing and says that all is well."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.text = ""

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        replace: Sequence[str] = (),
        kill: Kill | None = None,
    ) -> Run:
        return Run(succeeded=True)

    def refresh(self, *, kill: Kill | None = None) -> Run:
        return Run(succeeded=True)

    def destroy(self, *, kill: Kill | None = None) -> Run:
        return Run(succeeded=True)

    def unlock(self) -> None:
        """Hold nothing."""

    def changes(self, program: Program) -> list[str]:
        return []

    def known(self) -> list[Known]:
        return []

    def told(self) -> str:
        return self.text

    def close(self) -> None:
        """Run nothing."""


class _Careless(_Idle):
    """An engine that takes somebody else's callback down and tells the client secret."""

    def destroy(self, *, kill: Kill | None = None) -> Run:
        unused = self.stage.held().foreign().callbacks[1]
        self.stage.hand.delete_callback(unused["callbackId"])
        self.text = f"destroyed as {CLIENT_SECRET}"
        return Run(succeeded=True)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Open a stage."""
    with Stage() as opened:
        yield opened


_ONE = Schedule(
    seed=0,
    program=(Declared(slot="a", resource="a", name="shop-dev-a", path="/a"),),
    operations=(Operation(do="up"),),
)


def test_what_is_declared_and_not_there_is_found(stage: Stage) -> None:
    """An engine that does nothing keeps no promise."""
    outcome = play(_ONE, stage=stage, engine=_Idle(stage))
    assert outcome.violations == [
        "the service holds the callbacks [], declared are ['shop-dev-a']",
        "the state has no callback a",
    ]
    assert told(outcome).endswith("  ! the state has no callback a")


def test_what_is_done_to_others_and_told_to_all_is_found(stage: Stage) -> None:
    """Somebody else's callback is gone, and the client secret stands in the open."""
    outcome = play(_ONE, stage=stage, engine=_Careless(stage))
    assert outcome.violations[2].startswith("somebody else's objects were Held(callbacks=(")
    assert outcome.violations[3:] == ["the client secret stands in the open"]


@pytest.mark.parametrize("spelled", [CLIENT_SECRET, "UzNjcmV0LW9mLXRoZS1jbGllbnQtMG5seQ"])
def test_a_secret_is_found_in_plain_and_as_base64(spelled: str) -> None:
    """However it is wrapped in other text."""
    assert leaks(f"error: {spelled}.", []) == ["the client secret stands in the open"]


def test_a_table_counts_what_happened() -> None:
    """Schedules, faults by kind, kills by what and by place, and violations."""
    table = Table("plugin")
    table.add(Outcome(schedule=_ONE, faults=Counter({"drop": 2, "404": 0})))
    killed = Counter({"cli after POST /x": 1, "plugin after POST /x": 1})
    table.add(Outcome(schedule=_ONE, kills=killed, violations=["lost"]))
    assert list(table.lines()) == [
        "plugin: 2 schedules, 1 with violations",
        "  faults that struck: 2",
        "         2  drop",
        "  runs killed: 2",
        "         1  cli",
        "         1  plugin",
        "  killed at: 2",
        "         2  after POST /x",
        "  advice of an error followed: 0",
    ]
