"""`python -m ens_provider discover`: what it asks, prints, writes and refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ens_provider.emulator.access import SCOPES
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.discovering import DEFAULTS, URL, key_server
from tests.engine.outside import Outside
from tests.repo.shown_commands import settled, shown
from tools.endpoint import Endpoint

EMPTY: dict[str, list[object]] = {"callbacks": [], "subscriptions": []}
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent","timestampUTC":1600698608530,'
    b'"mid":1447640,"eid":1447640}]'
)
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
DECODED = "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="
UTF8 = "FWZ0g8vQx9TY22ekXNIpgyuWvfS5fm3l/wjqp8D860s="


@pytest.fixture
def key_url(endpoint: Endpoint) -> Iterator[str]:
    """Where the endpoint's verification keys are handed out."""
    with key_server(endpoint) as url:
        yield url


def writes(emulator: EmulatorProcess) -> list[str]:
    """The calls so far that change something, tokens aside."""
    calls = [(call["method"], call["path"]) for call in emulator.calls()]
    return [f"{m} {path}" for m, path in calls if m != "GET" and path != "/v2/token"]


def test_report_and_file(
    run: Commands, emulator: EmulatorProcess, key_url: str, tmp_path: Path
) -> None:
    """The table shows every switch, and the file holds what was found, for a new emulator."""
    emulator.set_switches(duplicate_callback="400", unverified_status="", put_url="applied")
    path = tmp_path / "switches.json"
    ended = run.run("discover", URL, "--yes", f"--out={path}", f"--verification-key-url={key_url}")
    expected = DEFAULTS | {
        "duplicate_callback": "400",
        "unverified_status": "",
        "put_url": "applied",
    }

    assert ended.code == 0
    assert json.loads(path.read_text()) == expected
    assert (
        "unverified_status         '' (empty)      GET shows '' for a new callback\n"
        in ended.stdout
    )
    assert "fan_out                   (not visible)   to settle it, let an event" in ended.stdout
    assert ended.stdout.endswith(
        f"\n\n{path} holds the 20 values that were found: emulator --set-file {path}\n"
    )
    with EmulatorProcess(EmulatorOptions(switches_file=path)) as another:
        assert another.switches() == emulator.switches()


def test_output_of_the_page(
    run: Commands, key_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documents show what the command prints."""
    page = shown("discover")
    given = list(page.arguments)
    given[given.index("--verification-key-url") + 1] = key_url
    monkeypatch.chdir(tmp_path)
    ended = run.run(*given, COLUMNS="110")

    assert given[1] == URL
    assert settled(ended.stdout) == settled(page.output)


def test_json_document(run: Commands, emulator: EmulatorProcess, key_url: str) -> None:
    """One document holds the findings, and keys stand nowhere in the output."""
    ended = run.run("discover", URL, "--yes", "--json", f"--verification-key-url={key_url}")
    document = ended.json

    assert ended.code == 0
    assert (document["mid"], document["url"], document["file"]) == ("1234567", URL, None)
    assert document["switches"] == DEFAULTS
    assert document["left"] == []
    assert document["findings"][0] == {
        "switch": "url_echo",
        "result": "found",
        "value": "as_sent",
        "shows": "a host sent in capitals comes back in capitals",
    }
    assert {f["switch"]: f["value"] for f in document["findings"] if f["result"] != "found"} == (
        dict.fromkeys(set(emulator.switches()) - set(DEFAULTS))
    )


def test_keys_and_tokens_stay_unseen(
    run: Commands, emulator: EmulatorProcess, endpoint: Endpoint, key_url: str
) -> None:
    """Neither output holds a verification key, a signature key or the secret."""
    emulator.add_fault(route="PUT /platform/v1/ens-regenerate", do="status", status=410, body=KEY)
    ended = run.run("discover", URL, "--yes", f"--verification-key-url={key_url}")
    printed = ended.stdout + ended.stderr

    assert "regenerate_unverified     (unknown value)  410: [hidden]\n" in printed
    assert [p for p in endpoint.probes if p["verificationKey"] in printed] == []
    assert KEY not in printed
    assert "secret" not in printed


def test_token_for_the_keys(run: Commands, endpoint: Endpoint) -> None:
    """Keys are fetched with the token of the variable; a wrong one is told where it is needed."""
    with key_server(endpoint, token="of-the-test") as url:
        given = [f"--verification-key-url={url}", "--verification-key-token-env=TOKEN"]
        right = run.run("discover", URL, "--yes", "--json", *given, TOKEN="of-the-test")
        wrong = run.run("discover", URL, "--yes", "--json", *given, TOKEN="of-somebody-else")
    (told,) = [f for f in wrong.json["findings"] if f["switch"] == "blank_filters"]

    assert right.json["switches"] == DEFAULTS
    assert told["result"] == "not settled"
    assert "The receiver answered 401 when asked for the verification key" in told["shows"]
    assert "of-somebody-else" not in wrong.stdout + wrong.stderr


def test_question(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """Before anything is made, the question names the unit, what it holds, and the names to come."""
    outside.create_callback(url="https://receiver.test/orders")
    emulator.clear_calls()
    ended = run.run("discover", URL, answers="n\n")

    assert "In business unit 1234567, which holds 1 callback, callbacks and" in ended.stderr
    assert "subscriptions named ens-discover-" in ended.stderr
    assert f"one callback on {URL} for the whole run" in ended.stderr
    assert ended.stderr.endswith("Error: Nothing was done.\n")
    assert (ended.code, ended.stdout) == (1, "")
    assert writes(emulator) == []


def test_yes_at_the_question(run: Commands, emulator: EmulatorProcess) -> None:
    """A yes starts the run."""
    ended = run.run("discover", URL, answers="y\n")

    assert ended.code == 0
    assert "url_echo" in ended.stdout
    assert emulator.state() == EMPTY


def test_nobody_to_ask(run: Commands, emulator: EmulatorProcess) -> None:
    """Without a terminal and without --yes nothing is done, and the sentence says --yes."""
    ended = run.run("discover", URL)

    assert ended.code == 2
    assert ended.stderr.endswith(
        "Error: Nothing was done: there is no terminal to ask at. Say --yes to go on without a "
        "question.\n"
    )
    assert writes(emulator) == []


def test_file_that_is_there(run: Commands, emulator: EmulatorProcess, tmp_path: Path) -> None:
    """A file is never overwritten unless told so; the account is not even looked at before."""
    path = tmp_path / "switches.json"
    path.write_text("mine")
    refused = run.run("discover", URL, "--yes", f"--out={path}")
    calls = emulator.calls()

    assert refused.code == 2
    assert refused.stderr == (
        f"Error: Nothing was done: {path} is there already. Name another file, or say --force.\n"
    )
    assert (calls, path.read_text()) == ([], "mine")
    assert run.run("discover", URL, "--yes", f"--out={path}", "--force").code == 0
    assert json.loads(path.read_text())["duplicate_callback"] == "304"


def test_file_that_cannot_be_written(run: Commands, tmp_path: Path) -> None:
    """What was found is not lost with the file."""
    folder = tmp_path / "gone"
    folder.mkdir()
    path = folder / "switches.json"
    shutil.rmtree(folder)
    ended = run.run("discover", URL, "--yes", f"--out={path}")

    assert ended.code == 1
    assert f"Error: {path} could not be written (No such file or directory)." in ended.stderr
    assert 'It would hold {"url_echo": "as_sent"' in ended.stderr


def test_url_of_a_callback(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """The URL of a callback that is there, however spelled, is refused before anything is made."""
    callback_id = outside.create_live_callback(url="https://RECEIVER.test/discover")["callbackId"]
    emulator.clear_calls()
    ended = run.run("discover", "https://receiver.TEST/discover", "--yes")

    assert ended.code == 2
    assert ended.stderr == (
        f"Error: Nothing was done: callback 'shop-dev-orders' ({callback_id}) has the URL {URL}. "
        "Give a URL that no callback has.\n"
    )
    assert writes(emulator) == []


def test_endpoint_that_fails(run: Commands, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """A failed probe ends the run with the words of the error table; nothing is left."""
    endpoint.answer(404)
    ended = run.run("discover", URL, "--yes")

    assert ended.code == 4
    assert (
        f"Error: ENS could not verify the endpoint {URL} (ProtocolError: The remote server returned "
        "an error: (404) Not Found): the endpoint answered 404."
    ) in ended.stderr
    assert "`python -m ens_provider probe` shows what it meets." in ended.stderr
    assert emulator.state() == EMPTY


def test_permission_that_is_missing(run: Commands, emulator: EmulatorProcess) -> None:
    """A token that could not remove what it makes makes nothing."""
    scopes = [scope for scope in SCOPES if scope != "event_notification_callback_delete"]
    emulator.set_client("client", client_secret="secret", scopes=scopes)
    ended = run.run("discover", URL, "--yes")

    assert ended.code == 3
    assert "the token lacks Event Notifications > Callbacks > Delete. Give the" in ended.stderr
    assert writes(emulator) == []


def test_permission_for_some_questions_is_missing(run: Commands, emulator: EmulatorProcess) -> None:
    """What needs a missing permission is not settled, with its name; all else is found."""
    scopes = [scope for scope in SCOPES if scope != "event_notification_subscription_update"]
    emulator.set_client("client", client_secret="secret", scopes=scopes)
    emulator.set_switches(subscribe_unverified="accepted")
    ended = run.run("discover", URL, "--yes", "--json")
    missing = {"unchanged_status", "put_unknown_subscription"}
    expected = DEFAULTS | {"subscribe_unverified": "accepted"}

    assert ended.json["switches"] == {s: v for s, v in expected.items() if s not in missing}
    for finding in ended.json["findings"]:
        if finding["switch"] in missing:
            assert "Event Notifications > Subscriptions > Update" in finding["shows"]
    assert emulator.state() == EMPTY


@pytest.mark.parametrize(
    ("header", "value", "shows"),
    [
        (DECODED, "decoded", "the signature fits the bytes that the key is the base64 of"),
        (UTF8, "utf8", "the signature fits the text of the key"),
    ],
)
def test_captured_delivery(
    run: Commands, tmp_path: Path, header: str, value: str, shows: str
) -> None:
    """A delivery settles how the key is read, and the file has it."""
    body = tmp_path / "body,1.json"
    body.write_bytes(BODY)
    given = [f"--delivery={body},{header}", "--signature-key-env=ENS_KEY"]
    ended = run.run("discover", URL, "--yes", "--json", *given, ENS_KEY=KEY)
    (finding,) = [f for f in ended.json["findings"] if f["switch"] == "signature_key_encoding"]

    assert ended.json["switches"] == ended.json["switches"] | {"signature_key_encoding": value}
    assert (finding["result"], finding["shows"]) == ("found", shows)


def test_captured_delivery_of_another_key(run: Commands, tmp_path: Path) -> None:
    """A signature that fits neither reading settles nothing."""
    body = tmp_path / "body.json"
    body.write_bytes(BODY + b"\n")
    given = [f"--delivery={body},{DECODED}", "--signature-key-env=ENS_KEY"]
    ended = run.run("discover", URL, "--yes", "--json", *given, ENS_KEY=KEY)
    (finding,) = [f for f in ended.json["findings"] if f["switch"] == "signature_key_encoding"]

    assert finding["result"] == "not settled"
    assert "signature_key_encoding" not in ended.json["switches"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--delivery=a,b"], "--delivery and --signature-key-env belong together."),
        (["--signature-key-env=NAME"], "--delivery and --signature-key-env belong together."),
        (
            ["--delivery=nowhere,b", "--signature-key-env=PATH"],
            "The body file nowhere cannot be read.",
        ),
        (["--delivery=nowhere", "--signature-key-env=PATH"], "--delivery is BODY_FILE,HEADER."),
        (["--delivery=a,b", "--signature-key-env=NONE"], "variable NONE is not set."),
        (
            ["--verification-key-token-env=PATH"],
            "--verification-key-token-env needs --verification-key-url.",
        ),
        (
            ["--verification-key-url=http://receiver.test/"],
            "--verification-key-url cannot be used: it begins with http://",
        ),
    ],
)
def test_options_that_cannot_be_used(
    run: Commands, emulator: EmulatorProcess, given: list[str], sentence: str
) -> None:
    """Options are looked at before the account is."""
    ended = run.run("discover", URL, "--yes", *given)

    assert ended.code == 2
    assert sentence in ended.stderr
    assert emulator.calls() == []


def test_url_that_no_callback_can_have(run: Commands, emulator: EmulatorProcess) -> None:
    """The URL's rules are those of callbacks, and a secret in it is not repeated."""
    ended = run.run("discover", "https://receiver.test/?token=secret", "--yes")

    assert ended.code == 2
    assert ended.stderr == (
        "Error: The URL cannot be that of a callback: it has a query; ENS takes https://host/path "
        "without one.\n"
    )
    assert emulator.calls() == []
