"""Whom an event reaches, and why it reaches nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ens_provider.emulator.filters import first_that_fails, value_of
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback, Subscription

Event = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A callback that an event goes to, and its subscriptions that ask for the event."""

    callback: Callback
    subscription_ids: tuple[str, ...]


class Audience:
    """The callbacks and subscriptions of a business unit, as deliveries heed them now.

    What was written takes effect on deliveries as late as on reads: the documentation gives both
    up to two minutes (switch `propagation_seconds`). Only keys and URLs act at once: a
    regenerated key voids the old one.
    """

    def __init__(self, ledger: Ledger, mid: int, *, only_callback_id: str | None = None) -> None:
        self._mid = mid
        self._switches = ledger.switches
        with ledger.operation():
            callbacks = ledger.callbacks.as_of(ledger.read_moment())
            subscriptions = ledger.subscriptions.as_of(ledger.read_moment())
        self._callbacks = [
            callback
            for callback in callbacks
            if callback.mid == mid and only_callback_id in (None, callback.callback_id)
        ]
        self._subscriptions = _by_callback(subscriptions)
        self._only_one = only_callback_id is not None

    def reached_by(self, event: Event) -> list[Reached]:
        """Return the callbacks that an event goes to, oldest first.

        A callback is named once, however many of its subscriptions ask for the event: nobody
        says what the service does, and a delivery names no subscription, so that a second copy
        could not be told from a repeated one.
        """
        reached = []
        for callback in self._callbacks:
            asking = [
                subscription
                for subscription in self._asking(callback, event)
                if self._hindrance(callback, subscription, event) is None
            ]
            if asking:
                ids = tuple(subscription.subscription_id for subscription in asking)
                reached.append(Reached(callback=callback, subscription_ids=ids))
        return reached[:1] if self._switches.fan_out == "one" else reached

    def miss(self, event: Event) -> str:
        """Return a sentence on why an event reaches nobody, naming the nearest miss."""
        hindrances = [
            hindrance
            for callback in self._callbacks
            for subscription in self._asking(callback, event)
            if (hindrance := self._hindrance(callback, subscription, event))
        ]
        if hindrances:
            return min(hindrances, key=lambda hindrance: hindrance.distance).sentence
        return f"{self._nobody()} asks for {event['eventCategoryType']}; {self._asked_for()}."

    def is_active(self, callback_id: str, subscription_ids: Iterable[str]) -> bool:
        """Say whether a callback still is one to deliver to, for one of these subscriptions."""
        return any(
            callback.verified
            and subscription.subscription_id in subscription_ids
            and subscription.status == "active"
            for callback in self._callbacks
            if callback.callback_id == callback_id
            for subscription in self._of(callback)
        )

    def _of(self, callback: Callback) -> list[Subscription]:
        return self._subscriptions.get(callback.callback_id, [])

    def _asking(self, callback: Callback, event: Event) -> list[Subscription]:
        # Types compare exactly, case and all.
        type_name = event["eventCategoryType"]
        return [s for s in self._of(callback) if type_name in s.event_types]

    def _hindrance(
        self, callback: Callback, subscription: Subscription, event: Event
    ) -> "_Hindrance | None":
        # The distance says how far the event was from being delivered.
        if not callback.verified:
            return _Hindrance(3, f"Callback '{callback.name}' is not verified.")
        if subscription.status != "active":
            return _Hindrance(2, f"{_named(subscription, callback)} is {subscription.status}.")
        failing = first_that_fails(
            subscription.filters, event, anchoring=self._switches.filter_anchoring
        )
        if failing is None:
            return None
        reason = _filter_reason(failing, event)
        return _Hindrance(1, f"{_named(subscription, callback)} filters it out: {reason}.")

    def _nobody(self) -> str:
        if self._only_one and self._callbacks:
            return f"No subscription of callback '{self._callbacks[0].name}'"
        return f"No subscription of business unit {self._mid}"

    def _asked_for(self) -> str:
        types = {
            type_name
            for callback in self._callbacks
            for subscription in self._of(callback)
            for type_name in subscription.event_types
        }
        return f"they ask for {', '.join(sorted(types))}" if types else "there is none"


@dataclass(frozen=True)
class _Hindrance:
    distance: int
    sentence: str


def _by_callback(subscriptions: Iterable[Subscription]) -> dict[str, list[Subscription]]:
    sorted_out: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        sorted_out.setdefault(subscription.callback_id, []).append(subscription)
    return sorted_out


def _named(subscription: Subscription, callback: Callback) -> str:
    return f"Subscription '{subscription.name}' of callback '{callback.name}'"


def _filter_reason(failing: str, event: Event) -> str:
    name = failing.partition("=")[0]
    value = value_of(event, name)
    has = f"has no {name}" if value is None else f"has {name} '{value}'"
    return f"{failing} is wanted, and the event {has}"
