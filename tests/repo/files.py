"""The repository's own files, as the tests of this folder read them."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def repository_files(*suffixes: str) -> list[Path]:
    """Return the files that `.gitignore` does not leave out, those with one of `suffixes`; all without any.

    Git itself is not asked: the sources may lie in an archive, or belong to another user.

    Raises:
        RuntimeError: There are none; a test over no files would prove nothing.
    """
    found = []
    for folder, folders, names in os.walk(REPOSITORY):
        folders[:] = sorted(name for name in folders if not _left_out(name))
        paths = [Path(folder, name) for name in sorted(names) if not _left_out(name)]
        found += [path for path in paths if not suffixes or path.suffix in suffixes]
    if not found:
        raise RuntimeError(f"no files with {suffixes} in {REPOSITORY}")
    return found


def text_of(name: str) -> str:
    """Return the text of a file of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def _left_out(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in _ignored())


@cache
def _ignored() -> tuple[str, ...]:
    # The patterns of .gitignore are plain names, with a slash behind those of folders.
    return (".git", *(line.rstrip("/") for line in text_of(".gitignore").splitlines() if line))
