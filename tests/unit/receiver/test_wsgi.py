"""The WSGI adapter, under the checks that the standard library has for WSGI."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from ens_provider.receiver import MemorySignatureKeys, Receiver, ReceiverOptions, Response, sign
from ens_provider.receiver.administration import AdministeredReceiver, History
from ens_provider.receiver.wsgi import application
from tests.unit.receiver.world import BODY, KEY, ORDERS, TOKEN, VERIFICATION_KEY

if TYPE_CHECKING:
    from ens_provider.receiver import Delivery, Handler

BOUND = 1000
NO_NUMBER = {"error": "The Content-Length is not a number."}
TOO_LONG = {"error": "The body is longer than 1000 bytes."}


class Input(io.BytesIO):
    """A body that comes in pieces of 7 bytes, as a network hands it over."""

    def read(self, size: int | None = -1) -> bytes:
        """Read no more than 7 bytes."""
        return super().read(7 if size is None or size < 0 else min(size, 7))


class Answered:
    """What a WSGI application answered to one request."""

    def __init__(self, handler: Handler, method: str = "POST", **environ: Any) -> None:
        self.read_to = 0
        body = environ.pop("body", b"")
        sent: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/ens",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "wsgi.input": Input(body),
        }
        sent |= {"CONTENT_LENGTH": str(len(body))} if body else {}
        sent |= environ
        setup_testing_defaults(sent)
        content = validator(application(handler))(sent, self._start)
        self.body = b"".join(content)
        content.close()  # type: ignore[attr-defined] # the validator insists on it
        self.read_to = sent["wsgi.input"].input.tell()

    def _start(self, status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        self.status, self.headers = status, dict(headers)
        return None


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


def test_probe_and_its_key(receiver: Receiver) -> None:
    """A probe is answered with 200; the mounted path is not the receiver's business."""
    other = ORDERS[:-1] + "e"
    probe = json.dumps({"callbackId": other, "verificationKey": VERIFICATION_KEY}).encode()
    answered = Answered(receiver, body=probe, SCRIPT_NAME="/mounted", PATH_INFO="")
    fetched = Answered(
        receiver,
        "GET",
        PATH_INFO=f"/verification-keys/{other}",
        HTTP_AUTHORIZATION=f"Bearer {TOKEN}",
    )

    assert (answered.status, answered.body) == ("200 OK", b"{}")
    assert answered.headers["Content-Length"] == "2"
    assert json.loads(fetched.body) == {"callbackId": other, "verificationKey": VERIFICATION_KEY}


def test_delivery(receiver: Receiver, delivered: list[Delivery]) -> None:
    """The bytes of the body come through unchanged, however they arrive."""
    answered = Answered(receiver, body=BODY, HTTP_X_SFMC_ENS_SIGNATURE=sign(BODY, KEY))

    assert answered.status == "200 OK"
    assert [delivery.body for delivery in delivered] == [BODY]


def test_refused_delivery(receiver: Receiver) -> None:
    """A status has its phrase, and a refusal its sentence."""
    answered = Answered(receiver, body=BODY)

    assert answered.status == "503 Service Unavailable"
    assert json.loads(answered.body) == {"error": "There is no header x-sfmc-ens-signature."}


def test_body_ends_where_its_length_says(receiver: Receiver, delivered: list[Delivery]) -> None:
    """Nothing is read beyond the Content-Length: it belongs to the next request."""
    answered = Answered(
        receiver,
        body=BODY + b"POST / HTTP/1.1",
        CONTENT_LENGTH=str(len(BODY)),
        HTTP_X_SFMC_ENS_SIGNATURE=sign(BODY, KEY),
    )

    assert answered.status == "200 OK"
    assert [delivery.body for delivery in delivered] == [BODY]
    assert answered.read_to == len(BODY)


@pytest.mark.parametrize("length", ["1001", "9" * 30])
def test_length_beyond_the_bound(receiver: Receiver, length: str) -> None:
    """A body that says it is too long is not read at all."""
    answered = Answered(receiver, body=BODY, CONTENT_LENGTH=length)

    assert answered.status.startswith("413 ")
    assert json.loads(answered.body) == TOO_LONG
    assert answered.read_to == 0


def test_body_without_a_length(receiver: Receiver) -> None:
    """Without a length there is no body, unless the server says where it ends."""
    unread = Answered(receiver, body=BODY, CONTENT_LENGTH="")

    assert (unread.status, unread.read_to) == ("400 Bad Request", 0)
    assert json.loads(unread.body) == {"error": "The body is not JSON."}


def test_body_that_the_server_ends(receiver: Receiver, delivered: list[Delivery]) -> None:
    """A chunked body that the server decodes is read to its end, and not beyond the bound."""
    ended: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    headers = {"HTTP_X_SFMC_ENS_SIGNATURE": sign(BODY, KEY)}
    whole = Answered(receiver, body=BODY, **ended, **headers)
    endless = Answered(receiver, body=b"[" * 5000, **ended)

    assert (whole.status, [delivery.body for delivery in delivered]) == ("200 OK", [BODY])
    assert json.loads(endless.body) == TOO_LONG
    assert endless.read_to == BOUND + 1


def test_body_that_breaks_off(receiver: Receiver) -> None:
    """A body that is shorter than its length is refused as what it is."""
    answered = Answered(receiver, body=BODY, CONTENT_LENGTH=str(len(BODY) + 1))

    assert answered.status == "400 Bad Request"
    assert json.loads(answered.body) == {"error": "The body is shorter than its Content-Length."}


def test_answer_without_content() -> None:
    """An answer 204 has neither a body nor a length."""
    keys = MemorySignatureKeys()
    administered = AdministeredReceiver(
        Receiver(lambda _delivery: None), signature_keys=keys, token=TOKEN, history=History()
    )
    answered = Answered(
        administered,
        "DELETE",
        PATH_INFO=f"/signature-keys/{ORDERS}",
        HTTP_AUTHORIZATION=f"Bearer {TOKEN}",
    )

    assert (answered.status, answered.headers, answered.body) == ("204 No Content", {}, b"")


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "1_0", "٣", "-" + "9" * 5000])
def test_length_that_is_no_number(receiver: Receiver, length: str) -> None:
    """A length that is none is refused, read by nobody's rules."""
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length}
    setup_testing_defaults(environ)
    started: list[str] = []
    content = application(receiver)(environ, lambda status, _headers: started.append(status))

    assert started == ["400 Bad Request"]
    assert json.loads(b"".join(content)) == NO_NUMBER


def test_any_handler_can_be_adapted() -> None:
    """What has `handle` and a bound is enough; headers come with dashes, type and length too."""

    class Echo:
        longest_body_bytes = BOUND

        def handle(self, method: str, path: str, headers: Any, body: bytes) -> Response:
            seen = [method, path, sorted((name.lower(), value) for name, value in headers)]
            return Response(
                status=202, headers={"Content-Type": "x/y", "X-Seen": json.dumps(seen)}, body=body
            )

    answered = Answered(
        Echo(), body=b"abc", CONTENT_TYPE="application/json", HTTP_HOST="h", HTTP_X_A="1"
    )

    assert (answered.status, answered.body) == ("202 Accepted", b"abc")
    assert json.loads(answered.headers["X-Seen"]) == [
        "POST",
        "/ens",
        [
            ["content-length", "3"],
            ["content-type", "application/json"],
            ["host", "h"],
            ["x-a", "1"],
        ],
    ]
