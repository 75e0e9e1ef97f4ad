"""The two files of an import: both or neither, and over nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ens_provider.cli.exit_codes import CommandError
from ens_provider.cli.importing.files import refuse_existing, write_both


@pytest.fixture
def open_mask() -> Iterator[None]:
    """Let every mode through, so that what is closed was closed from the beginning."""
    mask = os.umask(0)
    yield
    os.umask(mask)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_mask")
def test_modes(tmp_path: Path) -> None:
    """The import file is its owner's alone, whatever the mask; the program is as any file."""
    write_both(tmp_path / "new" / "folder", document="{}\n", program="pass\n")

    folder = tmp_path / "new" / "folder"
    assert {path.name: mode(path) for path in folder.iterdir()} == {
        "import.json": 0o600,
        "__main__.py": 0o666,
    }
    assert (folder / "import.json").read_text("utf-8") == "{}\n"
    assert (folder / "__main__.py").read_text("utf-8") == "pass\n"


@pytest.mark.parametrize("name", ["import.json", "__main__.py"])
def test_one_that_exists(tmp_path: Path, name: str) -> None:
    """It stays as it is, and the other one is not written."""
    (tmp_path / name).write_text("mine", "utf-8")
    sentence = (
        f"{tmp_path / name} exists, and nothing is ever overwritten. Give another folder with "
        "--out. Nothing was written."
    )

    with pytest.raises(CommandError) as looked:
        refuse_existing(tmp_path)
    with pytest.raises(CommandError) as wrote:
        write_both(tmp_path, document="{}", program="pass")
    for caught in (looked.value, wrote.value):
        assert (str(caught), caught.exit_code) == (sentence, 1)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text("utf-8") == "mine"


def test_link_that_leads_nowhere(tmp_path: Path) -> None:
    """A link counts as something that exists: nothing is written where it leads."""
    (tmp_path / "import.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(CommandError):
        refuse_existing(tmp_path)
    with pytest.raises(CommandError):
        write_both(tmp_path, document="{}", program="pass")

    assert [path.name for path in tmp_path.iterdir()] == ["import.json"]


def test_content_that_cannot_be_written(tmp_path: Path) -> None:
    """Whatever goes wrong while writing, nothing is left."""
    with pytest.raises(UnicodeEncodeError):
        write_both(tmp_path, document="{}", program="\ud800")

    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The sentence names the folder and what the system said."""
    (tmp_path / "file").touch()

    with pytest.raises(CommandError) as caught:
        write_both(tmp_path / "file" / "folder", document="{}", program="pass")

    assert str(caught.value) == (
        f"{tmp_path / 'file' / 'folder'} cannot be written to (Not a directory). Nothing was written."
    )
