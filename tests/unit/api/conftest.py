"""A scripted server, a clock that only sleeping moves, and clients of the two."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.retry import RetryPolicy
from tests.unit.api.scripted_server import TOKEN_ROUTE, ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WALL_SECONDS = 1_700_000_000.0
"""What the local clock of a test shows."""


class FakeClock:
    """Monotonic seconds that pass by sleeping alone; keeps each pause."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """Return the time that has passed."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self.pauses.append(seconds)
            self._seconds += seconds

    def pass_by(self, seconds: float) -> None:
        """Let time pass without anybody waiting for it."""
        with self._lock:
            self._seconds += seconds


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(direct_connections: None) -> None:
    """Proxies and CA bundles of the machine are no part of a test."""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that gives out the token `token-1` and was told nothing else."""
    with ScriptedServer() as scripted:
        scripted.on(TOKEN_ROUTE, reply({"access_token": "token-1", "expires_in": 1079}))
        yield scripted


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only sleeping moves."""
    return FakeClock()


@pytest.fixture
def make_client(server: ScriptedServer, clock: FakeClock) -> Iterator[Callable[..., ENSClient]]:
    """Make clients of the scripted server; arguments override the configuration."""
    made: list[ENSClient] = []

    def make(*, retry: RetryPolicy | None = None, **overrides: Any) -> ENSClient:
        settings = {
            "client_id": "client-1",
            "client_secret": "s3cret-of-client-1",
            "auth_url": server.url,
            "rest_url": server.url,
        }
        client = ENSClient(
            ClientConfig(**{**settings, **overrides}),
            retry=retry or RetryPolicy(jitter=lambda: 1.0),
            clock=clock,
            sleep=clock.sleep,
            wall_clock=lambda: WALL_SECONDS,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., ENSClient]) -> ENSClient:
    """A client with the usual configuration, whose pauses carry the full jitter."""
    return make_client()
