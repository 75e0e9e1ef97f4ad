"""What the service says in an error: its text, its code and how long it asks to wait.

Shapes: page "Error Handling" (`message`, `errorcode`), and those seen besides (`errors`,
`validationErrors`, `additionalErrors`, a bare JSON string, text that is no JSON at all).
"""

from __future__ import annotations

import html
import json
import math
import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ens_provider.api.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ens_provider.api.wire import Answer

MAX_CHARACTERS = 500
"""The length of what is quoted in a sentence."""

# Looking through all of a hostile text would take minutes.
_MAX_PROSE = 64 * 1024
_TEXT_KEYS = ("message", "error_description", "error", "Message", "title")
_LIST_KEYS = ("errors", "validationErrors", "additionalErrors")
_INVISIBLE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,500}>")


def parsed(raw: bytes) -> object:
    """Return what a body parses to.

    Raises:
        ValueError: It is not JSON, not text, or nested beyond reason.
    """
    try:
        return json.loads(raw)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def parsed_or_none(raw: bytes) -> object:
    """Return what a body parses to, None where it does not."""
    try:
        return parsed(raw)
    except ValueError:
        return None


def raw_text(raw: bytes) -> str:
    """Return a body as text, whatever its bytes."""
    return raw.decode("utf-8", "replace")


def said(raw: bytes) -> str:
    """Return what an error body says, on one line; empty if it says nothing.

    What comes after the first 64 Ki characters is not looked at.
    """
    obj = parsed_or_none(raw)
    texts = list(dict.fromkeys(text for text in map(_one_line, _texts(obj)) if text))
    if obj is None and not texts:
        texts = [_one_line(raw_text(raw[:_MAX_PROSE]))]
    return " ".join(texts)[:_MAX_PROSE]


def shortened(text: str) -> str:
    """Return a text cut to what may be quoted."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[: MAX_CHARACTERS - 1].rstrip() + "…"


def errorcode(raw: bytes) -> int | str | None:
    """Return the service's code, or what an OAuth route calls `error`."""
    obj = parsed_or_none(raw)
    if not isinstance(obj, dict):
        return None
    for key in ("errorcode", "errorCode", "error"):
        code = obj.get(key)
        if isinstance(code, (int, str)) and not isinstance(code, bool) and code != "":
            return code if isinstance(code, int) else _one_line(code)[:_MAX_PROSE]
    return None


def retry_after_seconds(answer: Answer, *, now: float) -> float | None:
    """Return the longer of what the header and the body ask for.

    A date is compared with that of the same answer; `now` is the local clock, for want of one.
    """
    dated = http_date(answer.headers.get("Date"))
    now = now if dated is None else dated
    obj = parsed_or_none(answer.raw)
    body = obj.get("retryAfter") if isinstance(obj, dict) else None
    header = answer.headers.get("Retry-After")
    wishes = [_seconds(body), _seconds(header), _seconds_until(header, now=now)]
    return max((wish for wish in wishes if wish is not None), default=None)


def http_date(text: str | None) -> float | None:
    """Return the Unix seconds of an HTTP date, None where it is none."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _texts(obj: object) -> Iterator[str]:
    if isinstance(obj, str):
        yield obj
    if isinstance(obj, dict):
        first = next((obj[key] for key in _TEXT_KEYS if isinstance(obj.get(key), str)), "")
        yield str(first)
        for key in _LIST_KEYS:
            yield from _listed(obj.get(key))
    if isinstance(obj, list):
        yield from _listed(obj)


def _listed(entries: object) -> Iterator[str]:
    """Yield the texts of one level only: error bodies are flat, and hostile ones are not."""
    for entry in entries if isinstance(entries, list) else [entries]:
        text = entry.get("message") if isinstance(entry, dict) else entry
        if isinstance(text, str):
            yield text


def _one_line(text: str) -> str:
    text = text[:_MAX_PROSE]
    visible = _INVISIBLE.sub(" ", text) if "<" in text else text
    plain = html.unescape(_TAG.sub(" ", visible))
    return one_line(plain)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(header: str | None, *, now: float) -> float | None:
    moment = http_date(header)
    return None if moment is None else max(moment - now, 0.0)
