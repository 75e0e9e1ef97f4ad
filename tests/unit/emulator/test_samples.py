"""The sample events."""

import json
from typing import Any

import pytest
import re2  # type: ignore[import-untyped, unused-ignore] # the package brings no types

from ens_provider.emulator.filters import first_that_fails, value_of
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver.event_json import written

TRANSACTIONAL = (
    *("EmailSent", "EmailNotSent", "EmailBounced"),
    *("SmsSent", "SmsNotSent", "SmsTransient", "SmsDelivered", "SmsBounced", "OttNotSent"),
)
ENGAGEMENT = (
    *("EmailOpen", "EmailClick", "EmailUnsubscribe"),
    *("OttMobileOriginated", "OttSent", "OttDelivered", "OttRead", "OttFailed"),
    *("PushOpen", "InAppDisplay", "InAppDismiss", "InAppClick", "InboxOpen"),
    *("PushDeliveryReceipt", "PushInstall", "PushInactive", "PushImageClick", "PushButtonClick"),
)
SEND = (
    *("OttNotSent", "AutomationInstanceStarted", "AutomationInstanceCompleted"),
    *("AutomationInstanceStopped", "AutomationInstanceErrored", "AutomationInstanceSkipped"),
    *("PushSent", "PushNotSent", "PushBounced"),
)


def test_each_of_the_36_types_has_a_sample() -> None:
    """Every documented type is there, and nothing else."""
    assert sorted(SAMPLES) == sorted(
        [f"TransactionalSendEvents.{name}" for name in TRANSACTIONAL]
        + [f"EngagementEvents.{name}" for name in ENGAGEMENT]
        + [f"SendEvents.{name}" for name in SEND]
    )
    assert len(SAMPLES) == 36


@pytest.mark.parametrize("type_name", SAMPLES)
def test_what_every_sample_has(type_name: str) -> None:
    """Each names its type and has a time; its ids are texts for WhatsApp and numbers elsewhere."""
    event = sample_event(type_name)
    is_whatsapp = ".Ott" in type_name

    assert event["eventCategoryType"] == type_name
    assert isinstance(event["timestampUTC"], int)
    assert {type(event["mid"]), type(event["eid"])} == {str if is_whatsapp else int}
    assert event.get("senderType") == ("WhatsApp" if is_whatsapp else None)


def test_documented_sample_of_a_sent_email() -> None:
    """The sample of a sent e-mail is the documented one, value for value."""
    assert json.dumps(sample_event("TransactionalSendEvents.EmailSent")) == (
        '{"eventCategoryType": "TransactionalSendEvents.EmailSent", '
        '"timestampUTC": 1600698608530, '
        '"compositeId": "466651f2-9c28-e911-a261-78e3b50b4f00.2001070.44609.4153.1251508322", '
        '"composite": {"jobId": "2001070", "batchId": "4153", "listId": "44609", '
        '"subscriberId": "1251508322", "emailId": "182583"}, '
        '"definitionKey": "makana-appt", "mid": 1447640, "eid": 1447640, '
        '"sendClassificationType": "Operational", '
        '"info": {"to": "mduarte.10166.0749@salesforce.exacttargettest.com", '
        '"subscriberKey": "mduarte.10166.0749@sf.exacttargettest.com", '
        '"messageKey": "f2b21aa0-fc16-11ea-9bc1-fbf804a5a66e", "status": "Sent", '
        '"renderedSubject": "Don\'t Forget Your Appointment"}, '
        '"definitionId": "466651f2-9c28-e911-a261-78e3b50b4f00"}'
    )


@pytest.mark.parametrize(
    ("type_name", "place", "value"),
    [
        ("TransactionalSendEvents.EmailNotSent", "statusCode", "1"),
        ("TransactionalSendEvents.EmailBounced", "bounceCode", "HARD"),
        ("TransactionalSendEvents.EmailBounced", "smtpReason", "5.1.1"),
        ("TransactionalSendEvents.SmsNotSent", "statusCode", "47"),
        ("TransactionalSendEvents.SmsTransient", "statusCode", "3000"),
        ("TransactionalSendEvents.SmsDelivered", "statusCode", "4000"),
        ("TransactionalSendEvents.SmsBounced", "statusCode", "4501"),
    ],
)
def test_codes_are_texts(type_name: str, place: str, value: str) -> None:
    """Codes that filters look at are texts, in `info`."""
    assert sample_event(type_name)["info"][place] == value


AUTOMATION = ("automationName", "automationCustomerKey", "automationType")
FILTER_KEYS = {
    "TransactionalSendEvents.EmailSent": ("definitionKey",),
    "TransactionalSendEvents.EmailNotSent": ("definitionKey", "statusCode"),
    "TransactionalSendEvents.EmailBounced": ("definitionKey", "bounceCode", "smtpReason"),
    "TransactionalSendEvents.SmsSent": ("definitionKey",),
    "TransactionalSendEvents.SmsNotSent": ("definitionKey", "statusCode"),
    "SendEvents.AutomationInstanceStarted": AUTOMATION,
    "SendEvents.AutomationInstanceCompleted": AUTOMATION,
    "SendEvents.AutomationInstanceStopped": AUTOMATION,
    "SendEvents.AutomationInstanceErrored": AUTOMATION,
    "SendEvents.AutomationInstanceSkipped": AUTOMATION,
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
"""The filter keys that the documentation lists, by type."""


@pytest.mark.parametrize("type_name", FILTER_KEYS)
def test_filters_find_their_keys(type_name: str) -> None:
    """An event has a value, which is text, for each filter key that is listed for its type."""
    event = sample_event(type_name)
    values = {key: value_of(event, key) for key in FILTER_KEYS[type_name]}

    assert [key for key, value in values.items() if not value] == []
    assert (
        first_that_fails(
            [f"{k}={re2.escape(v)}" for k, v in values.items()], event, anchoring="full"
        )
        is None
    )


def test_whatsapp_times() -> None:
    """Four types count seconds, and the other three milliseconds, as the documentation mixes them."""
    times = {name: sample_event(name)["timestampUTC"] for name in SAMPLES if ".Ott" in name}
    in_seconds = {name for name, time in times.items() if time < 10_000_000_000}

    assert in_seconds == {
        "EngagementEvents.OttMobileOriginated",
        "EngagementEvents.OttSent",
        "EngagementEvents.OttDelivered",
        "EngagementEvents.OttRead",
    }
    assert {len(str(time)) for name, time in times.items() if name not in in_seconds} == {13}
    assert len(times) == 7


@pytest.mark.parametrize("name", ["EmailOpen", "EmailClick", "EmailUnsubscribe"])
def test_engagement_with_email_names_no_definition(name: str) -> None:
    """Its definition is NA, in key and id."""
    event = sample_event(f"EngagementEvents.{name}")

    assert (event["definitionKey"], event["definitionId"]) == ("NA", "NA")


@pytest.mark.parametrize(
    ("type_name", "escaped"),
    [
        ("TransactionalSendEvents.EmailSent", rb"Don\u0027t Forget"),
        (
            "EngagementEvents.EmailClick",
            rb"utm_source\u003demail\u0026utm_campaign\u003ddon\u0027t",
        ),
        ("EngagementEvents.EmailClick", rb"\u003cnew\u003e"),
        ("EngagementEvents.OttMobileOriginated", rb"Is it \u003c10"),
        ("EngagementEvents.OttSent", rb"Win back \u0026 welcome"),
        ("EngagementEvents.InAppClick", rb"?from\u003dinapp\u0026size\u003dL"),
        ("SendEvents.PushNotSent", rb"hasn\u0027t opted in"),
        ("SendEvents.AutomationInstanceStarted", rb"orders \u0026 returns"),
    ],
)
def test_escapes_in_bodies(type_name: str, escaped: bytes) -> None:
    """Texts with marks that the service escapes are in every family but SMS."""
    assert escaped in written([sample_event(type_name)])


@pytest.mark.parametrize(
    ("type_name", "composite_id"),
    [
        (
            "TransactionalSendEvents.EmailSent",
            "466651f2-9c28-e911-a261-78e3b50b4f00.2001070.44609.4153.1251508324",
        ),
        ("EngagementEvents.EmailOpen", "2001071.44609.4119.135804583"),
    ],
)
def test_composite_id_goes_with_its_parts(type_name: str, composite_id: str) -> None:
    """The id of another event names the other subscriber; only transactional ones have a GUID."""
    event = sample_event(type_name, number=2)

    assert event["compositeId"] == composite_id
    assert composite_id.endswith("." + event["composite"]["subscriberId"])


@pytest.mark.parametrize(
    ("type_name", "moment"),
    [
        ("TransactionalSendEvents.EmailSent", 1600698608530 + 3000),
        ("EngagementEvents.OttMobileOriginated", 1686161155 + 3),
    ],
)
def test_time_moves_in_its_own_unit(type_name: str, moment: int) -> None:
    """Event 3 happens three seconds later, in milliseconds or in seconds."""
    assert sample_event(type_name, number=3)["timestampUTC"] == moment


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every value of an event by its path."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        k: v for name, inner in value.items() for k, v in leaves(inner, f"{path}/{name}").items()
    }


@pytest.mark.parametrize("type_name", SAMPLES)
def test_events_of_other_numbers_differ(type_name: str) -> None:
    """A hundred events are all different in who and when, and the same again when repeated."""
    events = [sample_event(type_name, number=number) for number in range(100)]
    whom = ("Key", "Id", "ID", "/to", "mobileNumber")
    first = leaves(events[0])
    identities = [p for p in first if p.endswith(whom) and leaves(events[1])[p] != first[p]]

    assert identities != []
    for path in [*identities, "/timestampUTC"]:
        assert len({leaves(event)[path] for event in events}) == 100, path
    assert events == [sample_event(type_name, number=number) for number in range(100)]
    assert [leaves(event).keys() for event in events] == [first.keys()] * 100


def test_definition_key_is_set() -> None:
    """The definition key replaces the sample's own, and the sample stays as it is."""
    event = sample_event("EngagementEvents.EmailOpen", number=1, definition_key="welcome")

    assert event["definitionKey"] == "welcome"
    assert sample_event("EngagementEvents.EmailOpen")["definitionKey"] == "NA"


def test_caller_cannot_change_a_sample() -> None:
    """What a caller does to an event happens to no other one."""
    sample_event("TransactionalSendEvents.EmailSent")["info"]["to"] = "changed"

    assert sample_event("TransactionalSendEvents.EmailSent")["info"]["to"].startswith("mduarte")
