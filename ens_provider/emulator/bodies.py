"""Read request bodies strictly: an unknown field, a wrong type or a wrong shape is a 400.

The platform is sometimes lenient and ignores what it does not know; an emulator that did the
same could not find a client's mistakes. The sentences are guesses, the error codes documented.
"""

import json
import re
from collections.abc import Collection, Mapping

from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.changes import (
    DEFAULT_BATCH_SIZE,
    CallbackChange,
    CallbackCreation,
    SubscriptionChange,
    SubscriptionCreation,
    Verification,
)
from ens_provider.emulator.filters import FilterExpressionError, require_expression
from ens_provider.emulator.url_rules import require_callback_url

SMALLEST_BATCH, LARGEST_BATCH = 100, 1000
_EVENT_TYPE = re.compile(r"[A-Za-z]\w*\.[A-Za-z]\w*")
_FILTER = re.compile(r"[^=\s]+=.+")
_STATUSES = ("active", "paused")


def json_of(body: bytes) -> object:
    """Return the JSON value of a body.

    Raises:
        ServiceError: 400 (10004) if it is none.
    """
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise errors.bad_request(
            "The request body is not valid JSON.", errorcode=errors.MALFORMED_JSON
        ) from None


def items_of(body: object) -> list[object]:
    """Return the elements of a body that has to be an array with at least one.

    Raises:
        ServiceError: 400.
    """
    if not isinstance(body, list):
        raise errors.bad_request("The request body must be an array.", errorcode=errors.WRONG_TYPE)
    if not body:
        raise errors.bad_request(
            "The request body must not be an empty array.", errorcode=errors.WRONG_VALUE
        )
    return body


def callback_creation(item: object) -> CallbackCreation:
    """Read `{callbackName, url, maxBatchSize?, authId?}`."""
    fields = _fields(item, ("callbackName", "url", "maxBatchSize", "authId"))
    name = _required_text(fields, "callbackName")
    url = _required_text(fields, "url")
    require_callback_url(url)
    return CallbackCreation(
        name=name,
        url=url,
        max_batch_size=_batch_size(fields) or DEFAULT_BATCH_SIZE,
        auth_id=_text(fields, "authId"),
    )


def callback_change(item: object) -> CallbackChange:
    """Read `{callbackId, callbackName, maxBatchSize?, url?}`."""
    fields = _fields(item, ("callbackId", "callbackName", "maxBatchSize", "url"))
    url = _text(fields, "url")
    if url is not None:
        require_callback_url(url)
    return CallbackChange(
        callback_id=_required_text(fields, "callbackId"),
        name=_required_text(fields, "callbackName"),
        max_batch_size=_batch_size(fields),
        url=url,
    )


def callback_to_regenerate(item: object) -> str:
    """Read `{callbackId}`."""
    return _required_text(_fields(item, ("callbackId",)), "callbackId")


def verification(body: object) -> Verification:
    """Read `{callbackId, verificationKey}`: an object, unlike every other body."""
    fields = _fields(body, ("callbackId", "verificationKey"))
    return Verification(
        callback_id=_required_text(fields, "callbackId"),
        verification_key=_required_text(fields, "verificationKey"),
    )


def subscription_creation(item: object) -> SubscriptionCreation:
    """Read `{callbackId, subscriptionName, eventCategoryTypes, filters?}`."""
    fields = _fields(item, ("callbackId", "subscriptionName", "eventCategoryTypes", "filters"))
    return SubscriptionCreation(
        callback_id=_required_text(fields, "callbackId"),
        name=_required_text(fields, "subscriptionName"),
        event_types=_event_types(fields),
        filters=_filters(fields) or (),
    )


def subscription_change(item: object) -> SubscriptionChange:
    """Read a subscription's id and types with `filters?, subscriptionName?, status?, …`."""
    known = ("subscriptionId", "eventCategoryTypes", "filters", "subscriptionName")
    fields = _fields(item, (*known, "status", "statusReason"))
    return SubscriptionChange(
        subscription_id=_required_text(fields, "subscriptionId"),
        event_types=_event_types(fields),
        filters=_filters(fields),
        name=_text(fields, "subscriptionName"),
        status=_status(fields),
        status_reason=_text(fields, "statusReason", may_be_blank=True),
    )


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _fields(item: object, known: Collection[str]) -> Mapping[str, object]:
    if not isinstance(item, dict):
        wanted = ", ".join(known)
        raise errors.bad_request(
            f"An object with the fields {wanted} is expected.", errorcode=errors.WRONG_TYPE
        )
    for name in item:
        if name not in known:
            raise errors.bad_request(f"{name} is not a known field.", errorcode=errors.GENERIC)
    return item


def _required_text(fields: Mapping[str, object], name: str) -> str:
    text = _text(fields, name)
    if text is None:
        raise _missing(name)
    return text


def _text(fields: Mapping[str, object], name: str, *, may_be_blank: bool = False) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, str):
        raise _wrong_type(name, "a string")
    if not value.strip() and not may_be_blank:
        raise errors.bad_request(f"{name} must not be blank.", errorcode=errors.WRONG_VALUE)
    return value


def _batch_size(fields: Mapping[str, object]) -> int | None:
    if "maxBatchSize" not in fields:
        return None
    value = fields["maxBatchSize"]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type("maxBatchSize", "an integer")
    if not SMALLEST_BATCH <= value <= LARGEST_BATCH:
        raise errors.bad_request(
            f"maxBatchSize must be between {SMALLEST_BATCH} and {LARGEST_BATCH}.",
            errorcode=errors.WRONG_VALUE,
        )
    return value


def _texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = fields[name]
    if not isinstance(value, list):
        raise _wrong_type(name, "an array of strings")
    for element in value:
        if not isinstance(element, str):
            raise _wrong_type(name, "an array of strings")
    return tuple(value)


def _event_types(fields: Mapping[str, object]) -> tuple[str, ...]:
    if "eventCategoryTypes" not in fields:
        raise _missing("eventCategoryTypes")
    types = _texts(fields, "eventCategoryTypes")
    if not types:
        raise errors.bad_request(
            "eventCategoryTypes must not be empty.", errorcode=errors.WRONG_VALUE
        )
    for event_type in types:
        if not _EVENT_TYPE.fullmatch(event_type):
            raise errors.bad_request(
                f"eventCategoryTypes must hold Category.Type, not '{event_type}'.",
                errorcode=errors.WRONG_FORMAT,
            )
    return types


def _filters(fields: Mapping[str, object]) -> tuple[str, ...] | None:
    if "filters" not in fields:
        return None
    filters = _texts(fields, "filters")
    if filters == ("",):
        return ()  # one blank element is how the service itself lists a subscription without any
    for text in filters:
        if not _FILTER.fullmatch(text):
            raise errors.bad_request(
                f"filters must hold name=value, not '{text}'.", errorcode=errors.WRONG_FORMAT
            )
        _require_expression(text)
    return filters


def _require_expression(text: str) -> None:
    # Nobody says what becomes of a bad expression; one that can never match had better not exist.
    try:
        require_expression(text)
    except FilterExpressionError as error:
        raise errors.bad_request(
            f"filters must hold regular expressions, not '{text}': {error}.",
            errorcode=errors.WRONG_FORMAT,
        ) from error


def _status(fields: Mapping[str, object]) -> str | None:
    status = _text(fields, "status")
    if status is not None and status not in _STATUSES:
        raise errors.bad_request(
            f"status must be active or paused, not '{status}'.", errorcode=errors.WRONG_VALUE
        )
    return status


def _missing(name: str) -> errors.ServiceError:
    return errors.bad_request(f"{name} is required.", errorcode=errors.MISSING_FIELD)


def _wrong_type(name: str, wanted: str) -> errors.ServiceError:
    return errors.bad_request(f"{name} must be {wanted}.", errorcode=errors.WRONG_TYPE)
