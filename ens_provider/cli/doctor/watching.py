"""A transport that remembers of each answer what no error tells, and nothing that is secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ens_provider.api.service_text import http_date

if TYPE_CHECKING:
    from ens_provider.api.wire import Answer, Request, Transport


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an answer looked like.

    Attributes:
        host: Host and port of who was asked.
        status: The HTTP status; None if no answer came.
        media_type: Such as `text/html`; empty if it was not told.
        location: Scheme, host and port of where it leads; empty if nowhere.
    """

    host: str
    status: int | None = None
    media_type: str = ""
    location: str = ""

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, which ENS never answers with."""
        return self.media_type == "text/html"


class WatchingTransport:
    """Sends through another transport and keeps the newest answer's looks and time."""

    def __init__(
        self, transport: Transport, *, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._transport = transport
        self._wall_clock = wall_clock
        self.seen = Seen(host="ENS")
        self.seconds_ahead: float | None = None
        """How far the clock of the newest answer is ahead of this machine's; None if untold."""

    def send(self, request: Request) -> Answer:
        """Send a request and return whatever was answered."""
        host = urlsplit(request.url).netloc
        self.seen = Seen(host=host)
        answer = self._transport.send(request)
        told = http_date(answer.headers.get("Date"))
        if told is not None:
            self.seconds_ahead = told - self._wall_clock()
        self.seen = Seen(
            host=host,
            status=answer.status,
            media_type=answer.headers.get("Content-Type", "").split(";")[0].strip().lower(),
            location=_origin(answer.headers.get("Location", "")),
        )
        return answer

    def close(self) -> None:
        """Give up all connections."""
        self._transport.close()


def _origin(location: str) -> str:
    # The rest of it may repeat what was asked.
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}" if host else ""
