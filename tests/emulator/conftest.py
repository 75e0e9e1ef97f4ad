"""One emulator and one HTTPS endpoint per worker, both as new for every test."""

from collections.abc import Iterator

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.emulator.caller import Caller
from tools.endpoint import Endpoint

PROBE_TIMEOUT_SECONDS = 0.7


@pytest.fixture(scope="session")
def shared_endpoint() -> Iterator[Endpoint]:
    """An endpoint whose certificate is good for `receiver.test` and `second.test`."""
    with Endpoint(("receiver.test", "second.test")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def shared_emulator(shared_endpoint: Endpoint) -> Iterator[EmulatorProcess]:
    """An emulator whose probes reach the endpoint; `wrong-name.test` has no certificate."""
    resolve = [*shared_endpoint.resolve, f"wrong-name.test={shared_endpoint.address}"]
    options = EmulatorOptions(
        resolve=resolve,
        ca_file=shared_endpoint.ca_file,
        probe_timeout_seconds=PROBE_TIMEOUT_SECONDS,
    )
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture
def endpoint(shared_endpoint: Endpoint) -> Endpoint:
    """The endpoint, listening and answering 200."""
    shared_endpoint.start()
    shared_endpoint.answer(200)
    shared_endpoint.hook = None
    shared_endpoint.received.clear()
    return shared_endpoint


@pytest.fixture
def emulator(shared_emulator: EmulatorProcess, endpoint: Endpoint) -> EmulatorProcess:
    """The emulator without any object, fault or call, its switches at their defaults."""
    shared_emulator.reset()
    endpoint.received.clear()  # of what was tried again until a moment ago
    return shared_emulator


@pytest.fixture
def caller(emulator: EmulatorProcess) -> Iterator[Caller]:
    """A caller of the default business unit with every scope."""
    with Caller(emulator) as caller:
        yield caller
