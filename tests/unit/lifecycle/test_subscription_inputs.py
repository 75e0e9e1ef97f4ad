"""The inputs of a subscription in check and diff, and what is warned about."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.output import Unknown
from pulumi.runtime.rpc import wrap_rpc_secret

import ens_provider as ens
from ens_provider.lifecycle.state_entries import StateEntries
from ens_provider.lifecycle.subscription_inputs import canonical_event_types, canonical_filters

UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # the SDK gives no types here
CALLBACK = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
OTHER = "14e2ee5b-8c01-4f9d-916d-29e329945619"
SUBSCRIPTION = "d89c87c4-70f8-43d6-be1e-f01dce97fe4c"
SENT = "TransactionalSendEvents.EmailSent"
NOT_SENT = "TransactionalSendEvents.EmailNotSent"
GIVEN = {"callback_id": CALLBACK, "subscription_name": "mails", "event_category_types": [SENT]}
CHECKED = {**GIVEN, "filters": [], "paused": False}


def _provider() -> ens.SubscriptionProvider:
    provider = ens.SubscriptionProvider()
    # What `configure` leaves behind, less its effect on the whole process.
    provider._config = ConfigureRequest(Config({}, "shop")).config
    provider._entries = StateEntries()
    provider._warned = set()
    return provider


def _checked(olds: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    result = _provider().check(olds or {}, {**GIVEN, **changes})
    assert result.failures == []
    return result.inputs


def _failures(**changes: Any) -> list[tuple[str, str]]:
    news = {name: value for name, value in {**GIVEN, **changes}.items() if value is not None}
    return [(each.property, each.reason) for each in _provider().check({}, news).failures]


def _warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.set_level(logging.WARNING, logger="ens_provider")
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ([SENT], [SENT]),
        ((SENT,), [SENT]),
        ([SENT, NOT_SENT], [NOT_SENT, SENT]),
        ([SENT, SENT, NOT_SENT, SENT], [NOT_SENT, SENT]),
        ([ens.EventType.EMAIL_SENT, SENT, f" {SENT}\n"], [SENT]),
        (["Journey.Unheard"], ["Journey.Unheard"]),
    ],
    ids=["one", "tuple", "sorted", "repeated", "members-and-spaces", "unknown"],
)
def test_event_types_are_a_set(given: object, canonical: list[str]) -> None:
    """They come back sorted, without repetitions, as plain texts."""
    result = canonical_event_types(given)

    assert result == canonical
    assert {type(kind) for kind in result} == {str}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (SENT, "it is not a list; give a list of event types"),
        ({SENT: True}, "it is not a list; give a list of event types"),
        (7.0, "it is not a list; give a list of event types"),
        ([], "it is empty; give at least one event type"),
        ([""], "it is empty; give a value or leave it out"),
        ([SENT, None], "it is None; give a text"),
        ([47.0], "it is a number; give a text"),
        ([[SENT]], "it is a list; give a text"),
        (
            [f"{SENT},{NOT_SENT}"],
            "an element holds a comma; give each event type as an element of its own",
        ),
    ],
)
def test_event_types_that_cannot_be(given: object, sentence: str) -> None:
    """The sentence says what is wrong and what to write."""
    assert _failures(event_category_types=given) == [("", f"event_category_types: {sentence}.")]


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ({}, []),
        ([], []),
        ([""], []),
        ([None, " ", ""], []),
        ({"definitionKey": "welcome"}, ["definitionKey=welcome"]),
        (["definitionKey=welcome"], ["definitionKey=welcome"]),
        ((" definitionKey = welcome ", ""), ["definitionKey=welcome"]),
        ({"statusCode": 47.0}, ["statusCode=47"]),
        ({"statusCode": 47}, ["statusCode=47"]),
        ({"statusCode": 4.5}, ["statusCode=4.5"]),
        ({"b": "2", "a": "1"}, ["a=1", "b=2"]),
        (["b=2", "a=1", "b=2"], ["a=1", "b=2"]),
        (["a=2", "a=1"], ["a=1", "a=2"]),
        ({"a": "1", " a ": "1"}, ["a=1"]),
        ({"automationName": "x=(y|z)"}, ["automationName=x=(y|z)"]),
        (["automationName=x=(y|z)"], ["automationName=x=(y|z)"]),
    ],
)
def test_filters_have_one_form(given: object, canonical: list[str]) -> None:
    """A mapping and a list are the same; blank is none; a value may hold a '='."""
    assert canonical_filters(given) == canonical
    assert canonical_filters(canonical) == canonical


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("a=1", "it is neither a mapping nor a list; write {'definitionKey': 'welcome'}"),
        (7.0, "it is neither a mapping nor a list; write {'definitionKey': 'welcome'}"),
        (["a=1", "welcome"], "element 2 has no '='; write name=value"),
        (["=welcome"], "a name is empty or holds a '='; write name=value"),
        (["definitionKey="], "a value is empty; give it or leave the filter out"),
        (["definitionKey= "], "a value is empty; give it or leave the filter out"),
        ([47.0], "it is a number; give a text"),
        ([["a=1"]], "it is a list; give a text"),
        ({"": "1"}, "a name is empty or holds a '='; write name=value"),
        ({"a=b": "1"}, "a name is empty or holds a '='; write name=value"),
        ({"a": ""}, "a value is empty; give it or leave the filter out"),
        ({"a": None}, "a value is not a text; write {'definitionKey': 'welcome'}"),
        ({"a": True}, "a value is not a text; write {'definitionKey': 'welcome'}"),
        ({"a": ["1"]}, "a value is not a text; write {'definitionKey': 'welcome'}"),
    ],
)
def test_filters_that_cannot_be(given: object, sentence: str) -> None:
    """The sentence says what is wrong and what to write."""
    assert _failures(filters=given) == [("", f"filters: {sentence}.")]


def test_what_is_not_given_has_its_default() -> None:
    """Nothing is filtered, and nothing paused."""
    assert _checked() == CHECKED


@pytest.mark.parametrize(
    ("changes", "failures"),
    [
        ({"callback_id": None}, ["callback_id: it is required and not given; declare it."]),
        (
            {"callback_id": "orders"},
            ["callback_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids."],
        ),
        (
            {"subscription_name": " mails"},
            ["subscription_name: it begins or ends with white space; remove that."],
        ),
        (
            {"event_category_types": None},
            ["event_category_types: it is required and not given; declare it."],
        ),
        ({"paused": "yes"}, ["paused: it is a text; give True or False."]),
        ({"pause_reason": ""}, ["pause_reason: it is empty; give a value or leave it out."]),
        (
            {"adopt_id": "orders", "colour": "red"},
            [
                "colour: there is no input of that name; remove or correct it.",
                "adopt_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
            ],
        ),
    ],
)
def test_inputs_that_cannot_be(changes: dict[str, Any], failures: list[str]) -> None:
    """Every reason is told, without a property name."""
    assert _failures(**changes) == [("", reason) for reason in failures]


def test_a_reason_without_a_pause_is_kept_for_one() -> None:
    """It may stay in the program while the subscription is not paused."""
    assert _checked(pause_reason="for the move") == {**CHECKED, "pause_reason": "for the move"}


def test_ids_are_in_lower_case() -> None:
    """That is how ENS writes them."""
    inputs = _checked(callback_id=CALLBACK.upper(), adopt_id=SUBSCRIPTION.upper())

    assert (inputs["callback_id"], inputs["adopt_id"]) == (CALLBACK, SUBSCRIPTION)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("callback_id", UNKNOWN),
        ("subscription_name", UNKNOWN),
        ("event_category_types", UNKNOWN),
        ("event_category_types", [SENT, UNKNOWN]),
        ("filters", UNKNOWN),
        ("filters", [UNKNOWN, "no filter"]),
        ("filters", {"definitionKey": UNKNOWN, "statusCode": 47.0}),
        ("filters", {"definitionKey": [{"deep": UNKNOWN}]}),
        ("paused", UNKNOWN),
        ("pause_reason", UNKNOWN),
        ("adopt_id", UNKNOWN),
    ],
)
def test_what_is_not_known_yet_passes(name: str, given: object) -> None:
    """At any depth: it is checked once it is known."""
    changes: dict[str, Any] = {name: given}
    assert isinstance(_checked(**changes)[name], Unknown)


def test_adopt_id_acts_at_creation_only() -> None:
    """Added, changed or removed later it is no difference."""
    olds = _checked(adopt_id=SUBSCRIPTION)

    assert _checked(olds, adopt_id=OTHER) == olds
    assert _checked(olds) == olds
    assert _checked(CHECKED, adopt_id=OTHER) == CHECKED


@pytest.mark.parametrize(
    ("changes", "replaces"),
    [
        ({}, []),
        ({"callback_id": OTHER}, ["callback_id"]),
        ({"callback_id": UNKNOWN}, ["callback_id"]),
        ({"subscription_name": "texts", "filters": ["a=1"], "paused": True}, []),
        ({"event_category_types": UNKNOWN, "subscription_name": UNKNOWN}, []),
    ],
)
def test_only_another_callback_replaces_it(changes: dict[str, Any], replaces: list[str]) -> None:
    """Everything else changes in place."""
    outputs = {**CHECKED, "status": "active", "mid": "1234567", "changed_at": ""}

    result = _provider().diff(SUBSCRIPTION, outputs, {**CHECKED, **changes})

    assert result.replaces == replaces
    assert result.changes is None
    assert result.delete_before_replace is True


def test_a_failure_does_not_show_what_is_secret() -> None:
    """Whatever a program marks as a secret may be written wrongly, too."""
    secret = "s3cr3t-value"
    failures = [
        *_failures(filters=wrap_rpc_secret([secret])),
        *_failures(filters=wrap_rpc_secret([f"={secret}"])),
        *_failures(filters=wrap_rpc_secret({f"a={secret}": secret})),
        *_failures(event_category_types=wrap_rpc_secret(secret)),
        *_failures(callback_id=wrap_rpc_secret(secret), paused=wrap_rpc_secret(secret)),
    ]

    assert len(failures) == 6
    assert [failure for failure in failures if secret in str(failure)] == []


def test_a_warning_is_told_once_per_process(caplog: pytest.LogCaptureFixture) -> None:
    """A preview and the run after it check the same inputs again and again."""
    provider, news = _provider(), {**GIVEN, "event_category_types": ["A.EmailSend", SENT]}

    provider.check({}, news)
    provider.check({}, news)
    provider.check({}, {**news, "subscription_name": "texts"})

    sentence = (
        "event type 'A.EmailSend' is not among those that ENS is known to have; it is sent as it "
        "is. Did you mean 'TransactionalSendEvents.EmailSent'?"
    )
    assert _warned(caplog) == [
        f"Subscription 'mails': {sentence}",
        f"Subscription 'texts': {sentence}",
    ]


def test_a_filter_key_is_warned_about_without_its_value(caplog: pytest.LogCaptureFixture) -> None:
    """The value is nobody's business."""
    _checked(filters={"statusCode": "47-of-ours", "definitionKey": "welcome"})

    assert _warned(caplog) == [
        (
            f"Subscription 'mails': filter key 'statusCode' is not listed for {SENT}; it is sent as "
            "it is."
        )
    ]


def test_a_warning_while_the_name_is_not_known(caplog: pytest.LogCaptureFixture) -> None:
    """It speaks of a subscription, and once."""
    provider = _provider()
    news = {**GIVEN, "subscription_name": UNKNOWN, "event_category_types": ["A.Zyx"]}

    provider.check({}, news)
    provider.check({}, {**news, "subscription_name": Unknown()})  # type: ignore[no-untyped-call] # as above

    assert _warned(caplog) == [
        (
            "A subscription: event type 'A.Zyx' is not among those that ENS is known to have; it is "
            "sent as it is."
        )
    ]


@pytest.mark.parametrize("unknown", ["event_category_types", "filters"])
def test_nothing_is_warned_about_what_is_not_known_yet(
    caplog: pytest.LogCaptureFixture, unknown: str
) -> None:
    """A preview may know the types and not the filters, or the other way round."""
    changes: dict[str, Any] = {"filters": {"definitionKey": "welcome"}, unknown: UNKNOWN}
    _checked(**changes)

    assert _warned(caplog) == []
