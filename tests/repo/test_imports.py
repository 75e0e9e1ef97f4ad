"""Data flows one way: program, resources, lifecycle, api, ENS. Imports do, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.files import REPOSITORY, repository_files
from tests.repo.import_rules import PACKAGE, violations
from tests.repo.public_names import private_uses

MODULES = [p for p in repository_files(".py") if p.is_relative_to(REPOSITORY / PACKAGE)]


def _name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def test_every_module_keeps_the_import_rules() -> None:
    """No module of the package imports what its part may not."""
    found = []
    for path in MODULES:
        name = _name(path.relative_to(REPOSITORY).as_posix())
        found += violations(name, path.read_text(encoding="utf-8"))

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ens_provider.api.errors", "import ens_provider.api.client"),
        ("ens_provider.api.records", "from ens_provider.api import errors"),
        ("ens_provider.api.records", "from . import errors"),
        ("ens_provider.api.client", "from ens_provider.lifecycle.account import Account"),
        ("ens_provider.api.client", "import pulumi"),
        ("ens_provider.lifecycle.callback", "def f():\n    import requests"),
        ("ens_provider.lifecycle.callback", "from ens_provider.resources import callback"),
        ("ens_provider.lifecycle.callback", "from ens_provider import Callback"),
        ("ens_provider.resources.callback", "from ens_provider.api.client import ENSClient"),
        ("ens_provider.resources.callback", "from ..api import client"),
        ("ens_provider.emulator.service", "from ens_provider.api.errors import ENSError"),
        ("ens_provider.emulator.service", "from ens_provider.receiver.handler import Receiver"),
        ("ens_provider.receiver.signature", "import requests"),
        ("ens_provider.receiver.signature", "from ens_provider.api import records"),
        ("ens_provider.receiver.signature", "def f():\n    import boto3"),
        ("ens_provider.receiver.secrets_manager", "import requests"),
        (
            "ens_provider.receiver.testing",
            "from ens_provider.command_process import CommandProcess",
        ),
        ("ens_provider.receiver.testing", "import pytest"),
        ("ens_provider.command_process", "import click"),
        (
            "ens_provider.emulator.process",
            "from ens_provider.receiver.process import ReceiverProcess",
        ),
        ("ens_provider.cli.commands", "import pulumi"),
        ("ens_provider.api.client", "if TYPE_CHECKING:\n    from pulumi.output import Output"),
    ],
)
def test_forbidden_import_is_found(module: str, source: str) -> None:
    """Each kind of forbidden import is told with its module and line."""
    [sentence] = violations(module, source)

    assert sentence.startswith(f"{module}:")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "ens_provider.api.client",
            "from ens_provider.api.errors import ENSError\nimport requests",
        ),
        ("ens_provider.lifecycle.callback", "from ens_provider.api.client import ENSClient"),
        ("ens_provider.resources.callback", "import pulumi\nfrom ens_provider.api import errors"),
        ("ens_provider.emulator.service", "from ens_provider.receiver import signature"),
        ("ens_provider.emulator.service", "from ens_provider._version import __version__"),
        ("ens_provider.receiver.signature", "import hmac"),
        ("ens_provider.receiver.secrets_manager", "def f():\n    import boto3"),
        (
            "ens_provider.receiver.process",
            "from ens_provider.command_process import CommandProcess",
        ),
        (
            "ens_provider.emulator.deliveries",
            "from ens_provider.receiver.event_json import written",
        ),
        (
            "ens_provider.cli.commands",
            "from ens_provider.api.client import ENSClient\nimport click",
        ),
    ],
)
def test_allowed_import_is_no_violation(module: str, source: str) -> None:
    """What the rules allow is not reported."""
    assert violations(module, source) == []


def _programs() -> list[Path]:
    """Return the stack's program and those of the examples."""
    files = repository_files(".py")
    examples = [path for path in files if path.is_relative_to(REPOSITORY / "examples")]
    assert examples != []
    return [REPOSITORY / "__main__.py", *examples]


@pytest.mark.parametrize("path", _programs(), ids=lambda p: p.relative_to(REPOSITORY).as_posix())
def test_programs_use_public_names_only(path: Path) -> None:
    """The stack's program and the examples use the package's public names, and no module inside it."""
    assert private_uses(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import ens_provider as ens\nens.Callback('a')", []),
        ("import ens_provider as ens\nens._version", ["_version"]),
        ("import ens_provider\nens_provider.api.client", ["api"]),
        ("from ens_provider import Callback, hidden", ["hidden"]),
        ("import ens_provider.api.client", ["api.client"]),
        ("from ens_provider.lifecycle.account import Account", ["lifecycle.account"]),
        ("from ens_provider.receiver import Receiver, sign", []),
        ("from ens_provider.receiver import aws_lambda, wsgi", []),
        ("from ens_provider.receiver.asgi import application", []),
        ("from ens_provider.receiver.handler import Receiver", ["receiver.handler"]),
        ("from ens_provider.receiver import bodies", ["receiver.bodies"]),
    ],
)
def test_private_uses_are_found(source: str, found: list[str]) -> None:
    """Modules of the package and names that are not public are told."""
    assert private_uses(source) == found


@pytest.mark.parametrize(
    "path", _programs()[1:], ids=lambda p: p.relative_to(REPOSITORY).as_posix()
)
def test_types_of_examples(path: Path) -> None:
    """Mypy finds nothing in the examples.

    They are programs of one name in folders that are no packages, so that each is checked alone.
    """
    environment = {**os.environ, "MYPYPATH": str(path.parent)}
    command = [sys.executable, "-m", "mypy", str(path)]
    checked = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, check=False, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_importing_the_package_costs_nothing() -> None:
    """`import ens_provider` imports none of its dependencies and none of its parts."""
    code = f"import sys, {PACKAGE}; print(*sorted(sys.modules), sep='\\n')"
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    loaded = set(printed.stdout.split())

    assert PACKAGE in loaded
    assert loaded & {"pulumi", "requests", "urllib3", "aiohttp", "click", "grpc"} == set()
    assert {name for name in loaded if name.startswith(f"{PACKAGE}.")} == {f"{PACKAGE}._version"}
