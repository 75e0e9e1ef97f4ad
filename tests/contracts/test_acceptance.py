"""The steps of acceptance tests, for each type by itself; the real CLI goes them all at once."""

from __future__ import annotations

from tests.contracts.bench import CHANGEABLE, GOTTEN, Bench, Entry, held_by, held_by_each
from tests.contracts.description import Inputs


def _is_settled(bench: Bench, program: Inputs, entry: Entry) -> None:
    """Hold that a plan is empty, a refresh finds nothing, and a plan after it is empty, too."""
    assert bench.planned(program, entry) == "same"
    assert bench.refreshed(entry) == entry
    assert bench.planned(program, entry) == "same"


def _agrees(bench: Bench, entry: Entry) -> bool:
    shown = bench.shown(entry.id)
    return bool(shown) and {name: entry.outputs[name] for name in shown or {}} == shown


@held_by()
def test_apply_then_empty_plan(bench: Bench) -> None:
    """A plan shows the creation; once applied, neither plan nor refresh finds a difference."""
    assert bench.planned(bench.program, None) == "create"
    assert bench.service.calls() == []

    entry = bench.applied(bench.program)

    assert _agrees(bench, entry)
    _is_settled(bench, bench.program, entry)


@held_by(CHANGEABLE)
def test_apply_changed(bench: Bench) -> None:
    """Everything that can change in place changes in one update, and is settled; and back again."""
    first = bench.applied(bench.program)
    changed = bench.program | bench.described.changes
    assert bench.planned(changed, first) == "update"

    entry = bench.applied(changed, first)

    assert (entry.id, entry.inputs) == (first.id, changed)
    assert _agrees(bench, entry)
    _is_settled(bench, changed, entry)
    back = bench.applied(bench.program, entry)
    assert (back.id, back.inputs) == (first.id, first.inputs)
    assert _agrees(bench, back)


@held_by_each("immutable")
def test_apply_replaced(bench: Bench, name: str) -> None:
    """An immutable input that changes is another resource, settled; the old one is gone or let go of."""
    first = bench.applied(bench.program)
    program = bench.program | bench.described.immutable[name](bench.service)
    assert bench.planned(program, first) == "replace"

    entry = bench.applied(program, first)

    assert entry.id != first.id
    assert entry.inputs == program
    assert _agrees(bench, entry)
    assert (bench.shown(first.id) is not None) is bench.described.part_of_callback
    _is_settled(bench, program, entry)


@held_by_each("drift")
def test_changed_outside(bench: Bench, name: str) -> None:
    """A refresh shows what somebody else changed, a plan is not empty, and applying it repairs it."""
    first = bench.applied(bench.program)
    theirs = bench.described.drift[name](bench.service, first.id)

    drifted = bench.refreshed(first)

    assert drifted is not None
    assert (drifted.outputs[name], drifted.inputs[name]) == (theirs, theirs)
    assert bench.planned(bench.program, drifted) == "update"
    entry = bench.applied(bench.program, drifted)
    assert (entry.id, entry.inputs) == (first.id, first.inputs)
    assert _agrees(bench, entry)
    _is_settled(bench, bench.program, entry)


@held_by()
def test_disappears(bench: Bench) -> None:
    """What somebody else deleted is gone after a refresh, planned anew, and settled once applied."""
    first = bench.applied(bench.program)
    bench.described.vanish(bench.service, first.id)

    assert bench.refreshed(first) is None
    # What was a part of its callback went with it, so that there is another callback by then.
    program = bench.prepared() if bench.described.part_of_callback else bench.program
    assert bench.planned(program, None) == "create"
    entry = bench.applied(program)
    assert entry.id != first.id
    assert _agrees(bench, entry)
    _is_settled(bench, program, entry)


@held_by(GOTTEN)
def test_get_and_compare(bench: Bench) -> None:
    """By its id alone it is read as it was created, but for what is said to be unknown to `get`."""
    entry = bench.applied(bench.program)
    unknown = bench.described.unknown_to_get
    assert unknown is not None

    gotten, _ = bench.methods.read(entry.id, {})

    known = {name: value for name, value in entry.outputs.items() if name not in unknown}
    assert (gotten.id, {name: gotten.outputs[name] for name in known}) == (entry.id, known)
    rest = {name: gotten.outputs.get(name) for name in unknown}
    assert not any(rest.values())


@held_by()
def test_destroy_and_check(bench: Bench) -> None:
    """A destruction leaves nothing behind that the service could delete."""
    before = bench.account()
    entry = bench.applied(bench.program)

    bench.destroyed(entry)

    if bench.described.part_of_callback:
        # The callback was there before, and is let go of by whoever made it.
        bench.service.delete(entry.id)
        before["callbacks"] = [
            each for each in before["callbacks"] if each["callbackId"] != entry.id
        ]
    assert bench.shown(entry.id) is None
    assert bench.account() == before
