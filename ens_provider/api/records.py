"""What the service sends, as values: callbacks, subscriptions and the context of a token.

`from_wire` takes what JSON parsed to. It tolerates unknown keys and the spellings that were seen,
and raises ValueError, without quoting values, where a record cannot be read.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TypeAlias

WireObject: TypeAlias = "dict[str, object]"


# The service makes GUIDs, and numbers for business units. What else may be one is taken, too, unless
# it could name another route or nothing at all.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._~-]{0,127}", re.ASCII)


class NotModified(enum.Enum):
    """The answer 304: the object exists already, or the change changes nothing."""

    NOT_MODIFIED = "not modified"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRecord:
    """A callback as the service describes it.

    `status` and `status_reason` come with reads only, `signature_key` with creation and
    regeneration only, `max_batch_size` with everything but regeneration.
    """

    callback_id: str
    callback_name: str
    url: str
    max_batch_size: int | None = None
    status: str = ""
    status_reason: str = ""
    signature_key: str | None = field(default=None, repr=False)
    auth_id: str | None = None

    @classmethod
    def from_wire(cls, obj: object) -> CallbackRecord:
        """Read a callback from a parsed answer.

        Raises:
            ValueError: `obj` is no callback.
        """
        wire = _object(obj, "a callback")
        return cls(
            callback_id=_id(wire, "callbackId"),
            callback_name=_text(wire, "callbackName") or "",
            url=_text(wire, "url") or "",
            max_batch_size=_integer(wire, "maxBatchSize"),
            status=_text(wire, "status") or "",
            status_reason=_text(wire, "statusReason") or "",
            signature_key=_text(wire, "signatureKey") or None,
            auth_id=_text(wire, "authId") or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRecord:
    """A subscription as the service describes it; blank filters are none."""

    subscription_id: str
    subscription_name: str
    callback_id: str = ""
    callback_name: str = ""
    event_category_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    status: str = ""
    status_reason: str = ""
    url: str = ""

    @classmethod
    def from_wire(cls, obj: object) -> SubscriptionRecord:
        """Read a subscription from a parsed answer.

        Raises:
            ValueError: `obj` is no subscription.
        """
        wire = _object(obj, "a subscription")
        return cls(
            subscription_id=_id(wire, "subscriptionId"),
            subscription_name=_text(wire, "subscriptionName") or "",
            callback_id=_id(wire, "callbackId") if wire.get("callbackId") else "",
            callback_name=_text(wire, "callbackName") or "",
            event_category_types=_texts(wire, "eventCategoryTypes"),
            filters=_texts(wire, "filters"),
            status=_text(wire, "status") or "",
            status_reason=_text(wire, "statusReason") or "",
            url=_text(wire, "url") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenContext:
    """Whom a token belongs to; `mid` is the business unit it works for. Ids are text."""

    enterprise_id: str
    mid: str
    user_id: str

    @classmethod
    def from_wire(cls, obj: object) -> TokenContext:
        """Read the context of a token from a parsed answer.

        Raises:
            ValueError: `obj` names no business unit.
        """
        wire = _object(obj, "a token context")
        return cls(
            enterprise_id=_id_of(wire, "enterprise") or "",
            mid=_id(_object(wire.get("organization"), "organization"), "id"),
            user_id=_id_of(wire, "user") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackUpdate:
    """What an update of a callback led to; `created` if the service made a new one (201)."""

    record: CallbackRecord
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionUpdate:
    """The whole of a subscription as it shall be; the service wants every field on each update.

    `status` is `active` or `paused` and wants a `status_reason` beside it. None is not sent.
    """

    subscription_id: str
    event_category_types: tuple[str, ...]
    filters: tuple[str, ...] = ()
    subscription_name: str | None = None
    status: str | None = None
    status_reason: str | None = None

    def to_wire(self) -> WireObject:
        """Return the object that the service takes."""
        wire: WireObject = {
            "subscriptionId": self.subscription_id,
            "subscriptionName": self.subscription_name,
            "eventCategoryTypes": list(self.event_category_types),
            "filters": list(self.filters),
            "status": self.status,
            "statusReason": self.status_reason,
        }
        return {key: value for key, value in wire.items() if value is not None}


def _object(obj: object, what: str) -> WireObject:
    if not isinstance(obj, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004 - one class for what is unreadable
    return obj


def _id(wire: WireObject, key: str) -> str:
    value = _text(wire, key)
    if not value:
        raise ValueError(f"{key} is missing")
    if not _ID.fullmatch(value):
        raise ValueError(f"{key} is no id")
    return value


def _text(wire: WireObject, key: str) -> str | None:
    return _as_text(wire.get(key), key)


def _as_text(value: object, key: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{key} is not text")  # noqa: TRY004 - one class for what is unreadable
    # A lone surrogate is legal in JSON and breaks every place that the text goes to afterwards.
    return value.encode("utf-8", "replace").decode()


def _texts(wire: WireObject, key: str) -> tuple[str, ...]:
    """Blank entries are none: the service answers no filters as absent, `[]` or `[""]`."""
    value = wire.get(key)
    # The documentation also speaks of a comma-separated list.
    entries = value.split(",") if isinstance(value, str) else value
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ValueError(f"{key} is not a list")  # noqa: TRY004 - one class for what is unreadable
    texts = (_as_text(entry, key) for entry in entries)
    return tuple(text for text in texts if text and text.strip())


def _integer(wire: WireObject, key: str) -> int | None:
    text = _text(wire, key)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len("1000000000")):
        raise ValueError(f"{key} is not a number")
    return int(text)


def _id_of(wire: WireObject, key: str) -> str | None:
    nested = wire.get(key)
    return _text(nested, "id") if isinstance(nested, dict) else None
