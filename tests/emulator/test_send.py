"""`python -m ens_provider send`, as a process."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ens_provider.cli import emulator_access
from ens_provider.emulator.process import EmulatorProcess
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from tests.emulator.caller import Caller
from tools.endpoint import Endpoint

SENT = "TransactionalSendEvents.EmailSent"


def run(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command without an emulator in its environment, unless one is given."""
    command = [sys.executable, "-m", "ens_provider", "send", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
    )


def outcome(ended: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    return ended.returncode, ended.stdout, ended.stderr


def usage_error(sentence: str) -> tuple[int, str, str]:
    """The outcome of a command line that cannot be."""
    return (
        2,
        "",
        (
            "Usage: python -m ens_provider send [OPTIONS] TYPE\n"
            f"Try 'python -m ens_provider send --help' for help.\n\nError: {sentence}\n"
        ),
    )


def delivered(endpoint: Endpoint) -> list[Any]:
    """The events that reached the endpoint."""
    bodies = [json.loads(request.body) for request in endpoint.received]
    return [event for body in bodies if isinstance(body, list) for event in body]


@pytest.fixture
def at(emulator: EmulatorProcess, caller: Caller) -> str:
    """The option that names the emulator, in which one callback asks for sent e-mails."""
    caller.subscribed(caller.verified()["callbackId"])
    return f"--emulator={emulator.rest_url}"


@pytest.mark.parametrize("type_name", [SENT, "EmailSent"])
def test_event_that_is_acknowledged(at: str, endpoint: Endpoint, type_name: str) -> None:
    """The sample is delivered, one line says to whom, and the exit code is 0."""
    ended = run(type_name, at)

    line = "orders https://receiver.test/orders: 1 event acknowledged (200)\n"
    assert outcome(ended) == (0, line, "")
    assert delivered(endpoint) == [sample_event(SENT)]


def test_many_events_and_fields(at: str, endpoint: Endpoint) -> None:
    """Events are numbered from the first on, with the key and the fields that were asked for."""
    ended = run(
        *("EmailSent", at, "--count=3", "--first=5", "--definition-key=welcome"),
        *("--set", "info.to=a=b", "--set", "mid=42", "--set", "new.field=7"),
    )
    expected = []
    for number in (5, 6, 7):
        event = sample_event(SENT, number=number)
        event |= {"definitionKey": "welcome", "mid": 42, "new": {"field": "7"}}
        event["info"]["to"] = "a=b"
        expected.append(event)

    assert ended.stdout == "orders https://receiver.test/orders: 3 events acknowledged (200)\n"
    assert delivered(endpoint) == expected


def test_one_line_per_delivery(at: str, endpoint: Endpoint) -> None:
    """More events than fit into a batch are several deliveries."""
    ended = run("EmailSent", at, "--count=1001")

    line = "orders https://receiver.test/orders: "
    assert outcome(ended) == (
        0,
        f"{line}1000 events acknowledged (200)\n{line}1 event acknowledged (200)\n",
        "",
    )


def test_delivery_that_is_not_acknowledged(at: str, endpoint: Endpoint) -> None:
    """The line says how the endpoint answered, and the exit code is 1."""
    endpoint.answer(503)

    assert outcome(run("EmailSent", at)) == (
        1,
        (
            "orders https://receiver.test/orders: 1 event not acknowledged, to be tried again: "
            "ProtocolError. The remote server returned an error: (503) Service Unavailable.\n"
        ),
        "",
    )


def test_delivery_that_is_dropped(at: str, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """While its callback is suspended the line says so and until when, and the exit code is 1."""
    emulator.set_switches(delivery_retries="suspend")
    endpoint.answer(503)
    emulator.stop_clock()
    for _ in range(2):
        emulator.send_events([sample_event(SENT)])
        emulator.move_clock(3)
    [callback] = emulator.state()["callbacks"]
    until = datetime.fromtimestamp(callback["suspendedUntil"], tz=timezone.utc)

    assert outcome(run("EmailSent", at)) == (
        1,
        (
            "orders https://receiver.test/orders: 1 event dropped: Callback 'orders' is suspended "
            f"until {until:%Y-%m-%dT%H:%M:%S}Z: what happens until then is dropped.\n"
        ),
        "",
    )


def test_events_that_are_not_waited_for(
    at: str, emulator: EmulatorProcess, endpoint: Endpoint
) -> None:
    """They are on the way when the command ends, with 0, whatever becomes of them."""
    endpoint.answer(503, delay_seconds=1)
    ended = run("EmailSent", at, "--count=2", "--no-wait")

    assert outcome(ended) == (0, "orders https://receiver.test/orders: 2 events on the way\n", "")
    emulator.reset()


def test_copies_in_another_order(at: str, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """Batches are delivered so often, and in that order, which a seed makes again."""
    trouble = ("--copies=2", "--order=reversed")
    ended = run("EmailSent", at, "--count=2", *trouble)
    line = "orders https://receiver.test/orders: 2 events"
    assert outcome(ended) == (
        0,
        f"{line} (a copy) acknowledged (200)\n{line} acknowledged (200)\n",
        "",
    )
    events = [sample_event(SENT, number=number) for number in (1, 0)]
    assert delivered(endpoint) == events * 2

    run("EmailSent", at, "--count=20", "--order=shuffled", "--seed=3")
    run("EmailSent", at, "--count=20", "--order=shuffled", "--seed=3")
    shuffled = delivered(endpoint)[4:]
    assert shuffled[:20] == shuffled[20:] != [sample_event(SENT, number=n) for n in range(20)]


def test_event_that_reaches_nobody(at: str) -> None:
    """The nearest miss is told, and the exit code is 1."""
    assert outcome(run("EmailOpen", at, "--count=2")) == (
        1,
        "",
        (
            "2 events reached no callback: No subscription of business unit 1234567 asks for "
            "EngagementEvents.EmailOpen; they ask for TransactionalSendEvents.EmailSent.\n"
        ),
    )


@pytest.mark.parametrize("by", ["callbackName", "callbackId"])
def test_one_callback_only(at: str, caller: Caller, endpoint: Endpoint, by: str) -> None:
    """A callback, by name or id, gets the event alone."""
    second = caller.verified("second", "https://second.test/")
    caller.subscribed(second["callbackId"])
    ended = run("EmailSent", at, f"--callback={second[by]}")

    assert outcome(ended) == (0, "second https://second.test/: 1 event acknowledged (200)\n", "")


def test_callback_that_does_not_exist(at: str) -> None:
    """An unknown callback is refused with those that there are."""
    assert outcome(run("EmailSent", at, "--callback=order")) == usage_error(
        "There is no callback 'order'; there are 'orders'."
    )


def test_callback_name_of_two_units(at: str, emulator: EmulatorProcess) -> None:
    """A name that callbacks of two business units have is not guessed."""
    with Caller(emulator, account_id=7654321) as other:
        other.created()

    assert outcome(run("EmailSent", at, "--callback=orders")) == usage_error(
        "Several callbacks are called 'orders': give the id of one."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["EmailOpn"],
            "There is no event type 'EmailOpn'; did you mean 'EngagementEvents.EmailOpen'.",
        ),
        (
            ["transactionalsendevents.smssent"],
            (
                "There is no event type 'transactionalsendevents.smssent'; "
                "did you mean 'TransactionalSendEvents.SmsSent'."
            ),
        ),
        (["Weather"], "There is no event type 'Weather'; --list shows them."),
        (
            ["OttNotSent"],
            (
                "'OttNotSent' is one of TransactionalSendEvents.OttNotSent and "
                "SendEvents.OttNotSent: give it in full."
            ),
        ),
        (["EmailSent", "--set", "to"], "Invalid value for '--set': 'to' is not NAME=VALUE."),
        (["EmailSent", "--set", "=x"], "Invalid value for '--set': '=x' is not NAME=VALUE."),
        (["EmailSent", "--set", "mid=x"], "'mid' is a whole number, not 'x'."),
        (
            ["EmailSent", "--set", "mid.a=1"],
            "'mid.a' leads through 'mid', which is no object.",
        ),
        (
            ["EmailSent", "--count=0"],
            "Invalid value for '--count': 0 is not in the range 1<=x<=20000.",
        ),
        ([], "Missing argument 'TYPE'."),
    ],
)
def test_command_line_that_cannot_be(
    at: str, emulator: EmulatorProcess, arguments: list[str], sentence: str
) -> None:
    """A wrong command line sends nothing, says why and exits with 2."""
    assert outcome(run(at, *arguments)) == usage_error(sentence)
    assert emulator.deliveries() == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "http://192.0.2.1:80",
            "'http://192.0.2.1:80' is not on this machine: events go to emulators on loopback.",
        ),
        (
            "http://emulator.test:80",
            "'http://emulator.test:80' is not on this machine: events go to emulators on loopback.",
        ),
        ("https://127.0.0.1:80", "'https://127.0.0.1:80' is not http://127.0.0.1:PORT."),
        ("127.0.0.1:80", "'127.0.0.1:80' is not http://127.0.0.1:PORT."),
    ],
)
def test_address_that_cannot_be(url: str, sentence: str) -> None:
    """Only an emulator on this machine is sent to."""
    assert outcome(run("EmailSent", f"--emulator={url}")) == usage_error(sentence)


def test_no_address() -> None:
    """Without an address the three ways to give one are named."""
    assert outcome(run("EmailSent")) == usage_error(
        "Say where the emulator is: --emulator URL, --ready-file FILE or the variable "
        "ENS_EMULATOR_URL."
    )


def test_address_from_environment_or_ready_file(
    at: str, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    """The variable names the emulator; a ready file beats it, and the option beats both."""
    nobody = "http://127.0.0.1:1"
    ready, other = tmp_path / "ready.json", tmp_path / "other.json"
    ready.write_text(json.dumps({"rest_url": emulator.rest_url}))
    other.write_text(json.dumps({"rest_url": nobody}))
    right, wrong = {"ENS_EMULATOR_URL": emulator.rest_url}, {"ENS_EMULATOR_URL": nobody}

    assert run("EmailSent", environment=right).returncode == 0
    assert run("EmailSent", f"--ready-file={ready}", environment=wrong).returncode == 0
    assert run("EmailSent", f"--ready-file={other}", at, environment=wrong).returncode == 0
    assert run("EmailSent", f"--ready-file={other}", environment=right).returncode == 1


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_file_that_is_no_ready_file(tmp_path: Path, content: str) -> None:
    """A file of something else is told, and so is none."""
    path = tmp_path / "ready.json"
    path.write_text(content)

    for file in (path, tmp_path / "nowhere"):
        assert outcome(run("EmailSent", f"--ready-file={file}")) == usage_error(
            f"'{file}' is not the ready file of a running emulator."
        )


def test_nobody_answers() -> None:
    """A dead address exits with 1 and says how to start an emulator."""
    assert outcome(run("EmailSent", "--emulator=http://127.0.0.1:1")) == (
        1,
        "",
        (
            "Error: No emulator answers at http://127.0.0.1:1 (ConnectionRefusedError): start one "
            "with `python -m ens_provider emulator`, or name the address of the one that runs.\n"
        ),
    )


def test_emulator_that_still_waits_for_endpoints() -> None:
    """An emulator that is there, and is not done in time, is not said to be missing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(emulator_access.EmulatorUnusableError) as unusable:
            emulator_access.administer(address, "GET", "state", None, timeout_seconds=0.2)

    assert str(unusable.value).startswith(
        f"The emulator at http://{address} did not answer within 0.2 s. "
    )


def test_something_else_answers(endpoint: Endpoint) -> None:
    """An address of something that is no emulator is told without a traceback."""
    ended = run("EmailSent", f"--emulator=http://{endpoint.address}")

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Error: No emulator answers at http://{endpoint.address} (")
    assert "Traceback" not in ended.stderr


def test_types_are_listed() -> None:
    """All 36 types are listed, one per line, without an emulator."""
    ended = run("--list")

    assert outcome(ended) == (0, "\n".join(SAMPLES) + "\n", "")
    assert len(ended.stdout.splitlines()) == 36
