"""The rules of subscriptions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.callbacks import CallbackRules, not_verified
from ens_provider.emulator.changes import SubscriptionChange, SubscriptionCreation
from ens_provider.emulator.ids_and_keys import new_id
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback, Subscription

MOST_PER_CALLBACK = 200


@dataclass(frozen=True, kw_only=True)
class SubscriptionUpdate:
    """What became of a PUT."""

    subscription: Subscription
    changed: bool


class SubscriptionRules:
    """Subscriptions of business units, each on one callback of the same unit."""

    def __init__(
        self, ledger: Ledger, callbacks: CallbackRules, *, make_id: Callable[[], str] = new_id
    ) -> None:
        self._ledger = ledger
        self._callbacks = callbacks
        self._make_id = make_id

    def create(self, mid: int, creation: SubscriptionCreation) -> Subscription:
        """Add a subscription to a callback.

        Raises:
            ServiceError: 404 for an unknown callback; 400 for one that is not verified (switch
                `subscribe_unverified`) or has 200 already (a guess); 304 if the name is taken.
        """
        with self._ledger.operation():
            callback = self._callbacks.require(mid, creation.callback_id)
            self._require_usable(callback)
            self._require_free_name(mid, callback.callback_id, creation.name)
            self._require_room(callback)
            subscription = Subscription(
                mid=mid,
                subscription_id=self._make_id(),
                callback_id=callback.callback_id,
                name=creation.name,
                event_types=creation.event_types,
                filters=creation.filters,
            )
            self._write(subscription)
        return subscription

    def get(self, mid: int, subscription_id: str) -> Subscription:
        """Return what reads show of a subscription.

        Raises:
            ServiceError: 404.
        """
        with self._ledger.operation():
            seen = self._ledger.subscriptions.find_as_of(
                subscription_id, self._ledger.read_moment()
            )
        if seen is None or seen.mid != mid:
            raise errors.not_found()
        return seen

    def list_of(self, mid: int, callback_id: str) -> tuple[Callback, list[Subscription]]:
        """Return what reads show of a callback and of its subscriptions, oldest first.

        Raises:
            ServiceError: 404 for a callback that reads do not show.
        """
        with self._ledger.operation():
            callback = self._callbacks.get(mid, callback_id)
            moment = self._ledger.read_moment()
            return callback, self._ledger.subscriptions.as_of(moment, owner=callback_id)

    def update(self, mid: int, change: SubscriptionChange) -> SubscriptionUpdate:
        """Give a subscription new values; fields that are left out keep theirs (a guess).

        Raises:
            ServiceError: if it is unknown, 404 or 400 (switch `put_unknown_subscription`: the
                documentation lists no 404 here); 400 for a status change without its reason, a
                status that it has already (switch `unchanged_status`) or a name that is taken.
        """
        with self._ledger.operation():
            before = self._require_for_update(mid, change.subscription_id)
            self._require_other_status(before, change)
            after = _changed(before, change)
            if after.name != before.name:
                self._require_free_name_for(after)
            if after != before:
                self._write(after)
        return SubscriptionUpdate(subscription=after, changed=after != before)

    def delete(self, mid: int, subscription_id: str) -> None:
        """Remove a subscription.

        Raises:
            ServiceError: 404.
        """
        with self._ledger.operation():
            self._require(mid, subscription_id)
            self._ledger.subscriptions.write(subscription_id, None, at=self._ledger.clock.now())

    def callback_of(self, subscription: Subscription) -> Callback:
        """Return the truth about the callback that an existing subscription belongs to."""
        return self._callbacks.require(subscription.mid, subscription.callback_id)

    def _require(self, mid: int, subscription_id: str) -> Subscription:
        subscription = self._ledger.subscriptions.find(subscription_id)
        if subscription is None or subscription.mid != mid:
            raise errors.not_found()
        return subscription

    def _require_for_update(self, mid: int, subscription_id: str) -> Subscription:
        try:
            return self._require(mid, subscription_id)
        except errors.ServiceError:
            if self._ledger.switches.put_unknown_subscription == "404":
                raise
            raise errors.bad_request(
                f"Subscription {subscription_id} does not exist.", errorcode=errors.NOT_FOUND
            ) from None

    def _require_other_status(self, before: Subscription, change: SubscriptionChange) -> None:
        # The documentation says that only active ones are paused and only paused ones activated.
        refused = self._ledger.switches.unchanged_status == "rejected"
        if refused and change.status == before.status:
            raise errors.bad_request(
                f"Subscription {before.subscription_id} is {before.status} already.",
                errorcode=errors.WRONG_STATE,
            )

    def _require_usable(self, callback: Callback) -> None:
        expired = callback.deadline <= self._ledger.clock.now() or callback.probe == "failed"
        refused = self._ledger.switches.subscribe_unverified == "400" or expired
        if refused and not callback.verified:
            raise not_verified(callback)

    def _require_free_name(self, mid: int, callback_id: str, name: str) -> None:
        if self._name_is_taken(mid, callback_id, name, but=""):
            raise errors.not_modified()

    def _require_free_name_for(self, subscription: Subscription) -> None:
        taken = self._name_is_taken(
            subscription.mid,
            subscription.callback_id,
            subscription.name,
            but=subscription.subscription_id,
        )
        if taken:
            raise errors.bad_request(
                "subscriptionName belongs to another subscription.",
                errorcode=errors.ALREADY_PRESENT,
            )

    def _name_is_taken(self, mid: int, callback_id: str, name: str, *, but: str) -> bool:
        whole_unit = self._ledger.switches.subscription_name_scope == "business_unit"
        kept = self._ledger.subscriptions
        others = kept.truth() if whole_unit else kept.truth_of(callback_id)
        wanted = self._folded(name)
        return any(
            other.mid == mid and other.subscription_id != but and self._folded(other.name) == wanted
            for other in others
        )

    def _folded(self, name: str) -> str:
        return name.casefold() if self._ledger.switches.name_case == "insensitive" else name

    def _require_room(self, callback: Callback) -> None:
        present = self._ledger.subscriptions.truth_of(callback.callback_id)
        if len(present) >= MOST_PER_CALLBACK:
            raise errors.bad_request(
                f"Callback {callback.callback_id} has {MOST_PER_CALLBACK} subscriptions, "
                "which is the maximum.",
                errorcode=errors.INVALID_OPERATION,
            )

    def _write(self, subscription: Subscription) -> None:
        self._ledger.subscriptions.write(
            subscription.subscription_id, subscription, at=self._ledger.clock.now()
        )


def _changed(before: Subscription, change: SubscriptionChange) -> Subscription:
    status = change.status or before.status
    if status != before.status and not change.status_reason:
        raise errors.bad_request(
            "statusReason is required when status changes.", errorcode=errors.MISSING_FIELD
        )
    reason = before.status_reason if change.status_reason is None else change.status_reason
    return replace(
        before,
        event_types=change.event_types,
        filters=before.filters if change.filters is None else change.filters,
        name=change.name or before.name,
        status=status,
        status_reason=reason,
    )
