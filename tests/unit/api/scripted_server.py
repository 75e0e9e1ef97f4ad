"""A small HTTP server that answers what a test tells it to and keeps what it was asked.

It knows nothing of the service: tests write requests and answers out, so that neither side of the
comparison comes from the code under test.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

TOKEN_ROUTE = "POST /v2/token"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    route: str
    headers: Mapping[str, str]
    body: Any
    """Parsed JSON, None if the request had no body."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer; `raw`, if set, goes out in place of it and the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    wait_for: Callable[[], object] | None = None


def reply(obj: object = None, *, status: int = 200, **headers: str) -> Reply:
    """Return an answer with a JSON body; header names are spelled with underscores."""
    body = b"" if obj is None else json.dumps(obj).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, headers=named)


def dropped() -> Reply:
    """Return the answer that never comes: the connection is closed without a byte."""
    return Reply(raw=b"")


class _Quiet(ThreadingHTTPServer):
    """A server that does not print that a client hung up, which clients of these tests do."""

    # Room for all threads of a test to connect at once.
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what is not about the connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ScriptedServer:
    """Answers each route from its own list; the last answer of a list is given for ever."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replies: dict[str, list[Reply]] = defaultdict(list)
        self.asked: list[Asked] = []
        self.connections = 0
        self._http = _Quiet(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def routes(self) -> list[str]:
        """What was asked, in order, tokens aside."""
        return [asked.route for asked in self.asked if asked.route != TOKEN_ROUTE]

    @property
    def tokens_asked(self) -> list[Any]:
        """The bodies of the requests for a token."""
        return [asked.body for asked in self.asked if asked.route == TOKEN_ROUTE]

    def on(self, route: str, *replies: Reply) -> None:
        """Answer this route so, from now on."""
        with self._lock:
            self._replies[route] = list(replies)

    def __enter__(self) -> ScriptedServer:  # noqa: PYI034 - `Self` is newer than Python 3.10
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, asked: Asked) -> Reply:
        """Keep a request and return what to answer."""
        with self._lock:
            self.asked.append(asked)
            replies = self._replies[asked.route]
            if not replies:
                return reply({"message": f"the test did not expect {asked.route}"}, status=418)
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def count_connection(self) -> None:
        """Keep in mind that a client has connected."""
        with self._lock:
            self.connections += 1

    def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - see below
        # `self` is the handler's below.
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server.count_connection()

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                raw = self.rfile.read(length)
                answer = server.answer(
                    Asked(
                        route=f"{self.command} {self.path}",
                        headers=dict(self.headers.items()),
                        body=json.loads(raw) if raw else None,
                    )
                )
                if answer.wait_for is not None:
                    answer.wait_for()
                self.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the library's names

            def write(self, answer: Reply) -> None:
                if answer.raw is not None:
                    self.wfile.write(answer.raw)
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status not in {204, 304}:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
