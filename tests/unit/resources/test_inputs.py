"""The declared inputs of a resource in check and diff."""

from __future__ import annotations

from typing import Any

from pulumi.output import Unknown
from pulumi.runtime.rpc import wrap_rpc_secret

from ens_provider.lifecycle.values import flag, text, whole_number
from ens_provider.resources.inputs import Input, check_inputs, declared_inputs, replacing_inputs

UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # the SDK gives no types here
SCHEMA = (
    Input(name="url", canonical=lambda value: text(value).lower(), required=True, immutable=True),
    Input(name="size", canonical=whole_number(1, 9, unit="pieces"), default=5),
    Input(name="note", canonical=text, immutable=True),
    Input(name="key", canonical=text, create_only=True, secret=True),
    Input(name="mode", canonical=text, default="adopt", create_only=True),
    Input(name="force", canonical=flag, default=False),
)


def checked(news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
    result = check_inputs(SCHEMA, olds=olds or {}, news=news)
    assert result.failures == []
    return result.inputs


def reasons(news: dict[str, Any], olds: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    result = check_inputs(SCHEMA, olds=olds or {}, news=news)
    return [(failure.property, failure.reason) for failure in result.failures]


def test_defaults_and_canonical_values() -> None:
    """What is not given has its default or is left out; what is given is canonical."""
    assert checked({"url": "HTTPS://A", "size": 7.0, "__provider": "pickle"}) == {
        "url": "https://a",
        "size": 7,
        "mode": "adopt",
        "force": False,
    }


def test_unknown_values_pass() -> None:
    """A value that a preview does not know yet goes through untouched."""
    assert checked({"url": UNKNOWN, "size": UNKNOWN})["url"] is UNKNOWN


def test_all_failures_at_once_without_property_and_value() -> None:
    """Every reason is told at once, nameless, since the engine prints a named one's value."""
    news = {"size": 12.0, "key": 5.0, "colour": "red"}

    assert reasons(news) == [
        ("", "colour: there is no input of that name; remove or correct it."),
        ("", "url: it is required and not given; declare it."),
        ("", "size: it is 12; give 1 to 9 pieces."),
        ("", "key: it is a number; give a text."),
    ]


def test_create_only_input_keeps_the_value_of_creation() -> None:
    """Changing, removing or spoiling a create-only input later is no difference."""
    olds = {"url": "https://a", "key": "first", "mode": "rotate"}

    for later in ({"key": "second"}, {}, {"key": 5.0}):
        inputs = checked({"url": "https://a", **later}, olds)
        assert (inputs["key"], inputs["mode"]) == (wrap_rpc_secret("first"), "rotate")


def test_create_only_input_that_creation_did_not_have() -> None:
    """A create-only input that is added later is dropped."""
    assert "key" not in checked({"url": "https://a", "key": "late"}, {"url": "https://a"})


def test_replacement_takes_the_programs_values() -> None:
    """The second check of a replacement has no olds and takes what the program says now."""
    assert checked({"url": "https://a", "key": "second"})["key"] == wrap_rpc_secret("second")


def test_secret_input_is_marked_wherever_it_comes_from() -> None:
    """The engine is told that a value is a secret, once, and not of a value it does not know."""
    marked = wrap_rpc_secret("first")

    assert checked({"url": "https://a", "key": "first"})["key"] == marked
    assert checked({"url": "https://a", "key": marked})["key"] == marked
    assert checked({"url": "https://a"}, {"url": "https://a", "key": marked})["key"] == marked
    assert checked({"url": "https://a", "key": UNKNOWN})["key"] is UNKNOWN


def test_replacing_inputs() -> None:
    """An immutable input replaces when it differs, appears, vanishes or is unknown."""

    def replaced(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        return replacing_inputs(SCHEMA, olds=olds, news=news)

    old = {"url": "https://a", "size": 5.0}
    assert replaced(old, {"url": "https://a", "size": 7}) == []
    assert replaced({"url": "HTTPS://A"}, {"url": "https://a"}) == []
    assert replaced(old, {"url": "https://b", "size": 5}) == ["url"]
    assert replaced(old, {"url": UNKNOWN, "size": 5}) == ["url"]
    assert replaced(old, {"url": "https://a", "note": "n"}) == ["note"]
    assert replaced({**old, "note": "n"}, {"url": "https://b"}) == ["url", "note"]
    assert replaced({"url": 5.0}, {"url": "https://a"}) == ["url"]


def test_declared_inputs_of_outputs() -> None:
    """Only what the program had declared comes back as an input."""
    outputs = {"url": "https://a", "size": 5, "mid": "1", "note": None, "__provider": "pickle"}

    assert declared_inputs(SCHEMA, outputs) == {"url": "https://a", "size": 5}
