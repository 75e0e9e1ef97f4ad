"""A tap on the line to the service: it learns every secret that passes, and can refuse and quote."""

from __future__ import annotations

import html
import itertools
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.proxy import Answer, Proxy, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


class Tap(Proxy):
    """Forwards everything to the service, and keeps the secrets out of what passes.

    A context manager. A call of a route that is to be refused is answered with a text that quotes
    what it carried, its token included, and every secret that passed since the last `clear`.

    Args:
        target: The address to forward to.
    """

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.secrets: dict[str, None] = {}
        self._passed: dict[str, None] = {}
        self._refusals: dict[str, _Refusals] = {}
        self._lock = threading.Lock()

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

    def answer(self, request: Request) -> Answer:
        """Answer a request: forwarded, or refused."""
        self._learn_from(request.body)
        authorization = request.headers.get("Authorization", "")
        if request.path.startswith(_SERVICE):
            # Quoted once it is used: what is still on its way to the client cannot be hidden there.
            self._passed[authorization.removeprefix("Bearer ")] = None
        refusals = self._refusals_of(request)
        if refusals is None or refusals.after:
            answer = self.forward(request)
            self._learn_from(answer.body)
            if refusals is None:
                return answer
        with self._lock:
            status, shape = next(refusals.answers)
            refusals.given.append((status, shape))
        # The newest first: what is quoted in a sentence is cut off somewhere.
        told = " ".join([*reversed(self._passed), authorization, request.body.decode()])
        kind = "text/html" if shape == "html" else "application/json"
        headers = {"Content-Type": kind, "Retry-After": "0"}
        return Answer(status=status, headers=headers, body=SHAPES[shape](told).encode())

    def _refusals_of(self, request: Request) -> _Refusals | None:
        asked = f"{request.method} {request.path}"
        return next(
            (
                refusals
                for route, refusals in self._refusals.items()
                if asked == route or asked.startswith(f"{route}/")
            ),
            None,
        )

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
