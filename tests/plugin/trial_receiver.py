"""A receiver on loopback that judges each delivery as a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tools.loopback_server import LoopbackServer

Judge = Callable[[bytes, str], int]


class TrialReceiver:
    """Answers `POST` with the status that `judge` gives body and signature. A context manager.

    Attributes:
        came: Path, body and signature of each delivery, oldest first.
    """

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes, str]] = []
        self.judge: Judge = lambda _body, _signature: 503

    def __enter__(self) -> TrialReceiver:  # noqa: PYI034 -- Self needs Python 3.11
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address, with the place of the callback's id."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/ens/{{callback_id}}"


class _Server(LoopbackServer):
    def __init__(self, receiver: TrialReceiver) -> None:
        self.receiver = receiver
        super().__init__(0, _Handler, None)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = self.headers.get("x-sfmc-ens-signature", "")
        self.server.receiver.came.append((self.path, body, signature))
        self.send_response(self.server.receiver.judge(body, signature))
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Print nothing."""
