"""The place where bytes leave this package: one pooled session and the only seam that sends.

Every failure below HTTP leaves here as one of three errors. What decides between "nothing was
sent" and "outcome unknown" is whether a byte of the request was handed to a ready connection.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions

from ens_provider.api.connections import Authorization, new_session, progress
from ens_provider.api.reading import BodyError, blocks_of, deadline
from ens_provider.api.translation import reason, translate
from ens_provider.api.wire import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT_SECONDS = 10.0
"""How long connecting may take, and the TLS handshake again."""

BODY_DEADLINE_SECONDS = 60.0
"""How long a body may take from its first byte to its last."""

MAX_BODY_BYTES = 16 * 1024 * 1024
"""The longest body that is read: far beyond the longest list."""


class HTTPTransport:
    """Sends over HTTP, from any thread.

    Proxies and `REQUESTS_CA_BUNDLE` work as with requests; redirects are not followed; nothing is
    taken from .netrc; no cookie is kept, so that no call depends on an earlier one.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
        body_deadline_seconds: float = BODY_DEADLINE_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._clock = clock
        self._connect_timeout_seconds = connect_timeout_seconds
        self._body_deadline_seconds = body_deadline_seconds
        self._max_body_bytes = max_body_bytes
        self._session = new_session()

    def send(self, request: Request) -> Answer:
        """Send a request and return whatever was answered, whatever its status.

        Raises:
            UnreachableError: Nothing was sent.
            ConnectionLostError: It was sent, and no answer began.
            ConfigurationError: The address, the proxy or the CA bundle cannot be used.
        """
        progress.sent = False
        try:
            response = self._open(request)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
        ) as exc:
            raise translate(exc, request, sent=progress.sent) from exc
        with response:
            return self._read(response)

    def close(self) -> None:
        """Give up all connections."""
        self._session.close()

    def _open(self, request: Request) -> requests.Response:
        return self._session.request(
            request.method,
            request.url,
            json=request.json,
            data=request.body,
            headers=dict(request.headers),
            auth=Authorization(request.token),
            timeout=(self._connect_timeout_seconds, request.read_timeout_seconds),
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response) -> Answer:
        blocks: list[bytes] = []
        why = ""
        try:
            self._read_blocks(response, blocks)
        except BodyError as exc:
            why = str(exc)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            why = reason(exc)
        finally:
            deadline.at = math.inf
        return Answer(
            status=response.status_code,
            headers=response.headers,
            raw=b"".join(blocks),
            complete=not why,
            why=why,
        )

    def _read_blocks(self, response: requests.Response, blocks: list[bytes]) -> None:
        until = self._clock() + self._body_deadline_seconds
        # What stands between blocks can be endless, too.
        deadline.at = time.monotonic() + self._body_deadline_seconds
        size = 0
        encoding = response.headers.get("Content-Encoding", "")
        for block in blocks_of(response.raw, encoding=encoding):
            blocks.append(block)
            size += len(block)
            if size > self._max_body_bytes:
                raise BodyError(f"the answer is longer than {self._max_body_bytes} bytes")
            if self._clock() > until:
                raise BodyError(f"the answer took longer than {self._body_deadline_seconds:g} s")
