"""A threading HTTP server on loopback, over TLS or not, whose clients may be as rude as they like."""

from __future__ import annotations

import socket
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LoopbackServer(ThreadingHTTPServer):
    """Serves on 127.0.0.1.

    Args:
        port: The port; 0 for any.
        handler: Answers a request.
        tls: The server's certificate; None for plain HTTP.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, port: int, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None
    ) -> None:
        self._tls = tls
        super().__init__(("127.0.0.1", port), handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its handshake is left to its own thread, lest it hold up others."""
        plain, address = self.socket.accept()
        if self._tls is None:
            return plain, address
        wrapped = self._tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that distrust the certificate or hang up are part of the tests."""


def held_port(port: int) -> socket.socket:
    """Bind a port of 127.0.0.1, 0 for any, without listening: it refuses, and nobody else gets it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held
