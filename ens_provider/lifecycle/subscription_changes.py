"""What happens to a subscription after its creation: update, read and delete.

Sources: "Update a Subscription" (every field on each update, a reason with each change of status,
no 404 among the answers), "Get Subscriptions by Callback", "Delete a Subscription".
"""

from __future__ import annotations

import logging
from dataclasses import replace

from ens_provider.api.errors import BadRequestError, NotFoundError
from ens_provider.api.records import NotModified, SubscriptionRecord, SubscriptionUpdate
from ens_provider.lifecycle import deletions
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.canonical import same_name
from ens_provider.lifecycle.errors import DeletedOutside
from ens_provider.lifecycle.subscription import (
    ACTIVE,
    NO_REASON,
    PAUSED,
    DesiredSubscription,
    ManagedSubscription,
    managed,
    reason_of,
)

_log = logging.getLogger(__name__)


def update_subscription(
    account: Account, current: ManagedSubscription, desired: DesiredSubscription
) -> ManagedSubscription:
    """Bring a subscription to its declared values; without a difference nothing is sent.

    Args:
        account: The account that the program declares it in.
        current: The subscription as the state has it.
        desired: What the program declares.

    Raises:
        WrongBusinessUnit: The subscription belongs to another business unit.
        DeletedOutside: It no longer exists.
        ENSError: The service refused or could not be reached.
    """
    if not _differs(current, desired):
        return current
    account.require_mid(current.mid, subject=str(current))
    update = desired.update_of(current)
    reason = _put(account, current, update)
    return replace(
        current,
        subscription_name=desired.subscription_name,
        event_category_types=desired.event_category_types,
        filters=desired.filters,
        status=desired.status,
        status_reason=reason,
        changed_at=account.written_at(),
    )


def read_subscription(account: Account, current: ManagedSubscription) -> ManagedSubscription | None:
    """Return a subscription as the service has it now; None when it is proven to be gone.

    Within two minutes of our own last write the state is believed, since lists lag behind writes.
    A pause that this program did not make is warned about.

    Raises:
        WrongBusinessUnit: The subscription belongs to another business unit.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=str(current))
    records = account.shared_subscriptions(current.callback_id)
    found = (each for each in records if each.subscription_id == current.subscription_id)
    record = next(found, None)
    if account.may_lag(current.changed_at):
        return current
    if record is None:
        record = account.find_subscription(current.subscription_id)
    return None if record is None else _as_read(current, record)


def get_subscription(account: Account, subscription_id: str) -> ManagedSubscription:
    """Return a subscription that the program reads but does not manage.

    Raises:
        NotFoundError: The business unit has no subscription of that id.
        ENSError: The service refused or could not be reached.
    """
    record = account.find_subscription(subscription_id)
    if record is None:
        raise NotFoundError(
            f"Subscription {subscription_id} does not exist in business unit {account.mid}, and "
            "`get` reads only what exists. Correct the id, or use the credentials of the "
            "subscription's business unit.",
            operation="read subscription",
            subject=subscription_id,
            status=404,
        )
    return managed(record, mid=account.mid, changed_at="")


def delete_subscription(
    account: Account, current: ManagedSubscription, *, held_by_another: bool
) -> None:
    """Delete a subscription; one that is already gone is fine.

    Args:
        account: The account that the subscription was declared in.
        current: The subscription as the state has it.
        held_by_another: Whether another entry of the stack's state holds the same subscription.

    Raises:
        WrongBusinessUnit: The subscription belongs to another business unit.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=str(current))
    if held_by_another or account.is_adopted(current.subscription_id):
        _log.warning(
            "The %s was not deleted: another resource of this program has taken it over. "
            "Next time, give a renamed or moved resource `aliases`.",
            current,
        )
        return
    deletions.delete_subscription(account, current.subscription_id)


def _differs(current: ManagedSubscription, desired: DesiredSubscription) -> bool:
    return (
        current.subscription_name != desired.subscription_name
        or current.event_category_types != desired.event_category_types
        or current.filters != desired.filters
        or current.status.casefold() != desired.status
        or (desired.paused and (current.status_reason or NO_REASON) != desired.status_reason)
    )


def _put(account: Account, current: ManagedSubscription, update: SubscriptionUpdate) -> str:
    """Send an update; return the reason that the service has for the status from now on."""
    try:
        return _sent(account, update, current)
    except NotFoundError as error:
        raise _deleted_outside(current) from error
    except BadRequestError as error:
        return _put_again(account, current, update, refusal=error)


def _put_again(
    account: Account,
    current: ManagedSubscription,
    update: SubscriptionUpdate,
    *,
    refusal: BadRequestError,
) -> str:
    """Leave the status out if it is the present one: only another one may be asked for, perhaps."""
    record = account.find_subscription(current.subscription_id)
    shown = current if record is None else replace(current, status_reason=reason_of(record))
    statuses = {record.status.casefold()} if record else set()
    if account.may_lag(current.changed_at):
        # What this program wrote a moment ago need not show yet.
        statuses.add(current.status.casefold())
    try:
        if update.status not in statuses:
            raise refusal
        return _sent(account, replace(update, status=None, status_reason=None), shown)
    except BadRequestError as error:
        if record is None:
            # The documentation lists no 404 here, so that this may be one.
            raise _deleted_outside(current) from error
        raise


def _sent(account: Account, update: SubscriptionUpdate, current: ManagedSubscription) -> str:
    with account.writing():
        answer = account.client.update_subscription(update)
    told = "" if isinstance(answer, NotModified) else answer.status_reason
    return told or update.status_reason or current.status_reason


def _deleted_outside(current: ManagedSubscription) -> DeletedOutside:
    return DeletedOutside(
        f"The {current} was deleted outside of this program and cannot be updated: run "
        "`pulumi up --refresh` to create it again.",
        operation="update subscription",
        subject=current.subscription_id,
        status=404,
    )


def _as_read(current: ManagedSubscription, record: SubscriptionRecord) -> ManagedSubscription:
    read = managed(record, mid=current.mid, changed_at=current.changed_at)
    spelled_alike = same_name(current.subscription_name, read.subscription_name)
    _warn_of_status(current, read)
    return replace(
        read,
        callback_id=current.callback_id,
        # The spelling of the state stays when it means the same: an echo is no drift.
        subscription_name=current.subscription_name if spelled_alike else read.subscription_name,
        event_category_types=read.event_category_types or current.event_category_types,
        status=read.status or current.status,
    )


def _warn_of_status(current: ManagedSubscription, read: ManagedSubscription) -> None:
    reason = f", reason '{read.status_reason}'" if read.status_reason else ""
    if read.paused and not current.paused:
        _log.warning(
            "The %s was paused outside of this program%s: its events are dropped. `pulumi up` "
            "resumes it, unless you declare paused=True.",
            current,
            reason,
        )
    elif read.status and read.status.casefold() not in {ACTIVE, PAUSED}:
        _log.warning(
            "ENS shows the status of the %s as '%s'%s: it may not be delivered to.",
            current,
            read.status,
            reason,
        )
