"""The bytes of a delivery."""

import json

import pytest

from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver.event_json import written


def test_marks_are_escaped_in_names_and_values() -> None:
    """The five marks and both line separators are escapes, everything else is as it is."""
    event = {"a=b": "<x> & 'y'", "n": 1.5, "t": "é \u2028\u2029 🙂", "l": [True, None, {}]}

    assert (
        written([event])
        == (
            '[{"a\\u003db":"\\u003cx\\u003e \\u0026 \\u0027y\\u0027","n":1.5,'
            '"t":"é \\u2028\\u2029 🙂","l":[true,null,{}]}]'
        ).encode()
    )


def test_several_events_are_one_array() -> None:
    """Events stand in their order, without spaces."""
    assert written([{"a": 1}, {"b": "2"}]) == b'[{"a":1},{"b":"2"}]'


def test_half_character_stays_an_escape() -> None:
    """What UTF-8 cannot hold is written as JSON can."""
    assert written([{"a": "\ud800"}]) == b'[{"a":"\\ud800"}]'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_number_without_a_text(number: float) -> None:
    """A number that JSON has no text for is refused."""
    with pytest.raises(ValueError, match="JSON"):
        written([{"a": number}])


@pytest.mark.parametrize("type_name", SAMPLES)
def test_samples_survive(type_name: str) -> None:
    """A receiver that parses a sample's bytes has the sample."""
    event = sample_event(type_name, number=7)

    assert json.loads(written([event])) == [event]


def test_link_of_a_click_breaks_signatures_that_are_made_of_parsed_events() -> None:
    """Parsing and writing the link of a click gives other bytes, as the service's own do."""
    body = written([sample_event("EngagementEvents.EmailClick")])
    again = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()

    assert again != body
    assert (
        b'"contentLink":"https://www.example.com/offers?utm_source\\u003demail\\u0026'
        b'utm_campaign\\u003ddon\\u0027t-miss\\u0026items\\u003d\\u003cnew\\u003e"'
    ) in body
