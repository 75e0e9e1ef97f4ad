"""The events that are sent: samples of the documentation, of nobody, with a mark in their keys."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event

MARK = "ens-conform"
"""What the keys of every event begin with, so that a receiver's people know them by it."""

PLAIN_TYPE = "EngagementEvents.EmailOpen"
"""The type of events whose JSON is the same however it is written: nothing in it is escaped."""

_MILLISECONDS = 1000
_FIRST_MILLISECONDS = 100_000_000_000
_OF_ALL = ("definitionKey", "automationName", "automationCustomerKey")
_OF_ONE = (
    "subscriberKey",
    "contactKey",
    "contactId",
    "messageKey",
    "messageId",
    "automationInstanceID",
)
# An address and a number that are nobody's, by RFC 2606 and by the North American numbering plan.
_ADDRESS = f"{MARK}@example.com"
_NUMBER = "15555550123"


def _run() -> str:
    return secrets.token_hex(4)


@dataclass
class MarkedEvents:
    """Makes events, no two of them with the same keys, that happen now.

    Args:
        run: Tells the events of one run from those of another.
        clock: Unix seconds.
    """

    run: str = field(default_factory=_run)
    clock: Callable[[], float] = time.time
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def event(self, type_name: str = PLAIN_TYPE, **fields: object) -> dict[str, Any]:
        """Return another event of a type, with these fields instead of its own or beside them."""
        with self._lock:
            self._made += 1
            key = f"{MARK}-{self.run}-{self._made}"
        return {**self._marked(sample_event(type_name), key), **fields}

    def of_each_type(self) -> list[dict[str, Any]]:
        """Return an event of each type."""
        return [self.event(name) for name in SAMPLES]

    def _marked(self, event: Mapping[str, Any], key: str) -> dict[str, Any]:
        return {name: self._value(name, value, key) for name, value in event.items()}

    def _value(self, name: str, value: object, key: str) -> object:
        if isinstance(value, dict):
            return self._marked(value, key)
        if name in _OF_ALL:
            return MARK
        if name in _OF_ONE:
            return key
        if name == "timestampUTC" and isinstance(value, int):
            unit = _MILLISECONDS if value >= _FIRST_MILLISECONDS else 1
            return int(self.clock() * unit)
        if name in ("to", "mobileNumber"):
            return _ADDRESS if "@" in str(value) else _NUMBER
        return value
