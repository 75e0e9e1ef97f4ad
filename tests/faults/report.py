"""What a reader sees of schedules that were played: a failing one in full, and a table of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from tests.faults.execution import Outcome
from tests.faults.schedule import Declared, Fault, Kill, Operation

_LONGEST_LINE = 600


def command_for(seed: int, level: str, parts: Collection[str] = ()) -> str:
    """Return the command that plays a seed's schedule, less some of its parts, again."""
    less = f" --without {','.join(sorted(parts))}" if parts else ""
    return f"python -m tests.faults --level {level} --seed {seed}{less}"


def told(outcome: Outcome) -> str:
    """Return a schedule, what happened, and what did not hold."""
    lines = [*_schedule(outcome), "what happened:", *(f"  {run}" for run in outcome.runs)]
    lines += [f"  advice was followed: {dict(outcome.followed)}"] if +outcome.followed else []
    lines += ["what did not hold:", *(f"  ! {each}" for each in outcome.violations or ["nothing"])]
    return "\n".join(line[:_LONGEST_LINE] for line in lines)


class Table:
    """Counts what became of schedules at one level."""

    def __init__(self, level: str) -> None:
        self.level = level
        self.schedules = 0
        self.faults: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.followed: Counter[str] = Counter()
        self.violating: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.schedules += 1
        self.faults += outcome.faults
        self.kills += outcome.kills
        self.followed += outcome.followed
        if outcome.violations:
            self.violating.append(outcome)

    def summary(self) -> str:
        """Return the table's first line."""
        return f"{self.level}: {self.schedules} schedules, {len(self.violating)} with violations"

    def lines(self) -> Iterator[str]:
        """Return the table's lines."""
        yield self.summary()
        yield from _counted("faults that struck", self.faults)
        yield from _counted("runs killed", _by_what(self.kills))
        yield from _counted("killed at", _by_place(self.kills))
        yield from _counted("advice of an error followed", self.followed)


def _counted(title: str, counted: Counter[str]) -> Iterator[str]:
    yield f"  {title}: {counted.total()}"
    yield from (f"    {number:6}  {name}" for name, number in counted.most_common())


def _by_what(kills: Counter[str]) -> Counter[str]:
    return _regrouped(kills, 0)


def _by_place(kills: Counter[str]) -> Counter[str]:
    return _regrouped(kills, 1)


def _regrouped(kills: Counter[str], part: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    for kill, number in kills.items():
        counted[kill.split(" ", 1)[part]] += number
    return counted


def _schedule(outcome: Outcome) -> Iterable[str]:
    schedule = outcome.schedule
    yield f"seed {schedule.seed}; reads lag {schedule.lag} s; recovery begins {schedule.later} s later"
    yield from (f"  {_declared(one)}" for one in schedule.program)
    for number, operation in enumerate(schedule.operations):
        yield f"  op{number}: {_operation(operation)}"


def _declared(one: Declared) -> str:
    names = ", ".join(f"{s.name}{' paused' if s.paused else ''}" for s in one.subscriptions)
    return (
        f"callback {one.slot}: {one.name} {one.url} batch {one.batch}, on_existing "
        f"{one.on_existing}, force_destroy {one.force_destroy}, verified by {one.verification}, key "
        f"{one.key_version}, subscriptions [{names}]"
    )


def _operation(operation: Operation) -> str:
    parts = [operation.do]
    if operation.edit is not None:
        edit = operation.edit
        parts.append(f"with {edit.what} of {edit.slot} ({edit.number})")
    parts += [f"{operation.later} s later"] if operation.later else []
    parts += [f"receiver {operation.receiver}"] if operation.receiver != "ok" else []
    parts += [_fault(fault) for fault in operation.faults]
    parts += [_kill(operation.kill)] if operation.kill is not None else []
    return "; ".join(parts)


def _fault(fault: Fault) -> str:
    return f"{fault.named} {fault.when} {fault.route}, {fault.times}x from call {fault.nth} on"


def _kill(kill: Kill) -> str:
    return f"killed ({kill.what}) {kill.when} call {kill.nth} of {kill.route}"
