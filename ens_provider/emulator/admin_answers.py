"""How the emulator's own routes under `/_emulator` read requests and answer them."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from inspect import isawaitable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY_BYTES = 32 * 1024 * 1024
"""More than the service's routes take: thousands of events may come in one request."""


class RefusedError(ValueError):
    """An administration request cannot be read or carried out; the sentence says why."""


def answering(handler: Callable[[object], object]) -> Handler:
    """Return a handler of requests for a function of their JSON, plain or asynchronous.

    Its sentence is answered with 400 if it refuses the request.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            sized = request.clone(client_max_size=LARGEST_BODY_BYTES)
            result = handler(_json_of(await sized.read()))
            return web.json_response(await result if isawaitable(result) else result)
        except RefusedError as error:
            return web.json_response({"error": str(error)}, status=400)
        except web.HTTPRequestEntityTooLarge:
            error_body = {"error": "The request body is larger than 32 MiB."}
            return web.json_response(error_body, status=413)

    return handle


def require_fields(fields: Mapping[str, object], known: Collection[str], *, what: str) -> None:
    """Refuse an object with a field that it cannot have; `what` names the object.

    Raises:
        RefusedError: there is one.
    """
    for name in fields:
        if name not in known:
            raise RefusedError(f"{what} has no field '{name}'.")


def _json_of(body: bytes) -> object:
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError):
        raise RefusedError("The request body is not valid JSON.") from None
