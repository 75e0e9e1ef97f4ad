"""Let events happen: match them, make deliveries, and hand those to the courier."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ens_provider.emulator.admin_answers import RefusedError
from ens_provider.emulator.courier import Courier, Sending
from ens_provider.emulator.deliveries import Batch, Delivery, DeliveryLog, batches_of
from ens_provider.emulator.event_requests import EventRequest
from ens_provider.emulator.ids_and_keys import new_id
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.matching import Audience, Event, Reached, WrittenEvent
from ens_provider.emulator.nearest_miss import NearestMiss
from ens_provider.emulator.trouble import Trouble

_EVENTS_WITHOUT_A_BREAK = 100
"""After so many events other requests, and deliveries on their way, get their turn: thousands of
events at once would let the seconds that their endpoints have to answer run out."""


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
    """Delivers events to the callbacks of an account.

    `courier` takes deliveries to their endpoints, at first and again; `log` shows them. `trouble`
    is made for every request that says nothing else.
    """

    def __init__(
        self, ledger: Ledger, send: Sending, *, make_id: Callable[[], str] = new_id
    ) -> None:
        self.log = DeliveryLog()
        self.trouble = Trouble()
        self.courier = Courier(ledger, send)
        self._ledger = ledger
        self._make_id = make_id

    async def dispatch(self, request: EventRequest, *, units: Sequence[int]) -> Dispatched:
        """Deliver events to every callback that they reach, and say where they went.

        The first of the business units is the default one. The first try of each delivery is
        waited for, unless the request says otherwise.

        Raises:
            RefusedError: the business unit or the callback of the request does not exist.
        """
        self._require_known(request, units)
        log = self.log
        wanted, unmatched = await self._matched(request, units)
        deliveries = await self._made(wanted.values(), request.trouble)
        for delivery in deliveries:
            log.keep(delivery)
        tried = self.courier.take(deliveries)
        if request.wait:
            await tried
        return Dispatched(deliveries=deliveries, unmatched=unmatched)

    def clear(self) -> None:
        """Forget every delivery, and try none of them again."""
        self.courier.forget()
        self.log.clear()

    def reset(self) -> None:
        """Forget every delivery, also what is under way, and make no trouble any more."""
        self.courier.stop()
        self.log = DeliveryLog()  # a request that is being read keeps to the one before
        self.trouble = Trouble()

    def _require_known(self, request: EventRequest, units: Sequence[int]) -> None:
        if request.mid is not None and request.mid not in units:
            known = ", ".join(map(str, units))
            raise RefusedError(f"There is no business unit {request.mid}; there are {known}.")
        if request.callback_id is not None:
            callback = self._ledger.callbacks.find(request.callback_id)
            if callback is None or request.mid not in (None, callback.mid):
                raise RefusedError(f"There is no callback {request.callback_id}.")

    async def _matched(
        self, request: EventRequest, units: Sequence[int]
    ) -> tuple[dict[str, list[tuple[WrittenEvent, Reached]]], Counter[tuple[str, str]]]:
        audiences: dict[int, Audience] = {}
        misses: dict[int, NearestMiss] = {}
        wanted: dict[str, list[tuple[WrittenEvent, Reached]]] = {}
        unmatched: Counter[tuple[str, str]] = Counter()
        for number, written in enumerate(request.written()):
            event = written.event
            if number % _EVENTS_WITHOUT_A_BREAK == 0:
                await asyncio.sleep(0)
            mid = self._unit_of(event, request, units)
            if mid not in audiences:
                audiences[mid] = Audience(self._ledger, mid, only_callback_id=request.callback_id)
            reached = audiences[mid].reached_by(event)
            for each in reached:
                wanted.setdefault(each.callback.callback_id, []).append((written, each))
            if not reached:
                # It looks at every business unit, and most events reach somebody.
                if mid not in misses:
                    misses[mid] = NearestMiss(self._ledger, audiences[mid])
                unmatched[str(event["eventCategoryType"]), misses[mid].sentence(event)] += 1
        return wanted, unmatched

    def _unit_of(self, event: Event, request: EventRequest, units: Sequence[int]) -> int:
        if request.callback_id is not None:
            callback = self._ledger.callbacks.find(request.callback_id)
            if callback is not None:
                return callback.mid
        return request.unit_of(event, units=units)

    async def _made(
        self, wanted: Iterable[Sequence[tuple[WrittenEvent, Reached]]], trouble: Trouble
    ) -> list[Delivery]:
        reordered = trouble.reordering()
        made: list[Delivery] = []
        for events in wanted:
            copies: list[Delivery] = []
            for batch in batches_of(events[0][1].callback, events, reordered=reordered):
                copies += self._copies(batch, trouble.copies)
                await asyncio.sleep(0)
            made += reordered(copies)
        return made

    def _copies(self, batch: Batch, number: int) -> list[Delivery]:
        now = self._ledger.clock.now()
        first = Delivery(delivery_id=self._make_id(), at=now, batch=batch)
        others = [
            Delivery(delivery_id=self._make_id(), at=now, batch=batch, copy_of=first.delivery_id)
            for _ in range(number - 1)
        ]
        return [first, *others]
