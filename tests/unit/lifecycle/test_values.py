"""Checks of single input values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ens_provider.lifecycle import values

GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
batch_size = values.whole_number(100, 1000, unit="events")


@pytest.mark.parametrize(
    ("check", "given", "canonical"),
    [
        (batch_size, 100.0, 100),
        (batch_size, 1000, 1000),
        (values.text, "orders", "orders"),
        (values.flag, True, True),
        (values.choice_of("adopt", "fail"), "fail", "fail"),
        (values.guid, GUID.upper(), GUID),
        (values.base64_key, f" {KEY}\n", KEY),
    ],
)
def test_accepted_value(
    check: Callable[[object], object], given: object, canonical: object
) -> None:
    """A good value comes back in its canonical form and type."""
    result = check(given)

    assert result == canonical
    assert type(result) is type(canonical)


@pytest.mark.parametrize(
    ("check", "given", "sentence"),
    [
        (batch_size, 99.0, "it is 99; give 100 to 1000 events"),
        (batch_size, 1001, "it is 1001; give 100 to 1000 events"),
        (batch_size, 100.5, "it is not a whole number; give 100 to 1000 events"),
        (batch_size, float("nan"), "it is not a whole number; give 100 to 1000 events"),
        (batch_size, float("inf"), "it is not a whole number; give 100 to 1000 events"),
        (batch_size, "500", "it is not a whole number; give 100 to 1000 events"),
        (batch_size, True, "it is not a whole number; give 100 to 1000 events"),
        (values.text, 5.0, "it is a number; give a text"),
        (values.text, ["a"], "it is a list; give a text"),
        (values.text, " ", "it is empty; give a value or leave it out"),
        (values.flag, "true", "it is a text; give True or False"),
        (
            values.choice_of("adopt", "fail"),
            "Fail",
            "it is none of 'adopt', 'fail'; give one of them",
        ),
        (
            values.guid,
            "../ens-callbacks",
            "it is not an id of ENS, which are GUIDs; copy it from the list of ids",
        ),
        (
            values.base64_key,
            "not*base64",
            "it is not base64; give the whole key as ENS showed it",
        ),
    ],
)
def test_refused_value(check: Callable[[object], object], given: object, sentence: str) -> None:
    """A bad value is refused with what is wrong and what to give."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 -- the whole sentence is asserted
        check(given)

    assert str(refusal.value) == sentence
