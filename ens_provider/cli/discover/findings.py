"""What is known of a switch after the account was asked."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NOT_VISIBLE: Mapping[str, str] = MappingProxyType(
    {
        "after_deadline": "leave a callback unverified for 4 hours, then look whether it is there",
        "signature_key_encoding": "give a captured delivery: --delivery BODY_FILE,HEADER and "
        "--signature-key-env NAME",
        "filter_anchoring": "let an event happen whose definitionKey is a filter's value and more",
        "fan_out": "let an event happen that subscriptions of two callbacks ask for",
        "delivery_retries": "let the endpoint refuse two deliveries within 5 minutes, and look "
        "whether events of the next 10 minutes come later",
        "retry_signed_with": "let the endpoint refuse a delivery, make a new signature key, and "
        "check the signature of the next try",
        "suspended_status": "let the endpoint refuse deliveries until it gets none any more, and "
        "look at the callback's status",
    }
)
"""Switches that show in deliveries or after hours only: what would settle each."""


class Result(enum.Enum):
    """How far a switch is settled."""

    FOUND = "found"
    UNKNOWN = "unknown value"
    """The account does something that no value of the switch stands for."""

    NOT_SETTLED = "not settled"
    NOT_VISIBLE = "not visible"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an experiment led to.

    Attributes:
        result: How far the switch is settled.
        value: The switch's value, where one was found; may be empty, as a value of its own.
        shows: How it shows; or what was answered instead; or what is missing.
    """

    result: Result
    shows: str
    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome for one switch."""

    switch: str
    outcome: Outcome


class NotSettledError(Exception):
    """A question could not be asked; the text says what it needs."""


def found(value: str, shows: str) -> Outcome:
    """Return the outcome that a value was found."""
    return Outcome(result=Result.FOUND, value=value, shows=shows)


def unknown(shows: str) -> Outcome:
    """Return the outcome that no value of the switch fits."""
    return Outcome(result=Result.UNKNOWN, shows=shows)


def not_settled(shows: str) -> Outcome:
    """Return the outcome that the question could not be asked."""
    return Outcome(result=Result.NOT_SETTLED, shows=shows)


def not_visible() -> list[Finding]:
    """Return the findings for all switches that no experiment can see."""
    return [
        Finding(
            switch=switch, outcome=Outcome(result=Result.NOT_VISIBLE, shows=f"to settle it, {how}")
        )
        for switch, how in NOT_VISIBLE.items()
    ]
