"""The signature keys as a receiver keeps them between two readings of their source."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ens_provider.receiver.answers import told
from ens_provider.receiver.stores import SignatureKeySource, key_tuple

REREAD_KEYS_SECONDS = 3.0

_log = logging.getLogger("ens_provider.receiver")


class UnreadableKeysError(Exception):
    """The source of the signature keys cannot be read, and none are kept that still count."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The keys of every callback as they were at some time.

    `began` is in monotonic seconds. `generation` grows whenever a key came that the reading
    before did not hold, and after readings that failed.
    """

    began: float
    generation: int
    keys: Mapping[str, tuple[str, ...]] = field(repr=False)


class KeptKeys:
    """Reads a source of keys, as seldom as it may; for several threads.

    With `keep_seconds` 0 each delivery reads it. Otherwise keys count for that long. From half of
    it on, one delivery in `reread_seconds` reads them anew while the others go on with what is
    kept, so that a source may fail for the other half before a delivery is refused for it.

    Raises:
        ValueError: a number of seconds is negative, or none.
    """

    def __init__(
        self,
        source: SignatureKeySource,
        *,
        keep_seconds: float = 0.0,
        reread_seconds: float = REREAD_KEYS_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._keep_seconds = _seconds("keep_keys_seconds", keep_seconds)
        self._reread_seconds = _seconds("reread_keys_seconds", reread_seconds)
        self._monotonic = monotonic
        # Held while the source is read: of those who wait, all take what the first one read.
        self._reading = threading.Lock()
        self._last: Reading | None = None
        self._failed_at: float | None = None
        self._generation = 0

    @property
    def generation(self) -> int:
        """The generation of the last reading, 0 before the first."""
        return self._generation

    def current(self) -> Reading:
        """Return keys that count.

        Raises:
            UnreadableKeysError: the source cannot be read, and nothing that is kept counts.
        """
        asked = self._monotonic()
        kept = self._last
        if kept is None or not self._counts(kept, asked):
            return self._read_since(asked)
        if self._is_due(kept, asked) and self._reading.acquire(blocking=False):
            try:
                return self._refreshed(kept)
            finally:
                self._reading.release()
        return kept

    def after(self, failed: Reading) -> Reading | None:
        """Return keys that differ from those that a delivery fits none of; None if there are none.

        The source is read for it, unless that was done less than `reread_seconds` ago.
        """
        with self._reading:
            tried = self._was_tried(self._monotonic())
            found = self._last if tried else self._refreshed(failed)
        return found if found is not None and found.keys != failed.keys else None

    def anew(self) -> Reading:
        """Read the source now.

        Raises:
            UnreadableKeysError: it cannot be read.
        """
        with self._reading:
            return self._read()

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none.

        Raises:
            UnreadableKeysError: they are kept for a time, none count any more, and the source
                cannot be read.
        """
        if not self._keep_seconds:
            return self._source.get(callback_id)
        return self.current().keys.get(callback_id, ())

    def _counts(self, kept: Reading, asked: float) -> bool:
        return kept.began > asked - self._keep_seconds

    def _is_due(self, kept: Reading, asked: float) -> bool:
        return kept.began <= asked - self._keep_seconds / 2 and not self._was_tried(asked)

    def _was_tried(self, now: float) -> bool:
        tried = [self._last.began] if self._last else []
        tried += [] if self._failed_at is None else [self._failed_at]
        return bool(tried) and max(tried) > now - self._reread_seconds

    def _read_since(self, asked: float) -> Reading:
        with self._reading:
            # What another thread began to read while this one waited is as good.
            if self._last is not None and self._counts(self._last, asked):
                return self._last
            pause = min(self._keep_seconds, self._reread_seconds)
            if self._failed_at is not None and self._failed_at > asked - pause:
                raise UnreadableKeysError
            return self._read()

    def _refreshed(self, kept: Reading) -> Reading:
        if self._last is not kept and self._last is not None:
            return self._last
        try:
            return self._read()
        except UnreadableKeysError:
            # The log has it, and what is kept still counts for this delivery.
            return kept

    def _read(self) -> Reading:
        began = self._monotonic()
        try:
            found = {each.lower(): key_tuple(keys) for each, keys in self._source.all().items()}
        except Exception as error:
            _log.error("The signature keys cannot be read: %s", told(error))
            # Its end: of those who waited for a slow failure, none is to wait for another one.
            self._failed_at = self._monotonic()
            raise UnreadableKeysError from error
        if self._failed_at is not None or _pairs(found) - self._known():
            self._generation += 1
        self._failed_at = None
        self._last = Reading(began=began, generation=self._generation, keys=found)
        return self._last

    def _known(self) -> set[tuple[str, str]]:
        return _pairs(self._last.keys) if self._last else set()


def _pairs(keys: Mapping[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    return {(callback_id, key) for callback_id, those in keys.items() for key in those}


def _seconds(name: str, given: float) -> float:
    if not given >= 0:
        raise ValueError(f"{name} is a number of seconds, 0 or more, not {given}.")
    return given
