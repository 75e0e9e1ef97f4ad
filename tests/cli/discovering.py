"""Runs of `discover` in this process, on an emulator whose clock moves when somebody waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ens_provider.api.calls import Clocks
from ens_provider.api.config import ClientConfig
from ens_provider.api.exchanges import Exchanges
from ens_provider.api.transport import HTTPTransport
from ens_provider.api.verification_key_source import fetch_verification_key
from ens_provider.api.wire import Answer, Request, Transport
from ens_provider.cli.discover.account import Pace
from ens_provider.cli.discover.command import Told, Wishes, discover_unit
from ens_provider.cli.discover.findings import Result
from ens_provider.cli.discover.keys import KeyPlace
from ens_provider.cli.discover.report import switches_of
from ens_provider.emulator.process import EmulatorProcess
from ens_provider.emulator.switches import Switches
from tools.endpoint import Endpoint

URL = "https://receiver.test/discover"

INVISIBLE = {
    "after_deadline",
    "signature_key_encoding",
    "filter_anchoring",
    "fan_out",
    "delivery_retries",
    "retry_signed_with",
    "suspended_status",
}
DEFAULTS = {name: value for name, value in Switches().as_mapping().items() if name not in INVISIBLE}
"""Every switch that shows without deliveries and hours, with its default."""


@dataclass(kw_only=True)
class Discovering:
    """Runs in one business unit of an emulator.

    Attributes:
        emulator: The emulator.
        key_url: Where verification keys are handed out.
        waited_seconds: How long runs have waited so far, by the emulator's clock.
        questions: What a person was asked.
    """

    emulator: EmulatorProcess
    key_url: str
    waited_seconds: float = 0.0
    questions: list[str] = field(default_factory=list)

    def run(self, *, keys: bool = True, transport: Transport | None = None, **wishes: Any) -> Told:
        """Run everything; with a transport of the test's own, if it gives one."""
        place = KeyPlace(url=self.key_url, fetch=fetch_verification_key) if keys else None
        given: dict[str, Any] = {
            "url": URL,
            "keys": place,
            "confirm": self.questions.append,
            "pace": Pace(clock=lambda: self.waited_seconds, sleep=self._sleep),
        }
        with closing(self._exchanges(transport)) as exchanges:
            return discover_unit(exchanges, Wishes(**{**given, **wishes}))

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """The emulator's whole state, in the words of the default switches."""
        self.emulator.set_switches(**Switches().as_mapping())
        return self.emulator.state()

    def _sleep(self, seconds: float) -> None:
        self.waited_seconds += seconds
        self.emulator.move_clock(seconds)

    def _exchanges(self, transport: Transport | None) -> Exchanges:
        clocks = Clocks(sleep=lambda _: None)
        return Exchanges(config_of(self.emulator), clocks=clocks, transport=transport)


class Trouble:
    """A transport in which the n-th request to the service meets trouble.

    Args:
        number: Which request, from 1 on; tokens are not counted.
        happens: Gets the request and what sends it; raises, or returns the answer.
        operation: Count requests of this operation only, such as `create callback`.
    """

    def __init__(
        self,
        number: int,
        happens: Callable[[Request, Transport], Answer],
        *,
        operation: str | None = None,
    ) -> None:
        self.sent: list[Request] = []
        self._number = number
        self._happens = happens
        self._operation = operation
        self._http = HTTPTransport()

    def send(self, request: Request) -> Answer:
        """Send a request."""
        if request.url.endswith("/v2/token"):
            return self._http.send(request)
        self.sent.append(request)
        if self._operation in {None, request.operation} and self._count() == self._number:
            return self._happens(request, self._http)
        return self._http.send(request)

    def _count(self) -> int:
        return sum(self._operation in {None, each.operation} for each in self.sent)

    def close(self) -> None:
        """Give up all connections."""
        self._http.close()


def config_of(emulator: EmulatorProcess) -> ClientConfig:
    """The configuration of the emulator's default client."""
    return ClientConfig(
        client_id="client",
        client_secret="secret",
        auth_url=emulator.auth_url,
        rest_url=emulator.rest_url,
    )


def values(told: Told) -> dict[str, str]:
    """The values that a run found, by switch."""
    return switches_of(told.findings)


def shows(told: Told, switch: str) -> tuple[Result, str]:
    """How far a run settled a switch, and the words about it."""
    (finding,) = [finding for finding in told.findings if finding.switch == switch]
    return finding.outcome.result, finding.outcome.shows


@contextmanager
def key_server(endpoint: Endpoint, *, token: str | None = None) -> Iterator[str]:
    """Hand out the keys of the probes that an endpoint got; the address, with the id's place.

    With a token only to its holder.
    """
    authorization = None if token is None else f"Bearer {token}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.path.rpartition("/")[2]
            found = [p for p in endpoint.probes if p["callbackId"] == wanted]
            body = json.dumps(found[0]).encode() if found else b"{}"
            refused = self.headers.get("Authorization") != authorization
            self.send_response(401 if refused else 200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys/{{callback_id}}"
        server.shutdown()
