"""Shells complete commands and options."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ens_provider.cli.commands import COMMANDS
from tests.cli.conftest import Commands
from tools.engine.environment import REPOSITORY


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_for_each_shell(shell: str) -> None:
    """The script belongs to the installed name and asks it for completions."""
    ended = Commands().run("completion", shell)

    assert ended.code == 0
    assert "ens-provider" in ended.stdout
    assert f"_ENS_PROVIDER_COMPLETE={shell}_complete" in ended.stdout


def test_other_shell() -> None:
    """A shell that is not known is a usage error."""
    ended = Commands().run("completion", "powershell")

    assert ended.code == 2
    assert "'powershell' is not one of 'bash', 'zsh', 'fish'." in ended.stderr


def test_completes_commands() -> None:
    """An empty word is completed with every command."""
    asked = {
        "_ENS_PROVIDER_COMPLETE": "bash_complete",
        "COMP_WORDS": "ens-provider ",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "ens_provider"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **asked},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )

    assert [line.removeprefix("plain,") for line in done.stdout.split()] == sorted(COMMANDS)
