"""Deliveries: whose they are, whether they are genuine, and how they are answered."""

from __future__ import annotations

import json

import pytest

from ens_provider.receiver import Delivery, Event, Received, Receiver, ReceiverOptions, sign
from ens_provider.receiver.signature import KeyReading
from tests.unit.receiver.world import (
    BODY,
    KEY,
    MAILS,
    OLD_KEY,
    ORDERS,
    OTHER_KEY,
    SECRETS,
    SENT,
    World,
    error,
    said,
)

NO_FIT = (
    "The signature fits none of the keys: it was made with another key, or the body is not the "
    "one that was signed."
)
NO_KEY = "There is no signature key to check the signature with."
NO_HEADER = "There is no header x-sfmc-ens-signature."
AT = 1600698608.5


@pytest.fixture
def world() -> World:
    """Give a receiver that holds keys of two callbacks."""
    world = World()
    world.signature_keys.put(MAILS, [OTHER_KEY])
    world.signature_keys.put(ORDERS, [KEY, OLD_KEY])
    return world


def test_genuine_delivery_is_handed_over(world: World) -> None:
    """The events, the callback whose key fitted and the bytes come to the user's function."""
    assert said(world.deliver()) == (200, {})
    assert world.delivered == [Delivery(callback_id=ORDERS, events=(Event(SENT),), body=BODY)]
    assert world.received == [
        Received(at=AT, callback_id=ORDERS, status=200, events=[SENT], body_bytes=len(BODY))
    ]


@pytest.mark.parametrize(
    ("key", "callback_id"), [(KEY, ORDERS), (OLD_KEY, ORDERS), (OTHER_KEY, MAILS)]
)
def test_every_key_counts(world: World, key: str, callback_id: str) -> None:
    """Current and previous keys of all callbacks are tried; the one that fits says whose it is."""
    assert world.deliver(key=key).status == 200
    assert [delivery.callback_id for delivery in world.delivered] == [callback_id]


def test_callbacks_take_turns(world: World) -> None:
    """Whose key fits counts each time anew, whoever sent the deliveries before."""
    for key in (KEY, OTHER_KEY, OTHER_KEY, OLD_KEY, OTHER_KEY, KEY):
        assert world.deliver(key=key).status == 200

    senders = [delivery.callback_id for delivery in world.delivered]
    assert senders == [ORDERS, MAILS, MAILS, ORDERS, MAILS, ORDERS]


def test_key_as_text(world: World) -> None:
    """The other reading of the key is accepted, too."""
    signature = sign(BODY, KEY, reading=KeyReading.UTF8)

    assert world.post(BODY, {"x-sfmc-ens-signature": signature}).status == 200


@pytest.mark.parametrize(
    "name", ["x-sfmc-ens-signature", "X-SFMC-ENS-Signature", "X-Sfmc-Ens-Signature"]
)
def test_header_in_any_case(world: World, name: str) -> None:
    """The case of the header does not matter, nor whether headers are a mapping or pairs."""
    assert world.post(BODY, {name: sign(BODY, KEY)}).status == 200
    assert world.receiver.handle("post", "", [(name, sign(BODY, KEY))], BODY).status == 200


def test_escaped_body_is_checked_as_it_came(world: World) -> None:
    """Escapes that a parser would undo belong to what was signed."""
    body = b'[{"contentLink":"https://example.com/?a\\u003d1\\u0026b\\u003d2"}]'

    assert world.deliver(body).status == 200
    assert [each.raw for each in world.delivered[0].events] == [
        {"contentLink": "https://example.com/?a=1&b=2"}
    ]
    assert world.delivered[0].body == body


def test_bare_event(world: World) -> None:
    """An event that comes without an array is a batch of one."""
    assert world.deliver(json.dumps(SENT).encode()).status == 200
    assert [each.raw for each in world.delivered[0].events] == [SENT]


def test_signed_object_that_looks_like_a_probe(world: World) -> None:
    """Signed is a delivery, whatever it looks like: it is no way to plant a key."""
    body = json.dumps({"callbackId": ORDERS, "verificationKey": KEY}).encode()

    assert world.deliver(body).status == 200
    assert world.verification_keys.get(ORDERS) is None


def test_signed_empty_array(world: World) -> None:
    """A batch of nothing tries the key out and troubles nobody."""
    assert said(world.deliver(b"[]")) == (200, {})
    assert world.delivered == []


def test_key_that_was_just_put(world: World) -> None:
    """A new key counts for the next delivery, and a deleted one no longer."""
    body, new = b'[{"a":1}]', "bmV3IGtleSBvZiAzMiBieXRlcywgYmFzZTY0ISEhISE="
    before = world.deliver(body, key=new)
    world.signature_keys.put(ORDERS, [new, KEY])
    between = world.deliver(body, key=new)
    world.signature_keys.delete(ORDERS)

    assert [before.status, between.status, world.deliver(body, key=new).status] == [503, 200, 503]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, NO_HEADER),
        ({"x-sfmc-ens-signature": ""}, "The signature is not the base64 of 32 bytes."),
        ({"x-sfmc-ens-signature": sign(BODY + b" ", KEY)}, NO_FIT),
        ({"x-sfmc-ens-signature": sign(BODY, "Zm9yZ2Vk")}, NO_FIT),
    ],
)
def test_signature_that_does_not_check(world: World, headers: dict[str, str], reason: str) -> None:
    """A forged or stale delivery is answered 503: what is genuine about it will come again."""
    assert said(world.post(BODY, headers)) == error(503, reason)
    assert world.delivered == []
    assert world.received == [
        Received(
            at=AT, callback_id=None, status=503, events=[], reason=reason, body_bytes=len(BODY)
        )
    ]


def test_two_signatures(world: World) -> None:
    """A header that comes twice fits nothing, so that no one picks the better of two."""
    pairs = [("x-sfmc-ens-signature", sign(BODY, KEY))] * 2

    assert world.receiver.handle("POST", "/", pairs, BODY).status == 503


def test_no_key_is_known() -> None:
    """Before the first key arrives, deliveries are to come again."""
    world = World()

    assert said(world.deliver()) == error(503, NO_KEY)


def test_unsigned_body_that_no_probe_can_be(world: World) -> None:
    """A large unsigned body is a delivery without a signature; nobody parses it."""
    body = b'{"a":"' + b"x" * 70_000

    assert said(world.post(body)) == error(503, NO_HEADER)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not JSON."),
        (b"[{]", "The body is not JSON."),
        (b"[" * 100_000, "The body is not JSON."),
        (b"[1]", "A delivery is an array of events, each of them an object."),
        (b'[{"a":1},null]', "A delivery is an array of events, each of them an object."),
        (b'"event"', "A delivery is an array of events, each of them an object."),
    ],
)
def test_signed_body_that_is_no_batch(world: World, body: bytes, sentence: str) -> None:
    """What is signed and still no batch of events is a 400 and handed to nobody."""
    assert said(world.deliver(body)) == error(400, sentence)
    assert world.delivered == []
    assert (world.received[0].callback_id, world.received[0].status) == (ORDERS, 400)


def test_function_for_deliveries_fails(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Events that are not safe are not acknowledged; the log says where it failed, no more."""
    world.failure = KeyError(f"{KEY} {SENT}")

    assert said(world.deliver()) == error(500, "The function for deliveries failed.")
    assert (world.received[0].status, world.received[0].events) == (500, [SENT])
    assert "The function for deliveries failed: KeyError in _deliver (" in caplog.text
    assert "world.py:" in caplog.text
    assert [secret for secret in (*SECRETS, "EmailSent") if secret in caplog.text] == []
    assert [record.exc_info for record in caplog.records] == [None]


def test_interrupt_is_not_swallowed(world: World) -> None:
    """What ends the process is no failure of a delivery."""
    world.failure = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        world.deliver()


def test_bad_signatures_are_acknowledged_on_demand() -> None:
    """Who opts in answers 200 to what does not check; it is still handed to nobody."""
    received: list[Received] = []
    world = World(ReceiverOptions(acknowledge_bad_signatures=True, observe=received.append))

    assert said(world.deliver()) == (200, {})
    assert world.delivered == []
    assert (received[0].status, received[0].reason) == (200, NO_KEY)


def test_observer_fails(caplog: pytest.LogCaptureFixture) -> None:
    """Events that are safe are acknowledged, whatever becomes of the observer."""

    def observe(received: Received) -> None:
        raise ValueError(f"{received.events}")

    world = World(ReceiverOptions(observe=observe))
    world.signature_keys.put(ORDERS, [KEY])

    assert world.deliver().status == 200
    assert "The observer of deliveries failed: ValueError in observe (" in caplog.text
    assert "EmailSent" not in caplog.text


@pytest.mark.parametrize("path", ["/", "", "/ens/orders", "/ens?x=1", "/received", "//"])
def test_any_path_takes_deliveries(world: World, path: str) -> None:
    """The path is the user's; there is no administration unless somebody puts it in front."""
    headers = {"x-sfmc-ens-signature": sign(BODY, KEY)}

    assert world.receiver.handle("POST", path, headers, BODY).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", f"/signature-keys/{ORDERS}", "/received"])
def test_other_methods(world: World, method: str, path: str) -> None:
    """Everything but POST is not allowed, on the paths of the administration, too."""
    response = world.receiver.handle(method, path, {"authorization": "Bearer x"}, b"")

    assert said(response) == error(405, "Use POST here.")
    assert response.headers["Allow"] == "POST"


def test_body_beyond_the_bound() -> None:
    """A body of the bound passes; one byte more is a 413."""
    world = World(ReceiverOptions(longest_body_bytes=len(BODY)))
    world.signature_keys.put(ORDERS, [KEY])

    assert world.deliver().status == 200
    assert said(world.deliver(BODY + b" ")) == error(
        413, f"The body is longer than {len(BODY)} bytes."
    )


def test_largest_batch_passes_by_default(world: World) -> None:
    """A full batch of 1,000 events of 8,000 bytes is accepted."""
    body = json.dumps([{"text": "x" * 7_980} for _ in range(1000)]).encode()

    assert len(body) > 7_900_000
    assert world.deliver(body).status == 200
    assert len(world.delivered[0].events) == 1000


def test_receiver_works_without_any_argument_but_its_function() -> None:
    """Stores in memory are the default, and hold no key."""
    receiver = Receiver(lambda _delivery: None)
    answer = receiver.handle("POST", "/", {"x-sfmc-ens-signature": sign(BODY, KEY)}, BODY)

    assert said(answer) == error(503, NO_KEY)


class KeysThatNobodyChanges:
    """A source of the user's own: it can be read, and that is all."""

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of one callback."""
        return self.all().get(callback_id, ())

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the only key there is."""
        return {ORDERS: (KEY,)}


def test_source_that_can_only_be_read() -> None:
    """A receiver needs no more of its signature keys than to read them."""
    receiver = Receiver(lambda _delivery: None, signature_keys=KeysThatNobodyChanges())
    headers = {"x-sfmc-ens-signature": sign(BODY, KEY)}
    probe = json.dumps({"callbackId": ORDERS, "verificationKey": KEY}).encode()

    assert receiver.handle("POST", "/", headers, BODY).status == 200
    assert receiver.handle("POST", "/", {}, probe).status == 409


class UnreadableKeys(KeysThatNobodyChanges):
    """A source that is somewhere else, and cannot be reached."""

    def all(self) -> dict[str, tuple[str, ...]]:
        """Fail."""
        raise ConnectionError


@pytest.mark.parametrize("header", [{}, {"x-sfmc-ens-signature": "no signature"}])
def test_no_key_is_read_for_what_no_key_could_fit(header: dict[str, str]) -> None:
    """Anybody can send it: it costs no call to where the keys are, and is answered without them."""
    receiver = Receiver(lambda _delivery: None, signature_keys=UnreadableKeys())

    assert receiver.handle("POST", "/", header, BODY).status == 503
    assert (
        receiver.handle("POST", "/", {"x-sfmc-ens-signature": sign(BODY, KEY)}, BODY).status == 500
    )


def test_nothing_secret_is_shown(world: World) -> None:
    """Neither a delivery nor the record of one shows its events, and the record no key."""
    world.deliver()
    shown = repr(world.delivered) + repr(world.received)

    assert [secret for secret in (*SECRETS, "EmailSent") if secret in shown] == []
    assert [secret for secret in SECRETS if secret in json.dumps(world.received[0].as_json())] == []
