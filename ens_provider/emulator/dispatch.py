"""Let events happen: match them, make deliveries, send those, and send them again.

Each delivery is tried once by itself; `Dispatcher.retry` tries what was not acknowledged once
more.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from ens_provider.emulator.admin_answers import RefusedError
from ens_provider.emulator.deliveries import Batch, Delivery, DeliveryLog, batches_of
from ens_provider.emulator.event_requests import EventRequest
from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.ids_and_keys import new_id
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.matching import Audience, Event, Reached
from ens_provider.emulator.records import Callback

Sending = Callable[[Post, int], Awaitable[PostOutcome]]
"""Sends a POST on behalf of a business unit."""


@dataclass(frozen=True, kw_only=True)
class Dispatched:
    """The deliveries of a request, and how many events reached nobody, by type and reason."""

    deliveries: list[Delivery]
    unmatched: Counter[tuple[str, str]]

    def shown(self) -> dict[str, object]:
        """Return it for the answer to `POST /_emulator/events`."""
        return {
            "deliveries": [delivery.shown() for delivery in self.deliveries],
            "unmatched": [
                {"eventCategoryType": type_name, "events": count, "reason": reason}
                for (type_name, reason), count in self.unmatched.items()
            ],
        }


class Dispatcher:
    """Delivers events to the callbacks of an account. No lock is held while it sends."""

    def __init__(
        self, ledger: Ledger, send: Sending, *, make_id: Callable[[], str] = new_id
    ) -> None:
        self.log = DeliveryLog()
        self._ledger = ledger
        self._send = send
        self._make_id = make_id

    async def dispatch(self, request: EventRequest, *, units: Sequence[int]) -> Dispatched:
        """Deliver events to every callback that they reach, and say where they went.

        The first of the business units is the default one.

        Raises:
            RefusedError: the business unit or the callback of the request does not exist.
        """
        self._require_known(request, units)
        wanted, unmatched = self._matched(request, units)
        deliveries = [
            self._made(batch)
            for events in wanted.values()
            for batch in batches_of(events[0][1].callback, events)
        ]
        await self._attempt_all(deliveries, self._key_now)
        return Dispatched(deliveries=deliveries, unmatched=unmatched)

    async def retry(self) -> list[Delivery]:
        """Try every delivery that was not acknowledged once more and return those.

        They are signed with the key of now or with that of their first attempt (switch
        `retry_signed_with`). What has no active subscription left on a verified callback is not
        tried: the documentation speaks of no redelivery for what was deactivated.
        """
        tried = [d for d in self.log.unacknowledged() if self._is_active(d.batch)]
        old = self._ledger.switches.retry_signed_with == "old"
        await self._attempt_all(tried, _first_key if old else self._key_now)
        return tried

    def _require_known(self, request: EventRequest, units: Sequence[int]) -> None:
        if request.mid is not None and request.mid not in units:
            known = ", ".join(map(str, units))
            raise RefusedError(f"There is no business unit {request.mid}; there are {known}.")
        if request.callback_id is not None:
            callback = self._ledger.callbacks.find(request.callback_id)
            if callback is None or request.mid not in (None, callback.mid):
                raise RefusedError(f"There is no callback {request.callback_id}.")

    def _matched(
        self, request: EventRequest, units: Sequence[int]
    ) -> tuple[dict[str, list[tuple[Event, Reached]]], Counter[tuple[str, str]]]:
        audiences: dict[int, Audience] = {}
        wanted: dict[str, list[tuple[Event, Reached]]] = {}
        unmatched: Counter[tuple[str, str]] = Counter()
        for event in request.events:
            mid = self._unit_of(event, request, units)
            if mid not in audiences:
                audiences[mid] = Audience(self._ledger, mid, only_callback_id=request.callback_id)
            reached = audiences[mid].reached_by(event)
            for each in reached:
                wanted.setdefault(each.callback.callback_id, []).append((event, each))
            if not reached:
                unmatched[str(event["eventCategoryType"]), audiences[mid].miss(event)] += 1
        return wanted, unmatched

    def _unit_of(self, event: Event, request: EventRequest, units: Sequence[int]) -> int:
        if request.callback_id is not None:
            callback = self._ledger.callbacks.find(request.callback_id)
            if callback is not None:
                return callback.mid
        return request.unit_of(event, units=units)

    def _made(self, batch: Batch) -> Delivery:
        delivery = Delivery(delivery_id=self._make_id(), at=self._ledger.clock.now(), batch=batch)
        self.log.keep(delivery)
        return delivery

    async def _attempt_all(
        self, deliveries: Iterable[Delivery], key_of: Callable[[Delivery], str]
    ) -> None:
        # One after the other for one callback, at the same time for several: an endpoint that
        # does not answer keeps no other one waiting.
        lines: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            lines.setdefault(delivery.batch.callback.callback_id, []).append(delivery)
        await asyncio.gather(*(self._attempt_line(line, key_of) for line in lines.values()))

    async def _attempt_line(
        self, line: Iterable[Delivery], key_of: Callable[[Delivery], str]
    ) -> None:
        for delivery in line:
            callback = self._current(delivery.batch.callback)
            post = delivery.begin(callback, key=key_of(delivery), switches=self._ledger.switches)
            delivery.conclude(await self._send(post, callback.mid))

    def _key_now(self, delivery: Delivery) -> str:
        return self._current(delivery.batch.callback).signature_key

    def _current(self, callback: Callback) -> Callback:
        # A callback that was deleted a moment ago may still get what its deletion is late for.
        return self._ledger.callbacks.find(callback.callback_id) or callback

    def _is_active(self, batch: Batch) -> bool:
        audience = Audience(self._ledger, batch.callback.mid)
        return audience.is_active(batch.callback.callback_id, batch.subscription_ids)


def _first_key(delivery: Delivery) -> str:
    return delivery.first_key
