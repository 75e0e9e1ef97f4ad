"""What an account holds, and which resource of which stack manages it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ens_provider.cli.listing.states import Holding

if TYPE_CHECKING:
    from ens_provider.api.records import CallbackRecord, SubscriptionRecord
    from ens_provider.lifecycle.account import Account


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """Who has to do with an object, as far as the given states tell.

    Attributes:
        managed_by: The resources that manage it: one, unless two stacks quarrel about it.
        read_by: The resources that came by `.get`.
    """

    managed_by: tuple[Holding, ...] = ()
    read_by: tuple[Holding, ...] = ()

    @property
    def is_unmanaged(self) -> bool:
        """Whether no resource has to do with it."""
        return not self.managed_by and not self.read_by

    def as_json(self) -> dict[str, object]:
        """Return it as `--json` shows it."""
        return {
            "managed_by": [holding.as_json() for holding in self.managed_by],
            "read_by": [holding.as_json() for holding in self.read_by],
        }


@dataclass(frozen=True, kw_only=True)
class ListedSubscription:
    """A subscription and its owners; None where no state was given."""

    record: SubscriptionRecord
    ownership: Ownership | None

    def as_json(self) -> dict[str, object]:
        """Return it as `--json` shows it."""
        record = self.record
        shown: dict[str, object] = {
            "id": record.subscription_id,
            "name": record.subscription_name,
            "event_category_types": list(record.event_category_types),
            "filters": list(record.filters),
            "status": record.status,
            "status_reason": record.status_reason,
        }
        return shown | (self.ownership.as_json() if self.ownership else {})


@dataclass(frozen=True, kw_only=True)
class ListedCallback:
    """A callback, its owners (None where no state was given) and its subscriptions."""

    record: CallbackRecord
    ownership: Ownership | None
    subscriptions: tuple[ListedSubscription, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as `--json` shows it."""
        record = self.record
        shown: dict[str, object] = {
            "id": record.callback_id,
            "name": record.callback_name,
            "url": record.url,
            "max_batch_size": record.max_batch_size,
            "status": record.status,
            "status_reason": record.status_reason,
        }
        owners = self.ownership.as_json() if self.ownership else {}
        subscriptions = [each.as_json() for each in self.subscriptions]
        return shown | owners | {"subscriptions": subscriptions}


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a business unit holds.

    Attributes:
        mid: The business unit.
        callbacks: Its callbacks, by name.
        missing: What a state holds of this business unit and the account does not; None where no
            state was given.
    """

    mid: str
    callbacks: tuple[ListedCallback, ...]
    missing: tuple[Holding, ...] | None

    @property
    def unmanaged(self) -> int:
        """How many objects are not in the given states."""
        owners = [callback.ownership for callback in self.callbacks]
        owners += [each.ownership for callback in self.callbacks for each in callback.subscriptions]
        return sum(owner.is_unmanaged for owner in owners if owner)

    def as_json(self) -> dict[str, object]:
        """Return the document that `--json` prints."""
        document: dict[str, object] = {
            "mid": self.mid,
            "callbacks": [callback.as_json() for callback in self.callbacks],
        }
        if self.missing is None:
            return document
        missing = [
            {"kind": each.kind, "id": each.object_id, "name": each.object_name, **each.as_json()}
            for each in self.missing
        ]
        return document | {"missing": missing}


def take_inventory(account: Account, holdings: Sequence[Holding] | None) -> Inventory:
    """List an account: one call for the callbacks, and one for the subscriptions of each.

    Without a configured `accountId` one more call learns the business unit.

    Args:
        account: The account.
        holdings: What the given states hold; None if none was given.

    Raises:
        ENSError: The account could not be listed.
    """
    mid = account.mid
    records = sorted(account.client.list_callbacks(), key=_by_name)
    callbacks = tuple(_listed(account, record, holdings) for record in records)
    missing = None if holdings is None else tuple(_missing(holdings, callbacks, mid))
    return Inventory(mid=mid, callbacks=callbacks, missing=missing)


def _listed(
    account: Account, record: CallbackRecord, holdings: Sequence[Holding] | None
) -> ListedCallback:
    subscriptions = account.client.list_subscriptions(record.callback_id)
    return ListedCallback(
        record=record,
        ownership=_ownership(record.callback_id, holdings),
        subscriptions=tuple(
            ListedSubscription(
                record=subscription, ownership=_ownership(subscription.subscription_id, holdings)
            )
            for subscription in sorted(subscriptions, key=_by_subscription_name)
        ),
    )


def _by_name(record: CallbackRecord) -> tuple[str, str]:
    return record.callback_name, record.callback_id


def _by_subscription_name(record: SubscriptionRecord) -> tuple[str, str]:
    return record.subscription_name, record.subscription_id


def _ownership(object_id: str, holdings: Sequence[Holding] | None) -> Ownership | None:
    if holdings is None:
        return None
    own = [holding for holding in holdings if holding.object_id == object_id]
    return Ownership(
        managed_by=tuple(holding for holding in own if not holding.only_reads),
        read_by=tuple(holding for holding in own if holding.only_reads),
    )


def _missing(
    holdings: Iterable[Holding], callbacks: Iterable[ListedCallback], mid: str
) -> list[Holding]:
    there = {callback.record.callback_id for callback in callbacks}
    there |= {
        each.record.subscription_id for callback in callbacks for each in callback.subscriptions
    }
    return [each for each in holdings if each.mid == mid and each.object_id not in there]
