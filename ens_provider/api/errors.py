"""What can go wrong between this package and the service, as one tree.

ENSError                            everything below; the only class a caller has to know
|- ConfigurationError               something a person must configure
|- UnreachableError                 nothing was sent: name resolution, connect, TLS handshake
|- ConnectionLostError              sent, but no complete answer came back: the outcome is unknown
`- APIError                         the service answered with an error
   |- BadRequestError               400
   |- AuthenticationError           401, or no token was given out
   |- PermissionDeniedError         403
   |- NotFoundError                 404
   |- ConflictError                 409
   |- RateLimitedError              429
   |  `- TemporarilyBlockedError    errorcode 50200: the account is blocked for a while
   |- ServiceError                  5xx: the outcome is unknown
   `- UnexpectedAnswerError         any other status, redirects included

Every error is one sentence on one line for people and a few fields for programs. Neither holds a
client secret, an access token or a signature key.
"""

from __future__ import annotations

from typing import ClassVar

MAX_BODY_CHARACTERS = 64 * 1024
"""How much of an answer an error keeps in `body`."""

_MOST_CHARACTERS = 4000
# What to do stands at the end of a sentence, and stays.
_KEPT_END = 1000


def one_line(text: str) -> str:
    """Return a text on one line, without what a terminal acts on instead of showing it.

    Escape sequences, line ends and marks that turn the direction of a line become blanks.
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(text.split())


class ENSError(Exception):
    """Something went wrong between this package and the service.

    Attributes:
        operation: What was being done, such as `create callback`.
        subject: What it was done to, such as `callback 'orders'`; may be empty.
        status: The HTTP status of the answer, None if there was none.
        errorcode: The service's own code, of whatever type it sent; None if it sent none.
        service_text: What the service said: one line, at most 500 characters, without secrets.
        body: The raw text of the answer without secrets, at most 64 KiB. Empty for answers with a
            2xx status, since those may carry keys.
        retry_after_seconds: How long the service asks to wait; None if it did not say.
        outcome_unknown: Whether the operation may have taken effect in spite of the error, in this
            try or an earlier one of the same call.
    """

    _outcome_unknown: ClassVar[bool] = False

    def __init__(  # noqa: PLR0913 - the fields of an error, all optional
        self,
        message: str,
        *,
        operation: str = "",
        subject: str = "",
        status: int | None = None,
        errorcode: int | str | None = None,
        service_text: str = "",
        body: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(_sentence(message))
        self.operation = operation
        self.subject = subject
        self.status = status
        self.errorcode = errorcode
        self.service_text = service_text
        self.body = body[:MAX_BODY_CHARACTERS]
        self.retry_after_seconds = retry_after_seconds
        self.outcome_unknown: bool = self._outcome_unknown


class ConfigurationError(ENSError):
    """Something is missing or wrong that a person must configure."""


class UnreachableError(ENSError):
    """Nothing was sent: the name, the connection or the TLS handshake failed."""


class ConnectionLostError(ENSError):
    """The request was sent, but no complete and readable answer came back."""

    _outcome_unknown = True


class APIError(ENSError):
    """The service answered with an error."""


class BadRequestError(APIError):
    """The service refused the request as it stands (400)."""


class AuthenticationError(APIError):
    """The service did not accept the token (401), or gave none out."""


class PermissionDeniedError(APIError):
    """The token lacks a permission (403)."""


class NotFoundError(APIError):
    """The object does not exist for the business unit of the token (404)."""


class ConflictError(APIError):
    """The state of the object does not allow the operation (409)."""


class RateLimitedError(APIError):
    """Too many requests (429)."""


class TemporarilyBlockedError(RateLimitedError):
    """The service blocks this client for a while (errorcode 50200); asking again prolongs it."""


class ServiceError(APIError):
    """The service failed (5xx); what was asked may have taken effect all the same."""

    _outcome_unknown = True


class UnexpectedAnswerError(APIError):
    """The service answered with a status that belongs to no other class, such as a redirect."""


def _sentence(message: str) -> str:
    """Return a message as people see it, whatever a name of the service that it quotes holds."""
    line = one_line(message)
    if len(line) <= _MOST_CHARACTERS:
        return line
    return f"{line[: _MOST_CHARACTERS - _KEPT_END]} … {line[-_KEPT_END:]}"


for _public in (
    ENSError,
    ConfigurationError,
    UnreachableError,
    ConnectionLostError,
    APIError,
    BadRequestError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    ConflictError,
    RateLimitedError,
    TemporarilyBlockedError,
    ServiceError,
    UnexpectedAnswerError,
):
    # People read `ens_provider.NotFoundError: …`, wherever the file lies.
    _public.__module__ = "ens_provider"
