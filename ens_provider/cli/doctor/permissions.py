"""The permissions of a token against those that a purpose needs."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ens_provider.api.operations import ENS_OPERATIONS
from ens_provider.cli.doctor.report import Check, Purpose, failed, ok, warning
from ens_provider.cli.exit_codes import AUTHENTICATION

NAME = "permissions"
_IN_SETUP = "Setup > Apps > Installed Packages"
_READ_ONLY = "Callbacks > Read and Subscriptions > Read"


def needed_scopes(purpose: Purpose) -> frozenset[str]:
    """Return the scopes that a purpose needs: all to deploy, those of reads to see drift."""
    if not purpose.calls_ens:
        return frozenset()
    everything = purpose is Purpose.UP
    return frozenset(each.scope for each in ENS_OPERATIONS if everything or not each.changes)


def permission_checks(granted: AbstractSet[str] | None, *, purpose: Purpose) -> list[Check]:
    """Return a check for each permission that is missing, or one for all.

    Args:
        granted: The scopes of the token; None if the service did not tell them.
        purpose: What they have to suffice for.
    """
    needed = needed_scopes(purpose)
    if granted is None:
        found = "the service does not tell which permissions the token has"
        remedy = f"Compare {_IN_SETUP} with the table of permissions in docs/configuration.md."
        return [warning(NAME, found, remedy=remedy)]
    missing = [scope for scope in _scopes() if scope in needed - granted]
    if missing:
        return [_missing(scope) for scope in missing]
    surplus = [scope for scope in _scopes() if scope in granted - needed]
    if surplus:
        return [_surplus(surplus, purpose)]
    return [ok(NAME, f"all {len(needed)} that `{purpose.command}` needs")]


def _missing(scope: str) -> Check:
    found = f"{_permission(scope)} is missing, needed to {_tasks(scope)}"
    remedy = f"Tick it in {_IN_SETUP} (scope {scope}); tokens show it after up to 5 minutes."
    return failed(NAME, found, remedy=remedy, exit_code=AUTHENTICATION)


def _surplus(scopes: list[str], purpose: Purpose) -> Check:
    found = (
        f"{len(scopes)} more than `{purpose.command}` needs: whoever has these credentials can "
        f"{', '.join(_tasks(scope) for scope in scopes)}"
    )
    remedy = f"Give what only looks a package of its own, with {_READ_ONLY} alone."
    return warning(NAME, found, remedy=remedy)


def _scopes() -> list[str]:
    return list(dict.fromkeys(each.scope for each in ENS_OPERATIONS))


def _permission(scope: str) -> str:
    return next(each.permission for each in ENS_OPERATIONS if each.scope == scope)


def _tasks(scope: str) -> str:
    return ", ".join(each.name for each in ENS_OPERATIONS if each.scope == scope)
