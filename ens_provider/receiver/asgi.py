"""A receiver as an ASGI application: `app = application(receiver)`.

Written after version 3 of the ASGI specification, pages "HTTP & WebSocket ASGI Message Format" and
"Lifespan Protocol".
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from ens_provider.receiver.answers import refusal, too_long
from ens_provider.receiver.lengths import UnusableLengthError, content_length
from ens_provider.receiver.messages import Handler, Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

MOST_THREADS = 16


class _HungUpError(Exception):
    """The client went away before its request was whole."""


def application(handler: Handler, *, most_threads: int = MOST_THREADS) -> ASGIApplication:
    """Return the ASGI application of a receiver, for servers on asyncio.

    It may be mounted below a path: the receiver sees what comes after it. A body beyond the
    receiver's bound is refused before it is read, or, where its length is not told, once the bound
    is passed. The receiver works in threads of its own: it may wait for a store, and for the
    function that gets the deliveries.

    Args:
        handler: The receiver.
        most_threads: How many requests are handled at a time; others wait. Default: 16.
    """
    threads = ThreadPoolExecutor(most_threads, thread_name_prefix="ens-receiver")

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await _answer_http(scope, receive, send, handler=handler, threads=threads)
        elif kind == "lifespan":
            await _live(receive, send)
        elif kind == "websocket":
            # Closed before it was accepted: the client gets 403.
            await send({"type": "websocket.close"})
        else:
            raise ValueError(f"A receiver answers HTTP; it does not know the scope {kind!r}.")

    return answered


async def _answer_http(
    scope: Scope, receive: Receive, send: Send, *, handler: Handler, threads: ThreadPoolExecutor
) -> None:
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    try:
        body = await _body(headers, receive, longest=handler.longest_body_bytes)
    except _HungUpError:
        return
    except UnusableLengthError as error:
        await _send(error.response, send)
        return
    # As asyncio.to_thread does it, for what logs and traces know of the request.
    context = contextvars.copy_context()
    response = await asyncio.get_running_loop().run_in_executor(
        threads, context.run, handler.handle, scope["method"], _path(scope), headers, body
    )
    await _send(response, send)


async def _body(headers: list[tuple[str, str]], receive: Receive, *, longest: int) -> bytes:
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    length = content_length(", ".join(lengths), longest=longest)
    parts: list[bytes] = []
    read, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUpError
        parts.append(message.get("body", b""))
        read += len(parts[-1])
        if read > longest:
            raise UnusableLengthError(too_long(longest))
        more = message.get("more_body", False)
    if length is not None and read != length:
        sentence = "The body is not as long as its Content-Length."
        raise UnusableLengthError(refusal(HTTPStatus.BAD_REQUEST, sentence))
    return b"".join(parts)


def _path(scope: Scope) -> str:
    # By the specification the path includes that of the mount; older servers leave it out.
    path, mount = str(scope["path"]), str(scope.get("root_path") or "").rstrip("/")
    if mount and (path == mount or path.startswith(f"{mount}/")):
        path = path[len(mount) :]
    return path or "/"


async def _send(response: Response, send: Send) -> None:
    headers = dict(response.headers)
    # 204 has neither a body nor its length.
    if response.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(response.body))
    sent = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
    ]
    # A client that went away meanwhile hears nothing, and that is no failure of ours.
    with suppress(OSError):
        await send({"type": "http.response.start", "status": response.status, "headers": sent})
        await send({"type": "http.response.body", "body": response.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
