"""Bodies that a receiver is sent: huge, deep, ambiguous, repeated, forged."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ens_provider.receiver import (
    Delivery,
    MemorySeenEvents,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Receiver,
    ReceiverOptions,
    Response,
    sign,
)
from ens_provider.receiver.wsgi import application
from tests.receiver.served import serving

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
TOKEN = "a-token-of-the-receiver"
MIB = 1024 * 1024


class World:
    """A receiver with one key and a token, and what it handed over."""

    def __init__(self) -> None:
        self.delivered: list[Delivery] = []
        self.probed = MemoryVerificationKeys()
        self.receiver = Receiver(
            self.delivered.append,
            signature_keys=MemorySignatureKeys({ORDERS: [KEY]}),
            verification_keys=self.probed,
            token=TOKEN,
        )

    def post(self, body: bytes, *, signature: str | None = None) -> Response:
        """Send a body."""
        headers = {} if signature is None else {"X-SFMC-ENS-Signature": signature}
        return self.receiver.handle("POST", "/ens", headers, body)

    def deliver(self, body: bytes) -> Response:
        """Send a body that is signed."""
        return self.post(body, signature=sign(body, KEY))

    def probe(self, callback_id: str, key: str) -> Response:
        """Send a probe."""
        content = {"callbackId": callback_id, "verificationKey": key}
        return self.post(json.dumps(content).encode())


def batch(size: int) -> bytes:
    """Return the largest batch, 1,000 events, in so many bytes."""
    event = {"eventCategoryType": "TransactionalSendEvents.EmailSent", "filling": ""}
    left = size - len(json.dumps([event] * 1000))
    filled = [{**event, "filling": "x" * (left // 1000)}] * 999
    last = {**event, "filling": "x" * (left - left // 1000 * 999)}
    return json.dumps([*filled, last]).encode()


@pytest.mark.parametrize(
    ("size", "status", "events"),
    [(4 * MIB, 200, 1000), (8 * MIB, 200, 1000), (8 * MIB + 1, 413, 0)],
)
def test_largest_batch_over_https(size: int, status: int, events: int) -> None:
    """1,000 events of 8 KiB each arrive with the defaults; a byte more is answered 413."""
    world, body = World(), batch(size)
    assert len(body) == size

    with serving(world.receiver) as run:
        connection = run.connection()
        connection.request("POST", "/", body, {"X-SFMC-ENS-Signature": sign(body, KEY)})
        answer = connection.getresponse()
        answer.read()
        connection.close()

    assert answer.status == status
    assert sum(len(delivery.events) for delivery in world.delivered) == events


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b'["\xff"]', b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' + b"9" * 5000 + b"}]",
        b"[NaN]", b'[{"a":-Infinity}]', b'[{"a":1e400}]', b"[1]", b"null", b'"text"', b"[{}", b"[{}] [{}]", b"[{'a':1}]",
    ],
    ids=[
        "nothing", "bytes", "half UTF-8", "deep array", "deep object", "huge number", "NaN",
        "infinity", "beyond doubles", "numbers", "null", "text", "cut", "two", "quotes",
    ],
)  # fmt: skip
def test_signed_body_that_is_no_batch(body: bytes) -> None:
    """Whoever holds the key is told 400, and nothing is handed over."""
    world = World()

    assert world.deliver(body).status == 400
    assert world.delivered == []


def test_nesting_of_any_depth() -> None:
    """A body that can be read can be hashed, too, by a receiver that leaves out repeats; others are a 400."""
    keys = MemorySignatureKeys({ORDERS: [KEY]})
    options = ReceiverOptions(seen_events=MemorySeenEvents())
    receiver = Receiver(lambda _delivery: None, signature_keys=keys, options=options)
    bodies = [b'[{"a":' + b"[" * depth + b"]" * depth + b"}]" for depth in range(50, 1100, 10)]
    bodies.append(b'[{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]")
    headers = [{"X-SFMC-ENS-Signature": sign(body, KEY)} for body in bodies]
    statuses = [
        receiver.handle("POST", "/", sent, body).status
        for sent, body in zip(headers, bodies, strict=True)
    ]

    assert set(statuses) == {200, 400}


def test_names_that_come_twice() -> None:
    """Of a name that comes twice the last value counts, as JSON readers take it; the bytes are kept."""
    world, body = World(), b'[{"a":1,"a":2}]'

    assert world.deliver(body).status == 200
    assert [([event.raw for event in each.events], each.body) for each in world.delivered] == [
        ([{"a": 2}], body)
    ]


def test_replayed_delivery() -> None:
    """Nothing in a delivery tells it from its replay: both are handed over, with equal bytes.

    What is promised is at least once, as the service promises; whoever counts has to look at the
    events' own ids.
    """
    world, body = World(), b'[{"a":1}]'
    for _ in range(2):
        assert world.deliver(body).status == 200

    first, second = world.delivered
    assert first == second


def test_reordered_deliveries() -> None:
    """Deliveries are handed over in the order in which they come, whatever their times say."""
    world = World()
    for time in (3, 1, 2):
        world.deliver(json.dumps([{"timestampUTC": time}]).encode())

    assert [each.events[0].raw["timestampUTC"] for each in world.delivered] == [3, 1, 2]


def test_flood_of_forged_deliveries() -> None:
    """Each is answered 503, none is handed over, and the genuine one among them is."""
    world, body = World(), b'[{"a":1}]'
    forged = [
        sign(body, OTHER_KEY),
        sign(body + b" ", KEY),
        "",
        "x" * 10_000,
        "é",
        sign(body, KEY)[:-1],
    ]

    for _ in range(50):
        assert {world.post(body, signature=signature).status for signature in forged} == {503}
    assert world.post(body).status == 503
    assert world.deliver(body).status == 200
    assert len(world.delivered) == 1


def test_flood_of_forged_probes() -> None:
    """A genuine key outlives 9,999 later probes; no number of them puts another key in its place."""
    world = World()
    genuine = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
    world.probe(genuine, KEY)
    for number in range(9_999):
        world.probe(f"00000000-0000-4000-8000-{number:012}", OTHER_KEY)

    assert world.probe(genuine, OTHER_KEY).status == 409
    assert world.probed.get(genuine) == KEY


def test_flood_of_forged_probes_is_bounded() -> None:
    """The 10,000th later probe pushes the genuine key out: fetching it then says that it is gone."""
    world = World()
    genuine = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
    world.probe(genuine, KEY)
    for number in range(10_000):
        world.probe(f"00000000-0000-4000-8000-{number:012}", OTHER_KEY)
    asked = {"Authorization": f"Bearer {TOKEN}"}

    assert world.probed.get(genuine) is None
    assert world.receiver.handle("GET", f"/verification-keys/{genuine}", asked, b"").status == 404


class _Endless(io.RawIOBase):
    """A body without end, which counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless body is read to its end"
        self.taken += size
        return b"x" * size


@pytest.mark.parametrize(
    ("environ", "status", "most"),
    [
        ({"wsgi.input_terminated": True}, "413", 8 * MIB + 1),
        ({}, "400", 0),
        ({"CONTENT_LENGTH": str(8 * MIB + 1)}, "413", 0),
        ({"CONTENT_LENGTH": "9" * 5000}, "413", 0),
        ({"CONTENT_LENGTH": "-1"}, "400", 0),
        ({"CONTENT_LENGTH": "1e3"}, "400", 0),
        ({"CONTENT_LENGTH": "\uff12"}, "400", 0),
    ],
)  # fmt: skip
def test_endless_body_behind_wsgi(environ: dict[str, Any], status: str, most: int) -> None:
    """No more is read than the bound, whatever the length says."""
    body, answered = _Endless(), []
    app = application(World().receiver)
    asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": body, **environ}
    list(app(asked, lambda line, _headers: answered.append(line[:3])))

    assert answered == [status]
    assert body.taken <= most


def test_body_that_is_shorter_than_its_length_behind_wsgi() -> None:
    """Half a delivery is refused, however well half of it is signed."""
    answered: list[str] = []
    asked = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": "100",
        "HTTP_X_SFMC_ENS_SIGNATURE": sign(b"[{}]", KEY),
        "wsgi.input": io.BytesIO(b"[{}]"),
    }
    world = World()
    list(application(world.receiver)(asked, lambda line, _headers: answered.append(line)))

    assert answered == ["400 Bad Request"]
    assert world.delivered == []


@pytest.fixture
def world() -> World:
    """A receiver."""
    return World()


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "", "POST\r\n", "é"]
)
def test_method_that_is_none_of_ours(method: str, world: World) -> None:
    """Whatever is not POST is answered 405, with the way that is."""
    answer = world.receiver.handle(method, "/", {}, b"")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path",
    [
        "/verification-keys/", "/verification-keys/../x", "/verification-keys/%2e%2e/x",
        f"/verification-keys/{ORDERS}/", f"/verification-keys/{ORDERS}%00", "/verification-keys/" + "a" * 100_000,
        f"/verification-keys/{ORDERS}\n", "/verification-keys/é",
    ],
)  # fmt: skip
def test_path_that_names_no_key(path: str, world: World) -> None:
    """With the token it is a 400 that quotes nothing; without it a 401, as for any other."""
    asked = {"Authorization": f"Bearer {TOKEN}"}

    answer = world.receiver.handle("GET", path, asked, b"")

    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith("The id of a callback is a GUID")
    assert world.receiver.handle("GET", path, {}, b"").status == 401
