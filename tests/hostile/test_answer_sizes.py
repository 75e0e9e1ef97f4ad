"""Answers without measure: long, endless, packed, or never quite there."""

from __future__ import annotations

import itertools
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.errors import BadRequestError, ConnectionLostError
from ens_provider.api.transport import MAX_BODY_BYTES, HTTPTransport
from ens_provider.api.wire import Request
from tests.hostile.raw_service import RawService, answer

LIST = "GET /platform/v1/ens-callbacks"
CREATE = "POST /platform/v1/ens-callbacks"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
KIB = 1024
MIB = 1024 * KIB


def request(service: RawService, *, read_timeout_seconds: float = 10.0) -> Request:
    """Return a request of the kind that may be asked again."""
    return Request(
        method="GET",
        url=service.url + "/platform/v1/ens-callbacks",
        phrase="list the callbacks",
        operation="list callbacks",
        changes=False,
        read_timeout_seconds=read_timeout_seconds,
    )


def trickling(head: bytes, each: bytes) -> Iterator[bytes]:
    """Send a head, and then something small again and again, for ever."""
    yield head
    for part in itertools.repeat(each):
        time.sleep(0.01)
        yield part


@pytest.fixture
def impatient() -> Iterator[HTTPTransport]:
    """A transport that gives a body a fifth of a second, and holds no more than 1 MiB of it."""
    made = HTTPTransport(body_deadline_seconds=0.2, max_body_bytes=MIB)
    yield made
    made.close()


def test_list_of_ten_megabytes(service: RawService, client: ENSClient) -> None:
    """A long list is read to its end."""
    long = {"callbackName": "x" * 1000, "url": "https://a.b", "maxBatchSize": 1000}
    records = [{**long, "callbackId": f"65b885ab-c2b4-46fe-85d0-{n:012}"} for n in range(10_000)]
    service.on(LIST, answer(records))

    assert len(client.list_callbacks()) == 10_000


@pytest.mark.parametrize(
    "content",
    [{"message": "x" * 10 * MIB}, "<p>" * (10 * MIB // 3), '"\x1b[31m'],
    ids=["JSON", "HTML", "not JSON"],
)
def test_refusal_of_ten_megabytes(content: object, service: RawService, client: ENSClient) -> None:
    """Of a long refusal as much is kept as somebody reads."""
    service.on(CREATE, answer(content, status="400 Bad Request"))

    with pytest.raises(BadRequestError) as caught:
        client.create_callback(callback_name="orders", url="https://a.b")

    assert len(str(caught.value)) < 1000
    assert len(caught.value.service_text) <= 500
    assert len(caught.value.body) <= 64 * KIB


def test_chunks_without_end(service: RawService, client: ENSClient) -> None:
    """What never ends is given up at the limit."""
    service.on(
        LIST,
        lambda: itertools.chain([CHUNKED], itertools.repeat(b"10000\r\n%s\r\n" % (b" " * 65536))),
    )

    with pytest.raises(
        ConnectionLostError, match=f"the answer is longer than {MAX_BODY_BYTES} bytes"
    ):
        client.list_callbacks()


@pytest.mark.parametrize(
    ("head", "each"),
    [
        (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
        (CHUNKED, b"1\r\n \r\n"),
        (CHUNKED + b"1;", b"x"),
        (CHUNKED + b"2\r\n[]\r\n0\r\n", b"X: y\r\n"),
    ],
    ids=["bytes", "chunks", "extension of a chunk", "trailers"],
)
def test_body_that_trickles(
    head: bytes, each: bytes, service: RawService, impatient: HTTPTransport
) -> None:
    """A body has its time altogether, also where what trickles is no part of its content."""
    service.on(LIST, lambda: trickling(head, each))

    got = impatient.send(request(service))

    assert (got.complete, got.why) in [
        (False, "it took too long"),
        (False, "the answer took longer than 0.2 s"),
    ]


@pytest.mark.parametrize(
    ("head", "each"),
    [
        (b"HTTP/1.1 ", b"2"),
        (HEAD, b"X"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["status line", "header", "continue without end"],
)
def test_head_that_trickles(
    head: bytes, each: bytes, service: RawService, impatient: HTTPTransport
) -> None:
    """The head has its time altogether, although no byte is late."""
    service.on(LIST, lambda: trickling(head, each))

    with pytest.raises(ConnectionLostError, match="it took too long"):
        impatient.send(request(service, read_timeout_seconds=0.2))


@pytest.mark.parametrize("layers", [1, 2])
def test_packed_bomb(layers: int, service: RawService, impatient: HTTPTransport) -> None:
    """What unfolds beyond the limit is not unfolded, in one layer or in several."""
    bomb = b"\0" * 64 * MIB
    for _ in range(layers):
        bomb = zlib.compress(bomb, wbits=31)
    encoding = ", ".join(["gzip"] * layers)
    service.on(LIST, answer(bomb, headers={"Content-Encoding": encoding}))
    tracemalloc.start()
    try:
        got = impatient.send(request(service))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert not got.complete
    assert len(got.raw) <= MIB + 64 * KIB
    assert peak < 8 * MIB


def test_packed_answer(service: RawService, client: ENSClient) -> None:
    """An answer that is packed although nobody asked for it is read."""
    packed = zlib.compress(b"[]", wbits=31)
    service.on(LIST, answer(packed, headers={"Content-Encoding": "gzip"}))

    assert client.list_callbacks() == []


@pytest.mark.parametrize(
    ("encoding", "packed", "why"),
    [
        ("br", b"[]", "the answer could not be unpacked"),
        ("gzip, gzip", b"[]", "the answer could not be unpacked"),
        ("gzip", b"[]", "the answer could not be unpacked"),
        ("gzip", zlib.compress(b"[]" * 100, wbits=31)[:-9], "the answer broke off"),
        ("deflate", b"", "the answer broke off"),
    ],
)
def test_packing_that_cannot_be_read(
    encoding: str, packed: bytes, why: str, service: RawService, client: ENSClient
) -> None:
    """Other packings, broken ones and halves of one are no answer."""
    service.on(LIST, answer(packed, headers={"Content-Encoding": encoding}))

    with pytest.raises(ConnectionLostError, match=why):
        client.list_callbacks()
