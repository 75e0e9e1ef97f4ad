"""What the contracts have to know of a type of resource: one `Description` each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.plugin.service import Service

Inputs: TypeAlias = dict[str, Any]
Prepared: TypeAlias = Callable[[Service], Inputs]


@dataclass(frozen=True, kw_only=True)
class Description:
    """A type of resource, as the contracts declare, change, break and look at it.

    Attributes:
        kind: The resource's class, such as `Subscription`.
        prepare: Makes what the resource stands on; returns the inputs that depend on it.
        inputs: All other inputs that a creation may have, as `check` leaves them.
        spell: Writes inputs in other words that mean the same.
        changes: By input, another value that is taken over in place. The service is told of the
            first one. Empty for a type that has none.
        update_route: The route that tells it; empty where there is none.
        immutable: By input, makes another value; returns the inputs that change with it.
        create_only: By input, the inputs of a program that changes it later.
        refused: By input, a value that `check` refuses.
        impossible: Makes inputs that `check` passes and the creation fails on.
        computed: Names of the outputs that are no inputs.
        secrets: Names of the outputs that are secrets.
        declared_twice: What a second creation of the same says, with labels in the place of ids;
            None where it is the same resource again.
        delete_first: Whether a replacement deletes before it creates.
        part_of_callback: Whether it is nothing that can be deleted by itself: `delete` leaves it
            there, and it goes with its callback.
        vanish: Lets somebody else delete it.
        shown: What the service really has of it, by the names of outputs; None if it is not there.
        drift: By input, lets somebody else change it; returns the value that reads show then.
        listed: Tells whether the lookup functions show it; None where they cannot.
        unknown_to_get: Names of the outputs that `get` cannot know; None for a type without `get`.
        in_program: The inputs by which its program differs from `inputs`, references included.
        unknown_to_import: Names of inputs and outputs that an import cannot know, or need not,
            since they act at creation only; None for a type that is not imported.
    """

    kind: str
    prepare: Prepared
    inputs: Inputs = field(repr=False)
    spell: Callable[[Inputs], Inputs]
    changes: Inputs
    update_route: str = ""
    immutable: Mapping[str, Prepared]
    create_only: Mapping[str, Inputs] = field(repr=False)
    refused: Inputs
    impossible: Prepared
    computed: frozenset[str]
    secrets: frozenset[str]
    declared_twice: str | None
    delete_first: bool
    part_of_callback: bool
    vanish: Callable[[Service, str], None]
    shown: Callable[[Service, str], Inputs | None]
    drift: Mapping[str, Callable[[Service, str], object]]
    listed: Callable[[str, Inputs], bool] | None
    unknown_to_get: frozenset[str] | None
    in_program: Inputs
    unknown_to_import: frozenset[str] | None

    def __str__(self) -> str:
        return self.kind

    @property
    def refused_later(self) -> Inputs:
        """By input, a value that `check` refuses of an existing resource, too."""
        return {name: bad for name, bad in self.refused.items() if name not in self.create_only}

    @property
    def told(self) -> Inputs:
        """The change in place that the service is told of."""
        return dict([next(iter(self.changes.items()))])
