"""What the stand-in for the language host runs for `pulumi new` and `pulumi install`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pulumi.runtime.proto import language_pb2

from tools.engine.standin.pulumi_program_host import install_commands

if TYPE_CHECKING:
    from pathlib import Path


def _info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    info = language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point="."
    )
    info.options.update(options)
    return info


def test_environment_is_made_and_filled(tmp_path: Path) -> None:
    """A project that names an environment gets it made, and its requirements installed there."""
    (tmp_path / "requirements.txt").write_text("pulumi\n", encoding="utf-8")
    python = f"{tmp_path}/.venv/bin/python"
    requirements = f"{tmp_path}/requirements.txt"

    assert install_commands(_info(tmp_path, toolchain="pip", virtualenv=".venv")) == [
        [sys.executable, "-m", "venv", f"{tmp_path}/.venv"],
        [python, "-m", "pip", "install", "--quiet", "--requirement", requirements],
    ]


def test_environment_that_is_there_is_only_filled(tmp_path: Path) -> None:
    """An environment is made once."""
    (tmp_path / "requirements.txt").write_text("pulumi\n", encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()

    assert [command[0] for command in install_commands(_info(tmp_path, virtualenv=".venv"))] == [
        str(python)
    ]


def test_project_without_requirements(tmp_path: Path) -> None:
    """A project that asks for nothing gets nothing."""
    assert install_commands(_info(tmp_path)) == []
