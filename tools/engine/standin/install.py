"""Puts the stand-ins beside a built engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
# What others use comes before them: a `pulumi` may start while they are renewed.
NAMES = (
    "pulumi_program_host.py",
    "language_host.py",
    "pulumi-language-python",
    "pulumi-resource-pulumi-python",
)


def install_standins(folder: Path, *, host_python: str = sys.executable) -> None:
    """Copy the stand-ins into `folder`; those that are already the same stay untouched.

    Args:
        folder: Where `pulumi` lies.
        host_python: The interpreter of the language host; it needs the Pulumi SDK.
    """
    for name in NAMES:
        text = (SOURCES / name).read_text(encoding="utf-8").replace("@HOST_PYTHON@", host_python)
        _write(folder / name, text)


def _write(target: Path, text: str) -> None:
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return
    scratch = target.with_name(f"{target.name}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8")
    scratch.chmod(0o755)
    # Renaming is atomic: a `pulumi` that starts meanwhile sees the old file or the new one.
    scratch.replace(target)
