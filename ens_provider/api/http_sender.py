"""The place where bytes leave this package, through one pooled session of requests.

Every failure below HTTP leaves here as one of three errors. What decides between "nothing was
sent" and "outcome unknown" is whether a byte of the request was handed to a ready connection.
"""

from __future__ import annotations

import math
import time

import requests
import urllib3.exceptions

from ens_provider.api.connections import Authorization, new_session, progress
from ens_provider.api.reading import BodyError, blocks_of, deadline
from ens_provider.api.translation import reason, translate
from ens_provider.api.wire import Answer, Bounds, Request


class HTTPSender:
    """Sends over HTTP, from any thread: what an `HTTPTransport` is once it is used."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._session = new_session()

    def send(self, request: Request) -> Answer:
        """Send a request, as `HTTPTransport.send` says."""
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
            timeout=(self._bounds.connect_timeout_seconds, request.read_timeout_seconds),
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
        bounds = self._bounds
        until = bounds.clock() + bounds.body_deadline_seconds
        # What stands between blocks can be endless, too.
        deadline.at = time.monotonic() + bounds.body_deadline_seconds
        size = 0
        encoding = response.headers.get("Content-Encoding", "")
        for block in blocks_of(response.raw, encoding=encoding):
            blocks.append(block)
            size += len(block)
            if size > bounds.max_body_bytes:
                raise BodyError(f"the answer is longer than {bounds.max_body_bytes} bytes")
            if bounds.clock() > until:
                raise BodyError(f"the answer took longer than {bounds.body_deadline_seconds:g} s")
