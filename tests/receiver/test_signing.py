"""`python -m ens_provider sign` and `verify`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ens_provider.receiver import KeyReading, sign

if TYPE_CHECKING:
    from pathlib import Path

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent","timestampUTC":1600698608530,'
    b'"mid":1447640,"eid":1447640}]'
)
DECODED = "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="
UTF8 = "FWZ0g8vQx9TY22ekXNIpgyuWvfS5fm3l/wjqp8D860s="
NO_FIT = (
    "Error: The signature fits none of the keys: it was made with another key, or the body is not "
    "the one that was signed."
)


def run(
    *arguments: str, body: bytes = BODY, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command with a body on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "ens_provider", *arguments],
        input=body,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "KEY": KEY, "OTHER": OTHER_KEY, **variables},
    )


def checked(body: bytes, signature: str, *more: str, **variables: str) -> tuple[int, str]:
    """Verify a body with the key KEY; return the exit code and what was said."""
    ended = run(
        "verify", "--signature", signature, "--key-env", "KEY", *more, body=body, **variables
    )
    said = (ended.stdout + ended.stderr).decode()
    assert KEY not in said
    assert OTHER_KEY not in said
    return ended.returncode, said.rstrip("\n")


@pytest.mark.parametrize(("reading", "expected"), [("decoded", DECODED), ("utf8", UTF8)])
def test_sign_prints_the_header(tmp_path: Path, reading: str, expected: str) -> None:
    """The value alone is printed, of a file as of the standard input."""
    (tmp_path / "body").write_bytes(BODY)
    (tmp_path / "key").write_text(f"{KEY}\n")
    from_input = run("sign", "--key-env", "KEY", "--reading", reading)
    from_files = run(
        "sign", str(tmp_path / "body"), "--key-file", str(tmp_path / "key"), "--reading", reading
    )

    assert from_input.stdout.decode() == f"{expected}\n"
    assert from_files.stdout.decode() == f"{expected}\n"
    assert (from_input.returncode, from_files.returncode) == (0, 0)


def test_default_reading() -> None:
    """The key is decoded unless told otherwise."""
    assert run("sign", "-", "--key-env", "KEY").stdout.decode() == f"{DECODED}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "A signature key is needed: give --key-env or --key-file."),
        (["--key-env", "KEY", "--key-env", "OTHER"], "A delivery is signed with one key"),
        (["--key-env", "NO_SUCH"], "The environment variable NO_SUCH is not set."),
        (["--key-env", "EMPTY"], "The signature key is empty. It came from variable EMPTY."),
        (["--key-env", "BAD"], "The signature key is not base64. It came from variable BAD."),
        (["--key-file", "no-such-file"], "File 'no-such-file' does not exist."),
        (["--key-env", "KEY", "--reading", "hex"], "'hex' is not one of 'decoded', 'utf8'."),
        (["no-such-body", "--key-env", "KEY"], "'no-such-body': No such file or directory"),
    ],
)
def test_sign_says_what_is_wrong(arguments: list[str], sentence: str) -> None:
    """A sentence, no traceback, no key, and the exit code for what a person has to put right."""
    ended = run("sign", *arguments, EMPTY="", BAD="secret words")

    assert ended.returncode == 2
    assert sentence in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert b"secret words" not in ended.stderr


@pytest.mark.parametrize(
    ("signature", "reading"),
    [
        (DECODED, "its base64 is decoded (reading 'decoded')"),
        (UTF8, "its text is the key (reading 'utf8')"),
    ],
)
def test_verify_says_which_key_and_reading(signature: str, reading: str) -> None:
    """Keys are numbered as they are given, and named by where they come from."""
    assert checked(BODY, signature) == (0, f"The signature fits key 1 (variable KEY): {reading}.")
    ended = run("verify", "--signature", signature, "--key-env", "OTHER", "--key-env", "KEY")
    assert ended.stdout.decode() == f"The signature fits key 2 (variable KEY): {reading}.\n"


def test_verify_takes_keys_from_files(tmp_path: Path) -> None:
    """Keys of files come after those of variables."""
    (tmp_path / "new.key").write_text(OTHER_KEY)
    signature = sign(BODY, OTHER_KEY)

    code, said = checked(BODY, signature, "--key-file", str(tmp_path / "new.key"))

    assert code == 0
    assert said.startswith(f"The signature fits key 2 (file {tmp_path / 'new.key'}): ")


ESCAPED = b'[{"link":"https://example.com/?a\\u003d1\\u0026b\\u003d2","name":"\xc3\xa9"}]'


@pytest.mark.parametrize(
    ("signed", "checked_body", "advice"),
    [
        (BODY, BODY + b"\n", "without the line break at its end: an editor or `echo` added it."),
        (BODY, BODY + b"\r\n", "without the line break at its end: an editor or `echo` added it."),
        (BODY + b"\n", BODY, "with a line break at its end: something cut it off."),
        (BODY, b"\xef\xbb\xbf" + BODY, "without the byte order mark at its start."),
        (b"[{\r\n}]", b"[{\n}]", "with other line breaks: something converted them."),
        (b"[{\n}]", b"[{\r\n}]", "with other line breaks: something converted them."),
    ],
)
def test_verify_tells_what_happened_to_the_body(
    signed: bytes, checked_body: bytes, advice: str
) -> None:
    """A body that fits once one thing is undone is told so, and still does not pass."""
    assert checked(checked_body, sign(signed, KEY)) == (1, f"{NO_FIT} It fits the body {advice}")


@pytest.mark.parametrize(
    "rewritten",
    [
        b'[{"link":"https://example.com/?a=1&b=2","name":"\xc3\xa9"}]',
        b'[{"link": "https://example.com/?a=1&b=2", "name": "\\u00e9"}]',
        b'[\n  {\n    "link": "https://example.com/?a=1&b=2",\n    "name": "\xc3\xa9"\n  }\n]\n',
    ],
)
@pytest.mark.parametrize("reading", list(KeyReading))
def test_verify_sees_that_a_body_was_written_again(rewritten: bytes, reading: KeyReading) -> None:
    """The commonest mistake, parsing before checking, is recognised by what the service sent."""
    code, said = checked(rewritten, sign(ESCAPED, KEY, reading=reading))

    assert code == 1
    assert said == (
        f"{NO_FIT} It fits the JSON of the body as the service writes it: the body was parsed and "
        "written again. Check the bytes as they came, before any parsing."
    )


def test_verify_sees_quotation_marks_around_a_key() -> None:
    """A key that was quoted once too often is recognised."""
    assert checked(BODY, DECODED, KEY=f'"{KEY}"') == (
        1,
        f"{NO_FIT} It fits the key without the quotation marks around it.",
    )


@pytest.mark.parametrize(
    ("signature", "sentence"),
    [
        (sign(BODY, "Zm9yZ2Vk"), NO_FIT),
        ("nonsense", "Error: The signature is not the base64 of 32 bytes."),
        ("", "Error: The signature is not the base64 of 32 bytes."),
    ],
)
def test_verify_guesses_nothing(signature: str, sentence: str) -> None:
    """Without a proof there is no advice."""
    assert checked(BODY, signature) == (1, sentence)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[" * 50_000, b'["\\ud800"]'])
def test_verify_of_a_strange_body(body: bytes) -> None:
    """Whatever the body is, the answer is a sentence."""
    assert checked(body, DECODED) == (1, NO_FIT)


def test_verify_without_a_usable_key() -> None:
    """An empty key is no key."""
    assert checked(BODY, DECODED, KEY="") == (
        1,
        "Error: There is no signature key to check the signature with.",
    )
