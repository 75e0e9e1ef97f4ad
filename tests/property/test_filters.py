"""Filters, whatever the values."""

import re
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.emulator.filters import (
    FilterExpressionError,
    first_that_fails,
    require_expression,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(wanted=TEXTS, value=TEXTS)
def test_quoted_value_passes_itself_alone(wanted: str, value: str) -> None:
    """A value that is quoted passes exactly itself, and what holds it when it is searched."""
    quoted = "".join(f"\\x{{{ord(c):x}}}" for c in wanted)
    event = {"definitionKey": value}
    full = first_that_fails([f"definitionKey={quoted}"], event, anchoring="full")
    search = first_that_fails([f"definitionKey={quoted}"], event, anchoring="search")

    assert (full is None) == (wanted == value)
    assert (search is None) == (wanted in value)


@given(expression=TEXTS, value=TEXTS)
def test_expression_either_works_or_is_refused(expression: str, value: str) -> None:
    """Any text is an expression that passes or not, or is refused with our one error."""
    filters = [f"definitionKey={expression}"]
    event = {"definitionKey": value}
    with suppress(FilterExpressionError):
        require_expression(filters[0])
        full = first_that_fails(filters, event, anchoring="full")
        search = first_that_fails(filters, event, anchoring="search")
        assert full is not None or search is None


@given(value=st.from_regex(re.compile(r"[A-Za-z0-9_-]{1,20}"), fullmatch=True))
def test_plain_key_passes_without_quoting(value: str) -> None:
    """Keys of letters, digits, dashes and underscores need no thought."""
    event = {"definitionKey": value}

    assert first_that_fails([f"definitionKey={value}"], event, anchoring="full") is None
    assert first_that_fails([f"definitionKey={value}x"], event, anchoring="search") is not None
