"""A proxy in front of the emulator: hears what passes, and may answer in its place."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import urlsplit

_Proxy = TypeVar("_Proxy", bound="Proxy")
_SECONDS = 60
_SENT_ON = ("Authorization", "Content-Type")
_GIVEN_BACK = ("Content-Type", "Date")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request: method, path with its query, the headers that are sent on, and the body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status, the headers that are given back, and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Proxy:
    """Forwards every request; a subclass overrides `answer`. A context manager.

    Args:
        target: The address to forward to.
    """

    def __init__(self, target: str) -> None:
        self._netloc = urlsplit(target).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self: _Proxy) -> _Proxy:  # noqa: PYI019 -- Self needs Python 3.11
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Answer:
        """Answer a request, from any of several threads."""
        return self.forward(request)

    def forward(self, request: Request) -> Answer:
        """Return the answer of the service."""
        connection = http.client.HTTPConnection(self._netloc, timeout=_SECONDS)
        try:
            connection.request(
                request.method,
                request.path,
                body=request.body or None,
                headers=dict(request.headers),
            )
            answer = connection.getresponse()
            headers = {name: answer.headers[name] for name in _GIVEN_BACK if name in answer.headers}
            return Answer(status=answer.status, headers=headers, body=answer.read())
        finally:
            connection.close()


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: self.headers[name] for name in _SENT_ON if name in self.headers}
            answer = proxy.answer(
                Request(method=self.command, path=self.path, headers=headers, body=body)
            )
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 -- the names that the library calls

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler
