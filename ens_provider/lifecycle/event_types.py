"""The event types that are known, with the filter keys that each is listed with.

Source: "Event Notification Service Event Types" and "Filter Event Notifications". The list is
open: the documentation adds types now and then, so that an unknown one is worth a warning only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType


class EventType(str, Enum):
    """An event type of ENS, for `Subscription(event_category_types=[EventType.EMAIL_SENT])`."""

    EMAIL_SENT = "TransactionalSendEvents.EmailSent"
    EMAIL_NOT_SENT = "TransactionalSendEvents.EmailNotSent"
    EMAIL_BOUNCED = "TransactionalSendEvents.EmailBounced"
    SMS_SENT = "TransactionalSendEvents.SmsSent"
    SMS_NOT_SENT = "TransactionalSendEvents.SmsNotSent"
    SMS_TRANSIENT = "TransactionalSendEvents.SmsTransient"
    SMS_DELIVERED = "TransactionalSendEvents.SmsDelivered"
    SMS_BOUNCED = "TransactionalSendEvents.SmsBounced"
    TRANSACTIONAL_OTT_NOT_SENT = "TransactionalSendEvents.OttNotSent"
    EMAIL_OPEN = "EngagementEvents.EmailOpen"
    EMAIL_CLICK = "EngagementEvents.EmailClick"
    EMAIL_UNSUBSCRIBE = "EngagementEvents.EmailUnsubscribe"
    OTT_MOBILE_ORIGINATED = "EngagementEvents.OttMobileOriginated"
    OTT_SENT = "EngagementEvents.OttSent"
    OTT_DELIVERED = "EngagementEvents.OttDelivered"
    OTT_READ = "EngagementEvents.OttRead"
    OTT_FAILED = "EngagementEvents.OttFailed"
    PUSH_OPEN = "EngagementEvents.PushOpen"
    IN_APP_DISPLAY = "EngagementEvents.InAppDisplay"
    IN_APP_DISMISS = "EngagementEvents.InAppDismiss"
    IN_APP_CLICK = "EngagementEvents.InAppClick"
    INBOX_OPEN = "EngagementEvents.InboxOpen"
    PUSH_DELIVERY_RECEIPT = "EngagementEvents.PushDeliveryReceipt"
    PUSH_INSTALL = "EngagementEvents.PushInstall"
    PUSH_INACTIVE = "EngagementEvents.PushInactive"
    PUSH_IMAGE_CLICK = "EngagementEvents.PushImageClick"
    PUSH_BUTTON_CLICK = "EngagementEvents.PushButtonClick"
    OTT_NOT_SENT = "SendEvents.OttNotSent"
    AUTOMATION_INSTANCE_STARTED = "SendEvents.AutomationInstanceStarted"
    AUTOMATION_INSTANCE_COMPLETED = "SendEvents.AutomationInstanceCompleted"
    AUTOMATION_INSTANCE_STOPPED = "SendEvents.AutomationInstanceStopped"
    AUTOMATION_INSTANCE_ERRORED = "SendEvents.AutomationInstanceErrored"
    AUTOMATION_INSTANCE_SKIPPED = "SendEvents.AutomationInstanceSkipped"
    PUSH_SENT = "SendEvents.PushSent"
    PUSH_NOT_SENT = "SendEvents.PushNotSent"
    PUSH_BOUNCED = "SendEvents.PushBounced"

    def __str__(self) -> str:
        # In texts, too, the name that ENS knows, whatever the version of Python.
        return self.value


_AUTOMATION_KEYS = ("automationName", "automationCustomerKey", "automationType")

FILTER_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {kind.value: () for kind in EventType}
    | {
        EventType.EMAIL_SENT.value: ("definitionKey",),
        EventType.SMS_SENT.value: ("definitionKey",),
        EventType.EMAIL_NOT_SENT.value: ("definitionKey", "statusCode"),
        EventType.SMS_NOT_SENT.value: ("definitionKey", "statusCode"),
        EventType.EMAIL_BOUNCED.value: ("definitionKey", "bounceCode", "smtpReason"),
        EventType.AUTOMATION_INSTANCE_STARTED.value: _AUTOMATION_KEYS,
        EventType.AUTOMATION_INSTANCE_COMPLETED.value: _AUTOMATION_KEYS,
        EventType.AUTOMATION_INSTANCE_STOPPED.value: _AUTOMATION_KEYS,
        EventType.AUTOMATION_INSTANCE_ERRORED.value: _AUTOMATION_KEYS,
        EventType.AUTOMATION_INSTANCE_SKIPPED.value: _AUTOMATION_KEYS,
        EventType.PUSH_SENT.value: ("sendMethod",),
        EventType.PUSH_NOT_SENT.value: ("sendMethod",),
        EventType.PUSH_BOUNCED.value: ("sendMethod",),
        EventType.PUSH_OPEN.value: ("sendMethod",),
        EventType.OTT_SENT.value: ("sendMethod",),
        EventType.OTT_DELIVERED.value: ("sendMethod",),
        EventType.OTT_READ.value: ("sendMethod",),
        EventType.OTT_FAILED.value: ("sendMethod",),
        EventType.OTT_MOBILE_ORIGINATED.value: ("sendMethod",),
        EventType.PUSH_DELIVERY_RECEIPT.value: ("sendMethod",),
        EventType.PUSH_IMAGE_CLICK.value: ("sendMethod",),
        EventType.PUSH_BUTTON_CLICK.value: ("sendMethod",),
    }
)
"""The filter keys that the documentation lists, by event type; most types have none."""


def warnings_about(*, event_types: Iterable[str], filters: Iterable[str]) -> list[str]:
    """Return a sentence for each event type and filter key that the documentation does not list.

    Args:
        event_types: ``Category.Type`` texts.
        filters: ``name=value`` texts.
    """
    types = list(event_types)
    unknown = [kind for kind in types if kind not in FILTER_KEYS]
    known = [kind for kind in types if kind in FILTER_KEYS]
    keys = list(dict.fromkeys(each.partition("=")[0] for each in filters))
    return [
        *(_unknown_type(kind) for kind in unknown),
        *(sentence for key in keys for sentence in _unlisted(key, known)),
    ]


def _unknown_type(kind: str) -> str:
    return (
        f"event type '{kind}' is not among those that ENS is known to have; it is sent as it is."
        f"{_nearest(kind, FILTER_KEYS)}"
    )


def _unlisted(key: str, types: list[str]) -> list[str]:
    without = [kind for kind in types if key not in FILTER_KEYS[kind]]
    if not without:
        return []
    listed = [other for kind in without for other in FILTER_KEYS[kind]]
    types_without = ", ".join(without)
    return [
        f"filter key '{key}' is not listed for {types_without}; it is sent as it is."
        + _nearest(key, listed)
    ]


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 -- most programs have no slip of the pen

    # Categories are long and alike, so that what comes after them decides.
    ends = {name: name.rpartition(".")[2].casefold() for name in known}
    found = get_close_matches(word.rpartition(".")[2].casefold(), ends.values(), n=1, cutoff=0.6)
    names = [name for name, end in ends.items() if end in found]
    nearest = get_close_matches(word, names, n=1, cutoff=0)
    return f" Did you mean '{nearest[0]}'?" if nearest else ""
