"""All checks, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Collection

from ens_provider.cli.conform.check import Check
from ens_provider.cli.conform.delivery_checks import DELIVERY_CHECKS
from ens_provider.cli.conform.probe_checks import PROBE_CHECKS
from ens_provider.cli.conform.refusal_checks import REFUSAL_CHECKS

CHECKS: tuple[Check, ...] = (*PROBE_CHECKS, *DELIVERY_CHECKS, *REFUSAL_CHECKS)
NAMES = tuple(check.name for check in CHECKS)


def selected(*, only: Collection[str] = (), skip: Collection[str] = ()) -> list[Check]:
    """Return the checks to make, and those that they need.

    Args:
        only: The names of the wanted checks; all unless given.
        skip: The names of those that are not wanted.
    """
    wanted = {name for name in (only or NAMES) if name not in skip}
    needed = {name for check in CHECKS if check.name in wanted for name in check.needs}
    return [check for check in CHECKS if check.name in wanted | needed]
