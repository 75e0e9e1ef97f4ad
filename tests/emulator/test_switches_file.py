"""Switches out of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ens_provider.cli.commands import commands
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess

NO_OBJECT = (
    "does not hold a JSON object. Write "
    '{"duplicate_callback": "400"}, or let `python -m ens_provider discover` write it.'
)


def written(folder: Path, content: bytes) -> Path:
    """A switches file of these bytes."""
    path = folder / "switches.json"
    path.write_bytes(content)
    return path


def test_file_with_options_beside_it(tmp_path: Path) -> None:
    """The file's switches are set from the start and after a reset; an option wins over the file."""
    path = written(
        tmp_path,
        b'{"duplicate_callback": 400, "failed_callback_kept": false, "unverified_status": ""}',
    )
    options = EmulatorOptions(switches_file=path, switches={"duplicate_callback": "304"})
    with EmulatorProcess(options) as emulator:
        at_first = emulator.switches()
        emulator.set_switches(failed_callback_kept="true")
        emulator.reset()
        after_reset = emulator.switches()

    assert at_first["duplicate_callback"] == "304"
    assert at_first["failed_callback_kept"] == "false"
    assert at_first["unverified_status"] == ""
    assert after_reset == at_first


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'{"weather": "fine"}',
            "There is no switch 'weather'. The switches are: duplicate_callba",
        ),
        (
            b'{"name_case": "odd"}',
            "Switch 'name_case' is one of 'sensitive', 'insensitive', not 'odd'.",
        ),
        (b'["name_case"]', NO_OBJECT),
        (b"{", NO_OBJECT),
        (b"\xff", NO_OBJECT),
        (b"[" * 100_000, NO_OBJECT),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, content: bytes, sentence: str) -> None:
    """The sentence is that of --set, or says what the file has to hold."""
    path = written(tmp_path, content)
    done = CliRunner().invoke(commands, ["emulator", f"--set-file={path}"], catch_exceptions=False)

    assert done.exit_code == 2
    assert sentence in done.stderr


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that does not exist is a usage error."""
    done = CliRunner().invoke(commands, ["emulator", f"--set-file={tmp_path / 'none.json'}"])

    assert done.exit_code == 2
    assert "does not exist." in done.stderr
