"""The bytes of deliveries, whatever the events."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.receiver.event_json import batch_of, written, written_event

TEXTS = st.text(st.characters(), max_size=20)  # halves of characters included
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
EVENTS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=5), min_size=1, max_size=5)


@given(events=EVENTS)
def test_events_survive_being_written(events: list[dict[str, object]]) -> None:
    """A receiver that parses the bytes has the events, in their order."""
    parsed = json.loads(written(events))

    assert parsed == events
    assert [list(event) for event in parsed] == [list(event) for event in events]


@given(events=EVENTS)
def test_marks_never_stand_as_they_are(events: list[dict[str, object]]) -> None:
    """The bytes are UTF-8 and hold none of the marks that the service escapes."""
    assert set(written(events).decode()).isdisjoint("=&<>'\u2028\u2029")


@given(events=EVENTS)
def test_batch_of_written_events(events: list[dict[str, object]]) -> None:
    """Events that were written one by one make the same body as all of them at once."""
    assert batch_of(map(written_event, events)) == written(events)
