"""Reading a certificate that is not trusted, to say what is wrong with it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from ens_provider.cli.probe.certificate import Certificate
from ens_provider.cli.probe.channel import Channel
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.cli.probe.failures import EndpointUnusableError

# OpenSSL's flag (x509_vfy.h); the ssl module has no name for it.
_NO_CHECK_TIME = 0x200000

Connect = Callable[[], socket.socket]
"""What makes a new TCP connection to the endpoint."""


def read_untrusted(connect: Connect, *, host: str, deadline: Deadline) -> Certificate | None:
    """Return the certificate that an endpoint shows, trusted or not; None if it cannot be read.

    It takes two more handshakes: one for the certificate's bytes, one in which nothing but this
    very certificate is trusted, since only what is trusted is taken apart.
    """

    def channel(context: ssl.SSLContext, plain: socket.socket) -> Channel:
        opened = Channel(plain, host=host, context=context, deadline=deadline)
        opened.shake_hands()
        return opened

    try:
        with connect() as plain:
            encoded = channel(_unchecked(), plain).encoded_certificate()
        with connect() as plain:
            return channel(_trusting(encoded), plain).certificate()
    except (OSError, ValueError, KeyError, EndpointUnusableError):
        return None


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent over this channel
    return context


def _trusting(certificate: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    return context
