"""Files that nobody else can read, and that are never there in part.

They are written whole beside their place (mode 0600, in folders of mode 0700) and then moved
there. What fails is a `KeyStoreError` that names the file.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ens_provider.receiver.stores import KeyStoreError

PART = ".part"

_PRIVATE_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, or make one that is there private.

    Raises:
        KeyStoreError: it cannot be made.
    """
    with told_of("make", folder):
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder.chmod(_PRIVATE_FOLDER)


@contextmanager
def written(content: bytes, *, folder: Path) -> Iterator[Path]:
    """Write a file whole, for the block to move or link to its place; it is gone afterwards."""
    # mkstemp makes the file with mode 0600 before anything is in it.
    number, name = tempfile.mkstemp(dir=folder, suffix=PART)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def linked(part: Path, path: Path) -> bool:
    """Put a written file in its place unless one stands there; say whether it was put."""
    # A link is made only where nothing stands: of several processes one is the first.
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    return True


@contextmanager
def told_of(verb: str, path: Path) -> Iterator[None]:
    """Turn failures of the file system into a sentence: `Cannot {verb} {path}: …`.

    Raises:
        KeyStoreError: the block raised an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise KeyStoreError(f"Cannot {verb} {path}: {error.strerror or error}.") from error
