"""A stream of events that goes on while the engine works, and what became of each of them."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ens_provider.emulator.samples.catalogue import sample_event

if TYPE_CHECKING:
    from types import TracebackType

    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess

_PAUSE_SECONDS = 0.03
_PATIENCE_SECONDS = 60.0
# Each may come twice, and a receiver remembers a thousand deliveries.
_MOST_EVENTS = 500
_A_WEEK_SECONDS = 7 * 24 * 3600 + 60


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many events happened, and how many of them were never or more than once accepted."""

    happened: int
    lost: int
    repeated: int


class EventStream:
    """Lets an event happen every 30 ms until its end; a context manager."""

    def __init__(self, emulator: EmulatorProcess, receiver: ReceiverProcess) -> None:
        self._emulator = emulator
        self._receiver = receiver
        self._numbers = itertools.count(1)
        self._happened: set[str] = set()
        self._more = threading.Condition()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._flow)

    def __enter__(self) -> EventStream:  # noqa: PYI034 -- Self needs Python 3.11
        """Begin."""
        self._receiver.clear_received()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._ended.set()
        self._thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many further events have happened and been tried."""
        with self._more:
            wanted = len(self._happened) + count
            came = self._more.wait_for(lambda: len(self._happened) >= wanted, _PATIENCE_SECONDS)
        assert came, "the stream of events has dried up"

    def tally(self) -> Tally:
        """Count what was accepted, a week later; the stream has ended."""
        self._emulator.move_clock(_A_WEEK_SECONDS)
        assert len(self._happened) < _MOST_EVENTS, "more happened than the receiver remembers"
        accepted = Counter(
            event["info"]["messageKey"]
            for delivery in self._receiver.received()
            for event in delivery["events"]
            if delivery["status"] == 200
        )
        return Tally(
            happened=len(self._happened),
            lost=len(self._happened - set(accepted)),
            repeated=sum(1 for count in accepted.values() if count > 1),
        )

    def _flow(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            event = sample_event("TransactionalSendEvents.EmailSent", number=next(self._numbers))
            self._emulator.send_events([event])
            with self._more:
                self._happened.add(event["info"]["messageKey"])
                self._more.notify_all()
