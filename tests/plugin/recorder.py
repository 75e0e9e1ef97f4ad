"""A proxy in front of the emulator that records what is sent: its log of calls has no bodies."""

from __future__ import annotations

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 60


class Recorder:
    """Forwards every request and keeps its JSON body. A context manager.

    Args:
        rest_url: The address to forward to.
    """

    def __init__(self, rest_url: str) -> None:
        self.bodies: list[tuple[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.bodies, rest_url))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Recorder:  # noqa: PYI034 -- Self needs Python 3.11
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sent(self, method: str) -> list[Any]:
        """Return the bodies of that method so far."""
        return [body for each, body in self.bodies if each == method]


def _handler(bodies: list[tuple[str, Any]], rest_url: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if content:
                bodies.append((self.command, json.loads(content)))
            connection = http.client.HTTPConnection(urlsplit(rest_url).netloc, timeout=_SECONDS)
            headers = {
                name: self.headers[name]
                for name in ("Authorization", "Content-Type")
                if name in self.headers
            }
            connection.request(self.command, self.path, body=content or None, headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            self.send_response_only(answer.status)
            for name in ("Content-Type", "Date"):
                self.send_header(name, answer.headers.get(name, ""))
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815 -- the names that the library calls

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler
