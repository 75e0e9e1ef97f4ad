"""Push and in-app messages (documentation page "MobilePush Events").

No source shows where `sendMethod` stands; here it is in `info`, beside what it belongs to.
"""

from typing import Any

_DEVICE = "9e3c2f7d-41d7-4f6b-8a4f-57b3b3c8a9d2"
_SENT = {"sendMethod": "MobileStudio", "messageId": "MjU6MTE0OjA", "appName": "Northern Trail"}
_IN_APP = {"messageId": "NDY6MTE0OjA", "appName": "Northern Trail"}


def _push(type_name: str, timestamp: int, **info: Any) -> dict[str, Any]:
    return {
        "eventCategoryType": type_name,
        "timestampUTC": timestamp,
        "compositeId": f"64219.104857601.{_DEVICE}",
        "composite": {"jobId": "64219", "subscriberId": "104857601", "deviceId": _DEVICE},
        "definitionKey": "spring-sale-push",
        "mid": 1447640,
        "eid": 1447640,
        "info": {
            "subscriberKey": "customer-20817",
            "platform": "iOS",
            "platformVersion": "17.5",
            **info,
        },
    }


PUSH_EVENTS: tuple[dict[str, Any], ...] = (
    _push("EngagementEvents.PushOpen", 1717410032000, **_SENT),
    _push("EngagementEvents.InAppDisplay", 1717410100000, **_IN_APP, durationInSeconds=4),
    _push("EngagementEvents.InAppDismiss", 1717410104000, **_IN_APP, durationInSeconds=4),
    _push(
        "EngagementEvents.InAppClick",
        1717410103000,
        **_IN_APP,
        buttonText="Yes, let's go",
        link="https://www.example.com/sale?from=inapp&size=L",
    ),
    _push("EngagementEvents.InboxOpen", 1717410200000, **_IN_APP),
    _push("EngagementEvents.PushDeliveryReceipt", 1717410002000, **_SENT),
    _push("EngagementEvents.PushInstall", 1717400000000, appName="Northern Trail"),
    _push("EngagementEvents.PushInactive", 1719990000000, appName="Northern Trail"),
    _push(
        "EngagementEvents.PushImageClick",
        1717410040000,
        **_SENT,
        link="https://www.example.com/sale?image=1",
    ),
    _push("EngagementEvents.PushButtonClick", 1717410045000, **_SENT, buttonText="Buy <now>"),
    _push("SendEvents.PushSent", 1717410000000, **_SENT, status="Sent"),
    _push(
        "SendEvents.PushNotSent",
        1717410000500,
        **_SENT,
        status="NotSent",
        statusCode="10",
        reason="The contact hasn't opted in",
    ),
    _push(
        "SendEvents.PushBounced",
        1717410001000,
        **_SENT,
        status="Bounced",
        statusCode="410",
        reason="BadDeviceToken",
    ),
)
