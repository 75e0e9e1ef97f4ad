"""The Lambda adapter, with the events of each service that invokes functions over HTTP."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.receiver import MemorySignatureKeys, Receiver, Response, sign
from ens_provider.receiver.aws_lambda import handler
from tests.unit.receiver.world import BODY, KEY, ORDERS, TOKEN, VERIFICATION_KEY

if TYPE_CHECKING:
    from ens_provider.receiver import Delivery

OTHER = ORDERS[:-1] + "e"
KEY_PATH = f"/verification-keys/{OTHER}"
PROBE = json.dumps({"callbackId": OTHER, "verificationKey": VERIFICATION_KEY})
# As the service writes it: a body that is parsed and written again has other bytes.
ESCAPED = rb'[{"eventCategoryType":"EngagementEvents.EmailClick","url":"a\u003db","name":"%b"}]' % (
    "é".encode()
)


def event_2(**changes: Any) -> dict[str, Any]:
    """Return the event of a function URL, as "Invoking Lambda function URLs" shows it."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "id.lambda-url.eu-west-1.on.aws"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "id",
            "domainName": "id.lambda-url.eu-west-1.on.aws",
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4"},
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": PROBE,
        "isBase64Encoded": False,
    } | changes


def event_1(**changes: Any) -> dict[str, Any]:
    """Return the event of a REST API, which an HTTP API sends with payload 1.0, too."""
    return {
        "version": "1.0",
        "resource": "/ens",
        "path": "/ens",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "pathParameters": None,
        "requestContext": {"httpMethod": "POST", "path": "/prod/ens", "stage": "prod"},
        "body": PROBE,
        "isBase64Encoded": False,
    } | changes


def event_of_balancer(**changes: Any) -> dict[str, Any]:
    """Return the event of a load balancer, without the option for several values of a header."""
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
        "httpMethod": "POST",
        "path": "/ens",
        "queryStringParameters": {},
        "headers": {"content-type": "application/json"},
        "body": PROBE,
        "isBase64Encoded": False,
    } | changes


class World:
    """A receiver behind the adapter."""

    def __init__(self) -> None:
        self.delivered: list[Delivery] = []
        receiver = Receiver(
            self.delivered.append,
            signature_keys=MemorySignatureKeys({ORDERS: [KEY]}),
            token=TOKEN,
        )
        self._function = handler(receiver)

    def answer(self, event: Any) -> dict[str, Any]:
        """Return what the function returns, which has to be JSON."""
        answer: dict[str, Any] = json.loads(json.dumps(self._function(event, object())))
        return answer

    def fetch(self, event: dict[str, Any]) -> tuple[int, Any]:
        """Return status and body for an event that asks for the key of the probe."""
        self.answer(event_2())
        answer = self.answer(event)
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def world() -> World:
    """Give a receiver with a key and a token."""
    return World()


@pytest.mark.parametrize("event", [event_2(), event_1()], ids=["2.0", "1.0"])
def test_probe(world: World, event: dict[str, Any]) -> None:
    """A probe is answered with 200, and text stays text."""
    assert world.answer(event) == {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": "{}",
        "isBase64Encoded": False,
    }


def test_probe_through_a_load_balancer(world: World) -> None:
    """A balancer gets the line that it wants, and lists of values if it sends them."""
    plain = world.answer(event_of_balancer())
    several = event_of_balancer(multiValueHeaders={"content-type": ["application/json"]})
    del several["headers"]
    listed = world.answer(several)

    assert (plain["statusDescription"], plain["headers"]["Cache-Control"]) == ("200 OK", "no-store")
    assert "headers" not in listed
    assert listed["multiValueHeaders"] == {
        "Content-Type": ["application/json"],
        "Cache-Control": ["no-store"],
    }


@pytest.mark.parametrize("make", [event_2, event_of_balancer], ids=["2.0", "balancer"])
@pytest.mark.parametrize("name", ["x-sfmc-ens-signature", "X-SFMC-ENS-Signature"])
@pytest.mark.parametrize("is_base64", [False, True])
def test_delivery(world: World, make: Any, name: str, is_base64: bool) -> None:
    """The bytes that were signed come through, encoded or not, whatever the case of the header."""
    text = base64.b64encode(ESCAPED).decode() if is_base64 else ESCAPED.decode()
    headers = {name: sign(ESCAPED, KEY)}

    answer = world.answer(make(body=text, isBase64Encoded=is_base64, headers=headers))

    assert answer["statusCode"] == 200
    assert [delivery.body for delivery in world.delivered] == [ESCAPED]


def test_delivery_in_payload_1(world: World) -> None:
    """Of a REST API the lists of values count."""
    headers = {"X-Sfmc-Ens-Signature": [sign(BODY, KEY)]}
    event = event_1(body=BODY.decode(), multiValueHeaders=headers, headers={"X-Other": "x"})

    assert world.answer(event)["statusCode"] == 200
    assert len(world.delivered) == 1


def test_signature_that_comes_twice(world: World) -> None:
    """Two signatures in one request are none."""
    headers = {"X-Sfmc-Ens-Signature": [sign(BODY, KEY), sign(BODY, KEY)]}
    answer = world.answer(event_1(body=BODY.decode(), multiValueHeaders=headers))

    assert (answer["statusCode"], json.loads(answer["body"])) == (
        503,
        {"error": "The signature is not the base64 of 32 bytes."},
    )


def _asking(path: str, **more: Any) -> dict[str, Any]:
    stage = more.pop("stage", "$default")
    return event_2(
        rawPath=path,
        body=None,
        headers={"authorization": f"Bearer {TOKEN}"},
        requestContext={"http": {"method": "GET"}, "stage": stage},
        **more,
    )


@pytest.mark.parametrize(
    "event",
    [
        _asking(KEY_PATH),
        _asking(f"/dev{KEY_PATH}", stage="dev"),
        _asking(
            f"/dev/ens{KEY_PATH}",
            stage="dev",
            routeKey="ANY /ens/{proxy+}",
            pathParameters={"proxy": KEY_PATH[1:]},
        ),
        event_1(
            path=f"/ens{KEY_PATH}",
            resource="/ens/{rest+}",
            pathParameters={"rest": KEY_PATH[1:]},
            httpMethod="GET",
            multiValueHeaders={"Authorization": [f"Bearer {TOKEN}"]},
            body=None,
        ),
        event_of_balancer(
            path=KEY_PATH,
            httpMethod="GET",
            headers={"authorization": f"Bearer {TOKEN}"},
            body="",
        ),
    ],
    ids=["plain", "stage", "greedy", "greedy-1.0", "balancer"],
)
def test_paths(world: World, event: dict[str, Any]) -> None:
    """The receiver sees the path without the stage, or what a greedy parameter holds."""
    assert world.fetch(event) == (200, {"callbackId": OTHER, "verificationKey": VERIFICATION_KEY})


def test_path_that_only_begins_like_the_stage(world: World) -> None:
    """A stage is cut off at a slash alone."""
    status, answered = world.fetch(_asking(f"/dev{KEY_PATH}", stage="de"))

    assert (status, answered) == (405, {"error": "Use POST here."})


def test_stage_alone_and_missing_body(world: World) -> None:
    """A request for the stage itself, without headers and body, is answered like any other."""
    event = event_2(
        rawPath="/dev",
        headers=None,
        requestContext={"http": {"method": "POST"}, "stage": "dev"},
        body=None,
    )
    del event["isBase64Encoded"]

    assert world.answer(event)["statusCode"] == 400
    assert json.loads(world.answer(event)["body"]) == {"error": "The body is not JSON."}


NO_REQUEST = (
    "The event names no method or no path: it is no HTTP request of a function URL, an API or a "
    "load balancer."
)
NO_OBJECT = "The event is no HTTP request: what should be an object in it is none."


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (None, "The event is no object: it is no HTTP request."),
        ([], "The event is no object: it is no HTTP request."),
        ({}, NO_REQUEST),
        ({"source": "aws.events", "detail-type": "Scheduled Event"}, NO_REQUEST),
        (event_2(requestContext={}), NO_REQUEST),
        (event_2(rawPath=None), NO_REQUEST),
        (event_1(httpMethod=5), NO_REQUEST),
        (event_2(requestContext="x"), NO_OBJECT),
        (event_2(headers="x"), NO_OBJECT),
        (event_2(headers={"a": 1}), "The event has a header that is no text."),
        (event_1(multiValueHeaders={"a": "x"}), "The event has a header that is no text."),
        (event_2(body=5), "The event has a body that is no text."),
        (
            event_2(body="no base64", isBase64Encoded=True),
            "The event has a body that is not encoded as it says.",
        ),
        (event_2(body="\ud800"), "The event has a body that is not encoded as it says."),
    ],
)
def test_event_that_is_no_request(world: World, event: Any, sentence: str) -> None:
    """What is no HTTP request is answered 400 with what is wrong, and nothing is raised."""
    answer = world.answer(event)

    assert (answer["statusCode"], json.loads(answer["body"])) == (400, {"error": sentence})


def test_answer_that_is_no_text() -> None:
    """Only bytes that are no UTF-8 are encoded."""

    class Echo:
        longest_body_bytes = 100

        def handle(self, _method: str, _path: str, _headers: Any, body: bytes) -> Response:
            return Response(status=202, headers={"Content-Type": "x/y"}, body=body)

    function = handler(Echo())
    answers = [
        function(event_2(body=base64.b64encode(body).decode(), isBase64Encoded=True), None)
        for body in (b"\xff\x00", b"\xc3\xa9")
    ]

    assert [(each["body"], each["isBase64Encoded"]) for each in answers] == [
        ("/wA=", True),
        ("é", False),
    ]
