"""A receiver as an AWS Lambda function: `handle = handler(receiver)`.

It reads what invokes a function over HTTP: a function URL and an HTTP API (payload 2.0), a REST API
or an HTTP API with payload 1.0, and an Application Load Balancer. Sources: pages "Invoking Lambda
function URLs", "Create AWS Lambda proxy integrations for HTTP APIs" and "Lambda functions as targets
for Application Load Balancers".
"""

import base64
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from ens_provider.receiver.answers import refusal
from ens_provider.receiver.messages import Handler, Request, Response

Event = Mapping[str, Any]
Answer = dict[str, Any]
LambdaFunction = Callable[[Any, Any], Answer]

# The part of a route that takes the rest of the path: `ANY /ens/{proxy+}`.
_GREEDY = re.compile(r"\{([^{}]+)\+\}")


class _EventError(ValueError):
    """An event is no HTTP request; the sentence says what is missing, and quotes nothing."""


def handler(receiver: Handler) -> LambdaFunction:
    """Return the Lambda function of a receiver: `function(event, context)`.

    The bytes of the body are those that came. The receiver sees the path after the stage, or, on a
    route with a greedy parameter (`ANY /ens/{proxy+}`), what that parameter holds. An event that is
    no HTTP request is answered 400.
    """

    def handle(event: Any, _context: Any) -> Answer:
        try:
            request = _request(event)
        except _EventError as error:
            return _answer({}, refusal(HTTPStatus.BAD_REQUEST, str(error)))
        response = receiver.handle(request.method, request.path, request.headers, request.body)
        return _answer(event, response)

    return handle


def _request(event: Any) -> Request:
    if not isinstance(event, Mapping):
        raise _EventError("The event is no object: it is no HTTP request.")
    context = _mapping(event, "requestContext")
    is_2 = event.get("version") == "2.0"
    method = _mapping(context, "http").get("method") if is_2 else event.get("httpMethod")
    path = event.get("rawPath" if is_2 else "path")
    if not isinstance(method, str) or not method or not isinstance(path, str):
        raise _EventError(
            "The event names no method or no path: it is no HTTP request of a function URL, an API "
            "or a load balancer."
        )
    route = event.get("routeKey" if is_2 else "resource")
    return Request.of(method, _path(event, path=path, route=route), _headers(event), _body(event))


def _path(event: Event, *, path: str, route: object) -> str:
    greedy = _GREEDY.search(route) if isinstance(route, str) else None
    rest = _mapping(event, "pathParameters").get(greedy[1]) if greedy else None
    if isinstance(rest, str):
        return f"/{rest.lstrip('/')}"
    stage = _mapping(event, "requestContext").get("stage")
    if isinstance(stage, str) and stage and f"{path}/".startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]
    return path or "/"


def _headers(event: Event) -> list[tuple[str, str]]:
    # Where both are there, this one has each value of a header that comes twice.
    several = _mapping(event, "multiValueHeaders")
    if not several:
        several = {name: [value] for name, value in _mapping(event, "headers").items()}
    pairs = []
    for name, values in several.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise _EventError("The event has a header that is no text.")
        pairs += [(name, value) for value in values]
    return pairs


def _body(event: Event) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _EventError("The event has a body that is no text.")
    try:
        if event.get("isBase64Encoded") is True:
            return base64.b64decode(body, validate=True)
        return body.encode()
    except ValueError:
        raise _EventError("The event has a body that is not encoded as it says.") from None


def _mapping(event: Event, name: str) -> Mapping[str, Any]:
    """Return an object of the event, an empty one where it is missing or null."""
    value = event.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _EventError("The event is no HTTP request: what should be an object in it is none.")
    return value


def _answer(event: Event, response: Response) -> Answer:
    body, is_base64 = _text(response.body)
    answer: Answer = {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": body,
        "isBase64Encoded": is_base64,
    }
    if "elb" in _mapping(event, "requestContext"):
        answer["statusDescription"] = f"{response.status} {HTTPStatus(response.status).phrase}"
        # A balancer that sends lists of values reads lists of values.
        if "multiValueHeaders" in event:
            headers = answer.pop("headers")
            answer["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return answer


def _text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), True
