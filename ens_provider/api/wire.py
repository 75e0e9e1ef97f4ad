"""Requests, answers and what bounds their exchange, as values; the seam behind which they pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    `phrase` is what it is to do, for sentences ("create callback 'orders'"), and `peer` what it
    is sent to. `body` holds bytes that are sent as they are, in the place of `json`.
    """

    method: str
    url: str
    phrase: str
    operation: str
    subject: str = ""
    changes: bool = True
    json: object = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str | None = field(default=None, repr=False)
    read_timeout_seconds: float = 60.0
    peer: str = "ENS"

    @property
    def host(self) -> str:
        """Where it is sent, with the port if the address has one."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. `complete` is False where the body broke off; `why` says how."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw: bytes = field(default=b"", repr=False)
    complete: bool = True
    why: str = ""


class Bounds(NamedTuple):
    """What bounds an exchange: seconds by that clock, which only grows, and bytes of a body."""

    clock: Callable[[], float]
    connect_timeout_seconds: float
    body_deadline_seconds: float
    max_body_bytes: int


def shown_address(url: str) -> str:
    """Return a URL as sentences show it, without its query, which might hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


class Transport(Protocol):
    """What the client needs to be connected to the service."""

    def send(self, request: Request) -> Answer:
        """Send a request and return whatever was answered."""

    def close(self) -> None:
        """Give up all connections."""
