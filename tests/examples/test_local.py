"""`examples/local`: the receiver's process and all that ENS has to know of it, in one stack."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.engine.calls import Calls
from tests.examples.projects import copy_example, ended, free_port, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

PROCESS = "pulumi-python:dynamic/receiver:Process"
README = "examples/local/README.md"
CREATED = [
    "POST token 200",
    "POST ens-callbacks 201",
    "POST ens-verify 200",
    "POST ens-subscriptions 201",
]


class Bench:
    """The example in a folder of its own, and the emulator that was started before."""

    def __init__(self, stack: Stack, emulator: EmulatorProcess, *, port: int) -> None:
        self.stack = stack
        self.emulator = emulator
        self.calls = Calls(emulator)
        self.port = port
        self.folder = stack.folder / "receiver"

    def process(self) -> psutil.Process:
        """Return the process that the receiver's lock names.

        Raises:
            psutil.NoSuchProcess: It has ended.
        """
        return psutil.Process(int((self.folder / "lock").read_text()))

    def held(self) -> dict[str, Any]:
        """Return the outputs of the process in the state, secrets in clear."""
        state = self.stack.state(show_secrets=True)
        [found] = [each["outputs"] for each in state if each["type"] == PROCESS]
        return {**found, "token": json.loads(found["token"]["plaintext"])}

    def send(self) -> str:
        """Let three events happen, as the README does it, and return what is printed."""
        [command] = [each for each in shown(README) if "send" in each]
        address = command.index("http://127.0.0.1:8080")
        command[address] = self.emulator.rest_url
        done = subprocess.run(
            [sys.executable, *command[1:]], capture_output=True, check=True, text=True, timeout=60
        )
        return done.stdout


@pytest.fixture
def bench(new_stack: NewStack) -> Iterator[Bench]:
    """Start the emulator, and give the example, of which nothing runs yet."""
    stack = copy_example("local", new_stack(project="ens-local"))
    port = free_port()
    ca_file = stack.folder / "receiver" / "ca.pem"
    options = EmulatorOptions(resolve=[f"receiver.test=127.0.0.1:{port}"], ca_file=ca_file)
    with EmulatorProcess(options) as emulator:
        settings = {
            "ens:authUrl": emulator.auth_url,
            "ens:restUrl": emulator.rest_url,
            "port": port,
        }
        given = [f"--plaintext={key}={value}" for key, value in settings.items()]
        stack.cli.run("config", "set-all", *given, check=True)
        stack.with_environment(REQUESTS_CA_BUNDLE=str(ca_file))
        yield Bench(stack, emulator, port=port)
        _end_receivers_at(port)


def _end_receivers_at(port: int) -> None:
    for each in psutil.process_iter(["cmdline"]):
        if f"--port={port}" in (each.info["cmdline"] or ()):
            each.kill()


def _credentials(process: psutil.Process) -> list[str]:
    return [name for name in process.environ() if name.startswith(("SFMC_", "PULUMI_"))]


def test_from_nothing_and_back(bench: Bench) -> None:
    """One `up` starts the receiver and sets all up; events arrive; `destroy` leaves nothing."""
    created = bench.stack.up()

    assert (created.code, created.operations) == (0, {"create": 5}), created.text
    assert bench.calls.take() == CREATED
    held, process = bench.held(), bench.process()
    assert (held["pid"], held["address"]) == (process.pid, f"127.0.0.1:{bench.port}")
    assert held["ca_file"] == str(bench.folder / "ca.pem")
    assert bench.send() == (
        "ens-local-dev-orders https://receiver.test/orders: 3 events acknowledged (200)\n"
    )
    log = (bench.folder / "log").read_text()
    assert log.endswith(": 3 x TransactionalSendEvents.EmailSent\n")
    # The token is in the process's environment, alone there, and nowhere in clear.
    assert process.environ()["ENS_RECEIVER_TOKEN"] == held["token"]
    assert _credentials(process) == []
    in_clear = [*process.cmdline(), log, created.text, json.dumps(bench.stack.export())]
    assert held["token"] not in " ".join(in_clear)

    bench.calls.take()
    again = bench.stack.up()
    assert (again.code, again.operations, bench.calls.take()) == (0, {}, [])
    destroyed = bench.stack.destroy()

    assert (destroyed.code, destroyed.operations) == (0, {"delete": 5})
    assert bench.emulator.state() == {"callbacks": [], "subscriptions": []}
    assert not bench.folder.exists()
    assert ended(process.pid)


def test_receiver_that_died_is_started_again(bench: Bench) -> None:
    """The next `up` starts a dead receiver, with its token and keys; nothing else is touched."""
    bench.stack.up()
    before = bench.held()
    bench.process().kill()
    bench.calls.take()

    previewed = bench.stack.preview()
    started = bench.stack.up()

    # The preview cannot know yet that the token stays as it is.
    assert (previewed.code, previewed.operations) == (0, {"update": 2})
    assert (started.code, started.operations) == (0, {"update": 1}), started.text
    assert bench.calls.take() == []
    after = bench.held()
    assert after == {**before, "pid": after["pid"]}
    assert after["pid"] != before["pid"]
    assert "3 events acknowledged (200)" in bench.send()


def test_port_is_taken(bench: Bench) -> None:
    """The sentence names the port and the way on, nothing is called, and the next `up` works."""
    with socket.create_server(("127.0.0.1", bench.port)):
        refused = bench.stack.up()

    assert (refused.code, refused.operations) == (1, {})
    [error] = [each for each in refused.errors if "receiver" in each]
    assert error.strip() == (
        f"RuntimeError: The receiver did not start on port {bench.port}. It said: Error: Port "
        f"{bench.port} of 127.0.0.1 cannot be had: Address already in use. If the port is taken, "
        "give it another one with `pulumi config set port`, and the emulator's --resolve, too."
    )
    assert bench.calls.take() == []
    assert not bench.folder.exists()
    assert bench.stack.up().operations == {"create": 5}
