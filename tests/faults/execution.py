"""Plays a schedule on a stage: its operations and faults, then recovery, then what must hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.faults.engine import Engine, Run
from tests.faults.invariants import leaks, untouched, violations_of
from tests.faults.schedule import OUTSIDE, Operation, Program, Schedule, edited
from tests.faults.stage import Held, LeftBehind, Stage

_RUNS = 2
"""How many `up --refresh` may be needed once nothing goes wrong any more."""

_PROPAGATION_SECONDS = 121
_LIFTED = "after the faults were lifted"


@dataclass(kw_only=True)
class Outcome:
    """What became of a schedule.

    Attributes:
        schedule: The schedule.
        violations: What did not hold, as sentences.
        faults: How many faults struck, by kind.
        kills: How many runs were ended in the middle, by what and where.
        followed: How often a person had to act, by the class of the error that says how; `left
            behind` counts what a cut-off run had begun and no program declared any more.
        runs: How each run ended, in order, for a reader.
    """

    schedule: Schedule
    violations: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    followed: Counter[str] = field(default_factory=Counter)
    runs: list[str] = field(default_factory=list)


def play(schedule: Schedule, *, stage: Stage, engine: Engine) -> Outcome:
    """Play a schedule and return what became of it."""
    play = _Play(schedule, stage, engine)
    play.operations()
    play.recovery()
    play.destruction()
    play.secrets()
    return play.outcome


class _Play:
    def __init__(self, schedule: Schedule, stage: Stage, engine: Engine) -> None:
        self.outcome = Outcome(schedule=schedule)
        self._schedule = schedule
        self._stage = stage
        self._emulator = stage.emulator
        self._engine = engine
        self._program = schedule.program
        self._names = {one.slot: [one.resource] for one in schedule.program}
        self._foreign = stage.begin(lag=schedule.lag)
        self._moments = [self._foreign]
        # What runs that were cut off may have begun: the stack does not know it, and once nobody
        # declares it any more no run looks for it.
        self._begun = LeftBehind()
        # Callbacks that deliver: who has subscriptions on them would miss them.
        self._live: dict[tuple[str, str], str] = {}

    def operations(self) -> None:
        """Do what the schedule says, with its faults."""
        for operation in self._schedule.operations:
            self._emulator.move_clock(operation.later)
            if operation.do in OUTSIDE:
                self._stage.lay_hands_on(operation, self._program, known=self._ids())
                self._live = {}
                continue
            if operation.edit is not None:
                self._edit(edited(self._program, operation.edit))
            self._operate(operation)
            self._look(operation.do, destroyed=operation.do == "destroy")

    def recovery(self) -> None:
        """Lift the faults, and bring the stack up again as a person would."""
        self._emulator.move_clock(self._schedule.later)
        run = self._recovered(_RUNS)
        if not run.succeeded:
            self._violated(f"`up --refresh` fails {_LIFTED}: {run.errors}")
            return
        self.outcome.violations += self._present_violations()
        changes = self._engine.changes(self._program)
        if changes:
            self._violated(f"a preview {_LIFTED} shows changes: {changes}")

    def destruction(self) -> None:
        """Destroy the stack; what is somebody else's stays."""
        self._stage.take_subscriptions_off(but=self._ids())
        run = self._engine.destroy()
        if not run.succeeded:
            # Lists lag behind what was written a moment ago.
            self._note("destroy", run)
            self._emulator.move_clock(_PROPAGATION_SECONDS)
            run = self._engine.destroy()
        self._note("destroy", run)
        if not run.succeeded:
            self._violated(f"`destroy` fails {_LIFTED}: {run.errors}")
        held = self._stage.held()
        left = [callback["callbackName"] for callback in held.ours().callbacks]
        if left or self._engine.known():
            self._violated(f"`destroy` leaves {left} and the state {self._engine.known()}")
        self.outcome.violations += untouched(held, self._foreign)

    def secrets(self) -> None:
        """Look for secrets in everything that was told."""
        self.outcome.violations += leaks(self._engine.told(), self._moments)

    def _operate(self, operation: Operation) -> None:
        self._stage.receivers.behave(operation.receiver)
        for fault in operation.faults:
            self._emulator.add_fault(**fault.scripted())
        run = self._run(operation)
        self._remember(operation, run)
        self._count(operation, run)
        self._emulator.clear_faults()
        self._stage.receivers.behave("ok")
        if run.killed:
            self._engine.unlock()

    def _run(self, operation: Operation) -> Run:
        kill = operation.kill
        if operation.do == "refresh":
            run = self._engine.refresh(kill=kill)
        elif operation.do == "destroy":
            run = self._engine.destroy(kill=kill)
        else:
            refresh = operation.do == "up-refresh"
            run = self._engine.up(self._program, refresh=refresh, kill=kill)
        self._note(operation.do, run)
        return run

    def _count(self, operation: Operation, run: Run) -> None:
        # A kill lifts the faults of its run itself, and then nobody knows which of them struck.
        for fault, seen in zip(operation.faults, self._emulator.faults(), strict=False):
            self.outcome.faults[fault.named] += seen["seen"] >= fault.nth
        if operation.receiver != "ok":
            self.outcome.faults[f"receiver {operation.receiver}"] += 1
        if run.killed and operation.kill is not None:
            kill = operation.kill
            self.outcome.kills[f"{kill.what} {kill.when} {kill.route}"] += 1

    def _look(self, what: str, *, destroyed: bool = False) -> None:
        held = self._stage.held()
        self._moments.append(held)
        if not destroyed:
            self._compare_live(what, held)
        self._live = _live_of(held, self._program)
        self.outcome.violations += [f"{what}: {each}" for each in untouched(held, self._foreign)]

    def _recovered(self, runs: int) -> Run:
        replaced: Sequence[str] = ()
        while True:
            run = self._engine.up(self._program, refresh=True, replace=replaced)
            self._note("recovery", run)
            self._look("recovery", destroyed=bool(replaced))
            self._delete_left_behind()
            runs -= 1
            if run.succeeded and not self._present_violations():
                return run
            followed = self.outcome.followed.total()
            replaced = self._follow(run)
            if runs <= 0 and self.outcome.followed.total() == followed:
                return run
            self._emulator.move_clock(_PROPAGATION_SECONDS)

    def _follow(self, run: Run) -> Sequence[str]:
        """Do what the sentences of a failed run say, once each; return what to replace."""
        if self._is_new("AlreadyPresent", run):
            # "give the resource `aliases` if it was renamed or moved in the program", or "delete
            # callback … first if nobody needs it"
            self._edit(self._with_aliases(self._program))
            self._stage.delete_unused(_named_as_in_the_way(run), but=self._ids())
        elif self._is_new("AlreadyPresent", run, times=2):
            # It is live and the stack has lost its key: "a new one" is asked for.
            self._edit(tuple(replace(one, on_existing="rotate") for one in self._program))
        if self._is_new("StillSubscribed", run):
            # "Delete them first"
            self._stage.take_subscriptions_off(but=self._ids())
        if self._is_new("VerificationRefused", run) or self._is_new("NotYetVerified", run):
            # "or replace the callback, which brings a new one"
            unverified = {
                c["callbackName"] for c in self._stage.held().callbacks if not c["verified"]
            }
            return [one.resource for one in self._program if one.name in unverified]
        return ()

    def _is_new(self, class_: str, run: Run, *, times: int = 1) -> bool:
        if not run.says(class_) or self.outcome.followed[class_] >= times:
            return False
        self.outcome.followed[class_] += 1
        return True

    def _with_aliases(self, program: Program) -> Program:
        return tuple(
            replace(one, known_as=tuple(n for n in self._names[one.slot] if n != one.resource))
            for one in program
        )

    def _remember(self, operation: Operation, run: Run) -> None:
        """Remember what a run that was cut off may have begun, until a later one settles it."""
        if operation.do not in {"up", "up-refresh"}:
            return
        declared = _declared_by(self._program)
        self._begun = self._begun - declared if run.succeeded else self._begun + declared

    def _delete_left_behind(self) -> None:
        left = self._begun - _declared_by(self._program)
        deleted = self._stage.delete_left_behind(left, but=self._ids())
        self.outcome.followed["left behind"] += deleted

    def _ids(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self._engine.known())

    def _compare_live(self, what: str, held: Held) -> None:
        """A callback that delivers stays the same as long as its name and URL are declared."""
        present = {callback["callbackId"] for callback in held.callbacks}
        declared = {(one.name, one.url) for one in self._program}
        for named, id_ in self._live.items():
            if named in declared and id_ not in present:
                self._violated(f"{what}: the live callback {named} ({id_}) was deleted")

    def _edit(self, program: Program) -> None:
        self._program = program
        for one in program:
            names = self._names.setdefault(one.slot, [])
            if one.resource not in names:
                names.append(one.resource)

    def _present_violations(self) -> list[str]:
        held: Held = self._stage.held()
        return violations_of(self._engine, self._program, held=held, foreign=self._foreign)

    def _violated(self, sentence: str) -> None:
        self.outcome.violations.append(sentence)

    def _note(self, what: str, run: Run) -> None:
        ended = "killed" if run.killed else "done" if run.succeeded else "failed"
        self.outcome.runs.append(f"{what}: {ended} {' / '.join(run.errors)}".rstrip())


def _named_as_in_the_way(run: Run) -> frozenset[str]:
    """Return the ids of callbacks that the sentences say to delete if nobody needs them."""
    advice = re.compile(r"or delete callback (\S+) first if nobody needs it")
    return frozenset(id_ for error in run.errors for id_ in advice.findall(error))


def _declared_by(program: Program) -> LeftBehind:
    return LeftBehind(
        callbacks=frozenset((one.name, one.url) for one in program),
        subscriptions=frozenset(each.name for one in program for each in one.subscriptions),
    )


def _live_of(held: Held, program: Program) -> dict[tuple[str, str], str]:
    """Return the ids of declared callbacks with subscriptions, by name and URL."""
    declared = {(one.name, one.url) for one in program}
    used = {subscription["callbackId"] for subscription in held.subscriptions}
    named = {(c["callbackName"], c["url"]): c["callbackId"] for c in held.ours().callbacks}
    return {name: id_ for name, id_ in named.items() if name in declared and id_ in used}
