"""Senders that mean harm, over real TLS: floods, trickles, lies and what is no request at all."""

from __future__ import annotations

import itertools
import json
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

from ens_provider.receiver import Delivery, MemorySignatureKeys, Receiver, sign
from tests.receiver.served import Running, all_of, serving

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def delivered() -> list[Delivery]:
    """What was handed over."""
    return []


@pytest.fixture
def run(delivered: list[Delivery]) -> Iterator[Running]:
    """A receiver behind its server, which hangs up on what is not there within half a second."""
    keys = MemorySignatureKeys({ORDERS: [KEY]})
    with serving(Receiver(delivered.append, signature_keys=keys), request_seconds=0.5) as running:
        yield running


def delivery(number: int, *, end: bytes = b"") -> bytes:
    """Return the bytes of a delivery."""
    body = b'[{"n":%d}]' % number
    signature = sign(body, KEY).encode()
    lines = [b"X-SFMC-ENS-Signature: " + signature, b"Content-Length: %d" % len(body), b"", b""]
    return POST + end + b"\r\n".join(lines) + body


def answers_to(run: Running, sent: bytes) -> bytes:
    """Send bytes over a connection of its own and return all that comes back."""
    with run.raw() as client:
        client.sendall(sent)
        return all_of(client)


def send_for_ever(client: ssl.SSLSocket, each: bytes) -> None:
    """Send something small again and again, until the other side hangs up."""
    for part in itertools.repeat(each):
        client.sendall(part)
        time.sleep(0.02)


def still_serves(run: Running) -> bool:
    """Tell whether a well-behaved sender is served."""
    return answers_to(run, delivery(0, end=b"Connection: close\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (POST + b"X: y\r\n" * 1000 + b"\r\n", b"431"),
        (POST + b"X: " + b"y" * 100_000 + b"\r\n\r\n", b"431"),
        (b"POST /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"TRACE / HTTP/1.1\r\n\r\n", b"501"),
        (b"<script>alert(1)</script> / HTTP/1.1\r\n\r\n", b"501"),
        (b"POST / HTTP/9.9\r\n\r\n", b"505"),
        (b"POST / HTTP/x\r\n\r\n", b"400"),
        (b"\x16\x03\x01<b>\r\n\r\n", b"400"),
        (b"a b c d e\r\n\r\n", b"400"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + b"x" * 1000, b"411"),
    ],
    ids=[
        "headers", "header", "path", "TRACE", "script", "version", "no version", "bytes", "words",
        "huge chunk",
    ],
)  # fmt: skip
def test_what_is_no_request(
    sent: bytes, status: bytes, run: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is refused in JSON that quotes nothing of it, and the connection is closed."""
    received = answers_to(run, sent)
    head, _, body = received.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 " + status + b" ")
    assert b"Connection: close" in head
    assert b"Content-Type: application/json" in head
    assert set(json.loads(body)) == {"error"}
    assert b"script" not in received
    assert b"Python" not in received
    assert still_serves(run)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("head", "each"),
    [
        (b"", b"P"),
        (POST, b"X: y\r\n"),
        (POST + b"Content-Length: 1000\r\n\r\n", b"["),
    ],
    ids=["request line", "headers", "body"],
)
def test_request_that_trickles(
    head: bytes, each: bytes, run: Running, delivered: list[Delivery]
) -> None:
    """No byte is late, and the whole is: the sender is hung up on."""
    with run.raw() as client:
        client.sendall(head)
        with pytest.raises((ssl.SSLError, OSError)):
            send_for_ever(client, each)

    assert delivered == []
    assert still_serves(run)


def test_trickling_senders_hold_a_bounded_number_of_threads(run: Running) -> None:
    """However many there are: each has its time, and their threads end with it."""
    before = threading.enumerate()
    opened = [run.raw() for _ in range(20)]
    for each in opened:
        each.__enter__().sendall(b"POST / HT")
    for each in opened:
        each.__exit__(None, None, None)
    for thread in set(threading.enumerate()) - set(before):
        thread.join(20)
        assert not thread.is_alive()

    assert still_serves(run)


def test_requests_in_one_go(run: Running, delivered: list[Delivery]) -> None:
    """Requests that do not wait for answers are handled one after the other, and answered in order."""
    sent = b"".join(
        [delivery(1), delivery(2), POST.replace(b"POST", b"GET") + b"\r\n", delivery(3)]
    )

    received = answers_to(run, sent)

    statuses = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"405", b"200"]
    assert [each.events[0].raw["n"] for each in delivered] == [1, 2, 3]


def test_length_that_hides_a_request(run: Running, delivered: list[Delivery]) -> None:
    """A body of two lengths is no way to bring a second request along: nothing after it is read."""
    hidden = delivery(1)
    sent = POST + b"Content-Length: 2\r\nContent-Length: 0\r\n\r\n{}" + hidden

    received = answers_to(run, sent)

    assert received.count(b"HTTP/1.1 ") == 1
    assert received.startswith(b"HTTP/1.1 400 ")
    assert delivered == []


@pytest.mark.parametrize("length", [b"4", b"40"])
def test_length_that_lies(length: bytes, run: Running, delivered: list[Delivery]) -> None:
    """A body that is cut by its length, or ends before it, is no delivery."""
    body = b'[{"n":1}]'
    lines = [b"X-SFMC-ENS-Signature: " + sign(body, KEY).encode(), b"Content-Length: " + length]

    received = answers_to(run, POST + b"\r\n".join([*lines, b"", b""]) + body)

    assert not received.startswith(b"HTTP/1.1 200 ")
    assert delivered == []
