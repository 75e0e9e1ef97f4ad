"""An HTTPS server of a receiver that hands out verification keys, as a test scripts it."""

from __future__ import annotations

import json
import ssl
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

from tools.loopback_server import LoopbackServer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a request is answered. Status None closes the connection without an answer."""

    status: int | None = 404
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class KeyHost:
    """Serves on a free port of 127.0.0.1 with a certificate for that address. A context manager.

    Args:
        over_tls: False for plain http.

    Attributes:
        asked: What it was asked, such as `GET /keys/… Bearer hush`, oldest first.
    """

    def __init__(self, *, over_tls: bool = True) -> None:
        self.asked: list[str] = []
        self._over_tls = over_tls
        self._answers: dict[str, Answer] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="ens-key-host-")
        self._ca_file = Path(self._folder.name, "ca.pem")

    def __enter__(self) -> KeyHost:  # noqa: PYI034 -- Self needs Python 3.11
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self._ca_file)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        self._server = _Server(self, tls if self._over_tls else None)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        """Where it listens: `127.0.0.1:port`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def ca_file(self) -> str:
        """The PEM file of the CA that signed its certificate."""
        return str(self._ca_file)

    def url(self, path: str = "/keys/{callback_id}") -> str:
        """Return the address of a path."""
        return f"{'https' if self._over_tls else 'http'}://{self.address}{path}"

    def answer(
        self,
        path: str,
        status: int | None,
        body: bytes | dict[str, object] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer a path like this from now on; others are answered with 404."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answers[path] = Answer(status=status, body=content, headers=headers or {})

    def clear(self) -> None:
        """Forget what was asked and scripted."""
        self.asked = []
        self._answers = {}

    def answer_to(self, path: str, authorization: str | None) -> Answer:
        """Write down a request and return its answer."""
        self.asked.append(f"GET {path} {authorization or '-'}")
        return self._answers.get(path, Answer())


class _Server(LoopbackServer):
    def __init__(self, host: KeyHost, tls: ssl.SSLContext | None) -> None:
        self.host = host
        super().__init__(0, _Handler, tls)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answer = self.server.host.answer_to(self.path, self.headers.get("Authorization"))
        self.close_connection = True
        if answer.status is None:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Print nothing."""
