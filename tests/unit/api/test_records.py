"""What the service sends, read into records."""

from __future__ import annotations

import pytest

from ens_provider.api.records import CallbackRecord, SubscriptionRecord, TokenContext

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="


def callback(**overrides: object) -> dict[str, object]:
    """Return a callback as the service sends it."""
    wire: dict[str, object] = {
        "callbackId": "id-1",
        "callbackName": "cb1",
        "url": "https://a.b",
        "maxBatchSize": 1000,
    }
    return {**wire, **overrides}


def subscription(**overrides: object) -> dict[str, object]:
    """Return a subscription as the service sends it."""
    wire: dict[str, object] = {
        "subscriptionId": "id-2",
        "subscriptionName": "sub1",
        "callbackId": "id-1",
        "eventCategoryTypes": ["A.B"],
        "status": "active",
    }
    return {**wire, **overrides}


def test_unknown_keys_are_passed_over() -> None:
    """A service that says more than today is understood."""
    assert CallbackRecord.from_wire(callback(brandNew={"x": [1]})) == CallbackRecord(
        callback_id="id-1", callback_name="cb1", url="https://a.b", max_batch_size=1000
    )


@pytest.mark.parametrize(
    ("given", "read"), [(750, 750), (750.0, 750), ("750", 750), (None, None), ("", None)]
)
def test_batch_size(given: object, read: int | None) -> None:
    """A batch size is a number in whatever spelling."""
    assert CallbackRecord.from_wire(callback(maxBatchSize=given)).max_batch_size == read


@pytest.mark.parametrize(
    "overrides",
    [
        {"callbackId": None},
        {"callbackId": ""},
        {"callbackId": True},
        {"callbackId": ["id-1"]},
        {"callbackName": {}},
        {"maxBatchSize": "many"},
        {"maxBatchSize": -1},
        {"maxBatchSize": 1.5},
        {"maxBatchSize": float("inf")},
        {"maxBatchSize": 10**40},
        {"signatureKey": 1.5},
    ],
)
def test_callbacks_that_are_none(overrides: dict[str, object]) -> None:
    """A record that cannot be read is a ValueError that quotes no value."""
    with pytest.raises(
        ValueError, match=f"^{next(iter(overrides))} is (missing|not text|not a number)$"
    ):
        CallbackRecord.from_wire(callback(**overrides))


@pytest.mark.parametrize("obj", [None, [], "text", 7])
def test_records_that_are_no_objects(obj: object) -> None:
    """Only an object is a record."""
    for kind in (CallbackRecord, SubscriptionRecord, TokenContext):
        with pytest.raises(ValueError, match="is not an object"):
            kind.from_wire(obj)


def test_lone_surrogates_are_replaced() -> None:
    """Text that JSON allows and UTF-8 does not is made fit for everything behind."""
    assert CallbackRecord.from_wire(callback(callbackName="a\ud800b")).callback_name == "a?b"


@pytest.mark.parametrize("blank", [None, [], [""], ["", " "], "", [None]])
def test_blank_filters_are_none(blank: object) -> None:
    """Each spelling of no filters reads alike."""
    assert SubscriptionRecord.from_wire(subscription(filters=blank)).filters == ()


def test_absent_filters_are_none() -> None:
    """No filters may also be no key."""
    assert SubscriptionRecord.from_wire(subscription()).filters == ()


@pytest.mark.parametrize("given", [["A.B", "C.D"], "A.B,C.D"])
def test_event_types(given: object) -> None:
    """The documentation shows an array and speaks of a list with commas."""
    read = SubscriptionRecord.from_wire(subscription(eventCategoryTypes=given))

    assert read.event_category_types == ("A.B", "C.D")


def test_ids_of_a_token_are_text() -> None:
    """Ids are text whatever they are on the wire, a float included."""
    context = TokenContext.from_wire(
        {"enterprise": {"id": 10}, "organization": {"id": 1234567.0}, "user": None}
    )

    assert context == TokenContext(enterprise_id="10", mid="1234567", user_id="")


@pytest.mark.parametrize("organization", [None, {}, {"id": None}, {"id": ""}])
def test_token_without_business_unit(organization: object) -> None:
    """A context that names no business unit is none."""
    with pytest.raises(ValueError, match=r"organization is not an object|id is missing"):
        TokenContext.from_wire({"organization": organization})


def test_a_key_is_not_shown() -> None:
    """The repr of a record hides its key."""
    record = CallbackRecord.from_wire(callback(signatureKey=KEY))

    assert record.signature_key == KEY
    assert KEY not in repr(record)
    assert KEY not in str(record)
