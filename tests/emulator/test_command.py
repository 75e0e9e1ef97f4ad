"""`python -m ens_provider` and its emulator, as processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from ens_provider.emulator.process import EmulatorError, EmulatorOptions, EmulatorProcess
from tests.emulator.caller import CALLBACKS, Caller

CLICK_IS_MISSING = (
    "The commands of ens_provider need the package 'click', which is not installed: "
    "pip install 'pulumi-sfmc-ens[cli]'"
)
AIOHTTP_IS_MISSING = (
    "Error: The emulator's HTTP server and probe need the package 'aiohttp', which is not "
    "installed: pip install 'pulumi-sfmc-ens[emulator]'"
)

RE2_IS_MISSING = (
    "Error: The filters of the emulator's subscriptions need the package 're2', which is not "
    "installed: pip install 'pulumi-sfmc-ens[emulator]'"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command and wait for its end."""
    command = [sys.executable, "-m", "ens_provider", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_the_emulator() -> None:
    """The commands explain themselves."""
    top, emulator = run("--help"), run("emulator", "--help")

    assert (top.returncode, emulator.returncode) == (0, 0)
    assert "Usage: python -m ens_provider [OPTIONS] COMMAND [ARGS]..." in top.stdout
    assert " emulator Stand in for the Event Notification Service. " in " ".join(top.stdout.split())
    for option in (
        "--port",
        "--ready-file",
        "--resolve",
        "--ca-file",
        "--state",
        "--set",
        "--set-file",
    ):
        assert option in emulator.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "weather=fine"], "Error: There is no switch 'weather'."),
        (["--set", "weather"], "'weather' is not SWITCH=VALUE."),
        (["--resolve", "receiver.test"], "'receiver.test' is not HOST=ADDR:PORT."),
        (["--resolve", "receiver.test=127.0.0.1:x"], "is not HOST=ADDR:PORT."),
        (["--ca-file", "tests"], "File 'tests' is a directory."),
        (["--ca-file", "README.md"], "Error: 'README.md' holds no certificate in PEM ("),
    ],
)
def test_argument_that_cannot_be(arguments: list[str], sentence: str) -> None:
    """A wrong argument ends the command with a sentence and no traceback."""
    ended = run("emulator", *arguments)

    assert ended.returncode != 0
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_port_that_is_taken() -> None:
    """A port in use ends the command with a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorError) as refused:
            EmulatorProcess(EmulatorOptions(port=port)).start()

    assert f"('127.0.0.1', {port})" in str(refused.value)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        (
            "click",
            CLICK_IS_MISSING,
        ),
        (
            "aiohttp",
            AIOHTTP_IS_MISSING,
        ),
        (
            "re2",
            RE2_IS_MISSING,
        ),
    ],
)
def test_package_of_an_extra_is_missing(package: str, sentence: str) -> None:
    """One sentence names the extra to install."""
    program = (
        "import runpy, sys; "
        f"sys.modules[{package!r}] = None; sys.argv = ['ens_provider', 'emulator']; "
        "runpy.run_module('ens_provider', run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, ended.stderr.strip()) == (1, sentence)


def test_ready_file_names_addresses_and_process(tmp_path: Path) -> None:
    """The file is whole once it is there, and the emulator answers by then."""
    ready_file = tmp_path / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "ens_provider", "emulator", f"--ready-file={ready_file}"],
        stdout=subprocess.PIPE,
    )
    try:
        while not ready_file.exists():
            assert process.poll() is None
            time.sleep(0.01)
        ready = json.loads(ready_file.read_text())
        answer = requests.get(ready["rest_url"] + "/_emulator/state", timeout=20)
    finally:
        process.terminate()
        printed, _ = process.communicate(timeout=20)

    assert set(ready) == {"auth_url", "rest_url", "pid"}
    assert ready["pid"] == process.pid
    assert ready["rest_url"].startswith("http://127.0.0.1:")
    assert answer.status_code == 200
    assert printed.decode() == f"The emulator answers at {ready['rest_url']}.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one loopback address")
def test_only_loopback_is_answered(emulator: EmulatorProcess) -> None:
    """The port is bound on 127.0.0.1 alone: on every other address it is still free."""
    port = int(emulator.rest_url.rpartition(":")[2])
    with socket.socket() as other:
        other.bind(("127.0.0.2", port))
    with socket.socket() as same, pytest.raises(OSError, match="in use"):
        same.bind(("127.0.0.1", port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_with_requests_held(number: signal.Signals) -> None:
    """A held request does not keep the emulator, which ends as one that succeeded."""
    process = EmulatorProcess()
    with process, Caller(process) as caller, ThreadPoolExecutor() as pool:
        caller.authorize()
        process.add_fault(route=f"GET {CALLBACKS}", do="hold")
        held = pool.submit(caller.get, CALLBACKS)
        while not process.faults()[0]["held"]:
            time.sleep(0.01)
        assert process.send_signal(number) == 0
        with pytest.raises(requests.ConnectionError):
            held.result(20)


def answers(url: str) -> bool:
    """Whether somebody listens at the address of a URL."""
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=20).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        # It closes its port at this very moment: look again.
        return True
    return True


def test_emulator_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A harness that is killed leaves no emulator behind."""
    program = (
        "import os, signal; from ens_provider.emulator.process import EmulatorProcess\n"
        "emulator = EmulatorProcess(); emulator.start()\n"
        "print(emulator.rest_url, emulator.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    harness = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # A killed harness cannot clear its temporary folder away.
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    url, pid = harness.stdout.split()
    until = time.monotonic() + 20
    while (running := answers(url)) and time.monotonic() < until:
        time.sleep(0.05)
    if running:
        os.kill(int(pid), signal.SIGKILL)

    assert harness.returncode == -signal.SIGKILL
    assert not running


def test_latency_delays_every_answer() -> None:
    """With a latency no answer comes sooner."""
    with EmulatorProcess(EmulatorOptions(latency_ms=150)) as emulator, Caller(emulator) as caller:
        answer = caller.ask_token()

    assert answer.elapsed.total_seconds() >= 0.15


def test_switches_from_the_command_line() -> None:
    """A switch is set from the start, and a reset goes back to it."""
    options = EmulatorOptions(switches={"unverified_status": "", "duplicate_callback": "400"})
    with EmulatorProcess(options) as emulator:
        emulator.set_switches(duplicate_callback="304")
        emulator.reset()

        assert emulator.switches()["duplicate_callback"] == "400"
        assert emulator.switches()["unverified_status"] == ""
