"""Signature keys that are handed to `import`, and the deliveries that prove them."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.engine.outside import Outside
from tools.endpoint import Endpoint

GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
SIGNATURE = "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="
READ_AS = {"decoded": "its base64 is decoded", "utf8": "its text is the key"}
NUMBERS = itertools.count(1)


@pytest.fixture
def run(run: Commands, emulator: EmulatorProcess) -> Commands:
    """Give the commands as a client of their own, so that no token of another test is at hand."""
    client = f"holder-{next(NUMBERS)}"
    emulator.set_client(client, client_secret="secret")
    run.environment["SFMC_CLIENT_ID"] = client
    return run


@pytest.fixture
def key(outside: Outside) -> str:
    """Make the callback `orders`, verified and subscribed; give its key."""
    return str(outside.create_live_callback("orders")["signatureKey"])


def delivery(emulator: EmulatorProcess, endpoint: Endpoint, folder: Path) -> str:
    """Let an event be delivered to `orders`; return it as `--proof` takes it."""
    emulator.send_events([{"eventCategoryType": "TransactionalSendEvents.EmailSent"}])
    received = endpoint.received[-1]
    headers = {name.lower(): value for name, value in received.headers.items()}
    (folder / "a, body.json").write_bytes(received.body)
    return f"{folder / 'a, body.json'},{headers['x-sfmc-ens-signature']}"


def written_key(folder: Path) -> str:
    """Return the key of the first callback in the import file."""
    document = json.loads((folder / "import.json").read_text("utf-8"))
    return str(json.loads(document["resources"][0]["outputs"]["signature_key"]["plaintext"]))


@pytest.mark.parametrize("by", ["name", "id"])
def test_key_that_is_not_checked(run: Commands, outside: Outside, tmp_path: Path, by: str) -> None:
    """It goes into the file as the secret that it is, and nowhere else; the program says nothing."""
    made = outside.create_live_callback("a=b")
    named = {"name": "a=b", "id": made["callbackId"]}[by]

    ended = run.run(
        *("import", "--out", str(tmp_path / "x"), "--signature-key", f"{named}=ORDERS_KEY"),
        ORDERS_KEY=f"{made['signatureKey']}\n",
    )

    assert (ended.code, ended.stderr) == (0, "")
    assert "verified, 1 subscription, signature key of ORDERS_KEY, not checked\n" in ended.stdout
    assert "it holds 1 signature key in clear) and" in ended.stdout
    assert written_key(tmp_path / "x") == made["signatureKey"]
    program = (tmp_path / "x" / "__main__.py").read_text("utf-8")
    assert made["signatureKey"] not in ended.stdout + program
    assert "SignatureKey" not in program


@pytest.mark.parametrize("encoding", list(READ_AS))
def test_key_that_fits_a_delivery(
    run: Commands,
    emulator: EmulatorProcess,
    endpoint: Endpoint,
    key: str,
    tmp_path: Path,
    encoding: str,
) -> None:
    """It is proved, whichever way ENS reads it."""
    emulator.set_switches(signature_key_encoding=encoding)
    proof = delivery(emulator, endpoint, tmp_path)

    ended = run.run(
        *(
            "import",
            "--out",
            str(tmp_path / "x"),
            "--signature-key",
            "orders=KEY",
            "--proof",
            proof,
        ),
        KEY=key,
    )

    assert (ended.code, ended.stderr) == (0, "")
    assert f"signature key of KEY, proved by a delivery ({READ_AS[encoding]})\n" in ended.stdout


def test_key_that_does_not_fit(
    run: Commands, emulator: EmulatorProcess, endpoint: Endpoint, key: str, tmp_path: Path
) -> None:
    """Nothing is asked of ENS and nothing written; the sentence is that of the signature check."""
    proof = delivery(emulator, endpoint, tmp_path)
    emulator.clear_calls()

    ended = run.run(
        *(
            "import",
            "--out",
            str(tmp_path / "x"),
            "--signature-key",
            "orders=KEY",
            "--proof",
            proof,
        ),
        KEY=OTHER_KEY,
    )

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"Error: The delivery in {tmp_path}/a, body.json proves none of the signature keys. The "
        "signature fits none of the keys: it was made with another key, or the body is not the one "
        "that was signed. Nothing was written.\n"
    )
    assert (emulator.calls(), (tmp_path / "x").exists()) == ([], False)
    assert key not in ended.stderr


def test_body_that_an_editor_touched(
    run: Commands, emulator: EmulatorProcess, endpoint: Endpoint, key: str, tmp_path: Path
) -> None:
    """The sentence says what was done to it."""
    proof = delivery(emulator, endpoint, tmp_path)
    with (tmp_path / "a, body.json").open("ab") as file:
        file.write(b"\n")

    ended = run.run(
        *(
            "import",
            "--out",
            str(tmp_path / "x"),
            "--signature-key",
            "orders=KEY",
            "--proof",
            proof,
        ),
        KEY=key,
    )

    assert ended.code == 2
    assert "It fits the body without the line break at its end" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["--signature-key", "orders=UNSET"],
            2,
            "Error: The environment variable UNSET is not set. Nothing was written.",
        ),
        (
            ["--signature-key", "orders=WORDS"],
            2,
            (
                "Error: The environment variable WORDS holds no signature key: it is not base64; give "
                "the whole key as ENS showed it. Nothing was written."
            ),
        ),
        (
            ["--signature-key", "orders=KEY", "--signature-key", "returns=SAME"],
            2,
            (
                "Error: The environment variables KEY and SAME hold the same signature key, but every "
                "callback has its own. Nothing was written."
            ),
        ),
        (
            ["--signature-key", "orders=KEY", "--signature-key", "orders=OTHER"],
            2,
            (
                "Error: Two signature keys are given for callback {id}: KEY and OTHER. Nothing was "
                "written."
            ),
        ),
        (
            ["--signature-key", "order=KEY"],
            4,
            (
                "Error: There is no callback of the name or id 'order'; there are 'orders'. Nothing was "
                "written."
            ),
        ),
        (["--signature-key", "orders"], 2, "Error: 'orders' is not NAME|ID=VARIABLE."),
        (["--signature-key", "=KEY"], 2, "Error: '=KEY' is not NAME|ID=VARIABLE."),
        (
            ["--signature-key", "orders=KEY", "--proof", "body.json"],
            2,
            "Error: 'body.json' is not BODY_FILE,HEADER.",
        ),
        (
            ["--signature-key", "orders=KEY", "--proof", f"no-such-file,{SIGNATURE}"],
            2,
            (
                "Error: The body of the delivery, no-such-file, cannot be read (No such file or "
                "directory). Nothing was written."
            ),
        ),
        (
            ["--proof", f"body.json,{SIGNATURE}"],
            2,
            "Error: Give --signature-key: --proof checks the keys that are given so.",
        ),
    ],
    ids=[
        "unset",
        "no key",
        "same",
        "two",
        "other callback",
        "no sign",
        "no callback",
        "no header",
        "no file",
        "no key to prove",
    ],
)
def test_what_cannot_be_used(
    run: Commands, key: str, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    """It is refused in a sentence that holds no key, and nothing is written."""
    ended = run.run(
        *("import", "--out", str(tmp_path / "x"), *arguments),
        KEY=key,
        SAME=f" {key}",
        OTHER=OTHER_KEY,
        WORDS="hush hush",
    )

    assert (ended.code, ended.stdout) == (code, "")
    assert re.sub(GUID, "{id}", ended.stderr).splitlines()[-1] == sentence
    assert not any(each in ended.stderr for each in (key, OTHER_KEY, "hush"))
    assert not (tmp_path / "x").exists()
