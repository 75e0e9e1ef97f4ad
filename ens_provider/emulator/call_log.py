"""Every request that reached the emulator, every probe and every delivery that left it."""

from collections import deque
from dataclasses import dataclass

_MOST_CALLS = 100_000


@dataclass(kw_only=True)
class Call:
    """One call; `status` is None while it runs and after a connection that was dropped.

    `kind` is `request`, `probe` or `delivery`; the `path` of what left is the whole URL. No
    header, body or query is kept: tokens, secrets and keys travel in them. `at` is the emulator's
    time.
    """

    kind: str
    method: str
    path: str
    status: int | None = None
    mid: int | None = None
    at: float


class CallLog:
    """The calls in the order in which they began (the newest 100,000)."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_MOST_CALLS)

    def begin(self, call: Call) -> Call:
        """Keep a call that begins; what becomes of it is set on the returned object."""
        self._calls.append(call)
        return call

    def as_list(self) -> list[dict[str, object]]:
        """Return the calls for `GET /_emulator/calls`."""
        return [dict(vars(call)) for call in self._calls]

    def clear(self) -> None:
        """Forget every call."""
        self._calls.clear()
