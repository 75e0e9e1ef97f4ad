"""A server that does one thing with each TLS connection, or with what comes before TLS."""

from __future__ import annotations

import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import trustme

Behaviour = Callable[[socket.socket], None]

_LINGER_NOT = struct.pack("ii", 1, 0)


class Listener:
    """Listens on a free port of 127.0.0.1, each connection on a thread of its own.

    With a certificate each connection is TLS before `behave` gets it; without, it is plain.
    """

    def __init__(self, behave: Behaviour, *, context: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def __enter__(self) -> Listener:  # noqa: PYI034 -- Self needs Python 3.11
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.getsockname()[1]
        return port

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        try:
            with plain:
                if self._context is None:
                    self._behave(plain)
                    return
                with self._context.wrap_socket(plain, server_side=True) as channel:
                    self._behave(channel)
        except OSError:
            pass  # the client distrusts it or hangs up


def server_context(certificate: trustme.LeafCert, *, leaf_alone: bool = False) -> ssl.SSLContext:
    """A context that shows a certificate, with its chain or without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if not leaf_alone:
        certificate.configure_cert(context)
        return context
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "leaf.pem")
        pems: Sequence[trustme.Blob] = certificate.cert_chain_pems[:1]
        path.write_bytes(certificate.private_key_pem.bytes() + pems[0].bytes())
        context.load_cert_chain(path)
    return context


def answering(*parts: bytes, then: Callable[[], object] = lambda: None) -> Behaviour:
    """Read the request, send these bytes one after the other, and do `then` before hanging up."""

    def behave(channel: socket.socket) -> None:
        channel.recv(65536)
        for part in parts:
            channel.sendall(part)
        then()

    return behave


def resetting(channel: socket.socket) -> None:
    """Read the request and reset the connection."""
    channel.recv(65536)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    channel.close()


def hanging_up(channel: socket.socket) -> None:
    """Read something and hang up."""
    channel.recv(4096)
