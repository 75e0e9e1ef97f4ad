"""Checks of single input values: each returns the canonical value or says what is wrong.

The engine hands every number over as a float, so whole numbers come back from here as ints.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import urlsplit

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")
_TIME_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z", re.ASCII)

NO_KEY = "NO-SIGNATURE-KEY"
"""What the text begins with that an import leaves where a signature key is not known.

It is no base64, and the receiver, which shares no code with this, refuses it as a key.
"""

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


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


def base64_key(value: object) -> str:
    """Return a signature or verification key: base64 text, as ENS gives it out.

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


def known_key(value: object) -> str | None:
    """Return a signature key; None for the text that an import leaves where it is not known.

    Raises:
        ValueError: It is neither; the value is never part of the message.
    """
    if isinstance(value, str) and value.strip().startswith(NO_KEY):
        return None
    return base64_key(value)


def label(value: object) -> str:
    """Return a text that only has to differ from others; a whole number becomes its digits.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return text(value)
    return str(int(value))


def time_stamps(value: object) -> list[str]:
    """Return times as ENS resources show them, ISO 8601 in UTC with seconds; empty ones are left out.

    Raises:
        ValueError: It is no list of them.
    """
    texts = [each for each in value if each != ""] if isinstance(value, list) else [value]
    stamps = [each for each in texts if isinstance(each, str) and _TIME_STAMP.match(each)]
    if len(stamps) != len(texts):
        raise ValueError("it is no list of times; give the outputs changed_at of other resources")
    return sorted(stamps)


def receiver_url(value: object) -> str:
    """Return the address where a receiver hands out keys; ``{callback_id}`` may stand in it.

    Raises:
        ValueError: It is not ``https://host[:port][/path]``; plain http is for loopback only, since
            a token and keys travel over it.
    """
    url = text(value).strip()
    filled = url.replace("{callback_id}", "id")
    if re.search(r"[\s{}]", filled):
        raise ValueError("it holds white space or braces; only {callback_id} may stand in braces")
    try:
        parts = urlsplit(filled)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("it is not a URL; write https://host/path") from None
    if not host or parts.username is not None or parts.scheme not in {"http", "https"}:
        raise ValueError("it is not https://host/path, without user information; write it so")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ValueError("it begins with http://, and a key would travel in clear; use https://")
    return url


def _kind(value: object) -> str:
    kinds = {
        bool: "a truth value",
        str: "a text",
        dict: "a mapping",
        list: "a list",
        type(None): "None",
    }
    return kinds.get(type(value), "a number")
