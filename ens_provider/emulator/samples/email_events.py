"""E-mail (documentation pages "Transactional Email Events", "Engagement Email Events")."""

from typing import Any

_MESSAGE = {
    "to": "mduarte.10166.0749@salesforce.exacttargettest.com",
    "subscriberKey": "mduarte.10166.0749@sf.exacttargettest.com",
}
_LOCATION = {
    "country": "US",
    "region": "VA",
    "city": "ASHBURN",
    "zipCode": "20146-20149",
    "latitude": "39.0481",
    "longitude": "-77.4729",
}
_CLICKED_LINK = (
    "https://www.example.com/offers?utm_source=email&utm_campaign=don't-miss&items=<new>"
)


def _composite(job: str, list_id: str, batch: str, subscriber: str) -> dict[str, str]:
    return {
        "jobId": job,
        "batchId": batch,
        "listId": list_id,
        "subscriberId": subscriber,
        "emailId": "182583",
    }


def _engagement(name: str, timestamp: int, info: dict[str, Any]) -> dict[str, Any]:
    # No GUID at the front of the composite id, and no definition: unlike transactional events.
    return {
        "eventCategoryType": f"EngagementEvents.{name}",
        "timestampUTC": timestamp,
        "compositeId": "2001071.44609.4119.135804581",
        "composite": _composite("2001071", "44609", "4119", "135804581"),
        "definitionKey": "NA",
        "definitionId": "NA",
        "mid": 1447640,
        "eid": 1447640,
        "channel": "email",
        "info": info,
    }


EMAIL_EVENTS: tuple[dict[str, Any], ...] = (
    {
        "eventCategoryType": "TransactionalSendEvents.EmailSent",
        "timestampUTC": 1600698608530,
        "compositeId": ("466651f2-9c28-e911-a261-78e3b50b4f00.2001070.44609.4153.1251508322"),
        "composite": _composite("2001070", "44609", "4153", "1251508322"),
        "definitionKey": "makana-appt",
        "mid": 1447640,
        "eid": 1447640,
        "sendClassificationType": "Operational",
        "info": {
            **_MESSAGE,
            "messageKey": "f2b21aa0-fc16-11ea-9bc1-fbf804a5a66e",
            "status": "Sent",
            "renderedSubject": "Don't Forget Your Appointment",
        },
        "definitionId": "466651f2-9c28-e911-a261-78e3b50b4f00",
    },
    {
        "eventCategoryType": "TransactionalSendEvents.EmailNotSent",
        "timestampUTC": 1600630238373,
        "compositeId": ("d2f28f1c-2a52-ea11-a2e7-d4f5ef3dd4f9.37428.31.1044.124871025"),
        "composite": _composite("37428", "31", "1044", "124871025"),
        "definitionKey": "order-confirmation",
        "mid": 1476456,
        "eid": 1476266,
        "sendClassificationType": "Commercial",
        "info": {
            **_MESSAGE,
            "messageKey": "c3896725-6847-40bd-9217-dda17ee6cba2",
            "reason": "The subscriber ExactTarget system status is unsubscribed",
            "statusCode": "1",
            "statusMessage": "Unsubscribed",
        },
        "definitionId": "d2f28f1c-2a52-ea11-a2e7-d4f5ef3dd4f9",
    },
    {
        "eventCategoryType": "TransactionalSendEvents.EmailBounced",
        "timestampUTC": 1583849944000,
        "compositeId": ("a2a2fd58-9d8f-e911-a2c7-78e3b50b7f0c.163521.87.2291.98112263"),
        "composite": _composite("163521", "87", "2291", "98112263"),
        "definitionKey": "password-reset",
        "mid": 1447640,
        "eid": 1447640,
        "sendClassificationType": "Operational",
        "info": {
            "to": "nobody@example.com",
            "bounceCode": "HARD",
            "bounceMessage": "5.1.1 (bad destination mailbox address) User Unknown",
            "smtpReason": "5.1.1",
            "messageKey": "hJlMt8-fckKT4silLiVusA",
            "subscriberKey": "5bed12d54c74fd93ee1de599",
        },
        "definitionId": "a2a2fd58-9d8f-e911-a2c7-78e3b50b7f0c",
    },
    _engagement(
        "EmailOpen",
        1591386012000,
        {
            **_MESSAGE,
            "ipAddress": "52.5.174.125",
            "userAgent": "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1",
            "location": {},
        },
    ),
    _engagement(
        "EmailClick",
        1591386101000,
        {
            **_MESSAGE,
            "jobUrlId": "74165311",
            "contentLink": _CLICKED_LINK,
            "ipAddress": "52.5.174.125",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
            "location": _LOCATION,
        },
    ),
    _engagement(
        "EmailUnsubscribe",
        1591386216000,
        {
            **_MESSAGE,
            "domain": "gmail.exacttargettest.com",
            "unsubscribeDate": 1591386215000,
            "unsubscribeMethod": "Click",
        },
    ),
)
