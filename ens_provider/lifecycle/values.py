"""Checks of single input values: each returns the canonical value or says what is wrong.

The engine hands every number over as a float, so whole numbers come back from here as ints.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")


def text(value: object) -> str:
    """Return a non-empty text.

    Raises:
        ValueError: It is not one.
    """
    if not isinstance(value, str):
        raise ValueError(f"it is {_kind(value)}; give a text")  # noqa: TRY004 -- one class for callers
    if not value.strip():
        raise ValueError("it is empty; give a value or leave it out")
    return value


def flag(value: object) -> bool:
    """Return a truth value.

    Raises:
        ValueError: It is not one.
    """
    if not isinstance(value, bool):
        raise ValueError(f"it is {_kind(value)}; give True or False")  # noqa: TRY004 -- one class for callers
    return value


def whole_number(low: int, high: int, *, unit: str) -> Callable[[object], int]:
    """Return a check for whole numbers from `low` to `high`.

    Args:
        low: The smallest value.
        high: The largest value.
        unit: What is counted, for the sentence.
    """

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
            raise ValueError(f"it is not a whole number; give {low} to {high} {unit}")
        if not low <= value <= high:
            raise ValueError(f"it is {int(value)}; give {low} to {high} {unit}")
        return int(value)

    return check


def choice_of(*choices: str) -> Callable[[object], str]:
    """Return a check for one of a few words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"it is none of {', '.join(map(repr, choices))}; give one of them")
        return value

    return check


def guid(value: object) -> str:
    """Return an id of the service in lower case.

    Raises:
        ValueError: It is not a GUID.
    """
    canonical = text(value).strip().lower()
    if not _GUID.match(canonical):
        raise ValueError("it is not an id of ENS, which are GUIDs; copy it from the list of ids")
    return canonical


def signature_key(value: object) -> str:
    """Return a signature key: base64 text, as ENS shows it once.

    Raises:
        ValueError: It is not base64; the value is never part of the message.
    """
    key = text(value).strip()
    try:
        decoded = base64.b64decode(key, validate=True)
    except binascii.Error:
        decoded = b""
    if not decoded:
        raise ValueError("it is not base64; give the whole key as ENS showed it")
    return key


def _kind(value: object) -> str:
    kinds = {bool: "a truth value", str: "a text", dict: "a mapping", list: "a list"}
    return kinds.get(type(value), "a number")
