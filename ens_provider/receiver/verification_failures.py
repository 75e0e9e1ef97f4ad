"""Why a receiver could not verify its callback: the error, and its sentences by what ENS answered."""

import json
from http import HTTPStatus

from ens_provider.receiver.messages import Probe

_PERMISSION = (
    "The package needs Event Notifications > Callbacks > Update; a new permission shows in tokens "
    "after up to five minutes."
)
_CREDENTIALS = (
    "Check client id and client secret, and that the package is installed; a secret ends 180 days "
    "after it was made."
)
_OF_TOKENS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "Check client id, client secret and account id (MID).",
    HTTPStatus.UNAUTHORIZED: _CREDENTIALS,
    HTTPStatus.FORBIDDEN: "Check that the package has access to the business unit of account id.",
}
_OF_VERIFICATIONS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: (
        "It is verified already, or four hours have passed since its creation: then create it again."
    ),
    HTTPStatus.UNAUTHORIZED: f"ENS does not accept a new token either. {_PERMISSION}",
    HTTPStatus.FORBIDDEN: _PERMISSION,
    HTTPStatus.NOT_FOUND: (
        "ENS knows no such callback or key in this business unit: check account id (MID). A key "
        "works once, and a forged probe brings none."
    ),
}
_FOR_ALL: dict[int, str] = {
    HTTPStatus.TOO_MANY_REQUESTS: "ENS limits requests: it is tried again with the next creation.",
}
_SERVER_FAILED = "ENS failed: it is tried again with the next creation."
_OTHERWISE = "That is no answer of ENS's documentation: check the addresses."
# The words of OAuth 2.0 (RFC 6749, 5.2) and the numbers of the REST API. Nothing else is quoted: what
# a service says in its own words may hold what was sent to it.
_WORDS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
_HIGHEST_NUMBER = 999_999


class SelfVerificationError(Exception):
    """A receiver could not verify a callback; the sentence says why, without key or credential."""


def no_token(*, status: int, body: bytes) -> SelfVerificationError:
    """Return the error for what the token route answered instead of a token."""
    return SelfVerificationError(
        f"ENS gave the receiver no token ({_told(status, body)}). {_remedy(status, _OF_TOKENS)}"
    )


def not_verified(probe: Probe, *, status: int, body: bytes) -> SelfVerificationError:
    """Return the error for a verification that was refused."""
    return SelfVerificationError(
        f"ENS did not verify callback {probe.callback_id} ({_told(status, body)}). "
        f"{_remedy(status, _OF_VERIFICATIONS)}"
    )


def no_answer(host: str, *, why: str) -> SelfVerificationError:
    """Return the error for a call that was not answered."""
    return SelfVerificationError(
        f"The receiver got no answer from {host} to verify a callback: {why}. Check the address and "
        "the receiver's way out."
    )


def word_in(body: bytes) -> str:
    """Return the service's own word or number for a failure, empty if it gives none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    word = content.get("error") if isinstance(content, dict) else None
    if isinstance(word, str) and word in _WORDS:
        return word
    number = content.get("errorcode") if isinstance(content, dict) else None
    return str(number) if type(number) is int and 0 < number <= _HIGHEST_NUMBER else ""


def _told(status: int, body: bytes) -> str:
    return ", ".join(part for part in (str(int(status)), word_in(body)) if part)


def _remedy(status: int, remedies: dict[int, str]) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _SERVER_FAILED
    return {**remedies, **_FOR_ALL}.get(status, _OTHERWISE)
