"""Deliveries that fit no key yet: the protocol of what holds them, and one in memory.

A delivery is held as it came, so that it can be checked once its key is here. Nobody has vouched
for what is held: anybody can send it.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class HeldDelivery:
    """A delivery as it came: its time in Unix seconds, its signature and its body."""

    at: float
    signature: str = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def name(self) -> str:
        """64 hexadecimal digits: the same for the same delivery, however often it comes."""
        # Of the body, too: else whoever knows a signature could keep its delivery out.
        return hashlib.sha256(self.signature.encode() + b"\n" + self.body).hexdigest()


@dataclass(frozen=True, kw_only=True)
class QuarantineBounds:
    """How much is held. Beyond it the oldest delivery is let go.

    Attributes:
        most: How many deliveries. Default: 1,000.
        most_bytes: How many bytes of them. Default: 64 MiB.
        seconds: How long each. Default: an hour.

    Raises:
        ValueError: nothing would be held.
    """

    most: int = 1000
    most_bytes: int = 64 * 1024 * 1024
    seconds: float = 3600.0

    def __post_init__(self) -> None:
        if self.most < 1 or self.most_bytes < 1 or not self.seconds > 0:
            raise ValueError(
                "A quarantine holds at least one delivery, for some time: its bounds are above 0."
            )


class Quarantine(Protocol):
    """Holds deliveries, the oldest first; used by several threads at once."""

    def hold(self, delivery: HeldDelivery) -> int:
        """Hold a delivery unless it is held; return how many were let go, itself included."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names of all that is held, oldest first."""
        ...

    def get(self, name: str) -> HeldDelivery | None:
        """Return a delivery, None if it is not held (any more)."""
        ...

    def release(self, name: str) -> None:
        """Hold a delivery no longer, if it is held."""
        ...


class MemoryQuarantine:
    """Holds deliveries in memory, until the process ends.

    Args:
        bounds: How much is held. Default: see `QuarantineBounds`.
        clock: Gives the time in Unix seconds.
    """

    def __init__(
        self,
        bounds: QuarantineBounds | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bounds = bounds or QuarantineBounds()
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, HeldDelivery] = {}
        self._bytes = 0

    def hold(self, delivery: HeldDelivery) -> int:
        """Hold a delivery unless it is held; return how many were let go, itself included."""
        with self._lock:
            let_go = self._let_go_overdue()
            if delivery.name in self._held:
                return let_go
            # It would push out all others, and then itself.
            if len(delivery.body) > self._bounds.most_bytes:
                return let_go + 1
            self._held[delivery.name] = delivery
            self._bytes += len(delivery.body)
            while len(self._held) > self._bounds.most or self._bytes > self._bounds.most_bytes:
                self._let_go(next(iter(self._held)))
                let_go += 1
            return let_go

    def names(self) -> list[str]:
        """Return the names of all that is held, oldest first."""
        with self._lock:
            self._let_go_overdue()
            return list(self._held)

    def get(self, name: str) -> HeldDelivery | None:
        """Return a delivery, None if it is not held (any more)."""
        with self._lock:
            return self._held.get(name)

    def release(self, name: str) -> None:
        """Hold a delivery no longer, if it is held."""
        with self._lock:
            if name in self._held:
                self._let_go(name)

    def _let_go(self, name: str) -> None:
        self._bytes -= len(self._held.pop(name).body)

    def _let_go_overdue(self) -> int:
        before = self._clock() - self._bounds.seconds
        overdue = [name for name, each in self._held.items() if each.at <= before]
        for name in overdue:
            self._let_go(name)
        return len(overdue)
