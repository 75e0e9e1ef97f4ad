"""Whom an event reaches, and what keeps it from others that ask for its type."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ens_provider.emulator.filters import first_that_fails, value_of
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback, Subscription

Event = Mapping[str, object]


class WrittenEvent(NamedTuple):
    """An event, and its text in the bodies of deliveries: the same for every callback."""

    event: Event
    text: bytes


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A callback that an event goes to, and its subscriptions that ask for the event."""

    callback: Callback
    subscriptions: tuple[Subscription, ...]


class Audience:
    """The callbacks and subscriptions of a business unit, as deliveries heed them now.

    What was written takes effect on deliveries as late as on reads: the documentation gives both
    up to two minutes (switch `propagation_seconds`). Only keys and URLs act at once: a
    regenerated key voids the old one.
    """

    def __init__(
        self,
        ledger: Ledger,
        mid: int,
        *,
        only_callback_id: str | None = None,
        moment: float | None = None,
    ) -> None:
        """Take the audience of a business unit, of one callback only if it is given.

        `moment` is the time (Unix seconds) whose writes are heeded; by default that of reads.
        """
        self.mid = mid
        self._switches = ledger.switches
        heeded = ledger.read_moment() if moment is None else moment
        with ledger.operation():
            self.callbacks = [
                callback
                for callback in ledger.callbacks.as_of(heeded, owner=mid)
                if only_callback_id in (None, callback.callback_id)
            ]
            self._subscriptions = {
                callback.callback_id: ledger.subscriptions.as_of(heeded, owner=callback.callback_id)
                for callback in self.callbacks
            }
        self.only_callback_id = only_callback_id
        self._by_type: dict[object, list[tuple[Callback, list[Subscription]]]] = {}

    def reached_by(self, event: Event) -> list[Reached]:
        """Return the callbacks that an event goes to, oldest first.

        A callback is named once, however many of its subscriptions ask for the event: nobody
        says what the service does, and a delivery names no subscription, so that a second copy
        could not be told from a repeated one.
        """
        reached = []
        for callback, asking in self._asking(event):
            unhindered = tuple(
                subscription
                for subscription in asking
                if self._hindrance(callback, subscription, event) is None
            )
            if unhindered:
                reached.append(Reached(callback=callback, subscriptions=unhindered))
        return reached[:1] if self._switches.fan_out == "one" else reached

    def hindrances(self, event: Event) -> "Iterator[Hindrance]":
        """Yield what keeps an event from those whose subscriptions ask for its type."""
        for callback, asking in self._asking(event):
            for subscription in asking:
                hindrance = self._hindrance(callback, subscription, event)
                if hindrance is not None:
                    yield hindrance

    def subscriptions(self) -> Iterator[tuple[Callback, Subscription]]:
        """Yield every subscription with its callback, oldest first."""
        for callback in self.callbacks:
            for subscription in self._of(callback):
                yield callback, subscription

    def _of(self, callback: Callback) -> list[Subscription]:
        return self._subscriptions.get(callback.callback_id, [])

    def _asking(self, event: Event) -> "list[tuple[Callback, list[Subscription]]]":
        """Return the callbacks with those of their subscriptions that ask for an event's type."""
        # Types compare exactly, case and all.
        type_name = event["eventCategoryType"]
        if type_name not in self._by_type:
            asking = [
                (callback, [s for s in self._of(callback) if type_name in s.event_types])
                for callback in self.callbacks
            ]
            self._by_type[type_name] = [(callback, those) for callback, those in asking if those]
        return self._by_type[type_name]

    def _hindrance(
        self, callback: Callback, subscription: Subscription, event: Event
    ) -> "Hindrance | None":
        if not callback.verified:
            return Hindrance(3, f"Callback '{callback.name}' is not verified.")
        if subscription.status != "active":
            return Hindrance(2, f"{named(subscription, callback)} is {subscription.status}.")
        failing = first_that_fails(
            subscription.filters, event, anchoring=self._switches.filter_anchoring
        )
        if failing is None:
            return None
        reason = _filter_reason(failing, event)
        return Hindrance(1, f"{named(subscription, callback)} filters it out: {reason}.")


def is_active(ledger: Ledger, callback_id: str, subscription_ids: Iterable[str]) -> bool:
    """Say whether a callback still is one to deliver to, for one of these subscriptions."""
    heeded = ledger.read_moment()
    with ledger.operation():
        callback = ledger.callbacks.find_as_of(callback_id, heeded)
        subscriptions = [ledger.subscriptions.find_as_of(id_, heeded) for id_ in subscription_ids]
    return (callback is not None and callback.verified) and any(
        subscription is not None and subscription.status == "active"
        for subscription in subscriptions
    )


@dataclass(frozen=True)
class Hindrance:
    """Why an event did not reach a callback; the distance says how far it was from that."""

    distance: int
    sentence: str


def named(subscription: Subscription, callback: Callback) -> str:
    """Return how sentences speak of a subscription."""
    return f"Subscription '{subscription.name}' of callback '{callback.name}'"


def _filter_reason(failing: str, event: Event) -> str:
    name = failing.partition("=")[0]
    value = value_of(event, name)
    has = f"has no {name}" if value is None else f"has {name} '{value}'"
    return f"{failing} is wanted, and the event {has}"
