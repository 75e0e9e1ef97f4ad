"""The HTTPS server around a receiver, against clients that behave and clients that do not."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ens_provider.receiver import MemorySignatureKeys, Receiver, ReceiverOptions, sign
from ens_provider.receiver.server import MOST_CONNECTIONS, ReceiverServer
from tests.receiver.served import Running, all_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
BODY = b'[{"a":1}]'
HEADERS = {"X-SFMC-ENS-Signature": sign(BODY, KEY)}
BOUND = 1000


@contextmanager
def running(request_seconds: float = 30.0) -> Iterator[Running]:
    """Serve a receiver with one key in this process."""
    receiver = Receiver(
        lambda _delivery: None,
        signature_keys=MemorySignatureKeys({ORDERS: [KEY]}),
        options=ReceiverOptions(longest_body_bytes=BOUND),
    )
    with serving(receiver, request_seconds=request_seconds) as run:
        yield run


def sent(connection: http.client.HTTPSConnection, body: bytes = BODY) -> tuple[int, object]:
    """Send a delivery over a connection; return status and JSON."""
    connection.request("POST", "/ens?a=b", body=body, headers=HEADERS)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_connection_is_used_again() -> None:
    """Several deliveries pass over one connection."""
    with running() as run:
        connection = run.connection()
        answers = [sent(connection) for _ in range(3)]
        connection.close()

    assert answers == [(200, {})] * 3


def test_no_part_of_an_answer_waits_for_an_acknowledgement() -> None:
    """Connections send what is written at once; else each answer to some clients takes 40 ms."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    receiver = Receiver(lambda _delivery: None)
    with (
        ReceiverServer(("127.0.0.1", 0), receiver, tls=tls) as server,
        socket.create_connection(("127.0.0.1", server.server_port), timeout=20),
    ):
        connection, _ = server.get_request()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_body_beyond_the_bound_is_answered() -> None:
    """A client that sends far too much still reads why it is refused."""
    with running() as run:
        connection = run.connection()
        answer = sent(connection, b"x" * (4 * 1024 * 1024))
        connection.close()

    assert answer == (413, {"error": "The body is longer than 1000 bytes."})


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n" + BODY, b"411"),
        (b"Content-Length: nine\r\n\r\n" + BODY, b"400"),
        (b"Content-Length: -9\r\n\r\n" + BODY, b"400"),
        (b"Content-Length: 9\r\nContent-Length: 2\r\n\r\n" + BODY, b"400"),
        (b"Content-Length: 99999999999999999999999\r\n\r\n", b"413"),
        (b"\r\n", b"400"),
    ],
)
def test_length_that_cannot_be_read(lines: bytes, status: bytes) -> None:
    """What leaves open where a body ends is refused, and the connection is closed."""
    with running() as run, run.raw() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + lines)
        received = all_of(client)

    assert received.startswith(b"HTTP/1.1 " + status + b" ")
    assert received.count(b"HTTP/1.1 ") == 1


def test_head_has_no_body() -> None:
    """HEAD is answered as GET would be, without the body."""
    with running() as run:
        connection = run.connection()
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        content = answer.read()
        connection.close()

    assert (answer.status, content) == (405, b"")
    assert answer.getheader("Allow") == "POST"
    assert answer.getheader("Server") is None


@pytest.mark.parametrize(
    "part", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n[{"]
)
def test_request_that_does_not_end(part: bytes) -> None:
    """A client that never finishes its request is hung up on."""
    with running(request_seconds=0.2) as run, run.raw() as client:
        client.sendall(part)

        assert all_of(client) == b""


def test_handshake_that_does_not_end() -> None:
    """A client that connects and says nothing is hung up on."""
    with (
        running(request_seconds=0.2) as run,
        socket.create_connection(("127.0.0.1", run.port), timeout=20) as plain,
    ):
        assert plain.recv(1) == b""


def test_idle_connection_is_closed() -> None:
    """After an answer the next request has its time, too, and no more."""
    with running(request_seconds=0.3) as run, run.raw() as client:
        length = str(len(BODY)).encode()
        signature = HEADERS["X-SFMC-ENS-Signature"].encode()
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-SFMC-ENS-Signature: "
            + signature
            + b"\r\nContent-Length: "
            + length
            + b"\r\n\r\n"
            + BODY
        )
        received = all_of(client)

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n{}")


def test_connections_are_bounded() -> None:
    """Beyond the bound connections are closed at once; when some end, others are taken again."""
    with running() as run:
        held = [
            socket.create_connection(("127.0.0.1", run.port), timeout=20)
            for _ in range(MOST_CONNECTIONS)
        ]
        try:
            with socket.create_connection(("127.0.0.1", run.port), timeout=20) as refused:
                assert refused.recv(1) == b""
        finally:
            for each in held:
                each.shutdown(socket.SHUT_RDWR)
                each.close()
        answer = _sent_once_there_is_room(run)

    assert answer == (200, {})


def _sent_once_there_is_room(run: Running) -> tuple[int, object]:
    for _ in range(1000):
        connection = run.connection()
        try:
            return sent(connection)
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    raise AssertionError("no connection was taken again")


def test_client_without_trust_is_no_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    """A failed handshake is not printed, and the next client is served."""
    with running() as run:
        with (
            socket.create_connection(("127.0.0.1", run.port), timeout=20) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", run.port), timeout=20) as plain:
            plain.sendall(b"POST / HTTP/1.1\r\n\r\n")
        connection = run.connection()
        answer = sent(connection)
        connection.close()

    assert answer == (200, {})
    assert capfd.readouterr() == ("", "")
