"""The properties of a `Subscription`: its inputs, and its bag of outputs to the rules and back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from ens_provider.lifecycle.canonical import canonical_name
from ens_provider.lifecycle.event_types import warnings_about
from ens_provider.lifecycle.subscription_inputs import canonical_event_types, canonical_filters
from ens_provider.lifecycle.values import flag, guid, text
from ens_provider.resources.inputs import Input, declared_inputs

if TYPE_CHECKING:
    from ens_provider.lifecycle.subscription import DesiredSubscription, ManagedSubscription

_log = logging.getLogger(__name__)

SUBSCRIPTION_INPUTS = (
    Input(name="callback_id", canonical=guid, required=True, immutable=True),
    Input(
        name="subscription_name",
        canonical=lambda value: canonical_name(text(value)),
        required=True,
    ),
    Input(name="event_category_types", canonical=canonical_event_types, required=True),
    Input(name="filters", canonical=canonical_filters, default=[]),
    Input(name="paused", canonical=flag, default=False),
    Input(name="pause_reason", canonical=text),
    Input(name="adopt_id", canonical=guid, create_only=True),
)


def name_and_callback(inputs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what tells subscriptions apart, each None if it is not given."""
    return inputs.get("subscription_name"), inputs.get("callback_id")


def catalogue_warnings(inputs: Mapping[str, Any], *, said: set[str]) -> None:
    """Warn of event types and filter keys that the documentation does not list, once each.

    Args:
        inputs: Checked inputs.
        said: What was said already in this process, for this call to add to.
    """
    types, filters = inputs.get("event_category_types", []), inputs.get("filters", [])
    found = warnings_about(
        event_types=[] if isinstance(types, Unknown) else types,
        filters=[] if isinstance(filters, Unknown) else filters,
    )
    name = inputs.get("subscription_name")
    whose = f"Subscription '{name}'" if isinstance(name, str) else "A subscription"
    for sentence in found:
        line = f"{whose}: {sentence}"
        if line not in said:
            said.add(line)
            _log.warning("%s", line)


def desired_subscription(props: Mapping[str, Any]) -> DesiredSubscription:
    """Return what checked inputs declare."""
    from ens_provider.lifecycle.subscription import DesiredSubscription

    return DesiredSubscription(
        callback_id=props["callback_id"],
        subscription_name=props["subscription_name"],
        event_category_types=tuple(props["event_category_types"]),
        filters=tuple(props.get("filters") or ()),
        paused=bool(props.get("paused")),
        pause_reason=props.get("pause_reason"),
        adopt_id=props.get("adopt_id"),
    )


def managed_subscription(subscription_id: str, outputs: Mapping[str, Any]) -> ManagedSubscription:
    """Return what the outputs of the state say of a subscription."""
    from ens_provider.lifecycle.subscription import ManagedSubscription

    return ManagedSubscription(
        subscription_id=subscription_id,
        callback_id=outputs["callback_id"],
        subscription_name=outputs["subscription_name"],
        event_category_types=tuple(outputs["event_category_types"]),
        filters=tuple(outputs.get("filters") or ()),
        status=outputs["status"],
        status_reason=outputs.get("status_reason", ""),
        mid=outputs["mid"],
        changed_at=outputs.get("changed_at", ""),
    )


def subscription_outputs(
    inputs: Mapping[str, Any], subscription: ManagedSubscription
) -> dict[str, Any]:
    """Return the complete bag: the inputs by name, overlaid with what is known."""
    bag = {
        **declared_inputs(SUBSCRIPTION_INPUTS, inputs),
        "callback_id": subscription.callback_id,
        "subscription_name": subscription.subscription_name,
        "event_category_types": list(subscription.event_category_types),
        "filters": list(subscription.filters),
        "paused": subscription.paused,
        "pause_reason": _pause_reason(inputs, subscription),
        "status": subscription.status,
        "status_reason": subscription.status_reason,
        "mid": subscription.mid,
        "changed_at": subscription.changed_at,
    }
    return {name: value for name, value in bag.items() if value is not None}


def _pause_reason(inputs: Mapping[str, Any], subscription: ManagedSubscription) -> str | None:
    """Return the reason of a pause as an input: the declared one, or one that is not ours.

    The reason of a pause that the program did not ask for shows as a difference beside `paused`.
    """
    declared: str | None = inputs.get("pause_reason")
    asked_for = bool(inputs.get("paused")) and declared is None
    if not subscription.paused or asked_for:
        return declared
    return subscription.status_reason or declared
