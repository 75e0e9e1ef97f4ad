r"""Requests as the service sends them, for the tests of a receiver in any framework.

A body is written as the service writes it, and signed over these very bytes, so what is sent to
a test client has to be `body` as it is:

    >>> from ens_provider.receiver.testing import probe, signature_key, signed
    >>> key = signature_key()
    >>> event = {"eventCategoryType": "EngagementEvents.EmailClick", "info": {"url": "/?a=b"}}
    >>> request = signed([event], key)
    >>> request.body
    b'[{"eventCategoryType":"EngagementEvents.EmailClick","info":{"url":"/?a\\u003db"}}]'
    >>> sorted(request.headers)
    ['Content-Type', 'x-sfmc-ens-signature']

With the test client of FastAPI or Starlette that is
`client.post("/ens", content=request.body, headers=request.headers)`, with the one of Flask
`client.post("/ens", data=request.body, headers=request.headers)`.

A receiver has to refuse what is not signed so:

    >>> from ens_provider.receiver import SIGNATURE_HEADER, SignatureError, verify
    >>> for refused in (request.altered(), request.unsigned(), signed([event], signature_key())):
    ...     try:
    ...         verify(refused.body, refused.headers.get(SIGNATURE_HEADER), [key])
    ...     except SignatureError as error:
    ...         print(str(error).partition(":")[0])
    The signature fits none of the keys
    There is no header x-sfmc-ens-signature.
    The signature fits none of the keys

And it has to answer the probe, which is not signed, with exactly 200:

    >>> probe(callback_id="65b885ab-c2b4-46fe-85d0-d6cb8be8057d").callback_id
    '65b885ab-c2b4-46fe-85d0-d6cb8be8057d'

`python -m ens_provider conform` tries a receiver that runs.
"""

import base64
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ens_provider.receiver.event_json import written
from ens_provider.receiver.signature import SIGNATURE_HEADER, KeyReading, sign

__all__ = [
    "ProbeRequest",
    "ServiceRequest",
    "SignedRequest",
    "probe",
    "signature_key",
    "signed",
]

_KEY_BYTES = 32
_CONTENT_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class ServiceRequest:
    """A `POST` to the URL of a callback.

    Attributes:
        body: The bytes to send, unchanged: a client that is given anything to write itself, such
            as the argument `json`, sends others.
        headers: The headers that belong to them.
    """

    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SignedRequest(ServiceRequest):
    """A delivery, whose signature fits; its methods return what a receiver has to refuse."""

    @property
    def signature(self) -> str:
        """The value of the header `x-sfmc-ens-signature`."""
        return self.headers[SIGNATURE_HEADER]

    def altered(self) -> ServiceRequest:
        """Return the request with a blank behind the body, which is the same JSON still."""
        return ServiceRequest(body=self.body + b" ", headers=dict(self.headers))

    def unsigned(self) -> ServiceRequest:
        """Return the request without its signature."""
        return ServiceRequest(body=self.body, headers=dict(_CONTENT_TYPE))

    def signed_as(self, signature: str) -> ServiceRequest:
        """Return the request with another text as its signature, whatever it is."""
        return ServiceRequest(
            body=self.body, headers={**_CONTENT_TYPE, SIGNATURE_HEADER: signature}
        )


@dataclass(frozen=True, kw_only=True)
class ProbeRequest(ServiceRequest):
    """The probe of a new callback, and what is in it."""

    callback_id: str
    verification_key: str = field(repr=False)


def signed(
    events: Sequence[Mapping[str, object]] | bytes,
    key: str,
    *,
    reading: KeyReading = KeyReading.DECODED,
) -> SignedRequest:
    """Return the delivery of events, as the service writes and signs it ("Verify Signatures").

    Args:
        events: The events, one batch of them; or the bytes of a body, to be sent as they are.
        key: The signature key, as the service hands it out: base64 of 32 bytes.
        reading: How the key is read, which the documentation leaves open: decoded, unless given.

    Raises:
        SignatureKeyError: The key is empty, a placeholder, or not base64 where it is to be decoded.
        TypeError: It is a single event instead of a list, or an event cannot be written as JSON.
        ValueError: An event holds a number that JSON has no text for.
    """
    if isinstance(events, (Mapping, str)):
        raise TypeError("events is no list: a delivery is a batch, so pass [event].")
    body = bytes(events) if isinstance(events, (bytes, bytearray)) else written(list(events))
    headers = {**_CONTENT_TYPE, SIGNATURE_HEADER: sign(body, key, reading=reading)}
    return SignedRequest(body=body, headers=headers)


def probe(*, callback_id: str | None = None, verification_key: str | None = None) -> ProbeRequest:
    """Return the probe of a new callback, unsigned as the service sends it ("Create a Callback").

    Args:
        callback_id: The id of the callback, a GUID; a random one unless given.
        verification_key: What it is verified with, base64 of 32 bytes; random unless given.
    """
    id_ = str(uuid.uuid4()) if callback_id is None else callback_id
    key = signature_key() if verification_key is None else verification_key
    body = json.dumps({"callbackId": id_, "verificationKey": key}).encode()
    return ProbeRequest(
        body=body, headers=dict(_CONTENT_TYPE), callback_id=id_, verification_key=key
    )


def signature_key() -> str:
    """Return a new key of the form in which the service hands keys out: base64 of 32 bytes."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")
