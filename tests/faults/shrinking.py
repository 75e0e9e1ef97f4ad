"""Takes parts out of a schedule, and finds those without which it still fails.

A part is named for its place in the seed's schedule, so that a command line can name a shrunk one:
`op2` is the third operation, `op2.fault0` its first fault, `op2.kill`, `op2.receiver`, `op2.later`
and `op2.edit` the rest of it; `lag`, `later` and `callback-b` belong to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from tests.faults.schedule import Operation, Schedule


def without(schedule: Schedule, parts: Collection[str]) -> Schedule:
    """Return a schedule without some of its parts."""
    operations = [
        _operation_without(operation, f"op{number}", parts)
        for number, operation in enumerate(schedule.operations)
        if f"op{number}" not in parts
    ]
    return replace(
        schedule,
        program=tuple(one for one in schedule.program if f"callback-{one.slot}" not in parts),
        operations=tuple(operations),
        lag=0 if "lag" in parts else schedule.lag,
        later=0 if "later" in parts else schedule.later,
    )


def parts_of(schedule: Schedule) -> Iterator[str]:
    """Return the names of all parts that can be taken out, the largest first."""
    numbers = range(len(schedule.operations))
    yield from (f"op{number}" for number in reversed(numbers))
    yield from (f"callback-{one.slot}" for one in schedule.program[1:])
    yield from ("lag", "later")
    for number in numbers:
        operation = schedule.operations[number]
        yield from (f"op{number}.fault{index}" for index in range(len(operation.faults)))
        yield from (f"op{number}.{name}" for name in ("kill", "receiver", "later", "edit"))


def shrunk(
    schedule: Schedule, *, fails: Callable[[Schedule], bool], tries: int = 60
) -> frozenset[str]:
    """Return the parts without which a schedule still fails.

    Args:
        schedule: One that fails.
        fails: Plays one and tells whether it fails.
        tries: How many are played at most.
    """
    gone: frozenset[str] = frozenset()
    for part in parts_of(schedule):
        fewer = without(schedule, gone | {part})
        if any(part.startswith(f"{each}.") for each in gone) or fewer == without(schedule, gone):
            continue
        if tries <= 0:
            break
        tries -= 1
        if fails(fewer):
            gone |= {part}
    return gone


def _operation_without(operation: Operation, name: str, parts: Collection[str]) -> Operation:
    faults = tuple(
        fault for index, fault in enumerate(operation.faults) if f"{name}.fault{index}" not in parts
    )
    return replace(
        operation,
        faults=faults,
        kill=None if f"{name}.kill" in parts else operation.kill,
        receiver="ok" if f"{name}.receiver" in parts else operation.receiver,
        later=0 if f"{name}.later" in parts else operation.later,
        edit=None if f"{name}.edit" in parts else operation.edit,
    )
