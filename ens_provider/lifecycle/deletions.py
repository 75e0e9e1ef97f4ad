"""Deleting an object of the service: gone needs proof here, too.

Sources: "Delete a Callback" and "Delete a Subscription" (404: the id is unknown; 409: subscriptions
are still attached).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from ens_provider.api.errors import ENSError, NotFoundError
from ens_provider.lifecycle.account import Account

_log = logging.getLogger(__name__)


def delete_callback(account: Account, callback_id: str) -> bool:
    """Delete a callback; tell whether it was there.

    Raises:
        ConflictError: Subscriptions hang on it.
        ENSError: The service refused or could not be reached.
    """
    client = account.client
    return _delete(account, callback_id, client.delete_callback, account.find_callback)


def delete_subscription(account: Account, subscription_id: str) -> bool:
    """Delete a subscription; tell whether it was there.

    Raises:
        ENSError: The service refused or could not be reached.
    """
    client = account.client
    return _delete(account, subscription_id, client.delete_subscription, account.find_subscription)


def _delete(
    account: Account,
    object_id: str,
    delete: Callable[[str], None],
    find: Callable[[str], object | None],
) -> bool:
    known_gone = account.was_deleted(object_id)
    was_there = _deleted(account, object_id, delete)
    if not was_there and not known_gone and _is_shown(object_id, find):
        # Something on the way answered, or reads lag: the service's second word counts.
        was_there = _deleted(account, object_id, delete)
    account.forget(object_id)
    return was_there


def _deleted(account: Account, object_id: str, delete: Callable[[str], None]) -> bool:
    with suppress(NotFoundError), account.writing():
        delete(object_id)
        return True
    _log.debug("%s was already gone", object_id)
    return False


def _is_shown(object_id: str, find: Callable[[str], object | None]) -> bool:
    try:
        return find(object_id) is not None
    except ENSError:
        # Without a permission to read, the 404 is all there is.
        return False
