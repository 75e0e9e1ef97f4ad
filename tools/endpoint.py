"""A few lines of HTTPS server that answer the creation probe, as a script tells them to."""

import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from tools.loopback_server import LoopbackServer, held_port

_LONGEST_BODY = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the endpoint answers. Status None closes the connection without an answer."""

    status: int | None = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request that reached the endpoint."""

    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Endpoint:
    """An HTTPS endpoint on a free port of 127.0.0.1, with a certificate for its host names.

    Used as a context manager. `hook`, if set, is called with the JSON body of each request
    before it is answered, so that an endpoint can verify itself while it is probed.
    `authority` lets several endpoints share one CA, and so one `ca_file`.
    """

    def __init__(
        self,
        host_names: Sequence[str] = ("receiver.test",),
        *,
        authority: trustme.CA | None = None,
        listening: bool = True,
    ) -> None:
        self.host_names = tuple(host_names)
        self.hook: Callable[[Any], object] | None = None
        self.received: list[Received] = []
        self.scripted = Answer()
        self.ending = threading.Event()
        self._authority = authority or trustme.CA()
        self._folder = tempfile.TemporaryDirectory(prefix="ens-endpoint-")
        self._ca_file = Path(self._folder.name, "ca.pem")
        self._listens_at_first = listening
        self._held_port: socket.socket | None = None
        self._server: _Server | None = None
        self._port = 0

    def __enter__(self) -> "Endpoint":  # noqa: PYI034 -- Self needs Python 3.11
        self._authority.cert_pem.write_to_path(self._ca_file)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*self.host_names).configure_cert(self._tls)
        self._hold_port()
        if self._listens_at_first:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ending.set()
        self.stop()
        if self._held_port is not None:
            self._held_port.close()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        """Where it listens: `127.0.0.1:port`, the same for its whole life."""
        return f"127.0.0.1:{self._port}"

    @property
    def ca_file(self) -> str:
        """The PEM file of the CA that signed the endpoint's certificate."""
        return str(self._ca_file)

    @property
    def resolve(self) -> list[str]:
        """The `HOST=ADDR:PORT` texts that lead the emulator's probe here."""
        return [f"{name}={self.address}" for name in self.host_names]

    @property
    def probes(self) -> list[Any]:
        """The JSON bodies that were received, oldest first."""
        return [json.loads(request.body) for request in self.received]

    def answer(
        self,
        status: int | None = 200,
        *,
        headers: Mapping[str, str] | None = None,
        delay_seconds: float = 0.0,
        body: bytes = b"",
    ) -> None:
        """Answer like this from now on; status None closes the connection instead."""
        self.scripted = Answer(
            status=status, headers=headers or {}, delay_seconds=delay_seconds, body=body
        )

    def start(self) -> None:
        """Listen (again), on the same port; nothing happens if it does."""
        if self._server is not None:
            return
        if self._held_port is not None:
            self._held_port.close()
            self._held_port = None
        self._server = _Server(self, self._port, self._tls)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening: connections are refused, the port stays ours."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        self._hold_port()

    def _hold_port(self) -> None:
        self._held_port = held_port(self._port)
        self._port = self._held_port.getsockname()[1]


class _Server(LoopbackServer):
    def __init__(self, endpoint: Endpoint, port: int, tls: ssl.SSLContext) -> None:
        self.endpoint = endpoint
        super().__init__(port, _Handler, tls)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        length = min(int(self.headers.get("Content-Length", "0")), _LONGEST_BODY)
        request = Received(
            host=self.headers.get("Host", ""),
            path=self.path,
            headers=dict(self.headers.items()),
            body=self.rfile.read(length),
        )
        endpoint.received.append(request)
        if endpoint.hook is not None:
            endpoint.hook(json.loads(request.body))
        self._send(endpoint.scripted, endpoint.ending)

    def _send(self, answer: Answer, ending: threading.Event) -> None:
        self.close_connection = True
        ending.wait(answer.delay_seconds)
        if answer.status is None:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Print nothing."""
