"""The repository's own files, as the tests of this folder read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def repository_files(*suffixes: str) -> list[Path]:
    """Return the files that are tracked or would be, those with one of `suffixes`; all without any.

    Raises:
        RuntimeError: There are none; a test over no files would prove nothing.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    found = [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]
    if not found:
        raise RuntimeError(f"no files with {suffixes} in {REPOSITORY}")
    return found


def text_of(name: str) -> str:
    """Return the text of a file of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")
