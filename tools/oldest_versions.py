"""Prints the oldest versions that requirements.txt allows, as requirements for pip.

Runs on any Python from 3.10 on, without anything installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"

_RANGE = re.compile(r"(?P<name>[\w.-]+)>=(?P<oldest>[\d.]+),<[\d.]+")


def oldest_versions(requirements: str) -> list[str]:
    """Return `name==version` for each line of a requirements file, comments left out.

    Raises:
        ValueError: A line is not `name>=oldest,<limit`.
    """
    lines = [line for line in requirements.splitlines() if line and not line.startswith("#")]
    return [_oldest(line) for line in lines]


def _oldest(line: str) -> str:
    found = _RANGE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} in requirements.txt names no range, such as pulumi>=3.219,<4")
    return f"{found['name']}=={found['oldest']}"


if __name__ == "__main__":
    try:
        print(*oldest_versions(REQUIREMENTS.read_text(encoding="utf-8")))
    except ValueError as error:
        sys.exit(str(error))
