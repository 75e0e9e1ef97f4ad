"""What `docs/testing.md` shows runs, and what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider import pytest_plugin
from ens_provider.cli.conform.command import KEY_VARIABLE
from ens_provider.emulator.process import EmulatorProcess
from ens_provider.receiver import testing
from tests.repo.files import REPOSITORY, text_of
from tests.repo.tables import section, table_below

PAGE = text_of("docs/testing.md")
# A file's name in the sentence before its block.
_FILES = re.compile(r"`(\w+\.py)`[^`\n]*:\n\n```python\n(.*?)```", re.DOTALL)
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the shown files into one folder."""
    folder = tmp_path_factory.mktemp("page")
    for name, text in _FILES.findall(PAGE):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(folder: Path) -> str:
    """Run the shown tests, and give what pytest printed."""
    return _pytest(folder)


def _pytest(folder: Path, *arguments: str) -> str:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # An installation that is older than the plugin's entry point does not load it by itself.
    plugins = ("-p", "ens_provider.pytest_plugin", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-W", "error", *plugins, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{folder}"},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_block_is_a_file() -> None:
    """Each Python block has the name of its file before it, and no name stands twice."""
    names = [name for name, _ in _FILES.findall(PAGE)]

    assert len(names) == PAGE.count("```python\n") == 5
    assert len(set(names)) == len(names)


def test_shown_tests_pass(ran: str) -> None:
    """Every test of the page runs in one folder and passes, and nothing warns."""
    shown = {f"{file}::{name}" for file, text in _FILES.findall(PAGE) for name in _tests_in(text)}
    passed = set(re.findall(r"^PASSED (\S+)$", ran, re.MULTILINE))

    assert len(shown) == 5
    assert passed == shown


CONFORM = """
from ens_provider.cli.conform.command import conform
from ens_provider.receiver.testing import signature_key
from click.testing import CliRunner
from shop import keys

def test_conform(shop):
    key = signature_key()
    keys.put("65b885ab-c2b4-46fe-85d0-d6cb8be8057d", [key])
    address, ca_file = shop
    ended = CliRunner().invoke(conform, [
        "https://shop.test/ens", "--key", key, "--strict",
        "--resolve", f"shop.test={address}", "--ca-file", str(ca_file),
    ])
    print(ended.output)
    assert ended.exit_code == 0
"""


def test_shown_receiver_conforms(folder: Path) -> None:
    """The command that the page ends with finds nothing wrong with the receiver of the page."""
    (folder / "test_conform.py").write_text(CONFORM, encoding="utf-8")

    passed = _pytest(folder, "test_conform.py")

    assert "The receiver is as ENS needs it: 27 checks." in passed


def _tests_in(text: str) -> list[str]:
    return re.findall(r"^def (test_\w+)", text, re.MULTILINE)


def test_fixtures() -> None:
    """The table names every fixture of the plugin, with its scope."""
    named = {
        name: row["scope"]
        for row in table_below(PAGE, "Fixtures")
        for name in re.findall(r"`(ens_\w+)`", row["fixture"])
    }
    source = Path(pytest_plugin.__file__).read_text(encoding="utf-8")
    defined = re.findall(
        r'^@pytest\.fixture(?:\(scope="(\w+)"\))?\ndef (\w+)', source, re.MULTILINE
    )

    assert named == {name: scope or "function" for scope, name in defined}


def test_names_of_the_requests() -> None:
    """The table names every function of the module, and the methods of a signed request."""
    page = section(PAGE, "Signed requests")
    rows = table_below(PAGE, "Signed requests", number=1)
    named = re.findall(r"`(\w+)[`(]", " ".join(row["name"] for row in rows))
    functions = [name for name in testing.__all__ if name[0].islower()]
    methods = [name for name in vars(testing.SignedRequest) if not name.startswith("_")]

    assert set(named) == {*functions, *methods, "body", "headers"} - {"signature"}
    assert "| FastAPI, Starlette |" in page


def test_methods_of_the_emulator() -> None:
    """What the page calls on the emulator, it has."""
    page = section(PAGE, "Fixtures")
    called = set(re.findall(r"ens_emulator\.(\w+)\(", page))
    called |= set(re.findall(r"`(\w+)`", page.partition("methods of `ens_emulator`, too:")[2])[:4])

    assert called == {
        "live_callback",
        "send_events",
        "add_fault",
        "set_switches",
        "retry_deliveries",
        "move_clock",
    }
    assert [name for name in called if not hasattr(EmulatorProcess, name)] == []


def test_workflow() -> None:
    """The steps for a pipeline are YAML, and hand the key over in the variable that is read."""
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    install, conform, upload = yaml.safe_load(block)

    assert install["run"] == 'pip install "./$(echo wheels/pulumi_sfmc_ens-*.whl)[cli]"'
    assert set(conform["env"]) == {KEY_VARIABLE}
    assert upload["with"]["path"] in conform["run"].split()
