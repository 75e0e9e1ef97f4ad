"""What comes in and goes out, free of any web framework."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ens_provider.receiver.events import Event, JSONObject

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer: status, headers and the bytes of the body, which may hold a key."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Handler(Protocol):
    """What an adapter or a server passes requests to: a `Receiver`, or something around one."""

    @property
    def longest_body_bytes(self) -> int:
        """No more than this is read of a body; what is longer is answered 413."""
        ...

    def handle(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer one request."""
        ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request: the path without its query, the headers by their names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, method: str, path: str, headers: Headers, body: bytes) -> "Request":
        """Bring a request into one form, however a server hands it over."""
        return cls(
            method=method.upper(),
            path=path.partition("?")[0],
            headers=_by_lower_name(headers),
            body=body,
        )


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What the service sends once to the URL of a new callback, unsigned.

    `callback_id` is in lower case. The key works once, and for four hours.
    """

    callback_id: str
    verification_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A batch of events whose signature checked.

    `callback_id` is the callback whose key fitted, in lower case; the service does not send it.
    `events` are one or more events of any types, without those that were handed over before if
    the receiver leaves them out; `body` is what was signed, and so holds them, too.
    """

    callback_id: str
    events: Sequence[Event] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of one delivery, for those who watch the receiver.

    `at` is in Unix seconds. `events` are those of a delivery whose signature checked, as parsed;
    what else was sent stays unread. `reason` says in a sentence why a delivery was refused, and is
    empty for an accepted one. With `from_quarantine` it was refused before, and is what a later
    check came to: then the status was sent to nobody.
    """

    at: float
    callback_id: str | None
    status: int
    events: list[JSONObject] = field(repr=False)
    reason: str = ""
    body_bytes: int = 0
    from_quarantine: bool = False

    def as_json(self) -> JSONObject:
        """Return it as `GET /received` shows it."""
        return {
            "at": self.at,
            "callbackId": self.callback_id,
            "status": self.status,
            "events": self.events,
            "reason": self.reason,
        }


def _by_lower_name(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        # A header that comes twice is joined as HTTP joins it, and so fits nothing that it must.
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found
