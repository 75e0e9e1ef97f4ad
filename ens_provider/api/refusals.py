"""Answers that are errors, turned into one sentence and one class each.

*What failed, on which object, what the service said, what to do.*
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.api import service_text
from ens_provider.api.errors import (
    MAX_BODY_CHARACTERS,
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnexpectedAnswerError,
)

if TYPE_CHECKING:
    from ens_provider.api.operations import Operation
    from ens_provider.api.scrub import Scrubber
    from ens_provider.api.wire import Answer

BLOCKED_ERRORCODE = "50200"
"""`Your requests are temporarily blocked.` (page "Rate Limiting Errors")."""

UNKNOWN_ROUTE = 596
"""What the platform answers where no route is (page "Error Handling")."""

# Twice what an error keeps, so that no secret is cut in two where `body` ends.
_MAX_ERROR_BYTES = 2 * MAX_BODY_CHARACTERS

AGAIN = "Run `pulumi up` again"

_CLASSES: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer that is an error, with what is needed to speak of it; `secrets` are hidden too."""

    operation: Operation
    subject: str
    answer: Answer
    scrubber: Scrubber
    now: float
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def text(self) -> str:
        """Return what the service said, without secrets; nothing of a 2xx, which may hold keys."""
        if self._may_hold_keys():
            return ""
        return service_text.shortened(self.clean(service_text.said(self.answer.raw)))

    def body(self) -> str:
        """Return the raw text without secrets; nothing of a 2xx."""
        if self._may_hold_keys():
            return ""
        return self.clean(service_text.raw_text(self.answer.raw[:_MAX_ERROR_BYTES]))

    def errorcode(self) -> int | str | None:
        """Return the service's own code without secrets."""
        code = None if self._may_hold_keys() else service_text.errorcode(self.answer.raw)
        # Shortened last: of a secret that is cut in two, neither half is known.
        return service_text.shortened(self.clean(code)) if isinstance(code, str) else code

    def clean(self, text: str) -> str:
        """Return a text without the secrets of the client and of this call."""
        return self.scrubber.clean(text, also=self.secrets)

    def error(self, kind: type[APIError], *, remedy: str) -> APIError:
        """Return an error of this kind, its sentence ending in `remedy`."""
        code = self.errorcode()
        verb = "could not" if kind is ServiceError else "refused to"
        phrase = self.operation.phrase.format(subject=self.clean(self.subject))
        codes = str(self.answer.status) if code is None else f"{self.answer.status}, {_named(code)}"
        said = f": {_ended(self.text())}" if self.text() else "."
        return kind(
            f"ENS {verb} {phrase} ({codes}){said} {remedy}.",
            operation=self.operation.name,
            subject=self.clean(self.subject),
            status=self.answer.status,
            errorcode=code,
            service_text=self.text(),
            body=self.body(),
            retry_after_seconds=service_text.retry_after_seconds(self.answer, now=self.now),
        )

    def _may_hold_keys(self) -> bool:
        return self.answer.status // 100 == 2  # noqa: PLR2004 - the class of success


def api_error(refusal: Refusal) -> APIError:
    """Return the error for an answer that is none of the operation's successes."""
    kind = kind_of(refusal)
    error = refusal.error(kind, remedy=_remedy(kind, refusal))
    if kind is UnexpectedAnswerError and refusal.answer.status // 100 in (1, 2):
        # Some success that is not documented (done, in all likelihood), or no last word.
        error.outcome_unknown = True
    return error


def kind_of(refusal: Refusal) -> type[APIError]:
    """Return the class for an answer; what the service calls a block is one under any status."""
    status = refusal.answer.status
    if str(refusal.errorcode()) == BLOCKED_ERRORCODE:
        return TemporarilyBlockedError
    if 500 <= status <= 599 and status != UNKNOWN_ROUTE:  # noqa: PLR2004 - the class of failures
        return ServiceError
    return _CLASSES.get(status, UnexpectedAnswerError)


def _remedy(kind: type[APIError], refusal: Refusal) -> str:
    operation, status = refusal.operation, refusal.answer.status
    if kind is UnexpectedAnswerError and status // 100 == 3:  # noqa: PLR2004 - redirects
        return "Redirects are not followed: check restUrl or subdomain"
    if kind is PermissionDeniedError:
        return _permission(operation)
    if kind is NotFoundError:
        return (
            f"{operation.missing}: run `pulumi up --refresh` if it was deleted outside, otherwise "
            "check accountId"
        )
    return _REMEDIES[kind]


_REMEDIES: dict[type[APIError], str] = {
    BadRequestError: f"Correct what it names, then {AGAIN[0].lower()}{AGAIN[1:]}",
    AuthenticationError: (
        "A new token was not accepted either: check that the installed package is enabled for "
        "this business unit"
    ),
    ConflictError: "Remove what is attached to it first",
    RateLimitedError: f"{AGAIN} in a few minutes, with fewer resources at a time",
    TemporarilyBlockedError: (
        "Nothing is sent for 5 minutes, since asking again prolongs the block; run `pulumi up` "
        "after that, and ask Salesforce Support if it stays"
    ),
    ServiceError: AGAIN,
    UnexpectedAnswerError: "Check restUrl or subdomain, and whether a proxy answered instead",
}


def _permission(operation: Operation) -> str:
    if not operation.permission:
        return "Check the permissions of the installed package in Setup"
    return (
        f"Give the installed package the permission {operation.permission} "
        f"(scope {operation.scope}) in Setup; a new token shows it after up to 5 minutes"
    )


def _named(code: int | str) -> str:
    # What an OAuth route calls `error` is a word that speaks for itself.
    is_word = isinstance(code, str) and not code.isdigit()
    return str(code) if is_word else f"errorcode {code}"


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
