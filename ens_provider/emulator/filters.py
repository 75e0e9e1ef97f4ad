"""Filters of subscriptions: `name=value`, the value a regular expression in RE2's syntax.

That values may be expressions, and which names there are, is said on the documentation page
"Event Notification Service Subscriptions". Whether an expression has to fit the whole value is
said nowhere (switch `filter_anchoring`); plain texts fit themselves either way.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped, unused-ignore] # the package brings no types

_PLACES = ("info", "composite")


class FilterExpressionError(ValueError):
    """The value of a filter is no expression; the sentence says what is wrong with it."""


def require_expression(text: str) -> None:
    """Check that the value of a filter `name=value` is an expression.

    Raises:
        FilterExpressionError: it is none.
    """
    _compiled(_parts(text)[1])


def first_that_fails(
    filters: Sequence[str], event: Mapping[str, object], *, anchoring: str
) -> str | None:
    """Return the first filter that an event does not pass, None if it passes them all.

    `anchoring` is `full` (an expression fits the whole value) or `search` (a part of it). An
    event without the filter's name does not pass: nobody says so, but `definitionKey=…` would
    else let through what has nothing to do with the definition.
    """
    for text in filters:
        if not _passes(text, event, anchoring=anchoring):
            return text
    return None


def value_of(event: Mapping[str, object], name: str) -> str | None:
    """Return an event's value of this name as text; None if it has none, or no single one.

    Names are looked for, as they are written, in the event itself, then in its `info`
    (statusCode, bounceCode and smtpReason stand there), then in its `composite`.
    """
    for place in (event, *(event.get(inner) for inner in _PLACES)):
        if isinstance(place, Mapping) and name in place:
            return _text(place[name])
    return None


def _passes(text: str, event: Mapping[str, object], *, anchoring: str) -> bool:
    name, expression = _parts(text)
    value = value_of(event, name)
    if value is None:
        return False
    compiled = _compiled(expression)
    fit = compiled.fullmatch(value) if anchoring == "full" else compiled.search(value)
    return fit is not None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # RE2 refuses half characters
    return json.dumps(value) if isinstance(value, int | float) else None


def _parts(text: str) -> tuple[str, str]:
    # The value may hold further equals signs.
    name, _, expression = text.partition("=")
    return name, expression


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False  # else RE2 prints what is wrong with an expression by itself
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        raise FilterExpressionError(_reason(error)) from None
    except UnicodeEncodeError:
        raise FilterExpressionError("half of a character") from None


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
