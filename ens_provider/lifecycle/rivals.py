"""Two owners of one name and URL: saying so where one of them finds its callback gone.

Whoever creates a name and URL takes a callback of them on which no subscription hangs for a
leftover and deletes it (`callback_takeover`). Of two stacks that do so side by side one loses its
callback, and learns of it when it verifies it, makes a key for it or subscribes to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ens_provider.api.errors import ENSError
from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import CallbackIdentity, DeclaredCallback

_REMEDY = "Give one of the two another name and URL, then run `pulumi up --refresh`."


def why_gone(account: Account, callback_id: str, *, otherwise: str) -> str:
    """Return why a callback does not exist and what to do, as the end of a sentence.

    Args:
        account: The account that answered that it does not exist.
        callback_id: The callback.
        otherwise: What to say where nothing speaks for another owner.
    """
    declared = account.declared_callbacks.get(callback_id)
    cause = _cause(account, callback_id, declared)
    if declared is None or cause is None:
        return otherwise
    return f"this run created it, but {cause}" if declared.is_new else cause


def why_perhaps_gone(account: Account, callback_id: str, *, otherwise: str) -> str:
    """Return the same, as a sentence, for a callback that is perhaps only not shown yet."""
    declared = account.declared_callbacks.get(callback_id)
    cause = _cause(account, callback_id, declared)
    if declared is None or cause is None:
        return otherwise
    return (
        f"This run created it; if it is gone, {cause}"
        if declared.is_new
        else f"If it is gone, {cause}"
    )


def rival_of(
    callback_id: str, identity: CallbackIdentity, records: Iterable[CallbackRecord]
) -> CallbackRecord | None:
    """Return another callback of the same name and URL; None if there is none."""
    return next(
        (r for r in records if r.callback_id != callback_id and identity.is_same_as(r)), None
    )


def _cause(account: Account, callback_id: str, declared: DeclaredCallback | None) -> str | None:
    if declared is None:
        return None
    rival = None
    # What is to be told is that the callback is gone, whether or not the list can be had.
    with suppress(ENSError):
        rival = rival_of(callback_id, declared, account.fresh_callbacks())
    if rival is None and not declared.is_new:
        return None
    instead = f"; callback {rival.callback_id} is there instead" if rival is not None else ""
    return (
        "another stack or program seems to declare the same name and URL "
        f"('{declared.callback_name}', {declared.url}), and to have deleted this one as a leftover, "
        f"since no subscription hung on it{instead}. {_REMEDY}"
    )
