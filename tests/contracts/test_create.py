"""The contracts of creation."""

from __future__ import annotations

from tests.contracts.bench import LISTED, Bench, entry_of, held_by, held_by_each
from tests.contracts.descriptions import DESCRIPTIONS
from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import refusal

SECRET = tuple(each for each in DESCRIPTIONS if each.secrets)


@held_by()
def test_create(bench: Bench) -> None:
    """A creation answers an id and every property; what goes in comes out, and the service has it."""
    created = bench.methods.create(bench.program)

    assert set(created.outputs) == bench.program.keys() | bench.described.computed
    assert {name: created.outputs[name] for name in bench.program} == bench.program
    shown = bench.shown(created.id)
    assert shown
    assert {name: created.outputs[name] for name in shown} == shown


@held_by()
def test_create_then_read(bench: Bench) -> None:
    """A read answers what the creation did, at once and when lists show it: no more and no less."""
    entry = bench.applied(bench.program)

    assert entry_of(*bench.methods.read(entry.id, entry.outputs)) == entry
    assert bench.refreshed(entry) == entry
    assert entry.inputs == bench.program


@held_by(LISTED)
def test_create_then_list(bench: Bench, lookups: None) -> None:
    """The lookup functions show what was created."""
    entry = bench.applied(bench.program)

    assert bench.described.listed
    assert bench.described.listed(entry.id, entry.inputs)


@held_by()
def test_create_twice(bench: Bench) -> None:
    """A second creation of the same makes nothing: it is refused, or is the same resource."""
    first = bench.methods.create(bench.program)
    bench.service.label(first.id, "first")
    if "callback_id" in bench.program and first.id != bench.program["callback_id"]:
        bench.service.label(bench.program["callback_id"], "orders")
    before = bench.account()

    if bench.described.declared_twice is None:
        assert bench.methods.create(bench.program) == first
    else:
        said = refusal(bench.methods.create, bench.program)
        assert bench.service.labelled(said) == bench.described.declared_twice
    assert bench.account() == before


@held_by()
def test_create_then_delete(bench: Bench) -> None:
    """A deletion takes away what was created, unless it is a part of its callback: that stays."""
    before = bench.account()
    entry = bench.applied(bench.program)
    created = bench.account()

    bench.destroyed(entry)

    assert bench.account() == (created if bench.described.part_of_callback else before)


@held_by()
def test_create_after_delete(bench: Bench, new_plugin: NewPlugin) -> None:
    """What a later run creates again is there again, whole."""
    first = bench.applied(bench.program)
    bench.destroyed(first)
    bench.methods = new_plugin().of(bench.described.kind)

    again = bench.applied(bench.program)

    assert (again.id == first.id) is bench.described.part_of_callback
    assert again.inputs == first.inputs
    shown = bench.shown(again.id)
    assert shown
    assert {name: again.outputs[name] for name in shown} == shown


@held_by_each("refused")
def test_invalid_create(bench: Bench, name: str) -> None:
    """An invalid value is one failure, which names the input in its sentence, before any call."""
    program = {**bench.program, name: bench.described.refused[name]}

    _, failures = bench.methods.check(program)

    [(named, reason)] = failures
    assert (named, reason.partition(":")[0]) == ("", name)
    assert bench.service.calls() == []


@held_by_each("computed")
def test_computed_property_as_an_input(bench: Bench, name: str) -> None:
    """What the service makes cannot be declared."""
    _, failures = bench.methods.check({**bench.program, name: "mine"})

    sentence = f"{name}: there is no input of that name; remove or correct it."
    assert failures == [("", sentence)]


@held_by()
def test_create_that_fails(bench: Bench) -> None:
    """A creation that comes to nothing says so in one line and leaves the account as it was."""
    program = {**bench.program, **bench.described.impossible(bench.service)}
    inputs, failures = bench.methods.check(program)
    assert failures == []
    before = bench.account()

    assert refusal(bench.methods.create, inputs).startswith("ens_provider.")
    assert bench.account() == before


@held_by()
def test_other_spelling(bench: Bench) -> None:
    """Inputs in other words come to the canonical ones, which a second check leaves alone."""
    spelled = bench.described.spell(bench.program)
    assert spelled != bench.program

    assert bench.methods.check(spelled) == (bench.program, [])
    assert bench.methods.check(bench.program) == (bench.program, [])
    entry = bench.applied(spelled)
    assert bench.planned(spelled, entry) == bench.planned(bench.program, entry) == "same"


@held_by(SECRET)
def test_secrets(bench: Bench) -> None:
    """Every step marks exactly the secrets as such, inputs and outputs."""
    inputs = bench.described.secrets - bench.described.computed
    assert bench.methods.checked_secrets(bench.program) == inputs
    created = bench.methods.create(bench.program)
    bench.later()
    read, _ = bench.methods.read(created.id, created.outputs)

    assert (created.secrets, read.secrets) == (bench.described.secrets, bench.described.secrets)
    assert bench.methods.read_secrets(created.id, created.outputs) == inputs
