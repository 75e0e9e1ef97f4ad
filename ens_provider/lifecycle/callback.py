"""The values that describe a callback to the rules, and what its sentences have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ens_provider.lifecycle.canonical import same_name, same_url

if TYPE_CHECKING:
    from ens_provider.api.records import CallbackRecord, SubscriptionRecord

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True)
class CallbackIdentity:
    """What tells a callback apart from others of its business unit.

    Attributes:
        callback_name: The name, up to the business unit's other callbacks to be unlike.
        url: The endpoint, ``https://host/path``.
    """

    callback_name: str
    url: str

    def is_same_as(self, record: CallbackRecord) -> bool:
        """Tell whether a record has this name and this URL."""
        return same_name(self.callback_name, record.callback_name) and same_url(
            self.url, record.url
        )


@dataclass(frozen=True, kw_only=True)
class DesiredCallback(CallbackIdentity):
    """A callback as a program declares it, in canonical form.

    Attributes:
        max_batch_size: Most events in one delivery, 100 to 1000.
        auth_id: Id of an OAuth2 set-up for deliveries, or None.
        on_existing: ``adopt``, ``rotate`` or ``fail``: what to do with a live callback.
        known_signature_key: The key of a callback that is to be taken over, or None.
        adopt_id: Id of a callback to take over instead of creating one, or None.
    """

    max_batch_size: int
    auth_id: str | None = None
    on_existing: str = "adopt"
    known_signature_key: str | None = field(default=None, repr=False)
    adopt_id: str | None = None

    def __str__(self) -> str:
        return f"callback '{self.callback_name}' ({self.url})"


@dataclass(frozen=True, kw_only=True)
class DeclaredCallback(CallbackIdentity):
    """A callback that the stack declares, as far as others may have one like it.

    Attributes:
        is_new: Whether this process created it.
        first_key: The key that it was created or taken over with, as the state keeps it; or None.
    """

    is_new: bool = False
    first_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class ManagedCallback:
    """A callback as the stack's state keeps it.

    Attributes:
        callback_id: The service's id.
        signature_key: The key of creation or take-over; None only for one that was merely read.
        mid: MID of the business unit.
        changed_at: Time of our last write, ISO 8601 by the service's clock; empty if never.
    """

    callback_id: str
    callback_name: str
    url: str
    max_batch_size: int | None
    auth_id: str | None
    mid: str
    changed_at: str
    signature_key: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"callback '{self.callback_name}' ({self.callback_id})"


def named(record: CallbackRecord) -> str:
    """Return a callback of the service as sentences name it: id, name and URL."""
    return f"callback '{record.callback_name}' (id {record.callback_id}, {record.url})"


def listed(subscriptions: Sequence[SubscriptionRecord]) -> str:
    """Return the subscriptions that hang on a callback as sentences name them."""
    if not subscriptions:
        return "subscriptions that ENS does not list yet"
    names = [
        f"'{subscription.subscription_name}' ({subscription.subscription_id})"
        for subscription in subscriptions[:_MOST_NAMED]
    ]
    more = len(subscriptions) - len(names)
    kind = "subscription" if len(subscriptions) == 1 else "subscriptions"
    return f"{kind} {', '.join(names)}" + (f" and {more} more" if more else "")
