"""Posting JSON to the service, within a time: the little that a receiver needs of an HTTP client."""

import http.client
import json
import socket
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from ens_provider.receiver.verification_failures import SelfVerificationError, no_answer

# How long the service may keep silent.
SILENCE_SECONDS = 8.0

_MOST_BYTES = 64 * 1024
_MOST_DIGITS = 4
_WHY: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "its TLS certificate is not trusted"),
    (ssl.SSLError, "TLS failed"),
    (socket.gaierror, "its name could not be resolved"),
    (TimeoutError, "it took too long"),
    (ConnectionRefusedError, "it refused the connection"),
    (ConnectionError, "it closed the connection"),
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, headers and the first 64 KiB of the body, which may hold a token."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Hands every answer back as it is. Redirects are not followed: they would take a token along."""

    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ARG002 -- the base's arguments
        return response

    https_response = http_response


class JSONPosts:
    """Sends posts; `HTTPS_PROXY` and the other variables for proxies count.

    Args:
        tls: What to trust; None for the public authorities.
        clock: Monotonic seconds.
        sleep: Pauses for so many seconds.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        trusting = urllib.request.HTTPSHandler(context=tls)
        self._opener = urllib.request.build_opener(_AnyStatus, trusting)
        self._clock = clock
        self._sleep = sleep

    def send(self, url: str, content: object, *, until: float, token: str | None = None) -> Answer:
        """Return what a post is answered with; one that is limited (429) is sent again.

        Args:
            url: Where it goes.
            content: What is sent, as JSON.
            until: When to give up, in seconds of the clock.
            token: The bearer token, if any.

        Raises:
            SelfVerificationError: no answer came.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        sent = json.dumps(content).encode("ascii")
        while True:
            request = urllib.request.Request(url, data=sent, headers=headers, method="POST")  # noqa: S310 -- an account's addresses are http and https alone
            answer = self._once(request, until=until)
            pause = _pause_of(answer)
            if pause is None or self._clock() + pause >= until:
                return answer
            self._sleep(pause)

    def _once(self, request: urllib.request.Request, *, until: float) -> Answer:
        left = until - self._clock()
        if left <= 0:
            raise _unanswered(request, "the time is over")
        try:
            with self._opener.open(request, timeout=min(left, SILENCE_SECONDS)) as answer:
                body = self._body(answer, until=until)
                return Answer(status=answer.status, headers=answer.headers, body=body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # Without the cause: it may quote a header, or a proxy's password.
            raise _unanswered(request, _why(error)) from None

    def _body(self, answer: http.client.HTTPResponse, *, until: float) -> bytes:
        parts: list[bytes] = []
        left = _MOST_BYTES
        while left > 0 and (part := answer.read1(left)):
            parts.append(part)
            left -= len(part)
            # A service that sends a byte now and then keeps each read alive, but not the whole.
            if self._clock() >= until:
                raise TimeoutError
        return b"".join(parts)


def _pause_of(answer: Answer) -> float | None:
    """Return after how many seconds to send again what was limited, None if that is not told."""
    told = (answer.headers.get("Retry-After") or "").strip()
    is_number = told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS
    if answer.status != HTTPStatus.TOO_MANY_REQUESTS or not is_number:
        return None
    # A pause of none would ask without end.
    return max(float(told), 1.0)


def _unanswered(request: urllib.request.Request, why: str) -> SelfVerificationError:
    return no_answer(urlsplit(request.full_url).netloc, why=why)


def _why(error: BaseException) -> str:
    cause = getattr(error, "reason", error)
    kind = cause if isinstance(cause, BaseException) else error
    found = (words for each, words in _WHY if isinstance(kind, each))
    return next(found, f"the connection failed ({type(kind).__name__})")
