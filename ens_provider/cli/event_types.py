"""Find the event type that a person means, and set fields of its events."""

import difflib
from collections.abc import Iterable
from typing import Any


class UnknownEventTypeError(ValueError):
    """A name is no event type, or that of several; the sentence has the nearest names."""


class UnsettableFieldError(ValueError):
    """A field of an event cannot be set so; the sentence says why."""


def resolved(name: str, known: Iterable[str]) -> str:
    """Return the full name of an event type, given in full or without its category.

    Raises:
        UnknownEventTypeError: there is none, or there are several.
    """
    types = list(known)
    if name in types:
        return name
    short = [full for full in types if full.partition(".")[2] == name]
    if len(short) == 1:
        return short[0]
    if short:
        raise UnknownEventTypeError(f"'{name}' is one of {' and '.join(short)}: give it in full.")
    raise UnknownEventTypeError(f"There is no event type '{name}'{_nearest(name, types)}.")


def set_field(event: dict[str, Any], path: str, text: str) -> None:
    """Set a field of an event; dots lead into objects (`info.statusCode`).

    What replaces a number has to be a number, everything else is text.

    Raises:
        UnsettableFieldError: the path leads through something that is no object, or the text is
            no number where one is needed.
    """
    *outer, name = path.split(".")
    place: Any = event
    for part in outer:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise UnsettableFieldError(f"'{path}' leads through '{part}', which is no object.")
    place[name] = _as_before(place.get(name), text, path)


def _as_before(before: object, text: str, path: str) -> object:
    if not isinstance(before, int | float):
        return text
    try:
        return int(text)
    except ValueError:
        raise UnsettableFieldError(f"'{path}' is a whole number, not '{text}'.") from None


def _nearest(name: str, types: list[str]) -> str:
    lowered = {variant.lower(): full for full in types for variant in (full.split(".")[1], full)}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"; did you mean '{lowered[near[0]]}'" if near else "; --list shows them"
