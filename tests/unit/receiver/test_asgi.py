"""The ASGI adapter, message by message, as the specification has them."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.receiver import MemorySignatureKeys, Receiver, ReceiverOptions, Response, sign
from ens_provider.receiver.asgi import application
from tests.unit.receiver.world import BODY, KEY, ORDERS, TOKEN, VERIFICATION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ens_provider.receiver import Delivery, Handler

BOUND = 1000
OTHER = ORDERS[:-1] + "e"
PROBE = json.dumps({"callbackId": OTHER, "verificationKey": VERIFICATION_KEY}).encode()
SIGNED = [(b"x-sfmc-ens-signature", sign(BODY, KEY).encode())]
TOO_LONG = {"error": "The body is longer than 1000 bytes."}
DISCONNECT = {"type": "http.disconnect"}


class Exchange:
    """What an application takes of one request, and what it answers.

    `parts` are the messages of the body; a part that is no bytes is a message itself.
    """

    def __init__(self, handler: Handler, *parts: Any, **scope: Any) -> None:
        self.taken = 0
        self.sent: list[dict[str, Any]] = []
        last = len(parts) - 1
        self._messages = [
            {"type": "http.request", "body": part, "more_body": number < last}
            if isinstance(part, bytes)
            else part
            for number, part in enumerate(parts)
        ]
        usual = {"type": "http", "method": "POST", "path": "/ens", "headers": []}
        asyncio.run(application(handler)(usual | scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        self.taken += 1
        message: dict[str, Any] = self._messages[self.taken - 1]
        return message

    async def _send(self, message: Any) -> None:
        self.sent.append(dict(message))

    @property
    def answer(self) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        start, body = self.sent
        return start["status"], json.loads(body["body"])


@pytest.fixture
def delivered() -> list[Delivery]:
    """Give the list that accepted deliveries come to."""
    return []


@pytest.fixture
def receiver(delivered: list[Delivery]) -> Receiver:
    """Give a receiver with a key and a token that takes bodies of 1,000 bytes."""
    return Receiver(
        delivered.append,
        signature_keys=MemorySignatureKeys({ORDERS: [KEY]}),
        token=TOKEN,
        options=ReceiverOptions(longest_body_bytes=BOUND),
    )


def test_probe(receiver: Receiver) -> None:
    """A probe is answered with 200 in the two messages of an answer, their header names in lower case."""
    exchange = Exchange(receiver, PROBE)

    assert exchange.sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"cache-control", b"no-store"),
                (b"content-length", b"2"),
            ],
        },
        {"type": "http.response.body", "body": b"{}"},
    ]


def test_delivery_in_chunks(receiver: Receiver, delivered: list[Delivery]) -> None:
    """The bytes of a body that comes in parts, without a length, are put together unchanged."""
    exchange = Exchange(receiver, BODY[:7], b"", BODY[7:], headers=SIGNED)

    assert exchange.answer == (200, {})
    assert [delivery.body for delivery in delivered] == [BODY]


@pytest.mark.parametrize(
    ("mount", "path"),
    [
        ("", f"/verification-keys/{OTHER}"),
        ("/hooks", f"/hooks/verification-keys/{OTHER}"),
        ("/hooks/", f"/hooks/verification-keys/{OTHER}"),
        # Servers before version 2.3 of the specification leave the mount out.
        ("/hooks", f"/verification-keys/{OTHER}"),
    ],
)
def test_mounted_path(receiver: Receiver, mount: str, path: str) -> None:
    """The receiver sees what comes after the path that it is mounted at."""
    Exchange(receiver, PROBE)
    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    fetched = Exchange(receiver, b"", method="GET", path=path, root_path=mount, headers=headers)

    assert fetched.answer == (200, {"callbackId": OTHER, "verificationKey": VERIFICATION_KEY})


def test_path_that_only_begins_like_the_mount() -> None:
    """A path is cut at a slash alone; that of the mount itself is the root."""
    seen: list[str] = []

    class Paths:
        longest_body_bytes = BOUND

        def handle(self, _method: str, path: str, _headers: Any, _body: bytes) -> Response:
            seen.append(path)
            return Response(status=204)

    for path in ("/hooks", "/hooks/", "/hooks/a", "/hooksafe"):
        Exchange(Paths(), b"", path=path, root_path="/hooks")

    assert seen == ["/", "/", "/a", "/hooksafe"]


def test_length_beyond_the_bound(receiver: Receiver) -> None:
    """A body that says it is too long is refused before any of it is taken."""
    exchange = Exchange(receiver, headers=[(b"content-length", b"1001")])

    assert exchange.answer == (413, TOO_LONG)
    assert exchange.taken == 0


def test_body_without_a_length_beyond_the_bound(receiver: Receiver) -> None:
    """An endless body is refused once the bound is passed; the rest is not taken."""
    exchange = Exchange(receiver, *[b"[" * 600] * 5)

    assert exchange.answer == (413, TOO_LONG)
    assert exchange.taken == 2


@pytest.mark.parametrize("lengths", [[b"x"], [b"-1"], [b"3", b"3"]])
def test_length_that_is_no_number(receiver: Receiver, lengths: list[bytes]) -> None:
    """A length that is none, or comes twice, is refused."""
    exchange = Exchange(receiver, headers=[(b"Content-Length", each) for each in lengths])

    assert exchange.answer == (400, {"error": "The Content-Length is not a number."})


@pytest.mark.parametrize("length", [len(BODY) - 1, len(BODY) + 1])
def test_body_of_another_length(receiver: Receiver, length: int) -> None:
    """A body that is not as long as it says is refused as what it is."""
    headers = [*SIGNED, (b"content-length", str(length).encode())]
    exchange = Exchange(receiver, BODY, headers=headers)

    assert exchange.answer == (400, {"error": "The body is not as long as its Content-Length."})


def test_client_that_hangs_up_within_its_body(
    receiver: Receiver, delivered: list[Delivery]
) -> None:
    """Half a body is no delivery, and nobody is answered."""
    exchange = Exchange(receiver, BODY, DISCONNECT, headers=SIGNED)

    assert (exchange.sent, delivered) == ([], [])


def test_client_that_hangs_up_before_its_answer(
    receiver: Receiver, delivered: list[Delivery]
) -> None:
    """Where the server says that the client is gone, the delivery counts and nothing fails."""
    messages = iter([{"type": "http.request", "body": BODY}])

    async def receive() -> Any:
        return next(messages)

    async def send(_message: Any) -> None:
        raise BrokenPipeError

    scope = {"type": "http", "method": "POST", "path": "/", "headers": SIGNED}
    asyncio.run(application(receiver)(scope, receive, send))

    assert len(delivered) == 1


def test_receiver_that_waits_holds_up_nobody() -> None:
    """While one request waits for its store, another one is answered."""
    second_came = threading.Event()

    class Waiting:
        longest_body_bytes = BOUND

        def handle(self, _method: str, path: str, _headers: Any, _body: bytes) -> Response:
            if path == "/first":
                return Response(status=200 if second_came.wait(20) else 500)
            second_came.set()
            return Response(status=200)

    statuses: list[int] = []

    async def both() -> None:
        app = application(Waiting())

        async def ask(path: str) -> None:
            async def receive() -> Any:
                return {"type": "http.request", "body": b""}

            async def send(message: Any) -> None:
                statuses.extend([message["status"]] if "status" in message else [])

            await app({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)

        await asyncio.gather(ask("/first"), ask("/second"))

    asyncio.run(both())

    assert statuses == [200, 200]


def test_answer_without_content() -> None:
    """An answer 204 has neither a body nor a length; headers may hold any Latin letter."""

    class Gone:
        longest_body_bytes = BOUND

        def handle(self, _method: str, _path: str, headers: Any, _body: bytes) -> Response:
            return Response(status=204, headers={"X-Seen": dict(headers)["x-name"]})

    exchange = Exchange(Gone(), b"", headers=[(b"x-name", b"\xe9")])

    assert exchange.sent[0]["headers"] == [(b"x-seen", b"\xe9")]
    assert exchange.sent[1] == {"type": "http.response.body", "body": b""}


def _sent(receiver: Receiver, kind: str, events: Iterable[str]) -> list[str]:
    messages = iter([{"type": each} for each in events])
    sent: list[str] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(application(receiver)({"type": kind}, receive, send))
    return sent


def test_lifespan(receiver: Receiver) -> None:
    """Start and end of the server are answered, so that it does not take the lifespan for a failure."""
    assert _sent(receiver, "lifespan", ["lifespan.startup", "lifespan.shutdown"]) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_websocket_is_closed(receiver: Receiver) -> None:
    """A websocket is turned away before it is accepted, without a trace in the server's log."""
    assert _sent(receiver, "websocket", ["websocket.connect"]) == ["websocket.close"]


def test_unknown_scope(receiver: Receiver) -> None:
    """What is neither is refused as the specification asks for."""
    with pytest.raises(ValueError, match="does not know the scope 'mail'"):
        _sent(receiver, "mail", [])
