"""The README's program runs as it stands, and the engine prints what the README shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.repo.files import text_of
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack

pytestmark = pytest.mark.engine

_SECONDS = re.compile(r"\(\d+\.\d+s\)")


def _block(language: str) -> str:
    """Return the README's first block of that language."""
    found = re.search(rf"```{language}\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert found, language
    return found[1]


@pytest.fixture
def service() -> Iterator[ServiceAccess]:
    """Give an emulator that reaches an endpoint under the README's host name and another one."""
    with Endpoint(("hooks.example.com", "moved.example.com")) as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as emulator:
            yield ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)


def test_readme_program_and_output(new_stack: NewStack, service: ServiceAccess) -> None:
    """The program creates one callback with a secret key, and a changed URL prints what is shown."""
    program = _block("python")
    stack = new_stack(service=service)
    stack.program(program)
    assert stack.up().operations == {"create": 1}
    assert stack.outputs()["signature_key"] == "[secret]"
    assert [r["id"] for r in stack.state()] == [stack.outputs()["callback_id"]]

    stack.program(program.replace("hooks.example.com", "moved.example.com"))
    replaced = stack.up()

    assert replaced.operations == {"replace": 1}
    printed = [_SECONDS.sub("(…)", line.rstrip()) for line in replaced.text.splitlines()]
    shown = [_SECONDS.sub("(…)", line.rstrip()) for line in _block("text").splitlines()]
    assert len(shown) > 3
    assert [line for line in shown if line not in printed] == []
