"""One resource as the engine treats it: planned, applied, refreshed and destroyed over gRPC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contracts.description import Description, Inputs
from tests.contracts.descriptions import DESCRIPTIONS
from tests.plugin.driver import Created, Plugin, ResourceType
from tests.plugin.service import Service

# Within two minutes of our own last write the state is believed.
LONG_ENOUGH = 121


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a stack's state holds of a resource."""

    id: str
    inputs: Inputs = field(repr=False)
    outputs: Inputs = field(repr=False)


class Bench:
    """A resource of a type in an account where others live, too.

    Args:
        described: The type.
        plugin: The running plugin.
        service: The account.

    Attributes:
        program: What the program declares: every input that a creation may have.
        methods: The methods of the type, as the engine calls them.
    """

    def __init__(self, described: Description, plugin: Plugin, service: Service) -> None:
        self.described = described
        self.service = service
        self.methods: ResourceType = plugin.of(described.kind)
        self.program = self.prepared()

    def prepared(self) -> Inputs:
        """Make what the resource stands on; return the program, and begin the calls here."""
        program = {**self.described.inputs, **self.described.prepare(self.service)}
        self.service.forget_calls()
        return program

    def planned(self, program: Inputs, entry: Entry | None) -> str:
        """Return what a preview shows: `create`, `same`, `update` or `replace`."""
        if entry is None:
            self._checked(program)
            return "create"
        inputs = self._checked(program, entry.inputs)
        if self.methods.diff(entry.id, entry.outputs, inputs):
            return "replace"
        return "same" if inputs == entry.inputs else "update"

    def applied(self, program: Inputs, entry: Entry | None = None) -> Entry:
        """Do what `planned` says, in the engine's order; return the state's new entry."""
        plan = self.planned(program, entry)
        if entry is None or plan == "replace":
            return self._created(program, replaced=entry)
        inputs = self._checked(program, entry.inputs)
        if plan == "same":
            return entry
        updated = self.methods.update(entry.id, entry.outputs, inputs)
        return Entry(id=entry.id, inputs=inputs, outputs=updated.outputs)

    def refreshed(self, entry: Entry) -> Entry | None:
        """Read a resource two minutes later; return its entry, None if it is gone."""
        self.later()
        return entry_of(*self.methods.read(entry.id, entry.outputs))

    def destroyed(self, entry: Entry) -> None:
        """Delete a resource."""
        self.methods.delete(entry.id, entry.outputs)

    def shown(self, id_: str) -> Inputs | None:
        """Return what the service really has of a resource, by the names of outputs."""
        return self.described.shown(self.service, id_)

    def later(self) -> None:
        """Let reads show everything that was written so far."""
        self.service.emulator.move_clock(LONG_ENOUGH)

    def account(self) -> dict[str, Any]:
        """Return everything that the service really holds."""
        return self.service.emulator.state()

    def _created(self, program: Inputs, *, replaced: Entry | None) -> Entry:
        inputs = self._checked(program)
        if replaced is not None and self.described.delete_first:
            self.destroyed(replaced)
        created = self.methods.create(inputs)
        if replaced is not None and not self.described.delete_first:
            self.destroyed(replaced)
        return Entry(id=created.id, inputs=inputs, outputs=created.outputs)

    def _checked(self, program: Inputs, olds: Inputs | None = None) -> Inputs:
        inputs, failures = self.methods.check(program, olds)
        assert failures == []
        return inputs


def entry_of(read: Created, inputs: Inputs) -> Entry | None:
    """Return what a read answered as an entry of the state; None if it is gone."""
    return Entry(id=read.id, inputs=inputs, outputs=read.outputs) if read.id else None


def held_by(chosen: Iterable[Description] = DESCRIPTIONS) -> pytest.MarkDecorator:
    """Run a test once for each of these types."""
    return pytest.mark.parametrize(
        "described", [pytest.param(each, id=each.kind) for each in chosen]
    )


def held_by_each(field_name: str) -> pytest.MarkDecorator:
    """Run a test once for each name in a field of each description, `refused` for instance."""
    cases = [
        pytest.param(each, name, id=f"{each.kind}-{name}")
        for each in DESCRIPTIONS
        for name in sorted(getattr(each, field_name))
    ]
    assert cases
    return pytest.mark.parametrize(("described", "name"), cases)


CHANGEABLE = tuple(each for each in DESCRIPTIONS if each.changes)
LISTED = tuple(each for each in DESCRIPTIONS if each.listed)
OF_THEIR_OWN = tuple(each for each in DESCRIPTIONS if not each.part_of_callback)
GOTTEN = tuple(each for each in DESCRIPTIONS if each.unknown_to_get is not None)
