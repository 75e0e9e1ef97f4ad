"""Subscriptions in plugin tests: what a program declares, what the service holds, what is warned."""

from __future__ import annotations

from typing import Any

from tests.plugin.driver import Created, Plugin
from tests.plugin.service import MID, Service

SENT = "TransactionalSendEvents.EmailSent"
NOT_SENT = "TransactionalSendEvents.EmailNotSent"
OPEN = "EngagementEvents.EmailOpen"
PAUSED = "paused by pulumi"
RESUMED = "resumed by pulumi"


def declaration(callback_id: str, **changes: Any) -> dict[str, Any]:
    """Return the inputs of a subscription as `check` leaves them; None leaves one out."""
    inputs = {
        "callback_id": callback_id,
        "subscription_name": "mails",
        "event_category_types": [SENT],
        "filters": [],
        "paused": False,
        **changes,
    }
    return {name: value for name, value in inputs.items() if value is not None}


def verified(service: Service, label: str = "orders", **fields: Any) -> str:
    """Let somebody create a callback and verify it; return its id."""
    callback_id = service.create(label, **fields)
    service.verify(callback_id)
    return callback_id


def subscribed(plugin: Plugin, service: Service, **changes: Any) -> Created:
    """Create a callback and a subscription of it, off the record; they are `orders` and `mails`."""
    created = plugin.of("Subscription").create(declaration(verified(service), **changes))
    service.label(created.id, "mails")
    service.forget_calls()
    return created


def inputs_of(created: Created, **changes: Any) -> dict[str, Any]:
    """Return the inputs that a creation's outputs tell, with changes; None leaves one out."""
    names = ("subscription_name", "event_category_types", "filters", "paused", "pause_reason")
    given = {name: created.outputs.get(name) for name in names}
    return declaration(created.outputs["callback_id"], **{**given, **changes})


def outputs_of(inputs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the outputs of a subscription, less the time of the last write."""
    return {**inputs, "status": "active", "status_reason": "", "mid": MID, **changes}


def timeless(created: Created) -> dict[str, Any]:
    """Return outputs without the time of the last write, which has to be there."""
    assert isinstance(created.outputs["changed_at"], str)
    return {name: value for name, value in created.outputs.items() if name != "changed_at"}


def present(service: Service) -> dict[str, dict[str, Any]]:
    """Return the subscriptions that really are there, by label, oldest first."""
    found = service.emulator.state()["subscriptions"]
    return {service.labelled(each["subscriptionId"]): each for each in found}


def two_minutes_later(service: Service) -> None:
    """Let reads show everything that was written so far."""
    service.emulator.move_clock(121)


class Warned:
    """What a plugin warns of from now on, with labels in the place of ids."""

    def __init__(self, plugin: Plugin, service: Service) -> None:
        self._plugin = plugin
        self._service = service
        self._begin = len(plugin.log_text())

    def lines(self) -> list[str]:
        """Return the lines since this object was made."""
        return self._service.labelled(self._plugin.log_text()[self._begin :]).splitlines()
