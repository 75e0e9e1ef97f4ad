"""Taking over a subscription that is already present, by its id."""

from __future__ import annotations

from dataclasses import replace

from ens_provider.api.errors import ENSError, NotFoundError
from ens_provider.api.records import SubscriptionRecord
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.errors import AlreadyPresent
from ens_provider.lifecycle.subscription import (
    NO_REASON,
    DesiredSubscription,
    ManagedSubscription,
    managed,
)
from ens_provider.lifecycle.subscription_changes import update_subscription


def adopt_subscription(
    account: Account, desired: DesiredSubscription, subscription_id: str, *, mid: str
) -> ManagedSubscription:
    """Take over the subscription of that id; never create one instead.

    Raises:
        AlreadyPresent: It belongs to another callback, or to another resource of this program.
        NotFoundError: The business unit has no subscription of that id.
    """
    record = account.find_subscription(subscription_id)
    if record is None:
        raise NotFoundError(
            f"adopt_id of {desired} names subscription {subscription_id}, which does not exist in "
            f"business unit {mid}; nothing was created. Correct adopt_id, use the credentials of "
            "the subscription's business unit, or remove adopt_id to create a new subscription.",
            operation="read subscription",
            subject=subscription_id,
            status=404,
        )
    if record.callback_id.lower() != desired.callback_id:
        raise AlreadyPresent(
            f"adopt_id of {desired} names subscription '{record.subscription_name}' "
            f"({subscription_id}) of callback '{record.callback_name}' ({record.callback_id}); "
            "nothing was changed. Declare it on that callback to take it over.",
            operation="read subscription",
            subject=subscription_id,
        )
    if not account.claim(subscription_id, adopted=True):
        raise declared_twice(desired, record)
    try:
        present = managed(record, mid=mid, changed_at="")
        taken = update_subscription(account, present, _keeping_reason(desired, present))
    except ENSError:
        # Not taken over after all: the next attempt may, and the old owner may delete it.
        account.release(subscription_id)
        raise
    return replace(taken, callback_id=desired.callback_id, changed_at=account.written_at())


def _keeping_reason(
    desired: DesiredSubscription, present: ManagedSubscription
) -> DesiredSubscription:
    """Return what to declare so that a pause which is there keeps a reason that nobody declares."""
    if not (desired.paused and present.paused and desired.pause_reason is None):
        return desired
    return replace(desired, pause_reason=present.status_reason or NO_REASON)


def declared_twice(
    desired: DesiredSubscription, record: SubscriptionRecord | None = None
) -> AlreadyPresent:
    """Return the error that another resource of this program has, or creates, the same one."""
    which = "creates it at this moment"
    if record is not None:
        which = (
            f"already manages subscription '{record.subscription_name}' ({record.subscription_id})"
        )
    return AlreadyPresent(
        f"{desired} is declared twice: another resource of this program {which}. Give one of the "
        "two another name, or remove it.",
        operation="create subscription",
        subject=desired.subscription_name,
    )
