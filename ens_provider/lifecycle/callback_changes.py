"""What happens to a callback after its creation: update, read and delete.

Sources: "Update a Callback", "Get a Callback", "Get All Callbacks", "Delete a Callback" (409 while
subscriptions are attached); changes can take two minutes to show.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from ens_provider.api.errors import ConflictError, ENSError, NotFoundError
from ens_provider.api.records import CallbackRecord, CallbackUpdate, NotModified, SubscriptionRecord
from ens_provider.lifecycle import deletions
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import (
    CallbackIdentity,
    DesiredCallback,
    ManagedCallback,
    listed,
)
from ens_provider.lifecycle.canonical import same_name, same_url
from ens_provider.lifecycle.errors import DeletedOutside, StillSubscribed
from ens_provider.lifecycle.rivals import rival_of

_log = logging.getLogger(__name__)


def update_callback(
    account: Account, current: ManagedCallback, desired: DesiredCallback
) -> ManagedCallback:
    """Bring a callback to its declared values in place; without a difference nothing is sent.

    Args:
        account: The account that the program declares it in.
        current: The callback as the state has it.
        desired: What the program declares.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        DeletedOutside: It no longer exists.
        ENSError: The service refused or could not be reached.
    """
    if current.max_batch_size == desired.max_batch_size:
        # Asked for first, since the business unit may cost a call that this change must not.
        return current
    account.require_mid(current.mid, subject=str(current))
    _put(account, current, desired)
    return replace(current, max_batch_size=desired.max_batch_size, changed_at=account.written_at())


def read_callback(account: Account, current: ManagedCallback) -> ManagedCallback | None:
    """Return a callback as the service has it now; None when it is proven to be gone.

    Lists lag behind writes. Within two minutes of our own last write the state is believed, and
    a callback is gone only when its own address answers 404 as well.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=str(current))
    record = account.listed_callback(current.callback_id)
    if account.may_lag(current.changed_at):
        return current
    if record is None:
        record = account.find_unlisted_callback(current.callback_id)
    if record is None:
        _warn_of_rival(account, current)
        return None
    return _as_read(current, record)


def get_callback(
    account: Account, callback_id: str, *, known_signature_key: str | None
) -> ManagedCallback:
    """Return a callback that the program reads but does not manage.

    Args:
        account: The account to read it from.
        callback_id: Its id.
        known_signature_key: Its key, which the service does not show; or None.

    Raises:
        NotFoundError: The business unit has no callback of that id.
        ENSError: The service refused or could not be reached.
    """
    try:
        record = account.client.get_callback(callback_id)
    except NotFoundError as error:
        raise NotFoundError(
            f"Callback {callback_id} does not exist in business unit {account.mid}, and `get` "
            "reads only what exists. Correct the id, or use the credentials of the callback's "
            "business unit.",
            operation="get callback",
            subject=callback_id,
            status=404,
        ) from error
    return ManagedCallback(
        callback_id=callback_id,
        callback_name=record.callback_name,
        url=record.url,
        max_batch_size=record.max_batch_size,
        auth_id=record.auth_id,
        mid=account.mid,
        changed_at="",
        signature_key=known_signature_key,
    )


def delete_callback(
    account: Account, current: ManagedCallback, *, held_by_another: bool, force: bool
) -> None:
    """Delete a callback; one that is already gone is fine.

    Args:
        account: The account that the callback was declared in.
        current: The callback as the state has it.
        held_by_another: Whether another entry of the stack's state holds the same callback.
        force: Delete the subscriptions that hang on it, for good, and then the callback.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        StillSubscribed: Subscriptions hang on it and `force` is not set.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=str(current))
    if held_by_another or account.is_adopted(current.callback_id):
        _log.warning(
            "The %s was not deleted: another resource of this program has taken it over. "
            "Next time, give a renamed or moved resource `aliases`.",
            current,
        )
        return
    try:
        deletions.delete_callback(account, current.callback_id)
    except ConflictError as error:
        subscriptions = account.client.list_subscriptions(current.callback_id)
        if not force:
            raise _still_subscribed(current, subscriptions) from error
        _delete_with_subscriptions(account, current, subscriptions)


def _delete_with_subscriptions(
    account: Account, current: ManagedCallback, subscriptions: list[SubscriptionRecord]
) -> None:
    _delete_subscriptions(account, subscriptions)
    try:
        deletions.delete_callback(account, current.callback_id)
    except ConflictError as error:
        raise StillSubscribed(
            f"ENS refused to delete {current} (409) also after the subscriptions that it lists were "
            "deleted: its lists can lag up to two minutes behind. Run the same command again then.",
            operation="delete callback",
            subject=current.callback_id,
            status=409,
        ) from error


def _put(account: Account, current: ManagedCallback, desired: DesiredCallback) -> None:
    try:
        with account.writing():
            answer = account.client.update_callback(
                callback_id=current.callback_id,
                callback_name=current.callback_name,
                max_batch_size=desired.max_batch_size,
            )
    except NotFoundError as error:
        raise _deleted_outside(current) from error
    if not isinstance(answer, NotModified):
        _refuse_another(account, current, answer)


def _refuse_another(account: Account, current: ManagedCallback, answer: CallbackUpdate) -> None:
    """Undo an upsert: the page lists 201 "callback is new" beside 200."""
    created = answer.record.callback_id
    if created == current.callback_id:
        return
    try:
        deletions.delete_callback(account, created)
    except ENSError as error:
        raise DeletedOutside(
            f"The {current} was deleted outside of this program; ENS created callback {created} in "
            f"its place, which could not be deleted ({error}). Delete it by hand, then run "
            "`pulumi up --refresh`.",
            operation="update callback",
            subject=created,
        ) from error
    raise _deleted_outside(current)


def _deleted_outside(current: ManagedCallback) -> DeletedOutside:
    return DeletedOutside(
        f"The {current} was deleted outside of this program and cannot be updated: run "
        "`pulumi up --refresh` to create it again.",
        operation="update callback",
        subject=current.callback_id,
        status=404,
    )


def _warn_of_rival(account: Account, current: ManagedCallback) -> None:
    identity = CallbackIdentity(callback_name=current.callback_name, url=current.url)
    rival = rival_of(current.callback_id, identity, account.shared_callbacks())
    if rival is not None:
        _log.warning(
            "The %s is gone, and callback %s of the same name and URL is there instead: another "
            "stack or program seems to declare them, too. Give one of the two another name and URL; "
            "until then each `pulumi up` may delete the other's callback while no subscription "
            "hangs on it.",
            current,
            rival.callback_id,
        )


def _as_read(current: ManagedCallback, record: CallbackRecord) -> ManagedCallback:
    return replace(
        current,
        # The spelling of the state stays when it means the same: an echo is no drift.
        callback_name=(
            current.callback_name
            if same_name(current.callback_name, record.callback_name)
            else record.callback_name
        ),
        url=current.url if same_url(current.url, record.url) else record.url,
        max_batch_size=record.max_batch_size or current.max_batch_size,
        auth_id=record.auth_id or current.auth_id,
    )


def _delete_subscriptions(account: Account, subscriptions: list[SubscriptionRecord]) -> None:
    for subscription in subscriptions:
        deletions.delete_subscription(account, subscription.subscription_id)


def _still_subscribed(
    current: ManagedCallback, subscriptions: list[SubscriptionRecord]
) -> StillSubscribed:
    return StillSubscribed(
        f"ENS refused to delete {current} (409), which still has {listed(subscriptions)} of another "
        "owner; nothing was deleted. Delete them first, or set force_destroy=True and run `pulumi up` "
        "to delete them with it, for good. If another resource of this stack has taken the "
        "callback over, remove only this entry with `pulumi state delete`.",
        operation="delete callback",
        subject=current.callback_id,
        status=409,
    )
