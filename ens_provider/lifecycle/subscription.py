"""The values that describe a subscription to the rules."""

from __future__ import annotations

from dataclasses import dataclass

from ens_provider.api.records import SubscriptionRecord, SubscriptionUpdate

PAUSED = "paused"
ACTIVE = "active"
PAUSED_BY_PROGRAM = "paused by pulumi"
RESUMED_BY_PROGRAM = "resumed by pulumi"
NO_REASON = "none"
"""What one subscription shows for no reason; lists show nothing."""


@dataclass(frozen=True, kw_only=True)
class DesiredSubscription:
    """A subscription as a program declares it, in canonical form.

    Attributes:
        callback_id: The callback that is told.
        subscription_name: The name in Marketing Cloud.
        event_category_types: What it is told about, sorted, at least one.
        filters: ``name=value`` texts, sorted; all of them have to match.
        paused: Whether events are dropped instead.
        pause_reason: The reason that ENS shows for a pause, or None.
        adopt_id: Id of a subscription to take over instead of creating one, or None.
    """

    callback_id: str
    subscription_name: str
    event_category_types: tuple[str, ...]
    filters: tuple[str, ...] = ()
    paused: bool = False
    pause_reason: str | None = None
    adopt_id: str | None = None

    @property
    def status(self) -> str:
        """The status to be in."""
        return PAUSED if self.paused else ACTIVE

    @property
    def status_reason(self) -> str:
        """The reason to give for that status: ENS wants one with every change of it."""
        if not self.paused:
            return RESUMED_BY_PROGRAM
        return self.pause_reason or PAUSED_BY_PROGRAM

    def update_of(self, current: ManagedSubscription) -> SubscriptionUpdate:
        """Return the whole object as it is sent: ENS wants every field on each update."""
        keeps_reason = not self.paused and current.status.casefold() == ACTIVE
        return SubscriptionUpdate(
            subscription_id=current.subscription_id,
            subscription_name=self.subscription_name,
            event_category_types=self.event_category_types,
            filters=self.filters,
            status=self.status,
            status_reason=current.status_reason or None if keeps_reason else self.status_reason,
        )

    def __str__(self) -> str:
        return f"subscription '{self.subscription_name}' of callback {self.callback_id}"


@dataclass(frozen=True, kw_only=True)
class ManagedSubscription:
    """A subscription as the stack's state keeps it.

    Attributes:
        subscription_id: The service's id.
        status: `active`, `paused`, or whatever else the service shows.
        status_reason: The service's or our reason for it; may be empty.
        mid: MID of the business unit.
        changed_at: Time of our last write, ISO 8601 by the service's clock; empty if never.
    """

    subscription_id: str
    callback_id: str
    subscription_name: str
    event_category_types: tuple[str, ...]
    filters: tuple[str, ...]
    status: str
    status_reason: str
    mid: str
    changed_at: str

    @property
    def paused(self) -> bool:
        """Whether the service drops its events because of a pause."""
        return self.status.casefold() == PAUSED

    def __str__(self) -> str:
        return f"subscription '{self.subscription_name}' ({self.subscription_id})"


def managed(record: SubscriptionRecord, *, mid: str, changed_at: str) -> ManagedSubscription:
    """Return a record of the service as the state keeps it, in canonical form."""
    return ManagedSubscription(
        subscription_id=record.subscription_id,
        callback_id=record.callback_id,
        subscription_name=record.subscription_name,
        event_category_types=tuple(sorted(set(record.event_category_types))),
        filters=tuple(sorted(set(record.filters))),
        status=record.status,
        status_reason=reason_of(record),
        mid=mid,
        changed_at=changed_at,
    )


def reason_of(record: SubscriptionRecord) -> str:
    """Return the reason for a status: without one, lists show nothing and one by itself `none`."""
    return "" if record.status_reason.casefold() == NO_REASON else record.status_reason
