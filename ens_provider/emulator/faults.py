"""Scripted faults: what goes wrong on the n-th call of a route."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DOES = ("drop", "status", "delay", "body", "truncate", "hold")
_ALTERS_ANSWER = ("body", "truncate")
_KNOWN_FIELDS = (
    "route",
    "nth",
    "times",
    "when",
    "do",
    "status",
    "body",
    "headers",
    "seconds",
)


class UnknownFaultError(ValueError):
    """A fault cannot be read; the sentence says what is wrong with it."""


@dataclass(kw_only=True)
class Fault:
    """What happens to the calls `nth` … `nth + times - 1` of a route since it was added.

    `when`: `before` the request takes effect, or `after`. `do`: `drop` the connection without
    an answer; answer with `status`, `body` and `headers`; `delay` by `seconds`; replace the
    `body` of the real answer; `truncate` it (the length of the whole, half of it, then drop);
    or `hold` the call until the faults are deleted. `times` None means every call.
    """

    route: str
    do: str
    nth: int = 1
    times: int | None = 1
    when: str = "before"
    status: int = 500
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    seen: int = 0
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self) -> bool:
        """Count a call of the route and say whether it is one of those that go wrong."""
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)

    async def hold(self) -> None:
        """Wait until the fault is deleted."""
        self.held += 1
        try:
            await self.released.wait()
        finally:
            self.held -= 1

    def shown(self) -> dict[str, object]:
        """Return the fault for `GET /_emulator/faults`; `held` says whether a call waits in it."""
        return {
            "route": self.route,
            "nth": self.nth,
            "times": self.times,
            "when": self.when,
            "do": self.do,
            "seen": self.seen,
            "held": self.held > 0,
        }


class FaultBook:
    """The faults that are scripted."""

    def __init__(self, *, routes: Sequence[str]) -> None:
        self._routes = routes
        self._faults: list[Fault] = []

    def add(self, fields: object) -> Fault:
        """Script a fault from its JSON fields.

        Raises:
            UnknownFaultError: the fields make no fault.
        """
        fault = _fault(fields)
        if fault.route not in self._routes:
            known = ", ".join(self._routes)
            raise UnknownFaultError(f"'route' is one of {known}; not '{fault.route}'.")
        self._faults.append(fault)
        return fault

    def striking(self, route: str) -> list[Fault]:
        """Return the faults of this call of a route, in the order in which they were added."""
        return [fault for fault in self._faults if fault.route == route and fault.strikes()]

    def as_list(self) -> list[dict[str, object]]:
        """Return the faults for `GET /_emulator/faults`."""
        return [fault.shown() for fault in self._faults]

    def clear(self) -> None:
        """Delete every fault; calls that are held go on."""
        for fault in self._faults:
            fault.released.set()
        self._faults = []


def _fault(fields: object) -> Fault:
    if not isinstance(fields, dict):
        raise UnknownFaultError("A fault is an object.")
    for name in fields:
        if name not in _KNOWN_FIELDS:
            raise UnknownFaultError(f"A fault has no field '{name}'.")
    if not isinstance(fields.get("route"), str):
        raise UnknownFaultError("A fault names its 'route'.")
    _require_choice(fields, "do", DOES)
    if "when" in fields:
        _require_choice(fields, "when", ("before", "after"))
    _require_numbers(fields)
    fault = Fault(**fields)
    if fault.do in _ALTERS_ANSWER and fault.when != "after":
        raise UnknownFaultError(f"'{fault.do}' alters the real answer: 'when' has to be 'after'.")
    return fault


def _require_choice(fields: Mapping[str, object], name: str, choices: Sequence[str]) -> None:
    if fields.get(name) not in choices:
        raise UnknownFaultError(f"'{name}' is one of {', '.join(choices)}.")


def _require_numbers(fields: Mapping[str, object]) -> None:
    for name in ("nth", "times"):
        value = fields.get(name, 1)
        optional = name == "times" and value is None
        if not optional and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise UnknownFaultError(f"'{name}' is a whole number from 1 on.")
    if fields.get("status", 500) not in range(200, 600):
        raise UnknownFaultError("'status' is a whole number from 200 to 599.")
    seconds = fields.get("seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise UnknownFaultError("'seconds' is a number from 0 on.")
    headers = fields.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise UnknownFaultError("'headers' is an object of texts.")
