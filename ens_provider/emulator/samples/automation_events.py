"""Automations (documentation page "Automation Studio Events")."""

from typing import Any

_SCHEDULE = {"automationInstanceScheduledTimeUTC": 1715860800000}
_FILE_DROP = {"automationInstanceFilenameFromTrigger": "orders_2024-05-16.csv"}
_TRIGGER = {
    "automationInstanceFilenameFromTrigger": "returns=all&day=16.csv",
    "automationInstanceFileLocation": "Northern Trail S3",
    "automationInstanceRelativePath": "incoming/2024/05",
}


def _automation(status: str, timestamp: int, kind: str, info: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventCategoryType": f"SendEvents.AutomationInstance{status}",
        "timestampUTC": timestamp,
        "eid": 1447640,
        "mid": 1447640,
        "automationName": "Daily orders & returns",
        "automationCustomerKey": "0d3c7a1e-7b52-4f1e-9a53-3f4e2f1c9b6a",
        "automationType": kind,
        "automationInstanceID": "5a1de0cc-4a57-4a4b-8f83-6b7a1a7ffb11",
        "automationInstanceStatus": status,
        "info": info,
    }


AUTOMATION_EVENTS: tuple[dict[str, Any], ...] = (
    _automation("Started", 1715860801250, "Schedule", _SCHEDULE),
    _automation("Completed", 1715860923480, "Schedule", _SCHEDULE),
    _automation("Stopped", 1715860870110, "Trigger", _TRIGGER),
    _automation("Errored", 1715860844020, "FileDrop", _FILE_DROP),
    _automation("Skipped", 1715864400090, "Schedule", _SCHEDULE),
)
