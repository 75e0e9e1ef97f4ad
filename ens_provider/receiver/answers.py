"""The answers that several parts of a receiver give, and how failures are told in the log."""

import json
import traceback
from collections.abc import Mapping
from http import HTTPStatus

from ens_provider.receiver.messages import Response
from ens_provider.receiver.stores import KeyStoreError


def answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON; no cache may keep it, since some answers hold keys."""
    sent = {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}
    return Response(status=int(status), headers=sent, body=json.dumps(content).encode("ascii"))


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that says what is wrong: `{"error": sentence}`."""
    return answer(status, {"error": sentence}, headers)


def too_long(longest: int) -> Response:
    """Return the answer to a body beyond the bound."""
    return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is longer than {longest} bytes.")


def not_allowed(*methods: str) -> Response:
    """Return the answer to another method than these."""
    allowed = ", ".join(methods)
    return refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"Use {allowed} here.", {"Allow": allowed})


def failed() -> Response:
    """Return the answer to a request on which the receiver failed; the log has the rest."""
    sentence = "The receiver failed; its log says where."
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)


def told(error: Exception) -> str:
    """Say for the log what failed and where.

    The message of somebody else's exception may quote an event or a key: of those the kind and
    the way are told, and only our own sentences in full.
    """
    if isinstance(error, KeyStoreError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)[1:]
    way = " > ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames)
    return f"{type(error).__name__} in {way or 'the call itself'}"
