"""The contracts of changes: in place, by replacement, of what is gone, and refused ones."""

from __future__ import annotations

from tests.contracts.bench import CHANGEABLE, LISTED, Bench, held_by, held_by_each
from tests.contracts.descriptions import NOBODY
from tests.plugin.driver import refusal

CHANGED_AND_LISTED = tuple(each for each in CHANGEABLE if each in LISTED)
FORBIDDEN = {"do": "status", "status": 403}


@held_by_each("changes")
def test_update_then_read(bench: Bench, name: str) -> None:
    """A change in place keeps the id and takes that input over; reads and the service agree."""
    entry = bench.applied(bench.program)
    program = {**bench.program, name: bench.described.changes[name]}
    assert bench.planned(program, entry) == "update"

    updated = bench.applied(program, entry)

    assert updated.outputs.keys() == entry.outputs.keys()
    assert {each: updated.outputs[each] for each in program} == program
    shown = bench.shown(entry.id)
    assert shown
    assert {each: updated.outputs[each] for each in shown} == shown
    assert bench.refreshed(updated) == updated


@held_by(CHANGED_AND_LISTED)
def test_update_then_list(bench: Bench, lookups: None) -> None:
    """The lookup functions show what was changed, under its old id."""
    entry = bench.applied(bench.program)
    bench.applied(bench.program | bench.described.told, entry)

    assert bench.described.listed
    assert bench.described.listed(entry.id, entry.inputs)


@held_by(CHANGEABLE)
def test_update_without_create(bench: Bench) -> None:
    """What never was is not updated: one line says what to do, and nothing comes into being."""
    entry = bench.applied(bench.program)
    before = bench.account()

    changed = bench.program | bench.described.told
    said = refusal(bench.methods.update, NOBODY, entry.outputs, changed)

    assert said.startswith("ens_provider.DeletedOutside: ")
    assert said.endswith("un `pulumi up --refresh` to create it again.")
    assert bench.account() == before


@held_by(CHANGEABLE)
def test_update_of_what_vanished(bench: Bench) -> None:
    """What somebody else deleted is not updated either, nor made anew behind the state's back."""
    entry = bench.applied(bench.program)
    bench.described.vanish(bench.service, entry.id)
    before = bench.account()

    changed = bench.program | bench.described.told
    said = refusal(bench.methods.update, entry.id, entry.outputs, changed)

    assert said.startswith("ens_provider.DeletedOutside: ")
    assert bench.account() == before


@held_by_each("refused_later")
def test_invalid_update(bench: Bench, name: str) -> None:
    """An invalid value of an existing resource is one failure, and nothing is called or changed."""
    entry = bench.applied(bench.program)
    before = bench.account()
    bench.service.forget_calls()
    program = {**bench.program, name: bench.described.refused[name]}

    _, failures = bench.methods.check(program, entry.inputs)

    [(named, reason)] = failures
    assert (named, reason.partition(":")[0]) == ("", name)
    assert (bench.service.calls(), bench.account()) == ([], before)


@held_by(CHANGEABLE)
def test_update_that_fails(bench: Bench) -> None:
    """A change that the service refuses leaves the resource as it was, and is done when asked again."""
    entry = bench.applied(bench.program)
    before = bench.account()
    changed = bench.program | bench.described.told
    bench.service.emulator.add_fault(route=bench.described.update_route, times=None, **FORBIDDEN)

    said = refusal(bench.methods.update, entry.id, entry.outputs, changed)

    assert said.startswith("ens_provider.PermissionDeniedError: ")
    assert bench.account() == before
    assert bench.refreshed(entry) == entry
    bench.service.emulator.clear_faults()
    assert bench.applied(changed, entry).inputs == changed


@held_by_each("immutable")
def test_immutable_input(bench: Bench, name: str) -> None:
    """Another value of an immutable input is a replacement because of that input, before any call."""
    entry = bench.applied(bench.program)
    program = bench.program | bench.described.immutable[name](bench.service)
    bench.service.forget_calls()

    inputs, failures = bench.methods.check(program, entry.inputs)

    assert (failures, bench.methods.diff(entry.id, entry.outputs, inputs)) == ([], [name])
    assert bench.service.calls() == []


@held_by_each("create_only")
def test_create_only_input(bench: Bench, name: str) -> None:
    """Changed, added or removed later, it is no difference; even a value that would be refused."""
    entry = bench.applied(bench.program)
    bench.service.forget_calls()
    removed = {each: value for each, value in bench.program.items() if each != name}
    refused = {**bench.program, name: bench.described.refused[name]}

    for program in (bench.program | bench.described.create_only[name], removed, refused):
        assert bench.planned(program, entry) == "same"
    assert bench.service.calls() == []
