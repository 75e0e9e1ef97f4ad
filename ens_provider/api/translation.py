"""Failures of the libraries below HTTP, translated into this package's errors.

Their texts are not handed on: they may hold the password of a proxy or the value of a header.
"""

from __future__ import annotations

import ssl
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as pool_errors

from ens_provider.api.errors import ConfigurationError, ENSError, UnreachableError
from ens_provider.api.lost_answer import lost
from ens_provider.api.reading import SlowAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ens_provider.api.wire import Request

_BY_PROGRESS = None
_CONFIGURATION = "configuration"

TRANSLATIONS: dict[type[requests.RequestException], str | None] = {
    requests.exceptions.RequestException: _BY_PROGRESS,
    requests.exceptions.ChunkedEncodingError: _BY_PROGRESS,
    requests.exceptions.ConnectTimeout: _BY_PROGRESS,
    requests.exceptions.ConnectionError: _BY_PROGRESS,
    requests.exceptions.ContentDecodingError: _BY_PROGRESS,
    requests.exceptions.HTTPError: _BY_PROGRESS,
    requests.exceptions.InvalidHeader: _BY_PROGRESS,
    requests.exceptions.InvalidJSONError: _BY_PROGRESS,
    requests.exceptions.InvalidProxyURL: _CONFIGURATION,
    requests.exceptions.InvalidSchema: _CONFIGURATION,
    requests.exceptions.InvalidURL: _CONFIGURATION,
    requests.exceptions.JSONDecodeError: _BY_PROGRESS,
    requests.exceptions.MissingSchema: _CONFIGURATION,
    requests.exceptions.ProxyError: _BY_PROGRESS,
    requests.exceptions.ReadTimeout: _BY_PROGRESS,
    requests.exceptions.RetryError: _BY_PROGRESS,
    requests.exceptions.SSLError: _BY_PROGRESS,
    requests.exceptions.StreamConsumedError: _BY_PROGRESS,
    requests.exceptions.Timeout: _BY_PROGRESS,
    requests.exceptions.TooManyRedirects: _BY_PROGRESS,
    requests.exceptions.URLRequired: _CONFIGURATION,
    requests.exceptions.UnrewindableBodyError: _BY_PROGRESS,
}
"""What becomes of each exception of requests; a test holds that none is missing."""

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (pool_errors.NameResolutionError, "its name could not be resolved"),
    (pool_errors.ProxyError, "the proxy did not connect to it"),
    (requests.exceptions.ProxyError, "the proxy did not connect to it"),
    (
        ssl.SSLCertVerificationError,
        "its TLS certificate is not trusted (REQUESTS_CA_BUNDLE names further authorities)",
    ),
    (ssl.SSLError, "TLS failed"),
    (pool_errors.SSLError, "TLS failed"),
    (ConnectionRefusedError, "it refused the connection"),
    (pool_errors.ConnectTimeoutError, "it did not take the connection in time"),
    (pool_errors.NewConnectionError, "no connection could be made"),
    (SlowAnswerError, "it took too long"),
    (pool_errors.ReadTimeoutError, "it kept silent for too long"),
    (RemoteDisconnected, "it closed the connection"),
    (ConnectionResetError, "it reset the connection"),
    (pool_errors.IncompleteRead, "the answer broke off"),
    (pool_errors.DecodeError, "the answer could not be unpacked"),
    (pool_errors.ProtocolError, "the connection broke"),
)


def reason(exc: BaseException) -> str:
    """Say in a few words of our own what an exception was about."""
    chain = list(_chain(exc))
    for kind, words in _REASONS:
        if any(isinstance(link, kind) for link in chain):
            return words
    return f"the connection failed ({type(chain[-1]).__name__})"


def translate(exc: Exception, request: Request, *, sent: bool) -> ENSError:
    """Return the error of ours for an exception of requests or of what lies below it.

    `sent` tells whether a byte of the request may have left.
    """
    if not sent and _is_configuration(exc):
        return _cannot_be_used(exc, request)
    return lost(reason(exc), request) if sent else _unreachable(reason(exc), request)


def _unreachable(why: str, request: Request) -> UnreachableError:
    return UnreachableError(
        f"{request.host} could not be reached to {request.phrase}: {why}. Nothing was sent. "
        f"Check the network, the proxy and the address of {request.peer}, then run the command again.",
        operation=request.operation,
        subject=request.subject,
    )


def _cannot_be_used(exc: Exception, request: Request) -> ConfigurationError:
    what = f"The address of {request.peer} or of the proxy"
    if not isinstance(exc, requests.RequestException) and isinstance(exc, OSError):
        what = "The CA bundle that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names"
    return ConfigurationError(
        f"{what} cannot be used to {request.phrase}. Nothing was sent. Correct it.",
        operation=request.operation,
        subject=request.subject,
    )


def _is_configuration(exc: Exception) -> bool:
    for kind in type(exc).__mro__:
        if kind in TRANSLATIONS:
            return TRANSLATIONS[kind] is _CONFIGURATION
    # requests looks for the CA bundle itself, and what urllib3 cannot parse is a ValueError.
    return isinstance(exc, ValueError) or not isinstance(exc, pool_errors.HTTPError)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what is behind it; the libraries hide causes in three places."""
    seen: list[BaseException] = []
    waiting = [exc]
    while waiting:
        link = waiting.pop()
        if link in seen:
            continue
        seen.append(link)
        yield link
        hidden = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        waiting.extend(part for part in hidden if isinstance(part, BaseException))
