"""Writing the import file and the program: both or neither, and over nothing that is there."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ens_provider.cli.exit_codes import ERROR, CommandError

IMPORT_FILE = "import.json"
PROGRAM_FILE = "__main__.py"
_SECRET_MODE = 0o600
# As every file that is not secret: what the process's mask leaves of it.
_OPEN_MODE = 0o666


@dataclass(frozen=True, kw_only=True)
class _File:
    """One file to be written.

    Attributes:
        path: Where it is to stand.
        temporary: Where it is written to, beside it.
        content: The whole of it.
        mode: Its mode from the first byte on.
    """

    path: Path
    temporary: Path
    content: str = field(repr=False)
    mode: int


def refuse_existing(folder: Path) -> None:
    """Refuse a folder in which one of the two files exists.

    Raises:
        CommandError: One exists.
    """
    for name in (IMPORT_FILE, PROGRAM_FILE):
        if os.path.lexists(folder / name):
            raise _exists(folder / name)


def write_both(folder: Path, *, document: str, program: str) -> None:
    """Write the import file, for its owner alone, and the program.

    Args:
        folder: Made, with its parents, if it is not there.
        document: The import file; it holds secrets.
        program: The program.

    Raises:
        CommandError: One exists, or cannot be written; then neither is there.
    """
    mark = secrets.token_hex(8)
    files = [
        _File(
            path=folder / name,
            temporary=folder / f".{name}.{mark}",
            content=content,
            mode=mode,
        )
        for name, content, mode in (
            (IMPORT_FILE, document, _SECRET_MODE),
            (PROGRAM_FILE, program, _OPEN_MODE),
        )
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(files)
    except FileExistsError as error:
        raise _exists(Path(error.filename)) from None
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be written to ({error.strerror}). Nothing was written.",
            exit_code=ERROR,
        ) from None


def _write(files: Sequence[_File]) -> None:
    ours: list[Path] = []
    try:
        for file in files:
            with _created(file.temporary, mode=file.mode) as opened:
                ours.append(file.temporary)
                opened.write(file.content)
        for file in files:
            # Takes the name, so that what replaces it below replaces nothing of anybody else.
            with _created(file.path, mode=_SECRET_MODE):
                ours.append(file.path)
        for file in files:
            file.temporary.replace(file.path)
    except BaseException:
        for path in ours:
            with suppress(OSError):
                path.unlink()
        raise


def _created(path: Path, *, mode: int) -> TextIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="\n")


def _exists(path: Path) -> CommandError:
    return CommandError(
        f"{path} exists, and nothing is ever overwritten. Give another folder with --out. Nothing "
        "was written.",
        exit_code=ERROR,
    )
