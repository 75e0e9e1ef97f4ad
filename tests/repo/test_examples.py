"""Each example is a whole project, and its README shows what its program takes."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider import __version__
from tests.examples.projects import EXAMPLES, shown
from tests.examples.test_many import MISTAKES
from tests.repo.files import REPOSITORY, repository_files, text_of

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(
    {path.relative_to(EXAMPLES).parts[0] for path in repository_files() if EXAMPLES in path.parents}
)


def _project(name: str) -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load(text_of(f"examples/{name}/Pulumi.yaml"))
    return project


def _program(name: str) -> str:
    return text_of(f"examples/{name}/__main__.py")


def _tests() -> str:
    tests = [path for path in repository_files(".py") if REPOSITORY / "tests" in path.parents]
    return "".join(
        path.read_text(encoding="utf-8") for path in tests if path.stem != "test_examples"
    )


def test_there_are_examples() -> None:
    """The folder holds at least these."""
    assert {"existing-endpoint", "github-actions", "local", "many"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_example_is_a_whole_project(name: str) -> None:
    """It has a project, a program, what to install and a README, and a test runs it."""
    folder = EXAMPLES / name
    files = {path.name for path in folder.iterdir()}

    assert files >= {"Pulumi.yaml", "__main__.py", "requirements.txt", "README.md", ".gitignore"}
    assert _project(name)["runtime"]["options"] == {"toolchain": "pip", "virtualenv": ".venv"}
    assert f"pulumi_sfmc_ens-{__version__}-py3-none-any.whl" in text_of(
        f"examples/{name}/requirements.txt"
    )
    assert re.search(rf'["/]{name}["/]', _tests()) is not None


@pytest.mark.parametrize("name", NAMES)
def test_commands_that_a_readme_shows_are_installed(name: str) -> None:
    """Where a README says to run a command of the package, the project installs the extra `cli`."""
    says = "python -m ens_provider" in text_of(f"examples/{name}/README.md")
    extras = re.findall(r"\.whl\[(.+)\]", text_of(f"examples/{name}/requirements.txt"))

    assert not says or "cli" in ",".join(extras).split(",")


def test_projects_have_names_of_their_own() -> None:
    """Two examples in one account do not meet: their projects have different names."""
    names = [_project(name)["name"] for name in NAMES]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_declared_configuration_is_read(name: str) -> None:
    """Each key that a project declares is one that its program reads."""
    declared = [key for key in _project(name).get("config", {}) if ":" not in key]

    assert [key for key in declared if f'("{key}")' not in _program(name)] == []


def _copies_of_receiver_key() -> list[Path]:
    return [path for path in repository_files(".py") if path.name == "receiver_key.py"]


def test_receiver_key_is_the_same_everywhere() -> None:
    """The examples that hand keys to a receiver do it as the stack's program does."""
    copies = _copies_of_receiver_key()

    assert len(copies) >= 2
    assert {path.read_text(encoding="utf-8") for path in copies} == {text_of("receiver_key.py")}


def test_local_readme_and_project_agree() -> None:
    """The emulator that the README starts is the one that project and program work with."""
    config = _project("local")["config"]
    commands = shown("examples/local/README.md")
    [emulator] = [each for each in commands if "emulator" in each]

    assert emulator == [
        *("python", "-m", "ens_provider", "emulator", "--port", "8080"),
        *("--resolve", "receiver.test=127.0.0.1:8443", "--ca-file", "receiver/ca.pem"),
    ]
    assert config["port"]["default"] == 8443
    assert {config[f"ens:{kind}Url"]["value"] for kind in ("auth", "rest")} == {
        "http://127.0.0.1:8080"
    }
    assert 'HOST_NAME = "receiver.test"' in _program("local")
    assert ["export", "REQUESTS_CA_BUNDLE=$PWD/receiver/ca.pem"] in commands
    assert '_FOLDER = Path("receiver")' in text_of("examples/local/receiver_process.py")


def test_table_of_the_many_readme() -> None:
    """The README names the columns, the types with a definition key, and the sentences."""
    readme = text_of("examples/many/README.md")
    module = text_of("examples/many/subscription_table.py")
    [columns] = re.findall(r"^COLUMNS = \((.+)\)$", module, re.MULTILINE)
    [types] = re.findall(r"_WITH_DEFINITION_KEY = \((.+?)\)", module, re.DOTALL)
    [named] = re.findall(r"^Only (.+) carry a definition key", readme, re.MULTILINE)

    assert re.findall(r"^\| `(\w+)` \| ", readme, re.MULTILINE) == re.findall(r'"(\w+)"', columns)
    assert re.findall(r"`(\w+)`", named) == re.findall(r"ens\.EventType\.(\w+)", types)
    assert dedent(MISTAKES) in readme
