"""A proxy in front of the emulator that records what is sent: its log of calls has no bodies."""

from __future__ import annotations

import json
from typing import Any

from tests.proxy import Answer, Proxy, Request


class Recorder(Proxy):
    """Forwards every request and keeps its JSON body. A context manager.

    Args:
        target: The address to forward to.
    """

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._bodies: list[tuple[str, Any]] = []

    def answer(self, request: Request) -> Answer:
        """Forward a request and keep its body."""
        if request.body:
            self._bodies.append((request.method, json.loads(request.body)))
        return self.forward(request)

    def sent(self, method: str) -> list[Any]:
        """Return the bodies of that method so far."""
        return [body for each, body in self._bodies if each == method]
