"""One account: the client, business unit, list cache and memory that a process shares."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ens_provider.api.errors import NotFoundError
from ens_provider.lifecycle.errors import WrongBusinessUnit
from ens_provider.lifecycle.shared_answer import SharedAnswer, Writes
from ens_provider.lifecycle.time_stamps import time_stamp, unix_seconds

if TYPE_CHECKING:
    from ens_provider.api.client import ENSClient
    from ens_provider.api.config import ClientConfig
    from ens_provider.api.records import CallbackRecord, SubscriptionRecord, TokenContext
    from ens_provider.lifecycle.callback import DeclaredCallback

PROPAGATION_SECONDS = 120.0
"""How far reads may lag behind writes ("Update a Callback": two minutes to take effect)."""

_accounts: dict[ClientConfig, Account] = {}
_accounts_lock = threading.Lock()


def account_for(config: ClientConfig) -> Account:
    """Return the account of a configuration: one per configuration and process."""
    with _accounts_lock:
        if config not in _accounts:
            _accounts[config] = Account(config)
        return _accounts[config]


def share_account(config: ClientConfig, account: Account) -> None:
    """Let this account serve a configuration in this process, with a client of other pauses, say.

    Called before the first `account_for` of that configuration.
    """
    with _accounts_lock:
        _accounts[config] = account


class Account:
    """What all resources of one account share within a process. Safe to use from threads.

    Args:
        config: Whose account it is.
        client: What asks the service. Default: one of this configuration.
    """

    def __init__(self, config: ClientConfig, *, client: ENSClient | None = None) -> None:
        self._config = config
        self._client = client
        self._client_lock = threading.Lock()
        self._configured_mid = config.account_id
        # Whom a token belongs to stays so, whatever is written.
        self._token_context = SharedAnswer(self._ask_token_context, Writes())
        # What each business unit was met with among the stack's resources.
        self._met: dict[str, str] = {}
        self._writes = Writes()
        self._callbacks = SharedAnswer(self._ask_callbacks, self._writes)
        self._subscriptions: dict[str, SharedAnswer[list[SubscriptionRecord]]] = {}
        self._subscriptions_lock = threading.Lock()
        # What a callback's status was before its verification, where somebody looked.
        self.unverified_statuses: dict[str, str] = {}
        # The callbacks that the stack declares, by id, as far as this process has met them.
        self.declared_callbacks: dict[str, DeclaredCallback] = {}
        # The fingerprint of the newest signature key that this process made for a callback.
        self.keys_made: dict[str, str] = {}
        # Callbacks that this process took over with a new key: one declared before is void.
        self.taken_over_with_new_key: set[str] = set()
        self._first_asked: dict[str, float] = {}
        self._being_created: set[tuple[str, ...]] = set()
        self._being_created_lock = threading.Lock()
        self._claims_lock = threading.Lock()
        self._claimed: set[str] = set()
        self._adopted: set[str] = set()
        self._deleted: set[str] = set()

    @property
    def client(self) -> ENSClient:
        """What asks the service. Loaded by the first call: a run without a change makes none."""
        with self._client_lock:
            if self._client is None:
                from ens_provider.api.client import ENSClient  # noqa: PLC0415 -- see above

                self._client = ENSClient(self._config)
            return self._client

    @property
    def mid(self) -> str:
        """The MID of the business unit that this account's token belongs to.

        A configured account id is what the token was asked for; without one the service is
        asked once ("Get Token Context").
        """
        if self._configured_mid is not None:
            return self._configured_mid
        return self._token_context.shared().mid

    def require_mid(self, mid: str | None, *, subject: str) -> None:
        """Refuse to go on under a token of another business unit than the resource's.

        Raises:
            WrongBusinessUnit: The resource's MID is known and is not this account's.
        """
        if mid and mid != self.mid:
            raise wrong_business_unit(mid, self.mid, subject=subject)

    def meet(self, mid: str | None, *, subject: str) -> None:
        """Remember the business unit that a resource of the stack belongs to."""
        if mid:
            self._met.setdefault(mid, subject)

    def require_met_mid(self) -> None:
        """Refuse to create anything beside resources that belong to another business unit.

        Raises:
            WrongBusinessUnit: A resource that was met belongs to another one than this account.
        """
        for mid, subject in list(self._met.items()):
            self.require_mid(mid, subject=subject)

    def shared_callbacks(self) -> list[CallbackRecord]:
        """List the callbacks for a read: a list that began after our last write is shared."""
        return list(self._callbacks.shared().values())

    def listed_callback(self, callback_id: str) -> CallbackRecord | None:
        """Return a callback out of the shared list; None proves nothing, since lists lag."""
        return self._callbacks.shared().get(callback_id)

    def fresh_callbacks(self) -> list[CallbackRecord]:
        """List the callbacks anew, less those that this process has deleted.

        Reads may lag up to two minutes behind writes, so a callback of our own that was
        deleted a moment ago can still be listed.
        """
        listed = self._callbacks.fresh()
        return [record for id_, record in listed.items() if id_ not in self._deleted]

    def shared_subscriptions(self, callback_id: str) -> list[SubscriptionRecord]:
        """List a callback's subscriptions for a read, shared as `shared_callbacks` is."""
        return self._subscriptions_of(callback_id).shared()

    def fresh_subscriptions(self, callback_id: str) -> list[SubscriptionRecord]:
        """List a callback's subscriptions anew, less those that this process has deleted."""
        return [
            record
            for record in self._subscriptions_of(callback_id).fresh()
            if record.subscription_id not in self._deleted
        ]

    def find_callback(self, callback_id: str) -> CallbackRecord | None:
        """Return the callback of that id as the service shows it; None if it does not (404)."""
        try:
            return self.client.get_callback(callback_id)
        except NotFoundError:
            return None

    def find_unlisted_callback(self, callback_id: str) -> CallbackRecord | None:
        """Return a callback that the shared list does not show; None proves that it is gone.

        A list of nothing may have been a 404, and so may the answer about one callback be: where
        both are, something on the way may say 404 to everything, so the list is asked once more.
        """
        record = self.find_callback(callback_id)
        if record is not None:
            return record
        # Meanwhile another reader may have listed anew, and what it was shown counts here, too.
        records = self.shared_callbacks() or self.fresh_callbacks()
        return next((each for each in records if each.callback_id == callback_id), None)

    def find_subscription(self, subscription_id: str) -> SubscriptionRecord | None:
        """Return the subscription of that id as the service shows it; None if it does not (404)."""
        try:
            return self.client.get_subscription(subscription_id)
        except NotFoundError:
            return None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Mark a request that changes something: lists from before or during it are stale."""
        with self._writes.under_way():
            yield

    def hear_the_clock(self) -> None:
        """Ask the service for something, unless it has answered before, so that its time is known."""
        if not self.client.knows_the_time():
            self._token_context.shared()

    def written_at(self) -> str:
        """Return the time of a write that was just answered, by the service's clock (ISO 8601)."""
        return time_stamp(self.client.now())

    def seconds_since(self, written_at: str) -> float:
        """Return the seconds between a time of `written_at` and now, by the service's clock."""
        return self.client.now() - unix_seconds(written_at)

    def may_lag(self, written_at: str) -> bool:
        """Tell whether reads may not show a write of that time (`written_at`, or empty) yet."""
        return bool(written_at) and abs(self.seconds_since(written_at)) < PROPAGATION_SECONDS

    def has_waited(self, what: str) -> bool:
        """Tell whether this process first asked for something longer ago than reads may lag.

        What is not shown, or is refused, may be so because of a write that does not show yet, of
        another owner too; after that time it is so for good.
        """
        now = self.client.now()
        return now - self._first_asked.setdefault(what, now) >= PROPAGATION_SECONDS

    @contextmanager
    def creating(self, *what: str) -> Iterator[bool]:
        """Mark a creation that is under way; False if another one of the same is.

        ENS shows a callback while it is still being probed, before anybody can claim its id.
        """
        with self._being_created_lock:
            alone = what not in self._being_created
            self._being_created.add(what)
        try:
            yield alone
        finally:
            if alone:
                self._being_created.discard(what)

    def claim(self, object_id: str, *, adopted: bool = False) -> bool:
        """Remember that a resource of this process now owns an object; False if one does already.

        Args:
            object_id: The object's id.
            adopted: Whether it is taken over from another owner.
        """
        with self._claims_lock:
            if object_id in self._claimed:
                return False
            self._claimed.add(object_id)
            if adopted:
                self._adopted.add(object_id)
            return True

    def release(self, object_id: str) -> None:
        """Take a claim back: the take-over did not come about."""
        self._claimed.discard(object_id)
        self._adopted.discard(object_id)

    def is_claimed(self, object_id: str) -> bool:
        """Tell whether a resource of this process created or took over that object."""
        return object_id in self._claimed

    def is_adopted(self, object_id: str) -> bool:
        """Tell whether a resource of this process took over that object from another owner."""
        return object_id in self._adopted

    def is_key_void(self, callback_id: str) -> bool:
        """Tell whether a declared key is known to be void: its callback was taken over with a new one."""
        return callback_id in self.taken_over_with_new_key

    def forget(self, object_id: str) -> None:
        """Remember that the object of that id was deleted by this process."""
        self.release(object_id)
        self._deleted.add(object_id)

    def was_deleted(self, object_id: str) -> bool:
        """Tell whether this process deleted the object of that id."""
        return object_id in self._deleted

    def _subscriptions_of(self, callback_id: str) -> SharedAnswer[list[SubscriptionRecord]]:
        with self._subscriptions_lock:
            if callback_id not in self._subscriptions:
                ask = partial(self._ask_subscriptions, callback_id)
                self._subscriptions[callback_id] = SharedAnswer(ask, self._writes)
            return self._subscriptions[callback_id]

    # Each finds its client at the call, not before.
    def _ask_token_context(self) -> TokenContext:
        return self.client.token_context()

    def _ask_callbacks(self) -> dict[str, CallbackRecord]:
        # By id, since a refresh looks each of many up.
        return {record.callback_id: record for record in self.client.list_callbacks()}

    def _ask_subscriptions(self, callback_id: str) -> list[SubscriptionRecord]:
        return self.client.list_subscriptions(callback_id)


def wrong_business_unit(resource_mid: str, token_mid: str, *, subject: str) -> WrongBusinessUnit:
    """Return the error that names both business units."""
    return WrongBusinessUnit(
        f"The {subject} belongs to business unit {resource_mid}, but the credentials are for "
        f"business unit {token_mid}; nothing was changed. Use the credentials of {resource_mid} "
        f"(client id, secret and accountId), or destroy the resource there before you move it.",
        subject=subject,
    )
