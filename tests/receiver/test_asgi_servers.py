"""The ASGI adapter behind a real server, alone and mounted in a framework."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from ens_provider.receiver import MemorySignatureKeys, Receiver, ReceiverOptions, sign
from ens_provider.receiver.asgi import application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from ens_provider.receiver import Delivery

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
MAILS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
VERIFICATION_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "a-token-of-the-receiver"
BOUND = 200_000
# Of more than one chunk, and as the service writes it: escaped, so that its bytes matter.
BODY = b'[{"eventCategoryType":"EngagementEvents.EmailClick","n":"%b"}]' % (rb"\u003d" * 30_000)
SIGNED = {"X-SFMC-ENS-Signature": sign(BODY, KEY)}
TOO_LONG = {"error": "The body is longer than 200000 bytes."}


class Served:
    """Two servers on loopback: the receiver alone, and below `/hooks` of a framework's application."""

    def __init__(self, delivered: list[Delivery]) -> None:
        self.delivered = delivered
        receiver = Receiver(
            delivered.append,
            signature_keys=MemorySignatureKeys({ORDERS: [KEY]}),
            token=TOKEN,
            options=ReceiverOptions(longest_body_bytes=BOUND),
        )
        self.alone = application(receiver)

        async def home(_request: Request) -> PlainTextResponse:
            return PlainTextResponse("home")

        self.mounted = Starlette(routes=[Route("/", home), Mount("/hooks", self.alone)])
        self.ports: dict[str, int] = {}

    def ask(
        self, name: str, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Send a request to one of the servers; status and JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@contextmanager
def _running(app: Any) -> Iterator[int]:
    bound = socket.create_server(("127.0.0.1", 0))
    # Its own log is no part of the claim; `off` would leave out the lifespan.
    config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    """Run both servers for all tests."""
    served = Served([])
    with _running(served.alone) as alone, _running(served.mounted) as mounted:
        served.ports = {"alone": alone, "mounted": mounted}
        yield served


@pytest.fixture
def served(running: Served) -> Served:
    """Give the servers, with nothing delivered yet."""
    running.delivered.clear()
    return running


@pytest.mark.parametrize(("name", "path"), [("alone", "/ens"), ("mounted", "/hooks/ens")])
def test_delivery(served: Served, name: str, path: str) -> None:
    """Behind a real server the bytes come through, with a length and in chunks."""
    with_length = served.ask(name, "POST", path, BODY, **SIGNED)
    in_chunks = served.ask(name, "POST", path, iter([BODY[:70_000], BODY[70_000:]]), **SIGNED)

    assert (with_length, in_chunks) == ((200, {}), (200, {}))
    assert [delivery.body for delivery in served.delivered] == [BODY, BODY]


@pytest.mark.parametrize(("name", "mount"), [("alone", ""), ("mounted", "/hooks")])
def test_probe_and_its_key(served: Served, name: str, mount: str) -> None:
    """The receiver's own path is found below the mount."""
    probe = json.dumps({"callbackId": MAILS, "verificationKey": VERIFICATION_KEY}).encode()
    # Without the slash the framework answers with a redirect, which no probe follows.
    probed = served.ask(name, "POST", f"{mount}/", probe)
    path = f"{mount}/verification-keys/{MAILS}"
    fetched = served.ask(name, "GET", path, Authorization=f"Bearer {TOKEN}")
    refused = served.ask(name, "GET", path)

    assert probed[0] == 200
    assert fetched == (200, {"callbackId": MAILS, "verificationKey": VERIFICATION_KEY})
    assert refused[0] == 401


def test_body_beyond_the_bound(served: Served) -> None:
    """A body that says it is too long, and one that turns out to be, are refused with 413."""
    head = f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {BOUND + 1}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.ports["alone"]), timeout=20) as client:
        client.sendall(head.encode())
        # Nothing of the body was sent: the answer comes without it.
        told = client.recv(65536)
    grown = served.ask("alone", "POST", "/", iter([b"[" * 150_000, b"[" * 50_001]))

    assert told.startswith(b"HTTP/1.1 413 ")
    assert grown == (413, TOO_LONG)


def test_client_that_hangs_up(served: Served) -> None:
    """Half a delivery is none, and the server goes on."""
    head = f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {len(BODY)}\r\n"
    signature = f"X-SFMC-ENS-Signature: {SIGNED['X-SFMC-ENS-Signature']}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.ports["alone"]), timeout=20) as client:
        client.sendall((head + signature).encode() + BODY[:1000])

    assert served.ask("alone", "POST", "/", BODY, **SIGNED) == (200, {})
    assert len(served.delivered) == 1


def test_what_is_beside_the_mount(served: Served) -> None:
    """The framework answers its own routes."""
    connection = http.client.HTTPConnection("127.0.0.1", served.ports["mounted"], timeout=20)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"home"
    connection.close()
