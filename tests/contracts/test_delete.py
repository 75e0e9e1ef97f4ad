"""The contracts of deletion, and of reads of what is not there."""

from __future__ import annotations

import ens_provider as ens
from tests.contracts.bench import (
    CHANGEABLE,
    GOTTEN,
    LISTED,
    OF_THEIR_OWN,
    Bench,
    Entry,
    held_by,
)
from tests.contracts.descriptions import DESCRIPTIONS, NOBODY
from tests.plugin.driver import refusal
from tests.plugin.service import Service

PART_OF_CALLBACK = tuple(each for each in DESCRIPTIONS if each.part_of_callback)
LISTED_THEN_GONE = tuple(each for each in LISTED if each in OF_THEIR_OWN)
CHANGED_THEN_GONE = tuple(each for each in CHANGEABLE if each in OF_THEIR_OWN)


def _deleted(bench: Bench) -> Entry:
    entry = bench.applied(bench.program)
    bench.destroyed(entry)
    return entry


@held_by(OF_THEIR_OWN)
def test_read_after_delete(bench: Bench) -> None:
    """A read of what was deleted says that it is gone."""
    entry = _deleted(bench)

    assert bench.shown(entry.id) is None
    assert bench.refreshed(entry) is None


@held_by(LISTED_THEN_GONE)
def test_list_after_delete(bench: Bench, lookups: None) -> None:
    """The lookup functions no longer show what was deleted, and go on showing the rest."""
    entry = _deleted(bench)

    assert bench.described.listed
    assert not bench.described.listed(entry.id, entry.inputs)
    assert "foreign" in {each.callback_name for each in ens.get_callbacks()}


@held_by(CHANGED_THEN_GONE)
def test_update_after_delete(bench: Bench) -> None:
    """What was deleted is not updated: one line says so, and it does not come back."""
    entry = _deleted(bench)
    before = bench.account()
    changed = bench.program | bench.described.told

    said = refusal(bench.methods.update, entry.id, entry.outputs, changed)

    assert said.startswith("ens_provider.DeletedOutside: ")
    assert bench.account() == before


@held_by()
def test_delete_twice(bench: Bench) -> None:
    """A second deletion is done already."""
    entry = _deleted(bench)
    before = bench.account()

    bench.destroyed(entry)

    assert bench.account() == before


@held_by()
def test_delete_of_what_vanished(bench: Bench) -> None:
    """What somebody else deleted is deleted already."""
    entry = bench.applied(bench.program)
    bench.described.vanish(bench.service, entry.id)
    before = bench.account()

    bench.destroyed(entry)

    assert bench.account() == before


@held_by(PART_OF_CALLBACK)
def test_delete_of_a_part(bench: Bench) -> None:
    """A part of a callback is let go of without a call, and stays as it is until the callback goes."""
    entry = bench.applied(bench.program)
    shown = bench.shown(entry.id)
    bench.service.forget_calls()

    bench.destroyed(entry)

    assert bench.service.calls() == []
    assert bench.shown(entry.id) == shown
    bench.service.delete(entry.id)
    assert bench.shown(entry.id) is None


@held_by()
def test_read_without_create(bench: Bench) -> None:
    """An entry of the state whose object never was is read as gone."""
    entry = bench.applied(bench.program)

    assert bench.refreshed(Entry(id=NOBODY, inputs=entry.inputs, outputs=entry.outputs)) is None


@held_by(GOTTEN)
def test_get_without_create(bench: Bench) -> None:
    """To `get` what never was is an error: the engine would take an empty answer for a resource."""
    said = refusal(bench.methods.read, NOBODY, {})

    assert said.startswith(f"ens_provider.NotFoundError: {bench.described.kind} {NOBODY} ")


def test_list_of_nothing(service: Service, lookups: None) -> None:
    """An empty account is an empty list, also of what hangs on a callback that is not there."""
    assert (ens.get_callbacks(), ens.get_subscriptions(NOBODY)) == ([], [])
