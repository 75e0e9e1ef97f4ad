"""TLS over a connection, byte by byte in our hands.

`ssl.SSLSocket` cannot tell a connection that was reset from one that was closed, and ENS has
different names for the two.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from ens_provider.cli.probe.certificate import Certificate
from ens_provider.cli.probe.deadline import Deadline

T = TypeVar("T")

_BLOCK_BYTES = 16 * 1024


class Channel:
    """A TLS channel whose every wait ends with the deadline.

    Every method raises TimeoutError or EndpointUnusableError when the time is over, OSError when
    the connection breaks, ssl.SSLError when TLS does.
    """

    def __init__(
        self, plain: socket.socket, *, host: str, context: ssl.SSLContext, deadline: Deadline
    ) -> None:
        self._plain = plain
        self._deadline = deadline
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake_hands(self) -> None:
        """Set TLS up, and check the certificate as the context says."""
        self._pumped(self._tls.do_handshake)

    def certificate(self) -> Certificate:
        """Return the certificate, which was checked."""
        return Certificate.of(self._tls.getpeercert() or {})

    def encoded_certificate(self) -> bytes:
        """Return the bytes (DER) of the certificate, checked or not."""
        return self._tls.getpeercert(binary_form=True) or b""

    def version(self) -> str:
        """Return the version of TLS, such as `TLSv1.3`."""
        return self._tls.version() or ""

    def send(self, content: bytes) -> None:
        """Send all of this."""
        self._pumped(lambda: self._tls.write(content))

    def receive(self) -> bytes:
        """Return what comes next; nothing if the connection was closed."""
        try:
            return self._pumped(lambda: self._tls.read(_BLOCK_BYTES))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def _pumped(self, step: Callable[[], T]) -> T:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        content = self._outgoing.read()
        if content:
            self._plain.settimeout(self._deadline.remaining())
            self._plain.sendall(content)

    def _fill(self) -> None:
        self._plain.settimeout(self._deadline.remaining())
        block = self._plain.recv(_BLOCK_BYTES)
        if block:
            self._incoming.write(block)
        else:
            self._incoming.write_eof()
