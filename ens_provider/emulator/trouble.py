"""Trouble on demand: deliveries that come more than once, and in another order.

The documentation promises delivery at least once and no order, so that a receiver has to bear
both; the emulator by itself delivers once and in order.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol, TypeVar

ORDERS = ("as_given", "reversed", "shuffled")
"""In which order deliveries go out, and events stand in them; the first one is the default."""

MOST_COPIES = 10
"""How often a batch is delivered at most."""

TROUBLE_FIELDS = ("copies", "order", "seed")
"""The fields that make trouble, in requests and in the setting."""

Thing = TypeVar("Thing")


class UnknownTroubleError(ValueError):
    """Trouble cannot be made so; the sentence says why."""


class Reordering(Protocol):
    """Returns things in another order."""

    def __call__(self, things: Sequence[Thing]) -> list[Thing]:
        """Return them all."""
        ...


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """How often each batch is delivered (`copies`, 1 to 10), and in which `order`.

    The order is that of the deliveries for each callback and of the events in each of them. The
    same `seed` shuffles the same things in the same way.
    """

    copies: int = 1
    order: str = "as_given"
    seed: int = 0

    def changed(self, fields: Mapping[str, object]) -> "Trouble":
        """Return this with those of its fields set that are given.

        Raises:
            UnknownTroubleError: a value cannot be.
        """
        given = {name: fields[name] for name in TROUBLE_FIELDS if name in fields}
        return replace(self, **{name: _CHECKS[name](value) for name, value in given.items()})  # type: ignore[arg-type] # each check returns what its field holds

    def reordering(self) -> Reordering:
        """Return what puts things into the order; one serves all the deliveries of a request."""
        shuffler = random.Random(self.seed)  # noqa: S311 -- an order that can be repeated, no secret

        def reordered(things: Sequence[Thing]) -> list[Thing]:
            if self.order == "shuffled":
                return shuffler.sample(things, len(things))
            return list(things) if self.order == "as_given" else list(reversed(things))

        return reordered

    def shown(self) -> dict[str, object]:
        """Return it for `GET /_emulator/trouble`."""
        return asdict(self)


def _copies(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_COPIES:
        raise UnknownTroubleError(f"'copies' is a whole number from 1 to {MOST_COPIES}.")
    return value


def _order(value: object) -> str:
    if not isinstance(value, str) or value not in ORDERS:
        raise UnknownTroubleError(f"'order' is one of {', '.join(ORDERS)}.")
    return value


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnknownTroubleError("'seed' is a whole number.")
    return value


_CHECKS = {"copies": _copies, "order": _order, "seed": _seed}
