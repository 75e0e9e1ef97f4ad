"""What an error of the service means for somebody who asks why nothing works."""

from __future__ import annotations

from ens_provider.api.errors import (
    APIError,
    ConfigurationError,
    ConnectionLostError,
    ENSError,
    PermissionDeniedError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnreachableError,
)
from ens_provider.api.operations import GET_TOKEN, Operation
from ens_provider.api.translation import reason
from ens_provider.cli.doctor.report import Check, failed
from ens_provider.cli.doctor.watching import Seen
from ens_provider.cli.exit_codes import exit_code_of

REFUSED = "Correct what ENS names."
"""What to do about a refusal of which no more is known."""

_REFUSALS = (400, 401, 403, 404, 409)
_SOMETHING_ELSE = "Check {setting}: something else answers there, or a proxy answers instead."


def failure(
    name: str, error: ENSError, *, seen: Seen, operation: Operation = GET_TOKEN, remedy: str = ""
) -> Check:
    """Return the failed check for an error.

    Args:
        name: The check's name.
        error: What was raised.
        seen: The newest answer.
        operation: What was asked for.
        remedy: What to do where the service refused what it was asked for. Default: what to do
            about any refusal.
    """
    found, general = _explained(error, seen, operation)
    is_refusal = isinstance(error, APIError) and general == REFUSED
    said = remedy if is_refusal and remedy else general
    return failed(
        name,
        found,
        remedy=said.format(setting=_setting(operation)),
        exit_code=exit_code_of(error),
    )


def found_and_remedy(error: ENSError) -> tuple[str, str]:
    """Return what the sentence of an error says: what is wrong, and what to do, which comes last."""
    found, _, remedy = str(error).rpartition(". ")
    return (found, remedy) if found else (remedy.rstrip("."), "Correct it where it is set.")


def _explained(error: ENSError, seen: Seen, operation: Operation) -> tuple[str, str]:
    if isinstance(error, UnreachableError):
        return _unreachable(error, seen)
    if isinstance(error, ConnectionLostError):
        return _lost(error, seen)
    if isinstance(error, ConfigurationError) or not isinstance(error, APIError):
        return found_and_remedy(error)
    return _refused(error, seen, operation)


def _unreachable(error: UnreachableError, seen: Seen) -> tuple[str, str]:
    why = reason(error.__cause__) if error.__cause__ else "no connection could be made"
    if "certificate" in why:
        remedy = "Put the authority that signed it, a company's proxy for instance, into that file."
    elif "name" in why:
        remedy = "Check the spelling of {setting}, and how this machine resolves names."
    else:
        remedy = "Check {setting}, the network and the proxy."
    return f"{seen.host} cannot be reached: {why}", remedy


def _lost(error: ConnectionLostError, seen: Seen) -> tuple[str, str]:
    if seen.status is not None:
        return f"{_answers(seen)}, which is no answer of ENS", _SOMETHING_ELSE
    why = reason(error.__cause__) if error.__cause__ else "the connection broke"
    return (
        f"{seen.host} did not answer: {why}",
        "Run doctor again; check the network and the proxy.",
    )


def _refused(error: APIError, seen: Seen, operation: Operation) -> tuple[str, str]:
    if seen.location:
        found = f"{seen.host} redirects ({seen.status}) to {seen.location}"
        return (
            found,
            "Set {setting} to the address that answers itself: redirects are not followed.",
        )
    if isinstance(error, RateLimitedError):
        return _limited(error, operation)
    if isinstance(error, ServiceError):
        found = f"{_answers(seen)}{_text(error, seen)}"
        return found, "That is for ENS to mend: run doctor again later."
    if seen.is_page or seen.status not in _REFUSALS:
        return f"{_answers(seen)}, which is no answer of ENS", _SOMETHING_ELSE
    found = f"ENS refuses to {_task(operation)} {_codes(error)}{_text(error, seen)}"
    return found, _permission(operation) if isinstance(error, PermissionDeniedError) else REFUSED


def _limited(error: RateLimitedError, operation: Operation) -> tuple[str, str]:
    if isinstance(error, TemporarilyBlockedError):
        remedy = (
            "Send nothing for at least 5 minutes, since asking again prolongs the block; ask "
            "Salesforce Support if it stays."
        )
        return f"ENS blocks this client {_codes(error)}{_text(error)}", remedy
    seconds = error.retry_after_seconds
    usual = "20 minutes" if operation is GET_TOKEN else "some minutes"
    wait = f"{seconds:.0f} s" if seconds else usual
    found = f"ENS limits the requests of this client {_codes(error)}{_text(error)}"
    return found, f"Run doctor again in {wait}."


def _permission(operation: Operation) -> str:
    if not operation.permission:
        return REFUSED
    return (
        f"Tick {operation.permission} (scope {operation.scope}) for the installed package in "
        "Setup; tokens show it after up to 5 minutes."
    )


def _answers(seen: Seen) -> str:
    is_json = not seen.media_type or seen.media_type.endswith("json")
    return f"{seen.host} answers {seen.status}{'' if is_json else f' with {seen.media_type}'}"


def _codes(error: APIError) -> str:
    code = error.errorcode
    if code in {None, ""}:
        return f"({error.status})"
    # What the token route calls `error` is a word that speaks for itself.
    is_word = isinstance(code, str) and not code.isdigit()
    return f"({error.status}, {code if is_word else f'errorcode {code}'})"


def _text(error: APIError, seen: Seen | None = None) -> str:
    said = "" if seen and seen.is_page else error.service_text.rstrip(".")
    return f": {said}" if said else ""


def _task(operation: Operation) -> str:
    return "give out a token" if operation is GET_TOKEN else operation.phrase


def _setting(operation: Operation) -> str:
    return "authUrl or subdomain" if operation is GET_TOKEN else "restUrl or subdomain"
