"""Events as tests let them happen, and what they do to subscriptions meanwhile."""

from typing import Any

from tests.emulator.caller import SUBSCRIPTIONS, Caller

SENT = "TransactionalSendEvents.EmailSent"
OPEN = "EngagementEvents.EmailOpen"
SECOND = "https://second.test/two"


def event(type_name: str = SENT, **fields: Any) -> dict[str, Any]:
    """An event of a type."""
    return {"eventCategoryType": type_name, **fields}


def reasons(answer: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Why events reached nobody."""
    return [miss["reason"] for miss in answer["unmatched"]]


def pause(caller: Caller, subscription: dict[str, Any], *, status: str = "paused") -> None:
    """Pause a subscription, or make it active again."""
    change = {
        "subscriptionId": subscription["subscriptionId"],
        "eventCategoryTypes": subscription["eventCategoryTypes"],
        "status": status,
        "statusReason": "maintenance",
    }
    assert caller.put(SUBSCRIPTIONS, [change]).status_code == 200
