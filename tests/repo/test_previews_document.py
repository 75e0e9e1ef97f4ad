"""The previews that `docs/previews.md` shows are those of the engine, for the program that it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess
from tests.repo.files import text_of
from tests.repo.tables import section
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import RunResult, Stack

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("previews")]

PAGE = text_of("docs/previews.md")
# What takes a key in the way that the page warns of, and in the way that it recommends.
HOLDERS = """
from pulumi.dynamic import Resource, ResourceProvider


class HolderProvider(ResourceProvider):
    def create(self, props):
        from pulumi.dynamic import CreateResult
        return CreateResult("holder", props)

    def update(self, _id, _olds, news):
        from pulumi.dynamic import UpdateResult
        return UpdateResult(news)


class Holder(Resource, name="Holder"):
    def __init__(self, name, held):
        super().__init__(HolderProvider(), name, {"held": held})


Holder("of-callback", callback.signature_key)
Holder("of-key", key.key)
"""

# What computes a URL, and stays the same resource when its other input changes.
GATEWAY = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class GatewayProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("gateway", {**props, "url": "https://receiver.test/orders"})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "url": "https://receiver.test/orders"})


class Gateway(Resource, name="Gateway"):
    def __init__(self, name, note):
        super().__init__(GatewayProvider(), name, {"note": note, "url": None})
"""


def _block(heading: str, language: str = "text") -> list[str]:
    text = PAGE if language == "python" else section(PAGE, heading)
    [block] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [line.rstrip() for line in block.splitlines()]


def _printed(result: RunResult) -> list[str]:
    assert result.code == 0, result.text
    return [line.rstrip() for line in result.stdout.splitlines()]


def _not_printed(heading: str, result: RunResult) -> list[str]:
    """Return what the page shows and the engine did not print."""
    printed = _printed(result)
    return [line for line in _block(heading) if line not in printed]


@pytest.fixture
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """Give a stack with the page's program, an emulator and a receiver, and nothing created yet."""
    with ReceiverProcess() as receiver:
        options = EmulatorOptions(resolve=receiver.resolve, ca_file=receiver.ca_file)
        with EmulatorProcess(options) as emulator:
            service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
            made = new_stack(service=service, extra={"REQUESTS_CA_BUNDLE": receiver.ca_file})
            made.program("\n".join(_block("", "python")))
            made.config("url", receiver.url)
            made.config("keyVersion", "1")
            made.config("verificationKeyUrl", receiver.verification_key_url)
            made.config("receiverToken", receiver.token, secret=True)
            yield made


def test_shown_previews(stack: Stack) -> None:
    """Each block of the page is printed, the one of a replacement in its order."""
    assert _not_printed("What is unknown until `up`", stack.preview()) == []
    assert stack.up().operations == {"create": 4}

    stack.config("maxBatchSize", "500")
    assert _not_printed("Changes in place", stack.preview()) == []
    stack.config("maxBatchSize", "1000")
    stack.config("keyVersion", "2")
    assert _not_printed("Rotations", stack.preview()) == []
    assert stack.preview().operations == {"update": 1}
    assert stack.up().operations == {"update": 1}
    assert stack.preview("--expect-no-changes").code == 0
    stack.config("url", "https://receiver.test/moved")
    replaced = stack.preview()
    assert _not_printed("Replacements", replaced) == []
    # The page says that the order of these lines is what it is about.
    shown = _block("Replacements")
    assert [line for line in _printed(replaced) if line in shown] == shown


def test_what_takes_keys(stack: Stack) -> None:
    """A new batch size shows what takes the callback's key as changing, and not what takes `key.key`."""
    stack.program("\n".join(_block("", "python")) + HOLDERS)
    assert stack.up().operations == {"create": 6}
    stack.config("maxBatchSize", "500")

    previewed = stack.preview()
    updated = stack.up()

    changed = [step.name for step in previewed.steps if step.op == "update"]
    assert changed == ["orders", "of-callback"]
    assert updated.operations == {"update": 1}


def test_unknown_url_of_a_callback_that_exists(stack: Stack) -> None:
    """A URL that the preview cannot know is shown as a replacement; the same URL changes nothing."""
    stack.file("gateway.py", GATEWAY)
    program = "\n".join(_block("", "python")).replace(
        'config.require("url")', 'Gateway("front", NOTE).url'
    )
    stack.program("from gateway import Gateway\n" + program.replace("NOTE", "1"))
    assert stack.up().operations == {"create": 5}
    stack.program("from gateway import Gateway\n" + program.replace("NOTE", "2"))

    previewed = stack.preview()
    updated = stack.up()

    assert previewed.operations == {"update": 1, "replace": 4}
    assert updated.operations == {"update": 1}
