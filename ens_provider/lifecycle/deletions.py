"""Deleting an object of the service: gone needs proof here, too.

Sources: "Delete a Callback" and "Delete a Subscription" (404: the id is unknown; 409: subscriptions
are still attached).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from ens_provider.api.errors import NotFoundError
from ens_provider.lifecycle.account import Account

_log = logging.getLogger(__name__)


def delete_callback(account: Account, callback_id: str) -> bool:
    """Delete a callback; tell whether it was there.

    Raises:
        ConflictError: Subscriptions hang on it.
        ENSError: The service refused or could not be reached.
    """
    return _delete(account, callback_id, account.client.delete_callback)


def delete_subscription(account: Account, subscription_id: str) -> bool:
    """Delete a subscription; tell whether it was there.

    Raises:
        ENSError: The service refused or could not be reached.
    """
    return _delete(account, subscription_id, account.client.delete_subscription)


def _delete(account: Account, object_id: str, delete: Callable[[str], None]) -> bool:
    known_gone = account.was_deleted(object_id)
    was_there = _deleted(account, object_id, delete)
    if not was_there and not known_gone:
        # Something on the way may have answered. A look would prove less than the service's second
        # word: reads lag, and a permission to delete is none to read.
        was_there = _deleted(account, object_id, delete)
    account.forget(object_id)
    return was_there


def _deleted(account: Account, object_id: str, delete: Callable[[str], None]) -> bool:
    with suppress(NotFoundError), account.writing():
        delete(object_id)
        return True
    _log.debug("%s was already gone", object_id)
    return False
