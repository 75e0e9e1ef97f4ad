"""A small HTTPS server around a receiver, of the standard library, for one machine.

Each connection has a thread, in which its TLS handshake happens, too: a client that is stuck
holds up nobody else. Connections are bounded in number, and each request in time.
"""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ens_provider.receiver.answers import refusal
from ens_provider.receiver.lengths import UnusableLengthError, content_length
from ens_provider.receiver.messages import Handler, Response

REQUEST_SECONDS = 30.0
MOST_CONNECTIONS = 128

_MOST_DISCARDED_BYTES = 64 * 1024 * 1024
_DISCARDED_AT_ONCE = 64 * 1024
_DISCARDING_SECONDS = 2.0


class ReceiverServer(ThreadingHTTPServer):
    """Serves a handler over TLS; `serve_forever` serves, `shutdown` ends it.

    Args:
        address: Host and port to listen at; port 0 takes a free one.
        handler: The receiver.
        tls: Holds the certificate.
        request_seconds: A connection that has not sent a whole request in this time, from its
            start or from the last answer, is closed.
        clock: Monotonic seconds.

    Raises:
        OSError: the address cannot be had.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        handler: Handler,
        *,
        tls: ssl.SSLContext,
        request_seconds: float = REQUEST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.handler = handler
        self.request_seconds = request_seconds
        self._tls = tls
        self._clock = clock
        self._lock = threading.Lock()
        # When each connection's request must be there; None while it is being handled.
        self._due: dict[socket.socket, float | None] = {}
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        """Bind, without asking a name server for the name of this machine as the base does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the handshake is left to its own thread."""
        plain, address = self.socket.accept()
        try:
            # An answer goes out in two parts, and the second must not wait for the client to have
            # acknowledged the first: that takes 40 ms.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wrapped = self._tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        return wrapped, address

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 -- the base's arguments
        """Take a connection on unless there are too many."""
        with self._lock:
            if len(self._due) >= MOST_CONNECTIONS:
                return False
            self._due[request] = self._clock() + self.request_seconds
            return True

    def service_actions(self) -> None:
        """Close the connections whose request is overdue; called over and over while serving."""
        now = self._clock()
        with self._lock:
            overdue = [each for each, due in self._due.items() if due is not None and due < now]
            for connection in overdue:
                _end(connection, socket.SHUT_RDWR)

    def request_came(self, connection: socket.socket) -> None:
        """Take the time off a connection while its request is handled."""
        with self._lock:
            self._due[connection] = None

    def request_awaited(self, connection: socket.socket, *, seconds: float | None = None) -> None:
        """Expect another request on a connection, in less time than usual if `seconds` says so."""
        with self._lock:
            left = self.request_seconds if seconds is None else seconds
            self._due[connection] = self._clock() + left

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._due.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients hang up and distrust certificates, and no key may be printed."""


class _Connection(BaseHTTPRequestHandler):
    server: ReceiverServer
    protocol_version = "HTTP/1.1"
    # What cannot be read is answered with a status line, too.
    default_request_version = "HTTP/1.1"
    # For a client that does not read its answer; `ReceiverServer` bounds the rest.
    timeout = REQUEST_SECONDS

    def _serve(self) -> None:
        try:
            body = self._body()
        except UnusableLengthError as error:
            self._refuse_unread(error.response)
            return
        self.server.request_came(self.connection)
        answer = self.server.handler.handle(self.command, self.path, self.headers.items(), body)
        self._send(answer)
        self.server.request_awaited(self.connection)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 -- the base names them by method

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding"):
            sentence = "This server needs a Content-Length."
            raise UnusableLengthError(refusal(HTTPStatus.LENGTH_REQUIRED, sentence))
        given = ", ".join(self.headers.get_all("Content-Length", []))
        length = content_length(given, longest=self.server.handler.longest_body_bytes) or 0
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("The client hung up within its body.")
        return body

    def _refuse_unread(self, response: Response) -> None:
        self.close_connection = True
        self._send(response)
        # A connection closed on unread bytes is reset, and the client never sees its answer: it
        # is told that nothing more comes, and what it still sends is read for a moment.
        _end(self.connection, socket.SHUT_WR)
        self.server.request_awaited(self.connection, seconds=_DISCARDING_SECONDS)
        left = _MOST_DISCARDED_BYTES
        while left > 0 and (part := self.rfile.read1(_DISCARDED_AT_ONCE)):
            left -= len(part)

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 -- the base's arguments
        explain: str | None = None,  # noqa: ARG002 -- the base's arguments
    ) -> None:
        """Refuse what is no request of a known method; the base would quote it in HTML."""
        self._refuse_unread(refusal(code, f"{HTTPStatus(code).phrase}."))

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers.items():
            self.send_header(name, value)
        # 204 has neither a body nor its length.
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Print nothing: what a client sends may hold keys."""


def _end(connection: socket.socket, how: int) -> None:
    # The plain socket's method: that of TLS drops the encryption, and is not made for threads.
    with suppress(OSError):
        socket.socket.shutdown(connection, how)
