"""One emulator and one endpoint per test process, as new for each test, and a way to run commands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from click.testing import CliRunner

from ens_provider.cli.commands import commands
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.engine.outside import Outside
from tools.endpoint import Endpoint

HOST = "receiver.test"
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)


@dataclass(kw_only=True)
class Commands:
    """Runs commands in this process, with the environment of nobody but the test.

    Attributes:
        environment: The variables that commands see, beside what every process needs.
    """

    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, answers: str | None = None, **variables: str) -> Ended:
        """Run a command; `answers` is its standard input, `variables` are set for this run."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        dropped: dict[str, str | None] = dict.fromkeys(os.environ)
        environment = {**dropped, **kept, "NO_COLOR": "1", **self.environment, **variables}
        done = CliRunner(env=environment).invoke(
            commands, arguments, input=answers, prog_name="python -m ens_provider"
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ended(code=done.exit_code, stdout=done.stdout, stderr=done.stderr)


@pytest.fixture(scope="session")
def endpoint_of_session() -> Iterator[Endpoint]:
    """Serve `receiver.test` and `other.test`."""
    with Endpoint((HOST, "other.test")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def emulator_of_session(endpoint_of_session: Endpoint) -> Iterator[EmulatorProcess]:
    """Run the emulator; its probes find the endpoint."""
    options = EmulatorOptions(
        resolve=endpoint_of_session.resolve,
        ca_file=endpoint_of_session.ca_file,
        probe_timeout_seconds=2.0,
    )
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture
def endpoint(endpoint_of_session: Endpoint) -> Endpoint:
    """Give the endpoint, which answers every probe with 200."""
    endpoint_of_session.start()
    endpoint_of_session.answer(200)
    endpoint_of_session.hook = None
    endpoint_of_session.received.clear()
    return endpoint_of_session


@pytest.fixture
def emulator(emulator_of_session: EmulatorProcess, endpoint: Endpoint) -> EmulatorProcess:
    """Give the emulator, empty and with the default switches."""
    emulator_of_session.reset()
    return emulator_of_session


@pytest.fixture
def outside(emulator: EmulatorProcess) -> Outside:
    """Give somebody else's hand in business unit 1234567."""
    return Outside(emulator)


@pytest.fixture
def run(emulator: EmulatorProcess) -> Commands:
    """Give the commands, with the emulator's default client in the environment."""
    return Commands(
        environment={
            "SFMC_AUTH_URL": emulator.auth_url,
            "SFMC_REST_URL": emulator.rest_url,
            "SFMC_CLIENT_ID": "client",
            "SFMC_CLIENT_SECRET": "secret",
            "SFMC_ACCOUNT_ID": "1234567",
        }
    )
