"""The README's programs run as they stand, and the engine prints what the README shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver import SIGNATURE_HEADER, sign
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tests.repo.files import text_of
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

_SECONDS = re.compile(r"\(\d+\.\d+s\)")
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OLD_KEY = "bm90IHRoZSBrZXkgb2YgYW55Ym9keSwgYnV0IDMyIGI="
# As the service writes it: a body that is parsed and written again has other bytes.
BODY = rb'[{"eventCategoryType":"EngagementEvents.EmailClick","info":{"url":"a\u003db"}}]'


def _blocks(language: str) -> list[str]:
    """Return the README's blocks of that language, in their order."""
    found = re.findall(rf"```{language}\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert found, language
    return found


def _lines(text: str) -> list[str]:
    return [_SECONDS.sub("(…)", line.rstrip()) for line in text.splitlines()]


@pytest.fixture
def receiver() -> Iterator[ReceiverProcess]:
    """Run a receiver under the README's host name."""
    with ReceiverProcess(ReceiverProcessOptions(host_names=("hooks.example.com",))) as process:
        yield process


@pytest.fixture
def stack(new_stack: NewStack, receiver: ReceiverProcess) -> Iterator[Stack]:
    """Give a stack that is configured as the README says, with an emulator that knows the receiver."""
    options = EmulatorOptions(resolve=receiver.resolve, ca_file=receiver.ca_file)
    with EmulatorProcess(options) as emulator:
        service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
        made = new_stack(service=service, extra={"REQUESTS_CA_BUNDLE": receiver.ca_file})
        made.config("receiverUrl", receiver.local_url)
        made.config("receiverToken", receiver.token, secret=True)
        yield made


@pytest.mark.engine
def test_readme_program_and_output(stack: Stack) -> None:
    """The program creates three resources and prints what is shown; the next `up` changes nothing."""
    stack.program(_blocks("python")[0])

    created = stack.up()

    assert (created.code, created.operations) == (0, {"create": 3}), created.text
    [shown] = _blocks("text")
    assert len(_lines(shown)) == 5
    assert [line for line in _lines(shown) if line not in _lines(created.text)] == []
    outputs = stack.outputs(show_secrets=True)
    [callback] = [
        each for each in stack.state(show_secrets=True) if each["type"].endswith(":Callback")
    ]
    assert outputs == {
        "signature_key": json.loads(callback["outputs"]["signature_key"]["plaintext"])
    }
    assert stack.up("--expect-no-changes").operations == {}
    assert stack.destroy().operations == {"delete": 3}


@pytest.fixture
def status_for() -> Callable[..., int]:
    """Define the README's function and give it."""
    names: dict[str, Any] = {}
    exec(_blocks("python")[1], names)
    function: Callable[..., int] = names["status_for"]
    return function


def test_readme_function_accepts_what_fits(
    status_for: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """A delivery that is signed with the present key, or with one before it, is taken."""
    for key in (KEY, OLD_KEY):
        assert status_for({SIGNATURE_HEADER: sign(BODY, key)}, BODY, [KEY, OLD_KEY]) == 200
    assert capsys.readouterr().out == "EngagementEvents.EmailClick\n" * 2


def test_readme_function_refuses_what_does_not(
    status_for: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a signature, with another key's, or over rewritten bytes, it is to come again."""
    rewritten = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
    signed = {SIGNATURE_HEADER: sign(BODY, KEY)}

    assert status_for({}, BODY, [KEY]) == 503
    assert status_for({SIGNATURE_HEADER: sign(BODY, OLD_KEY)}, BODY, [KEY]) == 503
    assert status_for(signed, rewritten, [KEY]) == 503
    assert status_for(signed, BODY, []) == 503
    assert capsys.readouterr().out == ""
