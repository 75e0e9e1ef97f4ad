"""A receiver's HTTPS server in this process, and clients that send what no library would."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import trustme

from ens_provider.receiver.messages import Handler
from ens_provider.receiver.server import ReceiverServer


class Running:
    """A server that runs, and how to reach it."""

    def __init__(self, server: ReceiverServer, authority: trustme.CA) -> None:
        self.server = server
        self.authority = authority
        self.port = int(server.server_address[1])
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)

    def connection(self) -> http.client.HTTPSConnection:
        """Return a connection that is not made yet."""
        return http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=20)

    @contextmanager
    def raw(self) -> Iterator[ssl.SSLSocket]:
        """Give a connection for bytes that no client library would send."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain,
            self.tls.wrap_socket(plain, server_hostname="localhost") as wrapped,
        ):
            yield wrapped


@contextmanager
def serving(
    handler: Handler,
    *,
    request_seconds: float = 30.0,
    host_names: tuple[str, ...] = ("localhost", "127.0.0.1", "receiver.test"),
) -> Iterator[Running]:
    """Serve a handler in this process, with a certificate for the names."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*host_names).configure_cert(tls)
    server = ReceiverServer(("127.0.0.1", 0), handler, tls=tls, request_seconds=request_seconds)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Running(server, authority)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)


def all_of(client: ssl.SSLSocket) -> bytes:
    """Read until the server closes the connection."""
    received = b""
    try:
        while part := client.recv(65536):
            received += part
    except (ssl.SSLEOFError, ConnectionResetError):
        pass
    return received
