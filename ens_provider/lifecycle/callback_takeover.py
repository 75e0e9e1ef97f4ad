"""Taking over a callback that is already present, and when it is left alone.

Sources: "Create a Callback" (304 already exists, without id or key), "Regenerate Signature Key"
(the only way to a key that was lost; the old one stops working at once).
"""

from __future__ import annotations

from dataclasses import replace

from ens_provider.api.errors import ENSError, NotFoundError
from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import DesiredCallback, ManagedCallback, listed, named
from ens_provider.lifecycle.callback_changes import update_callback
from ens_provider.lifecycle.errors import AlreadyPresent
from ens_provider.lifecycle.leftovers import delete_unused


def resolve_present(
    account: Account, desired: DesiredCallback, record: CallbackRecord
) -> ManagedCallback | None:
    """Settle a callback of the declared name and URL that ENS already holds.

    Without subscriptions nobody receives from it: it is deleted, and None says that it is to be
    created again, with a fresh key and a fresh verification. With subscriptions it is live and
    is taken over as ``on_existing`` says.

    Raises:
        AlreadyPresent: It is live and the program does not say how to take it over.
    """
    _refuse_claimed(account, desired, record)
    subscriptions = account.client.list_subscriptions(record.callback_id)
    if not subscriptions and delete_unused(account, record.callback_id):
        return None
    return _take_over(account, desired, record, hanging=listed(subscriptions))


def adopt_by_id(account: Account, desired: DesiredCallback, callback_id: str) -> ManagedCallback:
    """Take over the callback of that id; never create one instead.

    Raises:
        AlreadyPresent: Its name or URL is not the declared one, or no key is at hand for it.
        NotFoundError: The business unit has no callback of that id.
    """
    try:
        record = account.client.get_callback(callback_id)
    except NotFoundError as error:
        raise NotFoundError(
            f"adopt_id of {desired} names callback {callback_id}, which does not exist in business "
            f"unit {account.mid}; nothing was created. Correct adopt_id, use the credentials of "
            "the callback's business unit, or remove adopt_id to create a new callback.",
            operation="get callback",
            subject=callback_id,
            status=404,
        ) from error
    _refuse_claimed(account, desired, record)
    if not desired.is_same_as(record):
        raise AlreadyPresent(
            f"adopt_id of {desired} names {named(record)}, which has another name or URL; nothing "
            "was changed. Declare exactly that name and URL to take it over.",
            operation="get callback",
            subject=callback_id,
        )
    subscriptions = account.client.list_subscriptions(callback_id)
    hanging = listed(subscriptions) if subscriptions else "no subscriptions"
    return _take_over(account, desired, record, hanging=hanging)


def _refuse_claimed(account: Account, desired: DesiredCallback, record: CallbackRecord) -> None:
    if account.is_claimed(record.callback_id):
        raise _declared_twice(desired, record)


def _declared_twice(desired: DesiredCallback, record: CallbackRecord) -> AlreadyPresent:
    return AlreadyPresent(
        f"{desired} is declared twice: another resource of this program already manages "
        f"{named(record)}. Give one of the two another name and URL, or remove it.",
        operation="create callback",
        subject=record.callback_id,
    )


def _take_over(
    account: Account, desired: DesiredCallback, record: CallbackRecord, *, hanging: str
) -> ManagedCallback:
    rotate = desired.on_existing == "rotate"
    if not rotate and (desired.on_existing == "fail" or desired.known_signature_key is None):
        raise _already_present(desired, record, hanging=hanging)
    present = _as_managed(desired, record, mid=account.mid)
    if not account.claim(record.callback_id, adopted=True):
        raise _declared_twice(desired, record)
    try:
        taken = update_callback(account, present, desired)
        # The last call that can fail: a new key that nobody hears of would be a lost one.
        key = _new_key(account, record) if rotate else desired.known_signature_key
    except ENSError:
        # Not taken over after all: the next attempt may, and the old owner may delete it.
        account.release(record.callback_id)
        raise
    return replace(taken, signature_key=key, changed_at=account.written_at())


def _as_managed(desired: DesiredCallback, record: CallbackRecord, *, mid: str) -> ManagedCallback:
    return ManagedCallback(
        callback_id=record.callback_id,
        callback_name=desired.callback_name,
        url=desired.url,
        max_batch_size=record.max_batch_size,
        auth_id=desired.auth_id,
        mid=mid,
        changed_at="",
        signature_key=None,
    )


def _new_key(account: Account, record: CallbackRecord) -> str | None:
    with account.writing():
        made = account.client.regenerate_signature_key(record.callback_id)
    account.taken_over_with_new_key.add(record.callback_id)
    return made.signature_key


def _already_present(
    desired: DesiredCallback, record: CallbackRecord, *, hanging: str
) -> AlreadyPresent:
    ways = (
        "declare its key (known_signature_key) or a new one (on_existing='rotate') to take it "
        "over; give the resource `aliases` if it was renamed or moved in the program; or choose "
        "another name and URL"
    )
    if desired.on_existing == "fail":
        ways = "let on_existing='fail' go and " + ways
    return AlreadyPresent(
        f"{desired} is already present as {named(record)} with {hanging}; nothing was changed. "
        f"To go on, {ways}.",
        operation="create callback",
        subject=record.callback_id,
    )
