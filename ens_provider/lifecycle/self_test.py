"""Trying out with signed deliveries whether an endpoint holds its key, before events depend on it.

Source: "Event Notification Service Security": a delivery carries the HMAC-SHA256 of its raw body in
the header ``x-sfmc-ens-signature``; statuses 200 to 204 acknowledge it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass, field

from ens_provider.api.errors import ConnectionLostError, UnreachableError
from ens_provider.api.signed_delivery import SignedDelivery, post_delivery
from ens_provider.api.wire import shown_address
from ens_provider.lifecycle.errors import NotYetAccepted, SelfTestFailed

ACKNOWLEDGING = (200, 201, 202, 203, 204)
"""The statuses that acknowledge a delivery."""

# Both are empty arrays: no receiver finds an event in them.
_BODY = b"[]"
_ALTERED = b"[ ]"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What is tried out.

    Attributes:
        callback_id: The callback whose deliveries the endpoint is to accept.
        url: Where this machine reaches it; ``{callback_id}`` stands for the id.
        key: The signature key that the endpoint should hold, base64 text.
    """

    callback_id: str
    url: str
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where deliveries are posted."""
        return self.url.replace("{callback_id}", self.callback_id)


def prove_endpoint(endpoint: Endpoint) -> None:
    """See that an endpoint accepts a good signature and refuses an altered body.

    Sources disagree on whether a signature is made with the decoded key or with the key's text, so
    the endpoint may accept either.

    Raises:
        NotYetAccepted: The endpoint does not answer, or does not accept a good signature (yet).
        SelfTestFailed: It accepts a body that was altered after it was signed.
        ConfigurationError: The address, the proxy or the CA bundle cannot be used.
    """
    decoded = base64.b64decode(endpoint.key)
    status, signature = _tried(endpoint, decoded)
    if status not in ACKNOWLEDGING:
        refused = status
        status, signature = _tried(endpoint, endpoint.key.encode("ascii"))
        if status not in ACKNOWLEDGING:
            raise _not_accepted(endpoint, refused)
        # A receiver that takes both may have got its key between the two.
        if _tried(endpoint, decoded)[0] not in ACKNOWLEDGING:
            _log.warning(
                "The endpoint of callback %s accepts only signatures that are made with the text of "
                "the key; ENS is known to sign with the bytes that the text stands for, in base64.",
                endpoint.callback_id,
            )
    if _posted(endpoint, _ALTERED, signature) in ACKNOWLEDGING:
        raise SelfTestFailed(
            f"The endpoint of callback {endpoint.callback_id} at {shown_address(endpoint.address)} accepts a delivery "
            "whose body was altered after it was signed, so anybody could send it events. Let it "
            "check the signature over the raw body and refuse what does not fit.",
            operation="test endpoint",
            subject=endpoint.callback_id,
        )


def _tried(endpoint: Endpoint, key: bytes) -> tuple[int, str]:
    signature = base64.b64encode(hmac.new(key, _BODY, hashlib.sha256).digest()).decode("ascii")
    return _posted(endpoint, _BODY, signature), signature


def _posted(endpoint: Endpoint, body: bytes, signature: str) -> int:
    delivery = SignedDelivery(
        url=endpoint.address,
        callback_id=endpoint.callback_id,
        body=body,
        signature=signature,
    )
    try:
        return post_delivery(delivery)
    except (UnreachableError, ConnectionLostError) as error:
        raise NotYetAccepted(
            f"The endpoint of callback {endpoint.callback_id} could not be tried: {error}",
            operation="test endpoint",
            subject=endpoint.callback_id,
        ) from error


def _not_accepted(endpoint: Endpoint, status: int) -> NotYetAccepted:
    return NotYetAccepted(
        f"The endpoint of callback {endpoint.callback_id} at {shown_address(endpoint.address)} answered {status} to "
        "an empty delivery that was signed with the callback's key, and has to acknowledge it with "
        "200 to 204. It may not hold the key (yet): look at what hands it over, and into the "
        "receiver's log.",
        operation="test endpoint",
        subject=endpoint.callback_id,
        status=status,
    )
