"""Fetching a callback's verification key from the receiver that got it with the probe."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.api.errors import (
    AuthenticationError,
    ENSError,
    NotFoundError,
    ServiceError,
    UnexpectedAnswerError,
)
from ens_provider.api.lost_answer import lost
from ens_provider.api.transport import HTTPTransport
from ens_provider.api.wire import Answer, Request, shown_address

if TYPE_CHECKING:
    from ens_provider.api.wire import Transport

READ_TIMEOUT_SECONDS = 10.0
"""How long the receiver may keep silent; another attempt follows."""

MAX_BODY_BYTES = 64 * 1024
"""The longest answer that is read: an id and a key."""

_OK = 200
_NOT_FOUND = 404
_REFUSED = (401, 403)
_FIRST_SERVER_ERROR = 500
_TOO_MANY = 429


@dataclass(frozen=True, kw_only=True)
class KeySource:
    """Where a receiver hands out a verification key: ``GET url`` with a bearer token, if any.

    The answer is ``{"verificationKey": …}``, with a ``callbackId`` or without.
    """

    url: str
    callback_id: str
    token: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The address as sentences show it."""
        return shown_address(self.url)


def fetch_verification_key(source: KeySource, *, transport: Transport | None = None) -> str:
    """Ask the receiver once for the verification key of a callback. Redirects are not followed.

    Args:
        source: Where to ask.
        transport: What sends the request; by default a connection of its own, for which
            `REQUESTS_CA_BUNDLE` and the proxies of the environment count.

    Raises:
        NotFoundError: The receiver does not know the key (yet): 404.
        ServiceError: The receiver failed (5xx), or asks to be asked later (429).
        AuthenticationError: It did not accept the token (401, 403).
        UnexpectedAnswerError: It answered something else, or what is no key of this callback.
        UnreachableError: No connection came about.
        ConnectionLostError: No answer came.
    """
    sender = transport or HTTPTransport(max_body_bytes=MAX_BODY_BYTES)
    try:
        answer = sender.send(_request(source))
    finally:
        if transport is None:
            sender.close()
    if answer.status != _OK:
        raise _refusal(source, answer.status)
    if not answer.complete and len(answer.raw) <= MAX_BODY_BYTES:
        raise lost(answer.why, _request(source))
    return _key(source, answer)


def _request(source: KeySource) -> Request:
    return Request(
        method="GET",
        url=source.url,
        phrase=f"hand out the verification key of callback {source.callback_id}",
        operation="fetch verification key",
        subject=source.callback_id,
        changes=False,
        token=source.token,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        peer="the receiver",
    )


def _refusal(source: KeySource, status: int) -> ENSError:
    told = f"The receiver answered {status} when asked for the verification key of callback "
    told += f"{source.callback_id} at {source.place}"
    kind: type[ENSError] = UnexpectedAnswerError
    remedy = "verification_key_url has to answer 200 there, without a redirect: correct it"
    if status == _NOT_FOUND:
        kind, remedy = NotFoundError, "it does not hold that key (yet)"
    elif status in _REFUSED:
        kind, remedy = AuthenticationError, "correct verification_key_token"
    elif status >= _FIRST_SERVER_ERROR or status == _TOO_MANY:
        kind, remedy = ServiceError, "look into its log"
    return kind(
        f"{told}: {remedy}.",
        operation="fetch verification key",
        subject=source.callback_id,
        status=status,
    )


def _key(source: KeySource, answer: Answer) -> str:
    body = _object(answer)
    key, callback_id = body.get("verificationKey"), body.get("callbackId")
    of_another = isinstance(callback_id, str) and callback_id.lower() != source.callback_id
    if of_another or not isinstance(key, str) or not key.strip():
        what = "the key of another callback" if of_another else "no verificationKey"
        raise UnexpectedAnswerError(
            f"The receiver answered 200 at {source.place} with {what}, when asked for the "
            f"verification key of callback {source.callback_id}. It has to answer "
            '{"callbackId": …, "verificationKey": …}: correct verification_key_url.',
            operation="fetch verification key",
            subject=source.callback_id,
            status=answer.status,
        )
    return key.strip()


def _object(answer: Answer) -> dict[str, object]:
    try:
        body = json.loads(answer.raw) if answer.complete else None
    except (ValueError, RecursionError):
        body = None
    return body if isinstance(body, dict) else {}
