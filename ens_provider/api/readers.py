"""Readers of answers that mean success: each returns a record or raises ValueError.

The sentences of the errors hold no values: a body may hold a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ens_provider.api import service_text
from ens_provider.api.records import (
    CallbackRecord,
    CallbackUpdate,
    NotModified,
    SubscriptionRecord,
    TokenContext,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.wire import Answer

T = TypeVar("T")
Record = TypeVar("Record", bound="CallbackRecord | SubscriptionRecord")

_CREATED = 201
_NOT_MODIFIED = 304


def nothing(answer: Answer) -> None:
    """Read no body at all: the status says everything."""


def whole(answer: Answer) -> Answer:
    """Return the answer itself, whose body did not break off."""
    if not answer.complete:
        raise ValueError(answer.why)
    return answer


def or_not_modified(read: Callable[[Answer], T]) -> Callable[[Answer], T | NotModified]:
    """Return a reader that also takes 304, which never has a body."""

    def read_or_not(answer: Answer) -> T | NotModified:
        return NotModified.NOT_MODIFIED if answer.status == _NOT_MODIFIED else read(answer)

    return read_or_not


def of_id(object_id: str, read: Callable[[Answer], Record]) -> Callable[[Answer], Record]:
    """Return a reader that takes no other object than the one that was asked for."""

    def read_that(answer: Answer) -> Record:
        record = read(answer)
        shown = record.callback_id if isinstance(record, CallbackRecord) else record.subscription_id
        if shown.lower() != object_id.lower():
            raise ValueError("it shows another object than the one that was asked for")
        return record

    return read_that


def callback(answer: Answer) -> CallbackRecord:
    """Read one callback."""
    return CallbackRecord.from_wire(_one(answer))


def callback_with_key(answer: Answer) -> CallbackRecord:
    """Read one callback that must show its signature key."""
    record = callback(answer)
    if not (record.signature_key or "").strip():
        raise ValueError("signatureKey is missing")
    return record


def callback_update(answer: Answer) -> CallbackUpdate:
    """Read one callback and whether it is new."""
    return CallbackUpdate(record=callback(answer), created=answer.status == _CREATED)


def callbacks(answer: Answer) -> list[CallbackRecord]:
    """Read a list of callbacks."""
    return [CallbackRecord.from_wire(entry) for entry in _many(answer)]


def subscription(answer: Answer) -> SubscriptionRecord:
    """Read one subscription."""
    return SubscriptionRecord.from_wire(_one(answer))


def subscriptions(answer: Answer) -> list[SubscriptionRecord]:
    """Read a list of subscriptions."""
    return [SubscriptionRecord.from_wire(entry) for entry in _many(answer)]


def token_context(answer: Answer) -> TokenContext:
    """Read whom a token belongs to."""
    return TokenContext.from_wire(_one(answer))


def _one(answer: Answer) -> object:
    """The service answers arrays of one to arrays of one, and bare objects to reads."""
    obj = _parsed(answer)
    if not isinstance(obj, list):
        return obj
    if len(obj) != 1:
        raise ValueError(f"it holds {len(obj)} objects instead of one")
    return obj[0]


def _many(answer: Answer) -> list[object]:
    obj = _parsed(answer)
    if not isinstance(obj, list):
        raise ValueError("it is not a list")  # noqa: TRY004 - one class for what is unreadable
    return obj


def _parsed(answer: Answer) -> object:
    raw = whole(answer).raw
    try:
        return service_text.parsed(raw)
    except ValueError:
        raise ValueError("it is not JSON") from None
