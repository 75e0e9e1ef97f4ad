"""Covering arrays over the switches: few assignments in which every pair of values stands together."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from covertable import make  # type: ignore[import-untyped, unused-ignore] # it brings no types

from tests.unknowns.assignments import VALUES, Assignment

Together = frozenset[tuple[str, str]]
"""Values of different switches, as (switch, value)."""


def covering_assignments(*, strength: int = 2, seed: str = "") -> list[Assignment]:
    """Return assignments in which every `strength` values of different switches stand together.

    Args:
        strength: How many values.
        seed: Another text is another array of the same strength.
    """
    factors = {switch: list(values) for switch, values in VALUES.items()}
    return [Assignment.of(row) for row in make(factors, strength=strength, salt=seed)]


def all_together(*, strength: int) -> set[Together]:
    """Return every combination of `strength` values of different switches."""
    return {
        frozenset(zip(switches, values, strict=True))
        for switches in combinations(VALUES, strength)
        for values in product(*(VALUES[switch] for switch in switches))
    }


def covered_by(assignments: Iterable[Assignment], *, strength: int) -> set[Together]:
    """Return the combinations of `strength` values that stand together in some assignment."""
    return {
        frozenset(together)
        for assignment in assignments
        for together in combinations(assignment.values.items(), strength)
    }
