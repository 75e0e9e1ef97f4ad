"""One emulator, one endpoint and one plugin per test process, as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.plugin.driver import Plugin
from tests.plugin.service import MID, Service
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="session")
def endpoint_of_session() -> Iterator[Endpoint]:
    """Serve the endpoint."""
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def emulator_of_session(endpoint_of_session: Endpoint) -> Iterator[EmulatorProcess]:
    """Run the emulator; its probes find the endpoint."""
    endpoint = endpoint_of_session
    options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def plugin_of_session(
    emulator_of_session: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Plugin]:
    """Run the plugin that most tests share: what it remembers, it remembers by id."""
    emulator = emulator_of_session
    service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
    with Plugin(tmp_path_factory.mktemp("plugin"), service=service) as plugin:
        yield plugin


@pytest.fixture
def service(emulator_of_session: EmulatorProcess, endpoint_of_session: Endpoint) -> Service:
    """Give an empty account whose endpoint answers probes with 200."""
    emulator_of_session.reset()
    endpoint_of_session.start()
    endpoint_of_session.answer(200)
    endpoint_of_session.hook = None
    return Service(emulator_of_session, endpoint_of_session)


@pytest.fixture
def plugin(plugin_of_session: Plugin, service: Service) -> Plugin:
    """Give a running plugin that has a token already and no list."""
    # The token of the test before is void now, and a write makes an old list stale.
    gone = {"callback_name": "-", "url": "https://receiver.test/-", "mid": MID}
    plugin_of_session.delete(NOBODY, gone)
    service.forget_calls()
    return plugin_of_session


class NewPlugin(Protocol):
    """Starts a plugin; the arguments are those of `Plugin`, `service` being the emulator."""

    def __call__(
        self,
        *,
        service: ServiceAccess | None = ...,
        config: dict[str, str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> Plugin:
        """Start it."""


@pytest.fixture
def new_plugin(service: Service, tmp_path: Path) -> Iterator[NewPlugin]:
    """Start plugin processes that remember nothing; they end with the test."""
    started: list[Plugin] = []
    emulator = service.access()

    def start(
        *,
        service: ServiceAccess | None = emulator,
        config: dict[str, str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> Plugin:
        folder = tmp_path / f"plugin-{len(started)}"
        folder.mkdir()
        started.append(Plugin(folder, service=service, config=config, extra=extra))
        return started[-1]

    yield start
    for plugin in started:
        plugin.stop()
