"""Requests for the tests of receivers: as the service sends them."""

from __future__ import annotations

import doctest
import json

import pytest

from ens_provider.receiver import KeyReading, Receiver, SignatureKeyError, testing, verify
from ens_provider.receiver.stores import MemorySignatureKeys, MemoryVerificationKeys
from ens_provider.receiver.testing import ServiceRequest, probe, signature_key, signed

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
# The vector of the signature's own tests.
EVENT = {
    "eventCategoryType": "TransactionalSendEvents.EmailSent",
    "timestampUTC": 1600698608530,
    "mid": 1447640,
    "eid": 1447640,
}
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent","timestampUTC":1600698608530,'
    b'"mid":1447640,"eid":1447640}]'
)


def status_of(request: ServiceRequest) -> int:
    """Return how a receiver that holds KEY answers."""
    receiver = Receiver(lambda _: None, signature_keys=MemorySignatureKeys({ORDERS: [KEY]}))
    return receiver.handle("POST", "/", request.headers, request.body).status


def test_delivery_is_written_and_signed_as_the_service_does() -> None:
    """Body and signature are those of the known vector, as JSON."""
    request = signed([EVENT], KEY)

    assert request.body == BODY
    assert request.headers == {
        "Content-Type": "application/json",
        "x-sfmc-ens-signature": "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME=",
    }
    assert request.signature == request.headers["x-sfmc-ens-signature"]
    assert status_of(request) == 200


def test_reading_of_the_key() -> None:
    """The text of the key signs if it is asked for."""
    request = signed([EVENT], KEY, reading=KeyReading.UTF8)

    assert request.signature == "FWZ0g8vQx9TY22ekXNIpgyuWvfS5fm3l/wjqp8D860s="


def test_captured_body() -> None:
    """Bytes are signed as they are, whatever they hold."""
    request = signed(b'[ {"a": "="} ]', KEY)

    assert request.body == b'[ {"a": "="} ]'
    assert verify(request.body, request.signature, [KEY]) == KEY


def test_variants_are_refused() -> None:
    """What is altered, unsigned, or signed with something else does not check; the JSON is good."""
    request = signed([EVENT], KEY)
    other = signed([EVENT, EVENT], KEY)
    variants = [request.altered(), request.unsigned(), request.signed_as(other.signature)]

    assert [status_of(each) for each in variants] == [503, 503, 503]
    assert [json.loads(each.body) for each in variants] == [[EVENT]] * 3
    assert "x-sfmc-ens-signature" not in request.unsigned().headers
    assert status_of(request) == 200


def test_probe() -> None:
    """A probe brings its id and key, as an object without a signature."""
    keys = MemoryVerificationKeys()
    receiver = Receiver(lambda _: None, verification_keys=keys)
    request = probe(callback_id=ORDERS, verification_key=KEY)

    assert request.headers == {"Content-Type": "application/json"}
    assert json.loads(request.body) == {"callbackId": ORDERS, "verificationKey": KEY}
    assert receiver.handle("POST", "/", request.headers, request.body).status == 200
    assert keys.get(ORDERS) == KEY


def test_probe_of_its_own() -> None:
    """Without arguments each probe has another id and another key, which a receiver takes."""
    one, other = probe(), probe()

    assert status_of(one) == status_of(other) == 200
    assert one.callback_id != other.callback_id
    assert one.verification_key != other.verification_key


def test_new_keys() -> None:
    """A made key is base64 of 32 bytes, and another one each time."""
    assert len(signature_key()) == 44
    assert signature_key() != signature_key()


@pytest.mark.parametrize("events", [EVENT, '[{"eventCategoryType":"A.B"}]'])
def test_no_list(events: object) -> None:
    """A single event or a text is an error that says what to pass."""
    with pytest.raises(TypeError, match=r"so pass \[event\]"):
        signed(events, KEY)  # type: ignore[arg-type] # the mistake under test


def test_unusable_key() -> None:
    """An empty key signs nothing."""
    with pytest.raises(SignatureKeyError, match="is empty"):
        signed([EVENT], " ")


def test_keys_are_not_shown() -> None:
    """No representation of a request holds a key or a body."""
    request = probe(callback_id=ORDERS, verification_key=KEY)

    assert repr(request) == f"ProbeRequest(callback_id='{ORDERS}')"
    assert repr(signed([EVENT], KEY)) == "SignedRequest()"


def test_examples() -> None:
    """The examples of the module print what they show."""
    results = doctest.testmod(testing)

    assert results.attempted >= 9
    assert results.failed == 0
