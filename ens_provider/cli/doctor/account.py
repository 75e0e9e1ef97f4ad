"""What the account answers: token, permissions, business unit, clock and ENS itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ENSError
from ens_provider.api.operations import LIST_CALLBACKS, TOKEN_CONTEXT
from ens_provider.cli.counted import counted
from ens_provider.cli.doctor.configuration import how_to_set
from ens_provider.cli.doctor.explanations import failure
from ens_provider.cli.doctor.permissions import NAME as PERMISSIONS
from ens_provider.cli.doctor.permissions import permission_checks
from ens_provider.cli.doctor.report import Check, Purpose, failed, ok, skipped, warning
from ens_provider.cli.doctor.tokens import Attempt, attempts, token_checks
from ens_provider.cli.exit_codes import AUTHENTICATION

WARNING_SECONDS = 60.0
"""How far apart the clocks may be without a word."""

FAILED_SECONDS = 300.0
"""How far apart they may be at all: what some state backends and proxies allow."""

_UNIT, _CLOCK, _ENS = "business unit", "clock", "ENS"
_AFTER_TOKEN = (PERMISSIONS, _UNIT, _CLOCK, _ENS)
NAMES = ("token", *_AFTER_TOKEN)
"""The checks of this module, in their order."""


def account_checks(
    config: ClientConfig,
    *,
    purpose: Purpose,
    prefix: str,
    wall_clock: Callable[[], float] = time.time,
) -> list[Check]:
    """Return the checks for which the account is asked: at most one call for each.

    Args:
        config: The account.
        purpose: What the permissions have to suffice for.
        prefix: What the environment variables begin with.
        wall_clock: This machine's Unix seconds.
    """
    made = attempts(config, wall_clock=wall_clock)
    tokens = token_checks(made, config)
    accepted = next((attempt for attempt in made if attempt.error is None), None)
    if accepted is None:
        return [*tokens, *skipped(_AFTER_TOKEN, because="there is no token")]
    permissions = permission_checks(accepted.scopes, purpose=purpose)
    unit, mid = _business_unit(accepted, config.account_id, prefix=prefix)
    # The clock is that of the newest answer, so ENS is asked before it is looked at.
    ens = _ens(accepted, mid)
    return [*tokens, *permissions, unit, _clock(accepted), ens]


def _business_unit(
    attempt: Attempt, configured: str | None, *, prefix: str
) -> tuple[Check, str | None]:
    """Return the check and the MID of the token, None if it could not be learned."""
    try:
        mid = attempt.client.token_context().mid
    except ENSError as error:
        seen = attempt.transport.seen
        return failure(_UNIT, error, seen=seen, operation=TOKEN_CONTEXT), None
    if attempt.unit_refused is not None:
        return _refused_unit(attempt.unit_refused, str(configured), mid, prefix=prefix), mid
    if configured is None:
        return _unconfigured(mid, prefix=prefix), mid
    if configured != mid:
        found = f"accountId is {configured}, but the token is of {mid}"
        return _wrong(found, mid, prefix=prefix), mid
    return ok(_UNIT, f"{mid}, as accountId says"), mid


def _refused_unit(error: ENSError, configured: str, mid: str, *, prefix: str) -> Check:
    code = f", {error.errorcode}" if error.errorcode else ""
    said = f": {error.service_text.rstrip('.')}" if error.service_text else ""
    found = (
        f"accountId is {configured}, for which ENS gives out no token ({error.status}{code}{said})"
        f"; without accountId the token is of {mid}"
    )
    return _wrong(found, mid, prefix=prefix)


def _wrong(found: str, mid: str, *, prefix: str) -> Check:
    remedy = (
        f"{how_to_set('accountId', prefix=prefix, value=mid)}, if that is the one you mean; "
        "otherwise give the package access to the other one in Setup."
    )
    return failed(_UNIT, found, remedy=remedy, exit_code=AUTHENTICATION)


def _unconfigured(mid: str, *, prefix: str) -> Check:
    found = f"{mid}, which owns the package; accountId is not set"
    remedy = (
        f"{how_to_set('accountId', prefix=prefix, value=mid)}: then resources of another business "
        "unit are refused in every preview, and one call is saved."
    )
    return warning(_UNIT, found, remedy=remedy)


def _clock(attempt: Attempt) -> Check:
    ahead = attempt.transport.seconds_ahead
    if ahead is None:
        return skipped([_CLOCK], because="no answer tells the time")[0]
    if abs(ahead) <= WARNING_SECONDS:
        return ok(_CLOCK, f"within {WARNING_SECONDS:.0f} s of that of ENS")
    minutes = max(round(abs(ahead) / 60), 1)
    off = counted(minutes, "minute")
    found = f"this machine's is about {off} {'behind' if ahead > 0 else 'ahead of'} that of ENS"
    if abs(ahead) <= FAILED_SECONDS:
        return warning(
            _CLOCK, found, remedy="Let the machine set its clock over the network (NTP)."
        )
    remedy = (
        "Let the machine set its clock over the network (NTP): certificates seem to be expired or "
        "not valid yet, state backends refuse what it signs, and receivers date events wrongly."
    )
    return failed(_CLOCK, found, remedy=remedy)


def _ens(attempt: Attempt, mid: str | None) -> Check:
    try:
        number = len(attempt.client.list_callbacks())
    except ENSError as error:
        seen = attempt.transport.seen
        return failure(_ENS, error, seen=seen, operation=LIST_CALLBACKS)
    host = attempt.transport.seen.host
    unit = f" in business unit {mid}" if mid else ""
    return ok(_ENS, f"{host} shows {counted(number, 'callback')}{unit}")
