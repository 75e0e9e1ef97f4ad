"""The seam behind which requests leave: HTTP, loaded by the first of them.

`requests` takes longer to load than the rest of this package, in the program and in the plugin. A
preview and a run without a change send nothing, so they go without it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ens_provider.api.wire import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.http_sender import HTTPSender
    from ens_provider.api.wire import Answer, Request

CONNECT_TIMEOUT_SECONDS = 10.0
"""How long connecting may take, and the TLS handshake again."""

BODY_DEADLINE_SECONDS = 60.0
"""How long a body may take from its first byte to its last."""

MAX_BODY_BYTES = 16 * 1024 * 1024
"""The longest body that is read: far beyond the longest list."""


class HTTPTransport:
    """Sends over HTTP, from any thread.

    Proxies and `REQUESTS_CA_BUNDLE` work as with requests; redirects are not followed; nothing is
    taken from .netrc; no cookie is kept, so that no call depends on an earlier one.

    Args:
        clock: Monotonic seconds.
        connect_timeout_seconds: How long connecting may take, and the TLS handshake again.
        body_deadline_seconds: How long a body may take from its first byte to its last.
        max_body_bytes: The longest body that is read.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
        body_deadline_seconds: float = BODY_DEADLINE_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._bounds = Bounds(
            clock=clock,
            connect_timeout_seconds=connect_timeout_seconds,
            body_deadline_seconds=body_deadline_seconds,
            max_body_bytes=max_body_bytes,
        )
        self._made: HTTPSender | None = None
        self._making = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Send a request and return whatever was answered, whatever its status.

        Raises:
            UnreachableError: Nothing was sent.
            ConnectionLostError: It was sent, and no answer began.
            ConfigurationError: The address, the proxy or the CA bundle cannot be used.
        """
        return self._sender().send(request)

    def close(self) -> None:
        """Give up all connections."""
        if self._made is not None:
            self._made.close()

    def _sender(self) -> HTTPSender:
        with self._making:
            if self._made is None:
                from ens_provider.api.http_sender import HTTPSender  # noqa: PLC0415 -- most runs send nothing

                self._made = HTTPSender(self._bounds)
            return self._made
