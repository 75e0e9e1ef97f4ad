"""Posting a signed delivery to a receiver, as the service does."""

from __future__ import annotations

from dataclasses import dataclass

from ens_provider.api.transport import HTTPTransport
from ens_provider.api.wire import Request, shown_address

READ_TIMEOUT_SECONDS = 10.0
"""How long a receiver may keep silent: longer than the service waits, since nothing is lost here."""

MAX_BODY_BYTES = 64 * 1024
"""As much is read of the answer, whose body means nothing."""


@dataclass(frozen=True, kw_only=True)
class SignedDelivery:
    """What is posted: the body, byte by byte, and the header ``x-sfmc-ens-signature``."""

    url: str
    callback_id: str
    body: bytes
    signature: str


def post_delivery(delivery: SignedDelivery) -> int:
    """Post a delivery once and return the status of the answer. Redirects are not followed.

    `REQUESTS_CA_BUNDLE` and the proxies of the environment count.

    Raises:
        UnreachableError: No connection came about.
        ConnectionLostError: No answer came.
        ConfigurationError: The address, the proxy or the CA bundle cannot be used.
    """
    transport = HTTPTransport(max_body_bytes=MAX_BODY_BYTES)
    try:
        return transport.send(_request(delivery)).status
    finally:
        transport.close()


def _request(delivery: SignedDelivery) -> Request:
    return Request(
        method="POST",
        url=delivery.url,
        phrase=f"accept a delivery of callback {delivery.callback_id} at {shown_address(delivery.url)}",
        operation="test endpoint",
        subject=delivery.callback_id,
        # A delivery without events changes nothing, however often it is sent.
        changes=False,
        body=delivery.body,
        headers={"x-sfmc-ens-signature": delivery.signature},
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        peer="the receiver",
    )
