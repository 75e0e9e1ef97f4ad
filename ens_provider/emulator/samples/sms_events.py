"""SMS (documentation page "Transactional SMS Events"); status codes are texts of digits."""

from typing import Any

_DEFINITION = "3b0a2c4e-6d2b-ea11-a2e5-d4f5ef3dd4f9"


def _sms(name: str, timestamp: int, info: dict[str, Any], **composite: str) -> dict[str, Any]:
    return {
        "eventCategoryType": f"TransactionalSendEvents.{name}",
        "timestampUTC": timestamp,
        "compositeId": f"{_DEFINITION}.52001.17.88.135804777",
        "composite": {
            "jobId": "52001",
            "batchId": "88",
            "listId": "17",
            "subscriberId": "135804777",
            **composite,
        },
        "definitionKey": "one-time-code",
        "mid": 1447640,
        "eid": 1447640,
        "info": {
            "to": "15555550123",
            "subscriberKey": "customer-20817",
            "messageKey": "0c8a41f6-5a3e-4c2e-9d9b-8d5a3f2b7e11",
            **info,
        },
        "definitionId": _DEFINITION,
    }


def _receipt(name: str, timestamp: int, code: str, message: str) -> dict[str, Any]:
    info = {
        "statusCode": code,
        "statusMessage": message,
        "ordinal": 1,
        "fromAddress": "48767",
        "countryCode": "US",
    }
    return _sms(name, timestamp, info, Tsid="1ba8e5d0-44b5-4e3b-9f0a-62d3a3a1c5f7")


SMS_EVENTS: tuple[dict[str, Any], ...] = (
    _sms("SmsSent", 1591300800120, {"status": "Sent", "fromAddress": "48767", "countryCode": "US"}),
    _sms(
        "SmsNotSent",
        1591300800480,
        {
            "reason": "Mobile Address not found",
            "statusCode": "47",
            "statusMessage": "Mobile Address not found",
        },
    ),
    _receipt("SmsTransient", 1591300801000, "3000", "Enroute"),
    _receipt("SmsDelivered", 1591300803000, "4000", "Delivered"),
    _receipt("SmsBounced", 1591300860000, "4501", "Expired"),
)
