"""What ENS does with the URL of a new callback, step by step, and how it went."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ens_provider.cli.probe.certificate import why_distrusted
from ens_provider.cli.probe.channel import Channel
from ens_provider.cli.probe.connection import (
    HTTPS_PORT,
    Connected,
    Resolver,
    connect,
    look_up,
    not_public,
    secure,
)
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.cli.probe.failures import EndpointUnusableError, failed, wrong_status
from ens_provider.cli.probe.post import post
from ens_provider.cli.probe.untrusted import read_untrusted
from ens_provider.lifecycle.probe import ProbeFailure

PROBE_TIMEOUT_SECONDS = 30.0
"""How long ENS waits for an endpoint ("Create a Callback")."""

_OK = 200
_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is probed, and how.

    Attributes:
        url: A callback's URL in canonical form.
        context: Whom to trust.
        resolved: The address and port that the host leads to instead of its own, or None.
        timeout_seconds: How long everything may take.
        resolver: What looks a name up.
        wall_clock: Unix seconds, for the certificate's days.
    """

    url: str
    context: ssl.SSLContext
    resolved: tuple[str, int] | None = None
    timeout_seconds: float = PROBE_TIMEOUT_SECONDS
    resolver: Resolver = socket.getaddrinfo
    wall_clock: Callable[[], float] = time.time

    @property
    def host(self) -> str:
        """The host of the URL."""
        return urlsplit(self.url).hostname or ""


@dataclass(kw_only=True)
class Step:
    """One step: how long it took, what it found, what is worth a warning."""

    name: str
    ok: bool = False
    seconds: float = 0.0
    detail: str = ""
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Probed:
    """How a probe went.

    Attributes:
        callback_id: The id that the endpoint got; of a callback that does not exist.
        steps: What was tried, in order.
        failure: How ENS would tell the failure; None if there is none.
        posted: Whether the endpoint may have taken the body, and the key in it.
    """

    callback_id: str
    steps: list[Step]
    failure: ProbeFailure | None
    posted: bool


def probe_endpoint(target: Target, *, tell: Callable[[Step], None] = lambda _: None) -> Probed:
    """Probe an endpoint as ENS does when a callback is created.

    Args:
        target: What to probe.
        tell: Called with every step once it is over.
    """
    run = _Run(target, tell)
    failure = None
    try:
        run.all_steps()
    except EndpointUnusableError as error:
        failure = error.failure
    finally:
        run.close()
    posted = run.steps[-1].name == "POST"
    return Probed(callback_id=run.callback_id, steps=run.steps, failure=failure, posted=posted)


class _Run:
    """One probe: its deadline, its connection, and the steps so far."""

    def __init__(self, target: Target, tell: Callable[[Step], None]) -> None:
        self.callback_id = str(uuid.uuid4())
        self.steps: list[Step] = []
        self._target = target
        self._tell = tell
        self._deadline = Deadline.of(target.timeout_seconds)
        self._open: list[socket.socket] = []

    def all_steps(self) -> None:
        with self._step("URL") as step:
            step.detail = f"{self._target.url} is a callback's"
        addresses = self._look_up()
        connected = self._connect(addresses)
        channel = self._secure(connected)
        self._post(channel)

    def close(self) -> None:
        for each in self._open:
            each.close()

    @contextmanager
    def _step(self, name: str) -> Iterator[Step]:
        began = time.monotonic()
        step = Step(name=name)
        self.steps.append(step)
        try:
            yield step
            step.ok = True
        except EndpointUnusableError as error:
            step.detail = error.met
            raise
        finally:
            step.seconds = time.monotonic() - began
            self._tell(step)

    def _look_up(self) -> list[str]:
        with self._step("DNS") as step:
            if self._target.resolved is not None:
                step.detail = f"{self._target.host} is not looked up (--resolve)"
                return [self._target.resolved[0]]
            host, resolver = self._target.host, self._target.resolver
            addresses = look_up(host, deadline=self._deadline, resolver=resolver)
            step.detail = f"{host} is {', '.join(addresses)}"
            step.warnings += not_public(addresses)
            return addresses

    def _connect(self, addresses: list[str]) -> Connected:
        with self._step("TCP") as step:
            connected = connect(addresses, port=self._port, deadline=self._deadline)
            self._open.append(connected.socket)
            step.detail = f"{connected.address} accepts connections on port {self._port}"
            step.warnings += connected.passed_over
            return connected

    def _secure(self, connected: Connected) -> Channel:
        with self._step("TLS") as step:
            channel = self._verified_channel(connected)
            certificate = channel.certificate()
            now = self._target.wall_clock()
            step.detail = f"{channel.version()}, {certificate.described(now=now)}"
            step.warnings += certificate.warnings(now=now)
            return channel

    def _verified_channel(self, connected: Connected) -> Channel:
        host, context = self._target.host, self._target.context
        try:
            return secure(connected.socket, host=host, context=context, deadline=self._deadline)
        except ssl.SSLCertVerificationError as error:
            shown = read_untrusted(
                lambda: self._connect_again(connected), host=host, deadline=self._deadline
            )
            raise failed(
                "TrustFailure", met=why_distrusted(error, host=host, shown=shown)
            ) from error

    def _connect_again(self, connected: Connected) -> socket.socket:
        timeout = self._deadline.remaining()
        return socket.create_connection((connected.address, self._port), timeout=timeout)

    def _post(self, channel: Channel) -> None:
        with self._step("POST") as step:
            answered = post(
                channel, url=self._target.url, body=self._body(), deadline=self._deadline
            )
            if answered.status != _OK:
                leads = f", which leads to {answered.place}" if answered.place else ""
                raise wrong_status(
                    answered.status, met=f"it was answered with {answered.status}{leads}"
                )
            step.detail = "it was answered with 200"

    def _body(self) -> bytes:
        key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")
        body = {"callbackId": self.callback_id, "verificationKey": key}
        return json.dumps(body).encode()

    @property
    def _port(self) -> int:
        return HTTPS_PORT if self._target.resolved is None else self._target.resolved[1]
