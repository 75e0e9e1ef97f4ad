"""Any request at all: the receiver answers it, and hands nothing over that is not signed."""

from __future__ import annotations

import json
from datetime import timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.receiver import Event, MemorySignatureKeys, Receiver, sign
from ens_provider.receiver.administration import AdministeredReceiver, History

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
TOKEN = "a-token-of-the-receiver"

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([ORDERS, KEY]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
probe_like = st.fixed_dictionaries({"callbackId": json_values, "verificationKey": json_values})
bodies = st.one_of(
    st.binary(max_size=200),
    (json_values | probe_like).map(lambda value: json.dumps(value).encode()),
)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "post"]) | st.text(max_size=8)
paths = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["/", "/received", f"/signature-keys/{ORDERS}", f"/verification-keys/{ORDERS}"]
    ),
    st.text(max_size=20).map(lambda end: f"/verification-keys/{end}"),
    st.text(max_size=20).map(lambda end: f"/signature-keys/{end}"),
)
names = st.sampled_from(["Authorization", "X-SFMC-ENS-Signature"]) | st.text(max_size=12)
values = st.sampled_from([f"Bearer {TOKEN}", "Bearer"]) | st.text(max_size=50)
headers = st.lists(st.tuples(names, values), max_size=4)
STATUSES = {200, 204, 400, 401, 404, 405, 409, 503}


@given(method=methods, path=paths, headers=headers, body=bodies)
def test_every_request_is_answered(
    method: str, path: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    """Nothing is raised, no status is one of a failure, and nobody's events are handed over."""
    handed_over: list[object] = []
    keys, history = MemorySignatureKeys({ORDERS: [KEY]}), History()
    receiver = AdministeredReceiver(
        Receiver(handed_over.append, signature_keys=keys, token=TOKEN),
        signature_keys=keys,
        token=TOKEN,
        history=history,
    )
    answer = receiver.handle(method, path, headers, body)

    assert answer.status in STATUSES
    assert KEY.encode() not in answer.body
    assert handed_over == []


objects = st.dictionaries(st.text(max_size=5), json_values, max_size=4)
fields_of_events = st.dictionaries(
    st.sampled_from(["eventCategoryType", "timestampUTC", "mid", "MID", "info", "Info"]),
    json_values | st.integers() | st.integers().map(str),
)


@given(raw=objects, names=fields_of_events)
def test_every_event_has_all_fields(raw: dict[str, Any], names: dict[str, Any]) -> None:
    """Whatever an event holds, its fields are of their types, and its repr is one line."""
    event = Event({**raw, **names})

    assert isinstance(event.type, str)
    assert event.occurred_at is None or event.occurred_at.tzinfo is timezone.utc
    assert event.mid is None or event.mid != ""
    assert dict(event.info) == event.info
    assert repr(event).isprintable()


@given(raw=objects, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_id_outlives_another_writing(
    raw: dict[str, Any], ascii_only: bool, indent: int | None
) -> None:
    """However an event is written, in whatever order, it comes back with the id that it had."""
    turned = dict(reversed(raw.items()))
    text = json.dumps(turned, ensure_ascii=ascii_only, indent=indent)

    assert Event(json.loads(text)).id == Event(raw).id


@given(body=bodies)
def test_every_signed_body_is_answered(body: bytes) -> None:
    """What is signed is accepted as a batch of objects, or refused as none."""
    handed_over: list[object] = []
    receiver = Receiver(handed_over.append, signature_keys=MemorySignatureKeys({ORDERS: [KEY]}))
    answer = receiver.handle("POST", "/", {"x-sfmc-ens-signature": sign(body, KEY)}, body)

    assert answer.status in {200, 400}
    assert answer.status == 200 or handed_over == []
