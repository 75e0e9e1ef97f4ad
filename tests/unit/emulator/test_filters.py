"""Filters of subscriptions against one event."""

import pytest

from ens_provider.emulator.filters import (
    FilterExpressionError,
    first_that_fails,
    require_expression,
)

EVENT = {
    "eventCategoryType": "TransactionalSendEvents.EmailNotSent",
    "definitionKey": "welcome",
    "mid": 1234567,
    "automationType": "FileDrop",
    "link": "a=b",
    "reason": "top",
    "nothing": None,
    "many": ["welcome"],
    "flag": True,
    "half": "\ud800",
    "info": {"statusCode": "47", "bounceCode": "HARD", "smtpReason": "5.1.1", "reason": "inner"},
    "composite": {"jobId": "2001070"},
}


@pytest.mark.parametrize(
    ("text", "full", "search"),
    [
        ("definitionKey=welcome", True, True),
        ("definitionKey=welc", False, True),
        ("definitionKey=Welcome", False, False),
        ("definitionKey=wel.*", True, True),
        ("definitionKey=^wel", False, True),
        ("definitionKey=welcome|goodbye", True, True),
        ("definitionKey=come|good", False, True),
        ("definitionKey=(?i)WELCOME", True, True),
        ("DefinitionKey=welcome", False, False),
        ("link=a=b", True, True),
        ("link==", False, True),
        ("mid=1234567", True, True),
        ("mid=123", False, True),
        ("flag=true", True, True),
        ("statusCode=47", True, True),
        ("statusCode=4.", True, True),
        ("statusCode=7", False, True),
        ("bounceCode=HARD", True, True),
        ("smtpReason=5\\.1\\.\\d", True, True),
        ("jobId=2001070", True, True),
        ("reason=top", True, True),
        ("reason=inner", False, False),
        ("absent=.*", False, False),
        ("nothing=.*", False, False),
        ("many=.*", False, False),
        ("info=.*", False, False),
        ("half=.", True, True),
    ],
)
def test_one_filter(text: str, full: bool, search: bool) -> None:
    """A filter passes by value and place, and a part of a value passes only when searched."""
    assert (first_that_fails([text], EVENT, anchoring="full") is None) == full
    assert (first_that_fails([text], EVENT, anchoring="search") is None) == search


def test_every_filter_has_to_pass() -> None:
    """The first filter that an event does not pass is told."""
    filters = ["definitionKey=welcome", "statusCode=4", "bounceCode=SOFT"]

    assert first_that_fails(filters[:1], EVENT, anchoring="full") is None
    assert first_that_fails(filters, EVENT, anchoring="full") == "statusCode=4"
    assert first_that_fails(filters, EVENT, anchoring="search") == "bounceCode=SOFT"
    assert first_that_fails([], EVENT, anchoring="full") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("definitionKey=(", "missing ): ("),
        ("definitionKey=[a", "missing ]: [a"),
        ("definitionKey=*", "no argument for repetition operator: *"),
        ("definitionKey=(a)\\1", "invalid escape sequence: \\1"),
        ("definitionKey=(?=a)", "invalid perl operator: (?="),
        ("definitionKey=\ud800", "half of a character"),
    ],
)
def test_value_that_is_no_expression(
    text: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """What RE2 does not take, look-ahead and back references among it, is told and not printed."""
    with pytest.raises(FilterExpressionError) as refused:
        require_expression(text)

    assert str(refused.value) == reason
    assert capfd.readouterr() == ("", "")
