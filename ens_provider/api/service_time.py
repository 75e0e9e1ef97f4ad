"""What time it is on the service, told from the `Date` header of its answers."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ens_provider.api.service_text import http_date

if TYPE_CHECKING:
    from collections.abc import Callable


# Times are kept in states with four digits for the year: what lies beyond is no time of a service.
_EARLIEST = 0.0
_LATEST = datetime(9000, 1, 1, tzinfo=timezone.utc).timestamp()


class ServiceTime:
    """The service's clock, as of its newest answer and the monotonic time since."""

    def __init__(self, *, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._seen: tuple[float, float] | None = None

    def observe(self, date: str | None) -> None:
        """Take note of a `Date` header that has just come; an unreadable one is passed over."""
        moment = http_date(date)
        if moment is None or not _EARLIEST <= moment <= _LATEST:
            return
        with self._lock:
            self._seen = (moment, self._clock())

    def is_known(self) -> bool:
        """Tell whether the service has told its time yet."""
        with self._lock:
            return self._seen is not None

    def now(self) -> float:
        """Return Unix seconds: the service's, or the local clock's while none was told."""
        with self._lock:
            seen = self._seen
        if seen is None:
            return self._wall_clock()
        moment, at = seen
        return moment + self._clock() - at
