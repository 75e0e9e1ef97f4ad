"""The catalogue of event types: its names, its filter keys, and the warnings that come of it."""

from __future__ import annotations

import pytest

import ens_provider as ens
from ens_provider.lifecycle.event_types import FILTER_KEYS, warnings_about

MEMBERS = {
    "EMAIL_SENT": "TransactionalSendEvents.EmailSent",
    "EMAIL_NOT_SENT": "TransactionalSendEvents.EmailNotSent",
    "EMAIL_BOUNCED": "TransactionalSendEvents.EmailBounced",
    "SMS_SENT": "TransactionalSendEvents.SmsSent",
    "SMS_NOT_SENT": "TransactionalSendEvents.SmsNotSent",
    "SMS_TRANSIENT": "TransactionalSendEvents.SmsTransient",
    "SMS_DELIVERED": "TransactionalSendEvents.SmsDelivered",
    "SMS_BOUNCED": "TransactionalSendEvents.SmsBounced",
    "TRANSACTIONAL_OTT_NOT_SENT": "TransactionalSendEvents.OttNotSent",
    "EMAIL_OPEN": "EngagementEvents.EmailOpen",
    "EMAIL_CLICK": "EngagementEvents.EmailClick",
    "EMAIL_UNSUBSCRIBE": "EngagementEvents.EmailUnsubscribe",
    "OTT_MOBILE_ORIGINATED": "EngagementEvents.OttMobileOriginated",
    "OTT_SENT": "EngagementEvents.OttSent",
    "OTT_DELIVERED": "EngagementEvents.OttDelivered",
    "OTT_READ": "EngagementEvents.OttRead",
    "OTT_FAILED": "EngagementEvents.OttFailed",
    "PUSH_OPEN": "EngagementEvents.PushOpen",
    "IN_APP_DISPLAY": "EngagementEvents.InAppDisplay",
    "IN_APP_DISMISS": "EngagementEvents.InAppDismiss",
    "IN_APP_CLICK": "EngagementEvents.InAppClick",
    "INBOX_OPEN": "EngagementEvents.InboxOpen",
    "PUSH_DELIVERY_RECEIPT": "EngagementEvents.PushDeliveryReceipt",
    "PUSH_INSTALL": "EngagementEvents.PushInstall",
    "PUSH_INACTIVE": "EngagementEvents.PushInactive",
    "PUSH_IMAGE_CLICK": "EngagementEvents.PushImageClick",
    "PUSH_BUTTON_CLICK": "EngagementEvents.PushButtonClick",
    "OTT_NOT_SENT": "SendEvents.OttNotSent",
    "AUTOMATION_INSTANCE_STARTED": "SendEvents.AutomationInstanceStarted",
    "AUTOMATION_INSTANCE_COMPLETED": "SendEvents.AutomationInstanceCompleted",
    "AUTOMATION_INSTANCE_STOPPED": "SendEvents.AutomationInstanceStopped",
    "AUTOMATION_INSTANCE_ERRORED": "SendEvents.AutomationInstanceErrored",
    "AUTOMATION_INSTANCE_SKIPPED": "SendEvents.AutomationInstanceSkipped",
    "PUSH_SENT": "SendEvents.PushSent",
    "PUSH_NOT_SENT": "SendEvents.PushNotSent",
    "PUSH_BOUNCED": "SendEvents.PushBounced",
}
AUTOMATION_KEYS = ("automationName", "automationCustomerKey", "automationType")
KEYS = {
    "TransactionalSendEvents.EmailSent": ("definitionKey",),
    "TransactionalSendEvents.SmsSent": ("definitionKey",),
    "TransactionalSendEvents.EmailNotSent": ("definitionKey", "statusCode"),
    "TransactionalSendEvents.SmsNotSent": ("definitionKey", "statusCode"),
    "TransactionalSendEvents.EmailBounced": ("definitionKey", "bounceCode", "smtpReason"),
    "SendEvents.AutomationInstanceStarted": AUTOMATION_KEYS,
    "SendEvents.AutomationInstanceCompleted": AUTOMATION_KEYS,
    "SendEvents.AutomationInstanceStopped": AUTOMATION_KEYS,
    "SendEvents.AutomationInstanceErrored": AUTOMATION_KEYS,
    "SendEvents.AutomationInstanceSkipped": AUTOMATION_KEYS,
    "SendEvents.PushSent": ("sendMethod",),
    "SendEvents.PushNotSent": ("sendMethod",),
    "SendEvents.PushBounced": ("sendMethod",),
    "EngagementEvents.PushOpen": ("sendMethod",),
    "EngagementEvents.OttSent": ("sendMethod",),
    "EngagementEvents.OttDelivered": ("sendMethod",),
    "EngagementEvents.OttRead": ("sendMethod",),
    "EngagementEvents.OttFailed": ("sendMethod",),
    "EngagementEvents.OttMobileOriginated": ("sendMethod",),
    "EngagementEvents.PushDeliveryReceipt": ("sendMethod",),
    "EngagementEvents.PushImageClick": ("sendMethod",),
    "EngagementEvents.PushButtonClick": ("sendMethod",),
}


def test_the_names_of_the_catalogue() -> None:
    """It holds exactly the 36 event types that the documentation names."""
    assert {member.name: member.value for member in ens.EventType} == MEMBERS
    assert len(MEMBERS) == 36


def test_the_filter_keys_of_the_catalogue() -> None:
    """Each type is listed with exactly the keys that the documentation gives it."""
    assert dict(FILTER_KEYS) == {kind: KEYS.get(kind, ()) for kind in MEMBERS.values()}


def test_a_member_is_its_text() -> None:
    """It can stand wherever the text can."""
    member: str = ens.EventType.EMAIL_SENT

    assert member == "TransactionalSendEvents.EmailSent"
    assert {member: 1} == {"TransactionalSendEvents.EmailSent": 1}


@pytest.mark.parametrize(
    ("event_types", "filters"),
    [
        (list(MEMBERS.values()), []),
        (["TransactionalSendEvents.EmailNotSent"], ["statusCode=47", "definitionKey=welcome"]),
        (
            ["TransactionalSendEvents.EmailSent", "TransactionalSendEvents.EmailBounced"],
            ["definitionKey=a=b"],
        ),
        ([], ["anything=1"]),
    ],
    ids=["every-type", "its-keys", "a-key-of-both", "no-type-known"],
)
def test_what_is_listed_is_not_warned_about(event_types: list[str], filters: list[str]) -> None:
    """Known types with keys that each of them is listed with, are nothing to speak of."""
    assert warnings_about(event_types=event_types, filters=filters) == []


@pytest.mark.parametrize(
    ("kind", "nearest"),
    [
        ("TransactionalSendEvents.EmialSent", " Did you mean 'TransactionalSendEvents.EmailSent'?"),
        ("TransactionalSendEvents.SMSSent", " Did you mean 'TransactionalSendEvents.SmsSent'?"),
        ("EmailOpened", " Did you mean 'EngagementEvents.EmailOpen'?"),
        ("TransactionalSendEvents.EmailOpen", " Did you mean 'EngagementEvents.EmailOpen'?"),
        (
            "TransactionalSendEvents.OttNotSend",
            " Did you mean 'TransactionalSendEvents.OttNotSent'?",
        ),
        ("SendEvents.OttNotSend", " Did you mean 'SendEvents.OttNotSent'?"),
        ("JourneyEvents.Zyx", ""),
    ],
    ids=[
        "letters-swapped",
        "other-case",
        "no-category",
        "other-category",
        "one-of-two-categories",
        "the-other-of-them",
        "nothing-like-it",
    ],
)
def test_an_unknown_type_is_warned_about(kind: str, nearest: str) -> None:
    """The sentence names the nearest known one, if one is near."""
    assert warnings_about(event_types=[kind], filters=["definitionKey=x"]) == [
        f"event type '{kind}' is not among those that ENS is known to have; it is sent as it is."
        + nearest
    ]


@pytest.mark.parametrize(
    ("event_types", "filters", "sentence"),
    [
        (
            ["TransactionalSendEvents.EmailSent"],
            ["definitonKey=welcome"],
            (
                "filter key 'definitonKey' is not listed for TransactionalSendEvents.EmailSent; it is "
                "sent as it is. Did you mean 'definitionKey'?"
            ),
        ),
        (
            ["TransactionalSendEvents.EmailNotSent", "TransactionalSendEvents.EmailSent"],
            ["definitionKey=welcome", "statusCode=47"],
            (
                "filter key 'statusCode' is not listed for TransactionalSendEvents.EmailSent; it is "
                "sent as it is."
            ),
        ),
        (
            ["EngagementEvents.EmailClick", "EngagementEvents.EmailOpen"],
            ["definitionKey=a", "definitionKey=b"],
            (
                "filter key 'definitionKey' is not listed for EngagementEvents.EmailClick, "
                "EngagementEvents.EmailOpen; it is sent as it is."
            ),
        ),
    ],
    ids=["misspelled", "listed-for-one-of-two", "listed-for-none"],
)
def test_a_filter_key_that_is_not_listed_for_a_type(
    event_types: list[str], filters: list[str], sentence: str
) -> None:
    """One sentence a key, with the types that it is not listed for; values are not told."""
    assert warnings_about(event_types=event_types, filters=filters) == [sentence]


def test_types_come_before_keys() -> None:
    """The order is that of the inputs, so that two runs warn alike."""
    found = warnings_about(
        event_types=["A.B", "SendEvents.PushSent", "C.D"], filters=["y=1", "x=1"]
    )

    assert [sentence.partition("'")[2].partition("'")[0] for sentence in found] == [
        "A.B",
        "C.D",
        "y",
        "x",
    ]


def test_event_type_in_a_text() -> None:
    """A type reads as ENS writes it, also within a text."""
    assert f"{ens.EventType.EMAIL_SENT}" == "TransactionalSendEvents.EmailSent"
