"""Removing the callback that a failed creation leaves behind, and nothing else.

Source: "Create a Callback": after a failed probe the callback stays, and "to retry please delete
the callback and create it again".
"""

from __future__ import annotations

from ens_provider.api.errors import ConflictError, ENSError, NotFoundError
from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle import deletions
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import DesiredCallback
from ens_provider.lifecycle.canonical import same_url
from ens_provider.lifecycle.probe import ProbeFailure


def remove_failed_callback(account: Account, desired: DesiredCallback, probe: ProbeFailure) -> str:
    """Delete what a failed creation left behind, and return a sentence about it.

    Only a callback with the declared name and URL is deleted, or one that ENS does not show yet and
    names together with the declared URL; never one on which subscriptions hang or that a resource
    of this process owns. A failure of the clean-up is told in the sentence, since the probe's
    failure is what the reader must know.

    Args:
        account: The account in which the creation failed.
        desired: What was to be created.
        probe: What the service says about it.
    """
    try:
        removed = _removed(account, desired, probe)
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
        deletions.delete_callback(account, callback_id)
    except ConflictError:
        return False
    return True


def _removed(account: Account, desired: DesiredCallback, probe: ProbeFailure) -> list[str]:
    named = account.find_callback(probe.callback_id) if probe.callback_id else None
    if probe.callback_id and named is None:
        # What another stack deleted meanwhile is gone; what reads do not show yet is deleted.
        return _removed_unseen(account, desired, probe, probe.callback_id)
    if named is not None and desired.is_same_as(named):
        leftovers = [named]
    else:
        # The text names no id, or somebody else's: ours is found by name and URL or not at all.
        leftovers = [each for each in account.fresh_callbacks() if desired.is_same_as(each)]
    return [record.callback_id for record in leftovers if _remove(account, record)]


def _removed_unseen(
    account: Account, desired: DesiredCallback, probe: ProbeFailure, callback_id: str
) -> list[str]:
    # Left to be found by a later attempt, it would be in the way of one with another name or URL.
    if probe.url is None or not same_url(desired.url, probe.url) or account.is_claimed(callback_id):
        return []
    try:
        with account.writing():
            account.client.delete_callback(callback_id)
    except (NotFoundError, ConflictError):
        return []
    account.forget(callback_id)
    return [callback_id]


def _remove(account: Account, record: CallbackRecord) -> bool:
    if account.is_claimed(record.callback_id):
        return False
    # Subscriptions on it make the service refuse the deletion.
    return delete_unused(account, record.callback_id)
