"""A receiver as a WSGI application: `app = application(receiver)`."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from ens_provider.receiver.answers import refusal
from ens_provider.receiver.lengths import UnusableLengthError, content_length
from ens_provider.receiver.messages import Handler, Response

# The standard library has names for these types from Python 3.11 on.
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
WSGIApplication = Callable[[Environ, StartResponse], Iterable[bytes]]

_WITHOUT_PREFIX = ("CONTENT_TYPE", "CONTENT_LENGTH")


def application(handler: Handler) -> WSGIApplication:
    """Return the WSGI application of a receiver.

    It may be mounted below a path: the receiver sees what comes after it. No more is read of a
    body than the receiver's bound. A chunked body is read if the server decodes it and says so
    (`wsgi.input_terminated`).
    """

    def answered(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            response = _response(handler, environ)
        except UnusableLengthError as error:
            response = error.response
        headers = list(response.headers.items())
        # 204 has neither a body nor its length.
        if response.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(response.body))))
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [response.body] if response.body else []

    return answered


def _response(handler: Handler, environ: Environ) -> Response:
    body = _body(environ, longest=handler.longest_body_bytes)
    path = environ.get("PATH_INFO") or "/"
    return handler.handle(environ["REQUEST_METHOD"], path, _headers(environ), body)


def _body(environ: Environ, *, longest: int) -> bytes:
    length = content_length(environ.get("CONTENT_LENGTH"), longest=longest)
    if length is None:
        # Without a length a body ends where the server says; one byte beyond the bound is enough
        # for the receiver to refuse it.
        return _read(environ, longest + 1) if environ.get("wsgi.input_terminated") else b""
    body = _read(environ, length)
    if len(body) < length:
        sentence = "The body is shorter than its Content-Length."
        raise UnusableLengthError(refusal(HTTPStatus.BAD_REQUEST, sentence))
    return body


def _read(environ: Environ, most: int) -> bytes:
    # A server may hand over less at a time than it is asked for.
    parts = []
    while most and (part := environ["wsgi.input"].read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _headers(environ: Environ) -> list[tuple[str, str]]:
    names = [name for name in environ if name.startswith("HTTP_") or name in _WITHOUT_PREFIX]
    return [(name.removeprefix("HTTP_").replace("_", "-"), environ[name]) for name in names]
