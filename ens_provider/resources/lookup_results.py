"""What the lookup functions answer with."""

from __future__ import annotations

from dataclasses import dataclass

from ens_provider.api.records import CallbackRecord, SubscriptionRecord


@dataclass(frozen=True, kw_only=True)
class GetCallbackResult:
    """A callback as ENS shows it, without its keys.

    Attributes:
        id: The callback's id.
        callback_name: Its name.
        url: Its endpoint.
        max_batch_size: Most events in one delivery; 0 if ENS does not say.
        status: ``verified``, or whatever else ENS shows.
        status_reason: The reason for the status; often empty or ``none``.
    """

    id: str
    callback_name: str
    url: str
    max_batch_size: int
    status: str
    status_reason: str


@dataclass(frozen=True, kw_only=True)
class GetSubscriptionResult:
    """A subscription as ENS shows it.

    Attributes:
        id: The subscription's id.
        callback_id: The callback that is told.
        subscription_name: Its name.
        event_category_types: The event types, sorted.
        filters: ``name=value`` texts, sorted; blank ones are left out.
        status: ``active``, ``paused``, or whatever else ENS shows.
        status_reason: The reason for the status; often empty or ``none``.
    """

    id: str
    callback_id: str
    subscription_name: str
    event_category_types: list[str]
    filters: list[str]
    status: str
    status_reason: str


def callback_result(record: CallbackRecord) -> GetCallbackResult:
    """Return a callback of the service as a lookup shows it."""
    return GetCallbackResult(
        id=record.callback_id,
        callback_name=record.callback_name,
        url=record.url,
        max_batch_size=record.max_batch_size or 0,
        status=record.status,
        status_reason=record.status_reason,
    )


def subscription_result(record: SubscriptionRecord) -> GetSubscriptionResult:
    """Return a subscription of the service as a lookup shows it."""
    return GetSubscriptionResult(
        id=record.subscription_id,
        callback_id=record.callback_id,
        subscription_name=record.subscription_name,
        event_category_types=sorted(record.event_category_types),
        filters=sorted(record.filters),
        status=record.status,
        status_reason=record.status_reason,
    )
