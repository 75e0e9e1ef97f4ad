"""Take deliveries to their endpoints: each when it is due, by the emulator's clock.

The deliveries of one callback go one after the other, those of several callbacks at the same
time: an endpoint that does not answer keeps no other one waiting, unless `MOST_AT_A_TIME` do so. No lock
is held while they go.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from math import inf

from ens_provider.emulator.clock import moment_text
from ens_provider.emulator.deliveries import Delivery, State
from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.matching import is_active
from ens_provider.emulator.records import Callback
from ens_provider.emulator.schedules import SCHEDULES, GiveUp
from ens_provider.emulator.turns import Queue, Turn

MOST_AT_A_TIME = 32
"""How many endpoints are asked at the same time. An event may go to hundreds of callbacks; if all
their connections were made at once, each would be so slow that its seconds to answer ran out."""

Sending = Callable[[Post, int], Awaitable[PostOutcome]]
"""Sends a POST on behalf of a business unit."""

_NOTHING_WAITS = Queue()
_FORGOTTEN = "The deliveries were forgotten."
_RESET = "The emulator was reset."
_DEACTIVATED = "None of its subscriptions is active on a verified callback any more."


class Courier:
    """Attempts deliveries as the schedule of the switch `delivery_retries` wants it.

    Somebody has to `run` it, or to move its clock: by itself it starts only what is due when it
    is handed in.
    """

    def __init__(self, ledger: Ledger, send: Sending) -> None:
        self._ledger = ledger
        self._send = send
        self._waiting: dict[str, Queue] = {}
        self._under_way: dict[str, Turn] = {}
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._moving = asyncio.Lock()
        self._slots = asyncio.Semaphore(MOST_AT_A_TIME)
        self._stops = 0

    def take(self, deliveries: Iterable[Delivery]) -> "asyncio.Future[list[None]]":
        """Take deliveries whose first try is due now; what is returned is done after those."""
        now = self._ledger.clock.now()
        return self._started([self._queue(delivery, due=now) for delivery in deliveries])

    async def retry(self) -> list[Delivery]:
        """Try everything that waits for another try now, and return what was tried."""
        now = self._ledger.clock.now()
        turns = [turn for queue in self._waiting.values() for turn in queue.hurry(now)]
        attempts_before = [turn.delivery.attempts for turn in turns]
        await self._started(turns)
        deliveries = [turn.delivery for turn in turns]
        both = zip(deliveries, attempts_before, strict=True)
        return [delivery for delivery, before in both if delivery.attempts > before]

    async def move_clock(self, seconds: float) -> None:
        """Move the clock ahead, and try on the way what falls due, in the order of due times.

        What is under way is waited for first.

        Raises:
            ValueError: `seconds` is negative.
        """
        clock, stops = self._ledger.clock, self._stops
        clock.after(seconds)  # refused at once if it cannot be
        async with self._moving:
            target = clock.after(seconds)
            while (due := await self._next_due()) <= target and stops == self._stops:
                clock.advance_to(due)
                self._start_due()
            if stops == self._stops:
                clock.advance_to(target)
        self._changed.set()

    async def run(self) -> None:
        """Try what falls due as time goes by, until this is cancelled."""
        while True:
            self._changed.clear()
            self._start_due()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._pause_seconds())

    def forget(self) -> None:
        """Try nothing again; what is under way still ends."""
        self._end_waiting(_FORGOTTEN)
        for turn in self._under_way.values():
            turn.is_last = True

    def stop(self) -> None:
        """Try nothing again, and give up what is under way, and moves of the clock."""
        self._stops += 1
        self._end_waiting(_RESET)
        for turn in self._under_way.values():
            turn.delivery.end(State.ENDED, _RESET)
        for line in self._lines.values():
            line.cancel()
        self._lines.clear()

    def _queue(self, delivery: Delivery, *, due: float) -> Turn:
        turn = Turn(delivery=delivery)
        turn.be_due(due)
        self._waiting.setdefault(_line_of(delivery), Queue()).add(turn)
        self._changed.set()
        return turn

    def _started(self, turns: Sequence[Turn]) -> "asyncio.Future[list[None]]":
        over = asyncio.gather(*(turn.over() for turn in turns))
        self._start_due()
        return over

    def _start_due(self) -> None:
        for callback_id in self._waiting:
            if callback_id not in self._lines and self._is_due(callback_id):
                self._lines[callback_id] = asyncio.create_task(self._go(callback_id))

    def _is_due(self, callback_id: str) -> bool:
        queue = self._waiting.get(callback_id, _NOTHING_WAITS)
        return queue.first_due <= self._ledger.clock.now()

    async def _next_due(self) -> float:
        while self._lines:
            await asyncio.wait(list(self._lines.values()))
        return min((queue.first_due for queue in self._waiting.values()), default=inf)

    def _pause_seconds(self) -> float | None:
        if not self._ledger.clock.runs:
            return None
        # A line that is busy looks itself for what has fallen due meanwhile.
        idle = (q.first_due for key, q in self._waiting.items() if key not in self._lines)
        due = min(idle, default=inf)
        return None if due == inf else max(0.0, due - self._ledger.clock.now())

    async def _go(self, callback_id: str) -> None:
        try:
            while self._is_due(callback_id):
                async with self._slots:
                    await self._take_next(callback_id)
        finally:
            self._lines.pop(callback_id, None)
            if not self._waiting.get(callback_id):
                self._waiting.pop(callback_id, None)
            self._changed.set()

    async def _take_next(self, callback_id: str) -> None:
        # What was due may have been forgotten while a slot was waited for.
        if self._is_due(callback_id):
            await self._take_turn(self._waiting[callback_id].take_first())

    async def _take_turn(self, turn: Turn) -> None:
        delivery = turn.delivery
        callback = self._current(delivery.batch.callback)
        try:
            if (ending := self._ending(delivery, callback)) is not None:
                delivery.end(*ending)
            elif await self._attempt(turn, callback):
                self._ledger.suspensions.succeeded(callback.callback_id)
            else:
                self._follow(turn)
        finally:
            self._under_way.pop(callback.callback_id, None)
            turn.finish()

    async def _attempt(self, turn: Turn, callback: Callback) -> bool:
        delivery, switches = turn.delivery, self._ledger.switches
        old = switches.retry_signed_with == "old" and delivery.first_key
        key = delivery.first_key if old else callback.signature_key
        now = self._ledger.clock.now()
        post = delivery.begin(callback, key=key, switches=switches, now=now)
        self._under_way[callback.callback_id] = turn
        return delivery.answered(await self._send(post, callback.mid))

    def _follow(self, turn: Turn) -> None:
        delivery = turn.delivery
        schedule, now = SCHEDULES[self._ledger.switches.delivery_retries], self._ledger.clock.now()
        step = schedule.after(delivery.attempts, at=turn.due, now=now, first_at=delivery.at)
        if isinstance(step, GiveUp):
            delivery.end(State(step.state), step.reason)
            if schedule.suspends:
                self._ledger.suspensions.failed(_line_of(delivery), at=now)
        elif turn.is_last:
            delivery.end(State.ENDED, _FORGOTTEN)
        else:
            self._queue(delivery, due=step.at)

    def _ending(self, delivery: Delivery, callback: Callback) -> tuple[State, str] | None:
        callback_id = callback.callback_id
        until = self._ledger.suspended_until(callback_id)
        if until is not None:
            return State.DROPPED, (
                f"Callback '{callback.name}' is suspended until {moment_text(until)}: what "
                "happens until then is dropped."
            )
        # No redelivery for what was deactivated, says the documentation page "ENS Retries".
        active = is_active(self._ledger, callback_id, delivery.batch.subscription_ids)
        return None if active else (State.ENDED, _DEACTIVATED)

    def _current(self, callback: Callback) -> Callback:
        # A callback that was deleted a moment ago may still get what its deletion is late for.
        return self._ledger.callbacks.find(callback.callback_id) or callback

    def _end_waiting(self, reason: str) -> None:
        for queue in self._waiting.values():
            for turn in queue:
                turn.delivery.end(State.ENDED, reason)
                turn.finish()
        self._waiting.clear()


def _line_of(delivery: Delivery) -> str:
    return delivery.batch.callback.callback_id
