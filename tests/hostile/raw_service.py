"""A server that answers each route with whatever bytes a test gives it, endless ones included.

It knows nothing of the service and little of HTTP: what it sends need not be an answer at all.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

TOKEN = "the-token-of-the-client"
TOKEN_ROUTE = "POST /v2/token"

Answer = Callable[[], Iterable[bytes]]


class RawService:
    """Answers one request per connection, and keeps what came; it hangs up when all is sent.

    Attributes:
        asked: The requests as they came: the route, and the head as text.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self._answers: dict[str, Answer] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self.on(TOKEN_ROUTE, answer({"access_token": TOKEN, "expires_in": 1079}))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def routes(self) -> list[str]:
        """What was asked, in order, tokens aside."""
        return [route for route, _ in self.asked if route != TOKEN_ROUTE]

    def on(self, route: str, what: bytes | Answer) -> None:
        """Answer this route so."""
        self._answers[route] = what if callable(what) else lambda: [what]

    def __enter__(self) -> RawService:  # noqa: PYI034 - `Self` is newer than Python 3.10
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._accepting, *self._threads):
            thread.join(20)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            try:
                route = self._read(connection)
                for part in self._answers.get(route, _unexpected)():
                    connection.sendall(part)
                # All that was asked is read: what is sent arrives before the end of it.
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
            except OSError:
                # The client has had enough, which is what most of these tests are about.
                return

    def _read(self, connection: socket.socket) -> str:
        seen = b""
        while b"\r\n\r\n" not in seen and (block := connection.recv(65536)):
            seen += block
        head, _, body = seen.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        length = next(
            (int(line[15:]) for line in text.split("\r\n") if line.startswith("Content-Length:")), 0
        )
        while len(body) < length and (block := connection.recv(65536)):
            body += block
        route = text.partition(" HTTP/")[0]
        self.asked.append((route, text))
        return route


def answer(
    content: object, *, status: str = "200 OK", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of an answer; text and bytes go out as they stand, the rest as JSON."""
    body = content if isinstance(content, bytes) else _text(content).encode()
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in (headers or {}).items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""])
    return head.encode("latin-1") + body


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def _unexpected() -> Iterable[bytes]:
    return [answer("the test did not expect this", status="418 I'm a teapot")]
