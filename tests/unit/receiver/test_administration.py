"""The administration in front of a receiver: keys are put, and what was received is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from ens_provider.receiver import MemorySignatureKeys, Received, Receiver, ReceiverOptions, sign
from ens_provider.receiver.administration import AdministeredReceiver, History
from tests.unit.receiver.world import BODY, KEY, OLD_KEY, ORDERS, SECRETS, SENT, TOKEN, error, said

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
FORM = 'The body is {"keys": [current, previous, ...]}, with at least one key and at most 8.'
A_KEY = "A key is base64, of at most 512 characters."
PATH = f"/signature-keys/{ORDERS}"


class Administered:
    """A receiver with its administration, and its store of signature keys."""

    def __init__(self) -> None:
        self.keys = MemorySignatureKeys()
        self.history = History()
        options = ReceiverOptions(observe=self.history.add, clock=lambda: 1600698608.5)
        receiver = Receiver(lambda _delivery: None, signature_keys=self.keys, options=options)
        self.receiver = AdministeredReceiver(
            receiver, signature_keys=self.keys, token=TOKEN, history=self.history
        )

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, object]:
        """Send a request with the token."""
        return said(self.receiver.handle(method, path, AUTHORIZED, body))

    def deliver(self, key: str) -> int:
        """Send a delivery that is signed with a key; return the status."""
        headers = {"x-sfmc-ens-signature": sign(BODY, key)}
        return self.receiver.handle("POST", "/", headers, BODY).status


def test_keys_are_put_and_count() -> None:
    """The keys of a callback are put in their order, and the next delivery is checked with them."""
    administered = Administered()
    before = administered.deliver(KEY)

    assert administered.ask("PUT", PATH, json.dumps({"keys": [KEY, OLD_KEY]}).encode()) == (
        204,
        None,
    )
    assert administered.keys.all() == {ORDERS: (KEY, OLD_KEY)}
    assert (before, administered.deliver(KEY)) == (503, 200)


def test_who_waits_for_keys_is_told() -> None:
    """Putting keys tells so once they count, before it is answered; deleting them does not."""
    keys, told = MemorySignatureKeys(), list[object]()
    receiver = AdministeredReceiver(
        Receiver(lambda _delivery: None),
        signature_keys=keys,
        token=TOKEN,
        history=History(),
        keys_came=lambda: told.append(keys.get(ORDERS)),
    )
    for method, body in (("PUT", b""), ("PUT", b'{"keys":["%s"]}' % KEY.encode()), ("DELETE", b"")):
        receiver.handle(method, PATH, AUTHORIZED, body)

    assert told == [(KEY,)]


class FullTable(MemorySignatureKeys):
    """A store of the user's own, whose errors quote what was to be written."""

    def put(self, callback_id: str, keys: Sequence[str]) -> None:
        """Fail as a driver of a database does."""
        raise ConnectionError(f"INSERT INTO keys VALUES ({callback_id!r}, {list(keys)!r})")


def test_store_fails(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is 500, and neither it nor the log repeats what the store's error quotes."""
    receiver = AdministeredReceiver(
        Receiver(lambda _delivery: None),
        signature_keys=FullTable(),
        token=TOKEN,
        history=History(),
    )
    answer = receiver.handle("PUT", PATH, AUTHORIZED, b'{"keys":["%s"]}' % KEY.encode())

    assert said(answer) == error(500, "The receiver failed; its log says where.")
    assert caplog.messages[0].startswith(
        "The signature keys cannot be changed: ConnectionError in "
    )
    assert KEY not in caplog.text


def test_keys_are_deleted() -> None:
    """Deleting keys is done once they are gone, also if there were none."""
    administered = Administered()
    administered.keys.put(ORDERS, [KEY])

    assert [administered.ask("DELETE", PATH) for _ in range(2)] == [(204, None)] * 2
    assert administered.keys.all() == {}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not JSON."),
        (b"[]", FORM),
        (b"{}", FORM),
        (b'{"keys":[]}', FORM),
        (b'{"keys":"AAAA"}', FORM),
        (b'{"signatureKey":"AAAA"}', FORM),
        (b'{"keys":["AAAA"],"more":1}', FORM),
        (json.dumps({"keys": [KEY] * 9}).encode(), FORM),
        (b'{"keys":["AAAA",1]}', A_KEY),
        (b'{"keys":[""]}', A_KEY),
        (b'{"keys":["not base64"]}', A_KEY),
    ],
)
def test_body_without_keys(body: bytes, sentence: str) -> None:
    """Anything but a few keys is refused, and what was there stays."""
    administered = Administered()
    administered.keys.put(ORDERS, [OLD_KEY])

    assert administered.ask("PUT", PATH, body) == error(400, sentence)
    assert administered.keys.get(ORDERS) == (OLD_KEY,)


@pytest.mark.parametrize("callback_id", ["", "orders", "../x", f"{ORDERS}/more"])
def test_id_that_is_no_guid(callback_id: str) -> None:
    """Keys belong to a callback's id."""
    status, content = Administered().ask("PUT", f"/signature-keys/{callback_id}", b'{"keys":[""]}')

    assert (status, content) == error(
        400, "The id of a callback is a GUID, such as 65b885ab-c2b4-46fe-85d0-d6cb8be8057d."
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", PATH), ("DELETE", PATH), ("GET", PATH), ("GET", "/received"), ("DELETE", "/received")],
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token(method: str, path: str, headers: dict[str, str]) -> None:
    """Nothing is put, shown or forgotten without the token."""
    administered = Administered()
    administered.keys.put(ORDERS, [OLD_KEY])
    administered.deliver(OLD_KEY)
    response = administered.receiver.handle(method, path, headers, b'{"keys":["AAAA"]}')

    assert said(response) == error(
        401, "This needs the receiver's token: 'Authorization: Bearer TOKEN'."
    )
    assert administered.keys.get(ORDERS) == (OLD_KEY,)
    assert len(administered.history.all()) == 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATH, "PUT, DELETE"),
        ("POST", PATH, "PUT, DELETE"),
        ("PUT", "/received", "GET, DELETE"),
        ("POST", "/received", "GET, DELETE"),
    ],
)
def test_other_methods(method: str, path: str, allowed: str) -> None:
    """Signature keys are never read, and deliveries go elsewhere."""
    response = Administered().receiver.handle(method, path, AUTHORIZED, BODY)

    assert said(response) == error(405, f"Use {allowed} here.")
    assert response.headers["Allow"] == allowed


def test_what_was_received_is_shown() -> None:
    """Accepted and refused deliveries are listed, oldest first, without keys and signatures."""
    administered = Administered()
    administered.keys.put(ORDERS, [KEY])
    administered.deliver(KEY)
    administered.deliver(OLD_KEY)
    status, shown = administered.ask("GET", "/received?x=1")
    reason = (
        "The signature fits none of the keys: it was made with another key, or the body is not "
        "the one that was signed."
    )

    assert status == 200
    assert shown == [
        {
            "at": 1600698608.5,
            "callbackId": ORDERS,
            "status": 200,
            "events": [SENT],
            "reason": "",
        },
        {
            "at": 1600698608.5,
            "callbackId": None,
            "status": 503,
            "events": [],
            "reason": reason,
        },
    ]
    text = json.dumps(shown)
    assert [each for each in (*SECRETS, sign(BODY, KEY), sign(BODY, OLD_KEY)) if each in text] == []


def test_what_was_received_is_forgotten() -> None:
    """After a deletion the list begins anew."""
    administered = Administered()
    administered.deliver(KEY)

    assert administered.ask("DELETE", "/received") == (204, None)
    assert administered.ask("GET", "/received") == (200, [])


def test_everything_else_goes_to_the_receiver() -> None:
    """Probes, keys and wrong methods are answered by the receiver."""
    administered = Administered()
    probe = json.dumps({"callbackId": ORDERS, "verificationKey": KEY}).encode()

    assert administered.ask("POST", "/signature-key", probe) == (200, {})
    assert administered.ask("GET", "/") == error(405, "Use POST here.")
    assert administered.receiver.longest_body_bytes == 8 * 1024 * 1024


def test_body_beyond_the_bound() -> None:
    """The bound holds for keys, too, and is not tried before the token."""
    administered = Administered()
    body = b" " * (8 * 1024 * 1024 + 1)

    assert administered.ask("PUT", PATH, body) == error(
        413, "The body is longer than 8388608 bytes."
    )
    assert administered.receiver.handle("PUT", PATH, {}, body).status == 401


def _received(at: float, body_bytes: int = 10) -> Received:
    events = [SENT] if body_bytes else []
    return Received(at=at, callback_id=ORDERS, status=200, events=events, body_bytes=body_bytes)


def test_history_is_bounded_in_number() -> None:
    """Beyond the bound the oldest is forgotten."""
    history = History(most=3)
    for at in range(5):
        history.add(_received(at))

    assert [received.at for received in history.all()] == [2, 3, 4]


def test_history_is_bounded_in_size() -> None:
    """Large deliveries push out more; the newest stays, however large."""
    history = History(most_bytes=25)
    for at in range(4):
        history.add(_received(at))
    kept = [received.at for received in history.all()]
    history.add(_received(9, body_bytes=100))
    alone = [received.at for received in history.all()]
    history.add(_received(10))

    assert (kept, alone) == ([2, 3], [9])
    assert [received.at for received in history.all()] == [10]
    history.clear()
    assert history.all() == []
