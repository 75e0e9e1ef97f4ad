"""`pulumi new` from a clone makes a project that works, and asks for what its program needs."""

from __future__ import annotations

import ast
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess
from tests.repo.files import REPOSITORY, repository_files, text_of
from tools.engine.cli import PulumiCLI
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

PROJECT: dict[str, Any] = yaml.safe_load(text_of("Pulumi.yaml"))
ASKED: dict[str, dict[str, Any]] = PROJECT["template"]["config"]
# What no program can do without, and what most business units need.
OF_THE_SERVICE = {"ens:subdomain", "ens:clientId", "ens:clientSecret", "ens:accountId"}


def _required() -> dict[str, str]:
    """Return the keys that the program cannot do without, with the method that reads each."""
    calls = (node for node in ast.walk(ast.parse(text_of("__main__.py"))))
    return {
        str(node.args[0].value): node.func.attr
        for node in calls
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("require")
        and isinstance(node.args[0], ast.Constant)
    }


def test_template_asks_for_what_the_program_requires() -> None:
    """Each key that the program requires is asked for, or has a default; nothing else is asked."""
    required = _required()
    with_default = {key for key, each in PROJECT["config"].items() if "default" in each}

    assert {"url", "receiverUrl", "receiverToken", "keyVersion"} <= required.keys()
    assert set(ASKED) == (required.keys() - with_default) | OF_THE_SERVICE
    assert with_default <= required.keys()
    assert [key for key, each in ASKED.items() if not each.get("description")] == []


def test_template_marks_secrets() -> None:
    """What the program reads as a secret, and the client secret, are stored as secrets."""
    read_as_secret = {key for key, method in _required().items() if method == "require_secret"}

    assert read_as_secret == {"receiverToken"}
    assert {key for key, each in ASKED.items() if each.get("secret")} == {
        *read_as_secret,
        "ens:clientSecret",
    }
    declared = {key for key, each in PROJECT["config"].items() if each.get("secret")}
    assert declared == read_as_secret


def _clone(folder: Path) -> Path:
    """Copy the repository's files, as a clone would bring them."""
    for path in repository_files():
        copy = folder / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


def _made_from(clone: Path, stack: Stack) -> Stack:
    """Make the project `my-hooks` from the clone, and let the stack work in it."""
    project = clone.parent / "my-hooks"
    arguments = ("--dir", str(project), "--name", "my-hooks", "--generate-only", "--yes")
    stack.cli.run("new", str(clone), *arguments, check=True)
    stack.folder = project
    environment = dict(stack.cli.environment)
    # The project holds the package; the repository's must not stand in for it.
    del environment["PYTHONPATH"]
    stack.cli = PulumiCLI(binary=stack.cli.binary, cwd=project, environment=environment)
    # `pulumi install` would fill it; this is the one that the tests run in.
    (project / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    stack.cli.run("stack", "init", "trial", check=True)
    return stack


@pytest.mark.engine
def test_new_project_goes_up_and_down(new_stack: NewStack, tmp_path: Path) -> None:
    """A new project brings everything up, changes nothing when run again, and takes all down."""
    with ReceiverProcess() as receiver:
        options = EmulatorOptions(resolve=receiver.resolve, ca_file=receiver.ca_file)
        with EmulatorProcess(options) as emulator:
            service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
            stack = new_stack(service=service, extra={"REQUESTS_CA_BUNDLE": receiver.ca_file})
            made = _made_from(_clone(tmp_path / "clone"), stack)
            made.config("url", receiver.url)
            made.config("receiverUrl", receiver.local_url)
            made.config("receiverToken", receiver.token, secret=True)

            created = made.up()

            assert (created.code, created.operations) == (0, {"create": 6}), created.text
            [callback] = emulator.state()["callbacks"]
            assert callback["callbackName"] == "my-hooks-trial-orders"
            assert callback["status"] == "verified"
            assert made.outputs()["callback_id"] == callback["callbackId"]
            assert made.up("--expect-no-changes").operations == {}
            assert made.destroy().operations == {"delete": 6}
            assert emulator.state() == {"callbacks": [], "subscriptions": []}
