"""Removing the callback that a failed creation leaves behind, and nothing else.

Source: "Create a Callback": after a failed probe the callback stays, and "to retry please delete
the callback and create it again".
"""

from __future__ import annotations

from ens_provider.api.errors import ConflictError, ENSError, NotFoundError
from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import DesiredCallback


def remove_failed_callback(
    account: Account, desired: DesiredCallback, callback_id: str | None
) -> str:
    """Delete what a failed creation left behind, and return a sentence about it.

    Only a callback with the declared name and URL is deleted, never one on which subscriptions
    hang or that a resource of this process owns. A failure of the clean-up is told in the
    sentence, since the probe's failure is what the reader must know.

    Args:
        account: The account in which the creation failed.
        desired: What was to be created.
        callback_id: The id that the service's text names, or None.
    """
    try:
        leftovers = _leftovers(account, desired, callback_id)
        removed = [record.callback_id for record in leftovers if _remove(account, record)]
    except ENSError as error:
        return (
            f"What the attempt left behind could not be deleted ({error}); the next "
            "attempt or `pulumi up` deletes it."
        )
    if removed:
        return f"The callback that the attempt left behind ({', '.join(removed)}) was deleted."
    # Reads lag up to two minutes behind, so that none is seen does not prove that there is none.
    return (
        "ENS shows no callback that the attempt left behind; should one appear, the next attempt or "
        "`pulumi up` deletes it."
    )


def delete_unused(account: Account, callback_id: str) -> bool:
    """Delete a callback on which nothing hangs; tell whether it is gone now."""
    try:
        with account.writing():
            account.client.delete_callback(callback_id)
    except NotFoundError:
        pass
    except ConflictError:
        return False
    account.forget(callback_id)
    return True


def _leftovers(
    account: Account, desired: DesiredCallback, callback_id: str | None
) -> list[CallbackRecord]:
    named = account.find_callback(callback_id) if callback_id else None
    if named is not None and desired.is_same_as(named):
        return [named]
    # The text names no id, or somebody else's: ours is then found by name and URL or not at all.
    same = [record for record in account.fresh_callbacks() if desired.is_same_as(record)]
    if callback_id and named is None:
        # Ours is gone: another stack deleted it meanwhile, and what is listed is that stack's.
        return [record for record in same if record.callback_id == callback_id]
    return same


def _remove(account: Account, record: CallbackRecord) -> bool:
    if account.is_claimed(record.callback_id):
        return False
    # Subscriptions on it make the service refuse the deletion.
    return delete_unused(account, record.callback_id)
