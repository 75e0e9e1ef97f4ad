"""Events as records: what every event has, whatever its type; and an id, which the service gives none."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from types import MappingProxyType
from typing import Any

JSONObject = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# As seconds, the year 5138; as milliseconds, March 1973: no event lies on the wrong side.
_FIRST_MILLISECONDS = 100_000_000_000
_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?", re.ASCII)
# One for all events, and without a look for circles, which nothing that was parsed has.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False
)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class Event:
    """One event. `raw` is all of it, as parsed: unknown types and keys included.

    Two events are equal if their ids are. What is shown of an event is its type, time and id; the
    rest may be about a person.
    """

    raw: JSONObject

    @property
    def type(self) -> str:
        """The event's `eventCategoryType`, `EngagementEvents.EmailOpen` for instance; empty if it has none."""
        name = self.raw.get("eventCategoryType")
        return name if isinstance(name, str) else ""

    @cached_property
    def occurred_at(self) -> datetime | None:
        """When it happened, in UTC; None if `timestampUTC` is missing or tells no time.

        The documentation says milliseconds, and shows seconds in events of WhatsApp: both are
        read, and as text, too.
        """
        return _time(self.raw.get("timestampUTC"))

    @property
    def mid(self) -> str | None:
        """The business unit, as text, whether it came as a number or as text; None if it is missing.

        Read from `mid`, or from `MID`, as tables of the documentation have it.
        """
        found = self.raw.get("mid", self.raw.get("MID"))
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return found if isinstance(found, str) and found else None

    @property
    def info(self) -> Mapping[str, Any]:
        """What the event's type adds; empty if it is missing.

        Read from `info`, or from `Info`, as some samples of the documentation have it.
        """
        found = self.raw.get("info", self.raw.get("Info"))
        return found if isinstance(found, dict) else _NOTHING

    @cached_property
    def id(self) -> str:
        r"""The SHA-256, in 64 hexadecimal digits, of the event's canonical JSON.

        The same event has the same id however often it comes, and in whatever batch. Canonical
        JSON is ASCII without blanks. Names are sorted by their code points; of a name that comes
        twice the last value counts. Texts escape `\"`, `\\`, `\b`, `\f`, `\n`, `\r` and `\t` so,
        and all else beyond printable ASCII as `\uXXXX` in lower case. A number without fraction
        and exponent keeps its digits; any other is a double as Python's `repr` writes it, so that
        1.50 and 15e-1 are the same, and 1 and 1.0 are not.
        """
        return hashlib.sha256(canonical(self.raw)).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Event) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        at = self.occurred_at.isoformat() if self.occurred_at else None
        return f"Event(type={self.type!r}, occurred_at={at!r}, id={self.id!r})"


def canonical(event: JSONObject) -> bytes:
    """Return the canonical JSON of an event, as `Event.id` describes it."""
    return _CANONICAL.encode(event).encode()


def _time(given: object) -> datetime | None:
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        given = float(given) if "." in given else int(given)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not given > 0:
        return None
    is_milliseconds = given >= _FIRST_MILLISECONDS
    try:
        # Not `fromtimestamp`, which takes seconds as a float and loses microseconds.
        since = timedelta(milliseconds=given) if is_milliseconds else timedelta(seconds=given)
        return _EPOCH + since
    except OverflowError:
        return None
