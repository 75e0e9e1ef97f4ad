"""Requests to the endpoint: each on a connection of its own, as ENS's are taken to be."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from ens_provider.cli.probe.certificate import why_distrusted
from ens_provider.cli.probe.channel import Channel
from ens_provider.cli.probe.connection import HTTPS_PORT, Resolver, connect, look_up, secure
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.cli.probe.failures import EndpointUnusableError, failed
from ens_provider.cli.probe.post import post
from ens_provider.receiver.testing import ServiceRequest

_CONNECTING_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the endpoint answered a request.

    Attributes:
        status: The HTTP status; None if none came.
        seconds: How long it took, from the connection to the head of the answer.
        place: Where a redirect leads to, without its query.
        met: Why no status came, as a sentence without its full stop.
    """

    status: int | None
    seconds: float = 0.0
    place: str = ""
    met: str = ""


class Sender(Protocol):
    """What brings requests to the endpoint; used by several threads at once."""

    def send(self, request: ServiceRequest, *, seconds: float) -> Answer:
        """Send a request and wait so long for the answer. Never raises for what the endpoint does."""
        ...


@dataclass(frozen=True, kw_only=True)
class Target:
    """The endpoint, and how it is reached.

    Attributes:
        url: A callback's URL in canonical form.
        context: Whom to trust.
        resolved: The address and port that the host leads to instead of its own, or None.
        resolver: What looks a name up.
        clock: Monotonic seconds.
    """

    url: str
    context: ssl.SSLContext
    resolved: tuple[str, int] | None = None
    resolver: Resolver = socket.getaddrinfo
    clock: Callable[[], float] = time.monotonic

    @property
    def host(self) -> str:
        """The host of the URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port that is connected to."""
        return HTTPS_PORT if self.resolved is None else self.resolved[1]


@dataclass
class EndpointSender:
    """Sends to a target over TLS, with certificates checked and redirects not followed.

    The name is looked up once, by `reach`.
    """

    target: Target
    _addresses: list[str] = field(default_factory=list)

    def reach(self) -> str:
        """Connect without sending anything, and return what was met as the rest of a line.

        Raises:
            EndpointUnusableError: The endpoint cannot be reached.
        """
        deadline = Deadline.of(_CONNECTING_SECONDS, clock=self.target.clock)
        self._addresses = self._looked_up(deadline)
        connected = connect(self._addresses, port=self.target.port, deadline=deadline)
        with connected.socket as plain:
            channel = self._secured(plain, deadline)
            return f"{connected.address} port {self.target.port}, {channel.version()}"

    def send(self, request: ServiceRequest, *, seconds: float) -> Answer:
        """Send a request and wait so long for the answer."""
        began = self.target.clock()
        deadline = Deadline.of(seconds, clock=self.target.clock)
        try:
            status, place = self._sent(request, deadline)
        except EndpointUnusableError as error:
            return Answer(status=None, seconds=self.target.clock() - began, met=error.met)
        return Answer(status=status, seconds=self.target.clock() - began, place=place)

    def _sent(self, request: ServiceRequest, deadline: Deadline) -> tuple[int, str]:
        addresses = self._addresses or self._looked_up(deadline)
        connected = connect(addresses, port=self.target.port, deadline=deadline)
        with connected.socket as plain:
            answered = post(
                self._secured(plain, deadline),
                url=self.target.url,
                body=request.body,
                deadline=deadline,
                headers=request.headers,
            )
        return answered.status, answered.place

    def _looked_up(self, deadline: Deadline) -> list[str]:
        if self.target.resolved is not None:
            return [self.target.resolved[0]]
        return look_up(self.target.host, deadline=deadline, resolver=self.target.resolver)

    def _secured(self, plain: socket.socket, deadline: Deadline) -> Channel:
        host, context = self.target.host, self.target.context
        try:
            return secure(plain, host=host, context=context, deadline=deadline)
        except ssl.SSLCertVerificationError as error:
            met = why_distrusted(error, host=host, shown=None)
            raise failed("TrustFailure", met=met) from error
