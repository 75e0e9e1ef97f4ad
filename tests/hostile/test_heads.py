"""Heads of answers that no service sends: floods, lies, other versions, clocks of other decades."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConnectionLostError, ENSError, RateLimitedError, ServiceError
from ens_provider.api.retry import RetryPolicy
from ens_provider.lifecycle.account import Account
from tests.hostile.raw_service import RawService, answer

LIST = "GET /platform/v1/ens-callbacks"
OK = b"HTTP/1.1 200 OK\r\n"


def test_header_flood(service: RawService, client: ENSClient) -> None:
    """More headers than anybody reads are no answer."""
    service.on(LIST, OK + b"X: y\r\n" * 1000 + b"Content-Length: 2\r\n\r\n[]")

    with pytest.raises(ConnectionLostError):
        client.list_callbacks()


def test_header_of_a_megabyte(service: RawService, client: ENSClient) -> None:
    """Nor is one header that does not end."""
    service.on(LIST, OK + b"X: " + b"y" * 1_000_000 + b"\r\nContent-Length: 2\r\n\r\n[]")

    with pytest.raises(ConnectionLostError):
        client.list_callbacks()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 \xff\xfe OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n[]",
        b"HTTP/1.1 2000 OK\r\n\r\n[]",
        b"HTTP/1.1 -200 OK\r\n\r\n[]",
        b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\n[]",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
        OK + b"Content-Length: 10\r\n\r\n[]",
        OK + b"Content-Length: 1\r\n\r\n[]",
        OK + b"Content-Length: 0\r\n\r\n[]",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n[]\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n[]",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
    ],
    ids=[
        "nothing", "empty lines", "no status", "status of bytes", "two digits", "four digits",
        "negative", "unknown version", "another protocol", "TLS", "long reason", "two lengths",
        "longer length", "shorter length", "no length", "negative chunk", "huge chunk", "not final",
    ],
)  # fmt: skip
def test_answer_that_is_none(raw: bytes, service: RawService, client: ENSClient) -> None:
    """What cannot be read as a whole answer is an error of one line, whose outcome is unknown."""
    service.on(LIST, raw)

    with pytest.raises(ENSError) as caught:
        client.list_callbacks()

    assert caught.value.outcome_unknown
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.0 200 OK\r\n\r\n[]",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"Content-Type: text/html\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"Content-Type: application/json; charset=klingon\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"content-length:2\r\nX: \xff\x1b[31m\r\n\r\n[]",
        OK + b"Content-Length: 2\r\nSet-Cookie: a=b; Domain=.com\r\n\r\n[]",
        OK + b"Content-Length: 5\r\n\r\n\xef\xbb\xbf[]",
    ],
)
def test_unusual_head(raw: bytes, service: RawService, client: ENSClient) -> None:
    """Older versions, doubled headers and wrong types do no harm: the body says what it is."""
    service.on(LIST, raw)

    assert client.list_callbacks() == []


@pytest.mark.parametrize(
    "content",
    [
        "<html>[]</html>",
        "callbackId=1",
        "\x00\x01\x02",
        "[]]",
        "{'a': 1}",
        "[NaN",
        "[" * 100_000,
        "9" * 5000,
    ],
)
def test_success_that_is_not_json(content: str, service: RawService, client: ENSClient) -> None:
    """A success in another language is an answer that cannot be read."""
    service.on(LIST, answer(content, headers={"Content-Type": "application/json"}))

    with pytest.raises(ConnectionLostError, match="cannot be read, it is not JSON"):
        client.list_callbacks()


@pytest.fixture
def waits() -> list[float]:
    """The pauses of `patient`."""
    return []


@pytest.fixture
def patient(service: RawService, waits: list[float]) -> Iterator[ENSClient]:
    """A client that tries twice, and notes how long it would have waited."""
    config = ClientConfig(
        client_id="client-1", client_secret="s", auth_url=service.url, rest_url=service.url
    )
    now = [0.0]

    def pause(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    made = ENSClient(
        config,
        retry=RetryPolicy(max_attempts=2, jitter=lambda: 1.0),
        sleep=pause,
        clock=lambda: now[0],
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    "wish",
    ["-5", "-1e9", "nan", "inf", "-inf", "1e999", "five", "", "Mon, 99 Foo 2026 25:61:61 GMT"],
)
def test_retry_after_that_is_no_time(
    wish: str, service: RawService, patient: ENSClient, waits: list[float]
) -> None:
    """What is no time to wait counts as none: the client's own pause, and never a negative one."""
    service.on(LIST, answer("", status="503 Busy", headers={"Retry-After": wish}))

    with pytest.raises(ServiceError):
        patient.list_callbacks()

    assert waits == [0.5]


@pytest.mark.parametrize("wish", ["31536000", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 300])
@pytest.mark.parametrize(
    ("status", "kind"), [("429 Too Many", RateLimitedError), ("503 Busy", ServiceError)]
)
def test_retry_after_of_a_year(
    wish: str,
    status: str,
    kind: type[ENSError],
    service: RawService,
    patient: ENSClient,
    waits: list[float],
) -> None:
    """Nobody waits for a year: the call ends with its error at once."""
    service.on(LIST, answer("", status=status, headers={"Retry-After": wish}))

    with pytest.raises(kind) as caught:
        patient.list_callbacks()

    assert waits == []
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 0999 00:00:00 GMT",
        "Mon, 01 Jan 1900 00:00:00 GMT",
        "Wed, 21 Oct 2065 07:28:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 01 Jan 2000 00:00:00 -9959",
        "not a date",
        "",
    ],
)
def test_date_of_another_decade(date: str, service: RawService, client: ENSClient) -> None:
    """A write under any clock is kept with a time that can be read again, and compared."""
    service.on(LIST, answer([], headers={"Date": date}))
    config = ClientConfig(
        client_id="client-1", client_secret="s", auth_url=service.url, rest_url=service.url
    )
    account = Account(config, client=client)

    account.fresh_callbacks()
    written = account.written_at()

    assert account.may_lag(written)
