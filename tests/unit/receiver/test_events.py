"""Events as records: what every event has, in whatever form it came, and its id."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ens_provider.emulator.samples.catalogue import SAMPLES
from ens_provider.receiver import Event

SENT_AT = datetime(2020, 9, 21, 14, 30, 8, 530_000, tzinfo=timezone.utc)

DISORDERLY = (
    '{"timestampUTC": 1600698608530, "mid": 1447640,'
    ' "eventCategoryType": "TransactionalSendEvents\\u002eEmailSent"}'
)
UNUSUAL = (
    '{"b":[1, 1.0, 15e-1, -0.0, 1E16, 12345678901234567890, true, null, {}],'
    '"a":"é😀\\u007F\\/\\u0022\\\\\\u000a"}'
)


def parsed(text: str) -> Event:
    return Event(json.loads(text))


def test_fields_of_an_event() -> None:
    """Type, time, business unit and details are read; the whole event stays beside them."""
    raw = {
        "eventCategoryType": "TransactionalSendEvents.EmailSent",
        "timestampUTC": 1600698608530,
        "mid": 1447640,
        "info": {"to": "a@example.com"},
        "new": [1],
    }
    event = Event(raw)

    assert event.type == "TransactionalSendEvents.EmailSent"
    assert event.occurred_at == SENT_AT
    assert event.mid == "1447640"
    assert event.info == {"to": "a@example.com"}
    assert event.raw is raw


@pytest.mark.parametrize(
    ("given", "at"),
    [
        (1600698608530, SENT_AT),
        (1600698608, SENT_AT.replace(microsecond=0)),
        ("1600698608530", SENT_AT),
        ("1600698608", SENT_AT.replace(microsecond=0)),
        ("1600698608.53", SENT_AT),
        (1600698608.53, SENT_AT),
        (1600698608530.25, SENT_AT.replace(microsecond=530_250)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=timezone.utc)),
        (100_000_000_000, datetime(1973, 3, 3, 9, 46, 40, tzinfo=timezone.utc)),
        (253402300799999, datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=timezone.utc)),
    ],
)
def test_time_in_any_unit(given: object, at: datetime) -> None:
    """Seconds and milliseconds, as numbers and as text, are one time in UTC."""
    found = Event({"timestampUTC": given}).occurred_at

    assert found == at
    assert found is not None
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "given",
    [
        None, True, False, 0, -1, -0.0, 253402300800000, 10**30, 10**400, 1e300, "", " 1600698608",
        "1e9", "-1", "٣", "2020-09-21T14:30:08Z", "9" * 5000, [1600698608], {"a": 1},
    ],
)  # fmt: skip
def test_what_tells_no_time(given: object) -> None:
    """Anything else is no time, and no failure."""
    assert Event({"timestampUTC": given}).occurred_at is None
    assert Event({}).occurred_at is None


@pytest.mark.parametrize(
    ("raw", "mid"),
    [
        ({"mid": 1447640}, "1447640"),
        ({"mid": "1447640"}, "1447640"),
        ({"MID": "1447640"}, "1447640"),
        ({"mid": "7", "MID": "8"}, "7"),
        ({}, None),
        ({"mid": ""}, None),
        ({"mid": None}, None),
        ({"mid": True}, None),
        ({"mid": 1.5}, None),
        ({"mid": ["7"]}, None),
    ],
)
def test_business_unit_is_text(raw: dict[str, Any], mid: str | None) -> None:
    """Events of WhatsApp have it as text, all others as a number."""
    assert Event(raw).mid == mid


@pytest.mark.parametrize(
    ("raw", "info"),
    [
        ({"info": {"a": 1}}, {"a": 1}),
        ({"Info": {"a": 1}}, {"a": 1}),
        ({}, {}),
        ({"info": None}, {}),
        ({"info": "text"}, {}),
        ({"info": [1]}, {}),
    ],
)
def test_info_is_an_object(raw: dict[str, Any], info: dict[str, Any]) -> None:
    """Both spellings of the documentation are read; what is no object is as good as nothing."""
    assert Event(raw).info == info


@pytest.mark.parametrize("name", [None, 7, ["a"], {}])
def test_type_that_is_no_text(name: object) -> None:
    """An event without a type has the empty one."""
    assert Event({"eventCategoryType": name}).type == ""
    assert Event({}).type == ""


@pytest.mark.parametrize(
    ("text", "event_id"),
    [
        ("{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        (DISORDERLY, "f02add64517f0343f5f0a3436926cfc5e3441ce02ac93365a0a67c1382a5a83c"),
        (UNUSUAL, "33577474799a521b0967aa26a363c8c7a73369be70c694b2be99a73ddd3ed729"),
    ],
)
def test_id_is_the_hash_of_the_canonical_event(text: str, event_id: str) -> None:
    """The id is SHA-256 of sorted, unblanked, escaped JSON, as other programs can reckon it, too."""
    assert parsed(text).id == event_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1,"b":{"c":2,"d":3}}', '{ "b": {"d":3, "c":2}, "a":1 }'),
        ('{"a":"x\\u003dy"}', '{"a":"x=y"}'),
        ('{"a":"\\u00E9"}', '{"a":"é"}'),
        ('{"a":1.50}', '{"a":15e-1}'),
        ('{"a":1,"a":2}', '{"a":2}'),
    ],
)
def test_same_event_in_another_writing(one: str, other: str) -> None:
    """Order, blanks and escapes do not matter: such events are equal, and one in a set."""
    assert parsed(one).id == parsed(other).id
    assert len({parsed(one), parsed(other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":2}'),
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":1}', '{"a":1.0}'),
        ('{"a":1}', '{"a":true}'),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":null}', "{}"),
        ('{"a":12345678901234567890}', '{"a":12345678901234567891}'),
        ('{"a":"\\ud83d"}', '{"a":"\\ude00"}'),
    ],
)
def test_other_event(one: str, other: str) -> None:
    """Any other value makes another event, where Python calls the values equal, too."""
    assert parsed(one).id != parsed(other).id
    assert parsed(one) != parsed(other)


def test_event_is_no_other_thing() -> None:
    """An event is compared with events alone."""
    assert Event({"a": 1}) != {"a": 1}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_every_type(name: str) -> None:
    """Every type that the documentation shows has a type, a time, a business unit and an id."""
    event = Event(dict(SAMPLES[name]))

    assert event.type == name
    assert event.occurred_at is not None
    assert 2019 < event.occurred_at.year < 2027
    assert event.mid is not None
    assert event.mid.isdecimal()
    assert len(event.id) == 64


def test_repr_shows_nobody() -> None:
    """Shown are type, time and id; never what may be about a person."""
    event = parsed(
        '{"eventCategoryType":"A.B","timestampUTC":1600698608530,"info":{"to":"a@example.com"}}'
    )

    assert repr(event) == (
        f"Event(type='A.B', occurred_at='2020-09-21T14:30:08.530000+00:00', id='{event.id}')"
    )
