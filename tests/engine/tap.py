"""A tap on the line to the service: it learns every secret that passes, and can refuse and quote."""

from __future__ import annotations

import html
import http.client
import itertools
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SECONDS = 60
_SERVICE = "/platform/"
_SECRET_FIELDS = (
    "access_token",
    "client_secret",
    "signatureKey",
    "verificationKey",
)
_PROBE_TEXT = (
    "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: CallbackId is "
    "08b67f0e-5be8-4673-97e9-682c133f778c. Could not verify callback url. Status: ConnectFailure. "
)


def _as_json(text: str) -> str:
    return json.dumps({"message": text, "errorcode": text, "documentation": text})


def _as_html(text: str) -> str:
    return f"<html><title>{html.escape(text)}</title><body><h1>{text}</h1></body></html>"


def _as_oauth_error(text: str) -> str:
    return json.dumps({"error": text, "error_description": text, "error_uri": text})


def _as_list(text: str) -> str:
    return json.dumps({"errors": [{"message": text}], "validationErrors": [{"message": text}]})


def _as_probe_text(text: str) -> str:
    return json.dumps(f"{_PROBE_TEXT}{text}")


SHAPES: dict[str, Callable[[str], str]] = {
    "json": _as_json,
    "html": _as_html,
    "oauth": _as_oauth_error,
    "list": _as_list,
    "probe": _as_probe_text,
    "plain": str,
    "in a URL": lambda text: f"see https://example.com/?token={quote(text, safe='')}",
    "slashes": lambda text: _as_json(text).replace("/", "\\/"),
    "broken JSON": lambda text: _as_json(text)[:-2],
}
"""How a refusal may put what it quotes."""


@dataclass
class _Refusals:
    """The refusals of a route, one after the other, again and again."""

    answers: Iterator[tuple[int, str]]
    after: bool
    given: list[tuple[int, str]] = field(default_factory=list)


class Tap:
    """Forwards everything to the service, and keeps the secrets out of what passes.

    A context manager. A call of a route that is to be refused is answered with a text that quotes
    what it carried, its token included, and every secret that passed since the last `clear`.

    Args:
        target: The address to forward to.
    """

    def __init__(self, target: str) -> None:
        self.secrets: dict[str, None] = {}
        self._passed: dict[str, None] = {}
        self._netloc = urlsplit(target).netloc
        self._refusals: dict[str, _Refusals] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Tap:  # noqa: PYI034 -- Self needs Python 3.11
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def learn(self, *secrets: str) -> None:
        """Keep secrets that are not learned from what passes."""
        self.secrets |= dict.fromkeys(filter(None, secrets))

    def refuse(
        self, route: str, statuses: Iterable[int], shapes: Iterable[str], *, after: bool = False
    ) -> None:
        """Refuse the calls of a route from now on, in each shape with each status in turn.

        Args:
            route: Method and path without its id, `DELETE /platform/v1/ens-callbacks`.
            statuses: The statuses.
            shapes: Names out of `SHAPES`.
            after: Whether the request takes effect, so that its answer can be quoted, too.
        """
        each = itertools.cycle(itertools.product(statuses, shapes))
        self._refusals[route] = _Refusals(each, after)

    def refused(self, route: str) -> set[tuple[int, str]]:
        """Return with which statuses and shapes calls of that route were refused."""
        return set(self._refusals[route].given)

    def clear(self) -> None:
        """Forward everything again; tokens of runs so far are none that this one can know."""
        self._refusals = {}
        self._passed = {}

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer a request: forwarded, or refused."""
        self._learn_from(body)
        if path.startswith(_SERVICE):
            # Quoted once it is used: what is still on its way to the client cannot be hidden there.
            self._passed[headers["Authorization"].removeprefix("Bearer ")] = None
        refusals = self._refusals_of(method, path)
        if refusals is None or refusals.after:
            status, given, text = self._forwarded(method, path, headers, body)
            self._learn_from(text)
            if refusals is None:
                return status, given, text
        with self._lock:
            status, shape = next(refusals.answers)
            refusals.given.append((status, shape))
        # The newest first: what is quoted in a sentence is cut off somewhere.
        told = " ".join([*reversed(self._passed), headers.get("Authorization", ""), body.decode()])
        kind = "text/html" if shape == "html" else "application/json"
        return status, {"Content-Type": kind, "Retry-After": "0"}, SHAPES[shape](told).encode()

    def _refusals_of(self, method: str, path: str) -> _Refusals | None:
        return next(
            (
                refusals
                for route, refusals in self._refusals.items()
                if f"{method} {path}" == route or f"{method} {path}".startswith(f"{route}/")
            ),
            None,
        )

    def _forwarded(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._netloc, timeout=_SECONDS)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            given = {n: v for n, v in answer.getheaders() if n in {"Content-Type", "Date"}}
            return answer.status, given, answer.read()
        finally:
            connection.close()

    def _learn_from(self, body: bytes) -> None:
        try:
            told = json.loads(body or b"null")
        except ValueError:
            return
        self.learn(*_secrets_in(told))
        if not (isinstance(told, dict) and "access_token" in told):
            self._passed |= dict.fromkeys(_secrets_in(told))


def _secrets_in(value: Any) -> Iterator[str]:
    """Yield the secrets of a body, wherever in it they stand."""
    if isinstance(value, list):
        for element in value:
            yield from _secrets_in(element)
    elif isinstance(value, dict):
        for name, element in value.items():
            if name in _SECRET_FIELDS and isinstance(element, str):
                yield element
            else:
                yield from _secrets_in(element)


def _handler(tap: Tap) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {
                name: self.headers[name]
                for name in ("Authorization", "Content-Type")
                if name in self.headers
            }
            status, given, text = tap.answer(self.command, self.path, headers, content)
            self.send_response_only(status)
            for name, value in given.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 -- the names that the library calls

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler
