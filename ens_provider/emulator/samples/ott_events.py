"""WhatsApp (documentation pages "WhatsApp Mobile-Originated Events" and the like).

Business units and enterprises are texts here, unlike everywhere else, and some timestamps are
seconds, others milliseconds.
"""

from typing import Any

_ACCOUNT = {"eid": "1447640", "mid": "1447640"}
_JOURNEY = {
    "sendMethod": "JourneyBuilder",
    "journeyId": "7f0e2a52-97a5-4a8e-9a55-6e6e7d0c1f3d",
    "journeyName": "Win back & welcome",
    "activityId": "b5cf3df0-0d4b-49b2-a1c9-d6f5ad2ad8b1",
    "activityName": "WhatsApp offer",
}


def _to_contact(type_name: str, timestamp: int, **more: Any) -> dict[str, Any]:
    return {
        "eventCategoryType": type_name,
        **_ACCOUNT,
        "senderType": "WhatsApp",
        "messageType": "template",
        "channelId": "15555550100",
        "messageId": "wamid.HBgLMTU1NTU1NTAxMjMVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
        "timestampUTC": timestamp,
        "mobileNumber": "15555550123",
        "contactKey": "customer-20817",
        **more,
    }


OTT_EVENTS: tuple[dict[str, Any], ...] = (
    _to_contact(
        "TransactionalSendEvents.OttNotSent",
        1686161155120,
        sendMethod="TransactionalAPI",
        messageKey="6f6bb0f2-9b2c-4f7e-8f39-0a5e2f9f4c55",
        definitionKey="whatsapp-receipt",
        status="NotSent",
        reason="The recipient's number isn't registered",
    ),
    {
        "eventCategoryType": "EngagementEvents.OttMobileOriginated",
        **_ACCOUNT,
        "senderType": "WhatsApp",
        "messageType": "text",
        "channelId": "15555550100",
        "messageId": "wamid.HBgLMTU1NTU1NTAxMjMVAgASGBQzQTdCNkM1RDRFM0YyQTFCMEM5RAA=",
        "timestampUTC": 1686161155,
        "mobileNumber": "15555550123",
        "contactId": "104857601",
        # Listed as a filter key of this type, too; no source shows it in an event.
        "sendMethod": "JourneyBuilder",
        "messageBody": {"text": {"body": "Is it <10 °C? I'd rather pay & stay 🙂"}},
    },
    _to_contact("EngagementEvents.OttSent", 1686161160, **_JOURNEY, status="Sent"),
    _to_contact("EngagementEvents.OttDelivered", 1686161162, **_JOURNEY, status="Delivered"),
    _to_contact("EngagementEvents.OttRead", 1686161190, **_JOURNEY, status="Read"),
    _to_contact(
        "EngagementEvents.OttFailed",
        1686161165000,
        **_JOURNEY,
        status="Failed",
        reason="Message undeliverable",
    ),
    _to_contact(
        "SendEvents.OttNotSent",
        1686161156340,
        **_JOURNEY,
        status="NotSent",
        reason="Template doesn't exist in the language",
    ),
)
