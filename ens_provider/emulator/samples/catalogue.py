"""The sample events by type, and numbered variants of them."""

import copy
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ens_provider.emulator.samples.automation_events import AUTOMATION_EVENTS
from ens_provider.emulator.samples.email_events import EMAIL_EVENTS
from ens_provider.emulator.samples.ott_events import OTT_EVENTS
from ens_provider.emulator.samples.push_events import PUSH_EVENTS
from ens_provider.emulator.samples.sms_events import SMS_EVENTS

SAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        event["eventCategoryType"]: event
        for events in (EMAIL_EVENTS, SMS_EVENTS, OTT_EVENTS, PUSH_EVENTS, AUTOMATION_EVENTS)
        for event in events
    }
)
"""One event of each of the 36 types, by its full name (`EngagementEvents.EmailOpen`)."""

_NAMESPACE = uuid.UUID("6b1f0f2c-51c5-4b0e-9d3f-2f6f2b1d7a10")
_TIMES = ("timestampUTC", "unsubscribeDate", "automationInstanceScheduledTimeUTC")
_IDENTITIES = (
    "to",
    "subscriberKey",
    "contactKey",
    "contactId",
    "mobileNumber",
    "messageKey",
    "messageId",
    "automationInstanceID",
    "subscriberId",
    "deviceId",
    "Tsid",
)
_FIRST_MILLISECONDS = 100_000_000_000
"""A timestamp from here on counts milliseconds; as seconds it would lie in the year 5138."""


def sample_event(
    type_name: str, *, number: int = 0, definition_key: str | None = None
) -> dict[str, Any]:
    """Return the event of a type and number: number 0 is the sample itself.

    Other numbers have other people, messages and devices, and happen that many seconds later.
    The same number always gives the same event.

    Raises:
        KeyError: there is no sample of this type.
    """
    event = copy.deepcopy(dict(SAMPLES[type_name]))
    if number:
        changed: dict[str, str] = {}
        event = {name: _varied(name, value, number, changed) for name, value in event.items()}
        _rename_in_composite_id(event, changed)
    if definition_key is not None:
        event["definitionKey"] = definition_key
    return event


def _varied(name: str, value: object, number: int, changed: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _varied(key, inner, number, changed) for key, inner in value.items()}
    if name in _TIMES and isinstance(value, int):
        return value + number * (1000 if value >= _FIRST_MILLISECONDS else 1)
    if name in _IDENTITIES and isinstance(value, str):
        changed[value] = _other(value, number)
        return changed[value]
    return value


def _other(identity: str, number: int) -> str:
    if identity.isdecimal():
        return str(int(identity) + number)
    if "@" in identity:
        name, at, domain = identity.rpartition("@")
        return f"{name}+{number}{at}{domain}"
    if _is_guid(identity):
        return str(uuid.uuid5(_NAMESPACE, f"{identity} {number}"))
    return f"{identity}-{number}"


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _rename_in_composite_id(event: dict[str, Any], changed: Mapping[str, str]) -> None:
    if "compositeId" in event:
        parts = event["compositeId"].split(".")
        event["compositeId"] = ".".join(changed.get(part, part) for part in parts)
