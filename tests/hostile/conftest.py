"""A hostile service, and clients of it that wait for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.retry import RetryPolicy
from tests.hostile.raw_service import RawService

SECRET = "the-s3cret-of-the-client"

MakeClient = Callable[[RawService], ENSClient]


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(direct_connections: None) -> None:
    """Proxies and CA bundles of the machine are no part of a test."""


@pytest.fixture
def service() -> Iterator[RawService]:
    """A service that gives out a token and was told nothing else."""
    with RawService() as raw:
        yield raw


@pytest.fixture
def elsewhere() -> Iterator[RawService]:
    """Another host, which nobody was told to ask."""
    with RawService() as raw:
        yield raw


@pytest.fixture
def client(service: RawService) -> Iterator[ENSClient]:
    """A client that tries everything once."""
    config = ClientConfig(
        client_id="client-1", client_secret=SECRET, auth_url=service.url, rest_url=service.url
    )
    made = ENSClient(config, retry=RetryPolicy(max_attempts=1), sleep=lambda _: None)
    yield made
    made.close()
