"""Records as the service writes them, each operation with the fields that it answers."""

from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.suspensions import SUSPENDED_REASON
from ens_provider.emulator.switches import Switches
from ens_provider.emulator.url_rules import canonical_url


def created_callback(callback: Callback, *, switches: Switches) -> dict[str, object]:
    """Return the answer to a creation, the only one besides regeneration that has the key."""
    return {
        "callbackName": callback.name,
        "callbackId": callback.callback_id,
        "url": _url(callback, switches),
        "signatureKey": callback.signature_key,
        "maxBatchSize": callback.max_batch_size,
    } | _auth_id(callback)


def read_callback(
    callback: Callback, *, switches: Switches, is_suspended: bool
) -> dict[str, object]:
    """Return a callback as GET shows it; that deliveries are suspended may show or not."""
    told = is_suspended and switches.suspended_status == "suspended"
    return {
        "callbackId": callback.callback_id,
        "callbackName": callback.name,
        "url": _url(callback, switches),
        "maxBatchSize": callback.max_batch_size,
        "status": "suspended" if told else callback_status(callback, switches=switches),
        "statusReason": SUSPENDED_REASON if told else "none",
    } | _auth_id(callback)


def updated_callback(callback: Callback, *, switches: Switches) -> dict[str, object]:
    """Return the answer to a PUT."""
    return {
        "callbackId": callback.callback_id,
        "callbackName": callback.name,
        "url": _url(callback, switches),
        "maxBatchSize": callback.max_batch_size,
    }


def regenerated_callback(callback: Callback, *, switches: Switches) -> dict[str, object]:
    """Return the answer to a regeneration; it has no batch size."""
    return {
        "callbackName": callback.name,
        "callbackId": callback.callback_id,
        "url": _url(callback, switches),
        "signatureKey": callback.signature_key,
    }


def callback_status(callback: Callback, *, switches: Switches) -> str:
    """Return `verified`, or the text of the switch `unverified_status`."""
    return "verified" if callback.verified else switches.unverified_status


def created_subscription(
    subscription: Subscription, callback: Callback, *, switches: Switches
) -> dict[str, object]:
    """Return the answer to a creation."""
    return {
        "callbackId": callback.callback_id,
        "callbackName": callback.name,
        "subscriptionName": subscription.name,
        "eventCategoryTypes": list(subscription.event_types),
        "subscriptionId": subscription.subscription_id,
        **_filters(subscription, switches),
        "status": subscription.status,
    }


def read_subscription(
    subscription: Subscription, callback: Callback, *, switches: Switches
) -> dict[str, object]:
    """Return a subscription as lists and PUT show it; without a reason it is empty."""
    return created_subscription(subscription, callback, switches=switches) | {
        "url": _url(callback, switches),
        "maxBatchSize": callback.max_batch_size,
        "statusReason": subscription.status_reason,
    }


def one_subscription(
    subscription: Subscription, callback: Callback, *, switches: Switches
) -> dict[str, object]:
    """Return a subscription as GET by id shows it; without a reason it says `none`."""
    reason = subscription.status_reason or "none"
    shown = read_subscription(subscription, callback, switches=switches)
    return shown | {"statusReason": reason}


def _url(callback: Callback, switches: Switches) -> str:
    normalised = switches.url_echo == "normalised" and callback.url
    return canonical_url(callback.url) if normalised else callback.url


def _auth_id(callback: Callback) -> dict[str, object]:
    return {} if callback.auth_id is None else {"authId": callback.auth_id}


def _filters(subscription: Subscription, switches: Switches) -> dict[str, object]:
    if subscription.filters:
        return {"filters": list(subscription.filters)}
    blank: dict[str, dict[str, object]] = {
        "empty_list": {"filters": []},
        "absent": {},
        "blank_item": {"filters": [""]},
    }
    return blank[switches.blank_filters]
