"""Switches out of a file: a JSON object of names and values, such as `discover` writes."""

import json
from pathlib import Path


class SwitchesFileError(Exception):
    """The file holds no JSON object; the sentence says what it has to hold."""


def read_switches(path: Path) -> dict[str, object]:
    """Return the values of a file by switch; whether they exist is checked where they are set.

    Raises:
        OSError: it cannot be read.
        SwitchesFileError: it holds no JSON object.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise SwitchesFileError(
            f"The switches file {path} does not hold a JSON object. Write "
            '{"duplicate_callback": "400"}, or let `python -m ens_provider discover` write it.'
        )
    return values
