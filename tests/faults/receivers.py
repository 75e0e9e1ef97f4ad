"""The endpoints of the schedules: one HTTPS server that behaves as a schedule says.

It answers with the receiver of the package while it is well: it keeps the keys of probes and hands
them out. Endpoints below `SELF_VERIFYING` verify their callback before they answer the probe.
"""

from __future__ import annotations

import logging
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

from ens_provider.receiver import MemoryVerificationKeys, Probe, Receiver, ReceiverOptions
from tests.faults.schedule import HOST, SELF_VERIFYING
from tools.loopback_server import LoopbackServer, held_port

TOKEN = "fetches-verification-keys"
SLOW_SECONDS = 0.9
"""Longer than the stage's emulator waits for the answer to a probe."""

# What it logs of endpoints that fail as they shall is noise among the failures that count.
logging.getLogger("ens_provider.receiver").addHandler(logging.NullHandler())

_LATE_ANSWERS = 3
_LONGEST_BODY = 1024 * 1024


class Receivers:
    """Serves `HOST` on a free port of 127.0.0.1. A context manager.

    Attributes:
        verify: Verifies a callback as its own endpoint does.
    """

    def __init__(self) -> None:
        self.verify: Callable[[Probe], object] = lambda _: None
        self._authority = trustme.CA()
        self._folder = tempfile.TemporaryDirectory(prefix="ens-receivers-")
        self._ca_file = Path(self._folder.name, "ca.pem")
        self._trusted = self._context(self._authority)
        self._untrusted = self._context(trustme.CA())
        self._trusted.sni_callback = self._choose_certificate
        self._server: _Server | None = None
        self._held: socket.socket | None = None
        self._port = 0
        self.reset()

    def __enter__(self) -> Receivers:  # noqa: PYI034 -- Self needs Python 3.11
        self._authority.cert_pem.write_to_path(self._ca_file)
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_listening()
        if self._held is not None:
            self._held.close()
        self._folder.cleanup()

    @property
    def resolve(self) -> list[str]:
        """What leads the emulator here."""
        return [f"{HOST}=127.0.0.1:{self._port}"]

    @property
    def ca_file(self) -> str:
        """The PEM file of the authority that signed the certificate."""
        return str(self._ca_file)

    @property
    def verification_key_url(self) -> str:
        """Where verification keys are handed out to the holder of `TOKEN`."""
        return f"https://127.0.0.1:{self._port}/verification-keys/{{callback_id}}"

    def reset(self) -> None:
        """Forget the keys and be well."""
        keys = MemoryVerificationKeys()
        verifying = ReceiverOptions(verify_probe=self._verify)
        self._plain = Receiver(_ignore, verification_keys=keys, token=TOKEN)
        self._self_verifying = Receiver(_ignore, verification_keys=keys, options=verifying)
        self.behaviour = "ok"
        self._failures_left = 0

    def behave(self, behaviour: str) -> None:
        """Behave like that from now on: one of `schedule.RECEIVERS`."""
        self.behaviour = behaviour
        self._failures_left = _LATE_ANSWERS if behaviour == "late" else 0
        if behaviour == "down":
            self._stop_listening()
        else:
            self._listen()

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        """Answer one request; status 0 closes the connection instead."""
        if self._fails():
            return {"hangs-up": 0, "201": 201, "301": 301}.get(self.behaviour, 500), b""
        verifies_itself = path.startswith(SELF_VERIFYING)
        receiver = self._self_verifying if verifies_itself else self._plain
        response = receiver.handle(method, path, headers, body)
        return response.status, response.body

    def _verify(self, probe: Probe) -> None:
        # Set later than the receiver was made.
        self.verify(probe)

    def _fails(self) -> bool:
        if self.behaviour == "late":
            self._failures_left -= 1
            return self._failures_left >= 0
        return self.behaviour in {"hangs-up", "201", "301", "500"}

    def _context(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "127.0.0.1").configure_cert(context)
        return context

    def _choose_certificate(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        if self.behaviour == "bad-certificate":
            connection.context = self._untrusted

    def _listen(self) -> None:
        if self._server is not None:
            return
        if self._held is not None:
            self._held.close()
            self._held = None
        self._server = _Server(self, self._port, self._trusted)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _stop_listening(self) -> None:
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        self._held = held_port(self._port)


class _Server(LoopbackServer):
    def __init__(self, receivers: Receivers, port: int, tls: ssl.SSLContext) -> None:
        self.receivers = receivers
        self.ending = threading.Event()
        super().__init__(port, _Handler, tls)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        receivers = self.server.receivers
        length = min(int(self.headers.get("Content-Length", "0")), _LONGEST_BODY)
        body = self.rfile.read(length)
        if receivers.behaviour == "slow":
            self.server.ending.wait(SLOW_SECONDS)
        status, content = receivers.answer(self.command, self.path, self.headers.items(), body)
        if not status:
            return
        self.send_response(status)
        if status == 301:
            self.send_header("Location", f"https://{HOST}/elsewhere")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 -- the names that the library calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _ignore(_: object) -> None:
    """Deliveries are not what the schedules are about."""
