"""A scripted rate limit: 429 after so many requests of the service's routes per window."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.utils import formatdate

from ens_provider.emulator.service_errors import ServiceError, rate_limited, temporarily_blocked

RETRY_AFTER = ("header_and_body", "header", "body", "date", "none")
ENDS = ("after_opening", "after_refusal")
_FIELDS = ("requests", "seconds", "retry_after", "ends", "blocked_after")


class UnknownRateLimitError(ValueError):
    """A rate limit cannot be read; the sentence says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """At most `requests` per window; a window opens with the first request after the last one.

    `ends`: the window is over `seconds` after it opened (`after_opening`), or `seconds` after the
    first request that it refused, however slow the callers are (`after_refusal`). `retry_after`
    says how a refusal tells the time that is left: in `header_and_body` as documented, in one of
    them, as a `date` in the header, or not at all (`none`). After `blocked_after` refusals every
    request is refused with errorcode 50200, in whatever window; None means never.
    """

    requests: int
    seconds: float
    retry_after: str = "header_and_body"
    ends: str = "after_opening"
    blocked_after: int | None = None


class RateLimiter:
    """Counts the requests of all clients together, on the emulator's movable clock."""

    def __init__(self, *, clock: Callable[[], float], given: RateLimit | None = None) -> None:
        self._clock = clock
        self._given = given
        self._limit = given
        self._taken = 0
        self._refused = 0
        self._blocked = False
        self._closes_at = math.inf

    def set(self, fields: object) -> None:
        """Limit the requests from now on; counts begin anew.

        Raises:
            UnknownRateLimitError: the fields make no limit; the one before stays.
        """
        self._begin(_rate_limit(fields))

    def lift(self) -> None:
        """Limit nothing any more."""
        self._begin(None)

    def reset(self) -> None:
        """Limit what was to be limited from the start."""
        self._begin(self._given)

    def shown(self) -> dict[str, object] | None:
        """Return the limit for `GET /_emulator/rate_limit`, with what it `refused` so far."""
        if self._limit is None:
            return None
        return asdict(self._limit) | {"refused": self._refused, "blocked": self._blocked}

    def refusal(self) -> ServiceError | None:
        """Count a request; return what it is refused with, None if it is let through."""
        limit, now = self._limit, self._clock()
        if limit is None:
            return None
        if now >= self._closes_at:
            self._taken, self._closes_at = 0, math.inf
        if self._taken < limit.requests and not self._blocked:
            self._taken += 1
            if limit.ends == "after_opening":
                self._closes_at = min(self._closes_at, now + limit.seconds)
            return None
        self._closes_at = min(self._closes_at, now + limit.seconds)
        most = limit.blocked_after
        self._blocked = self._blocked or (most is not None and self._refused >= most)
        self._refused += 1
        return temporarily_blocked() if self._blocked else self._limited(limit, now=now)

    def _begin(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._taken = 0
        self._refused = 0
        self._blocked = False
        self._closes_at = math.inf

    def _limited(self, limit: RateLimit, *, now: float) -> ServiceError:
        # Rounded first: what a sum of floats is off by must not cost a second.
        left = max(1, math.ceil(round(self._closes_at - now, 3)))
        date = formatdate(math.ceil(self._closes_at), usegmt=True)
        headers = {"header_and_body": str(left), "header": str(left), "date": date}
        in_body = limit.retry_after in {"header_and_body", "body"}
        return rate_limited(
            retry_after=headers.get(limit.retry_after), body_seconds=left if in_body else None
        )


def _rate_limit(fields: object) -> RateLimit:
    if not isinstance(fields, dict):
        raise UnknownRateLimitError("A rate limit is an object.")
    for name in fields:
        if name not in _FIELDS:
            raise UnknownRateLimitError(f"A rate limit has no field '{name}'.")
    if not _is_count(fields.get("requests")):
        raise UnknownRateLimitError("'requests' is a whole number from 0 on.")
    if not _is_time(fields.get("seconds")):
        raise UnknownRateLimitError("'seconds' is a number above 0.")
    if fields.get("blocked_after") is not None and not _is_count(fields["blocked_after"]):
        raise UnknownRateLimitError("'blocked_after' is null (never) or a whole number from 0 on.")
    _require_choice(fields, "retry_after", RETRY_AFTER)
    _require_choice(fields, "ends", ENDS)
    return RateLimit(**fields)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value < math.inf


def _require_choice(fields: Mapping[str, object], name: str, choices: Sequence[str]) -> None:
    if fields.get(name, choices[0]) not in choices:
        raise UnknownRateLimitError(f"'{name}' is one of {', '.join(choices)}.")
