"""Waiting for those that wait for a shared request."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ens_provider.api.flights import Flight

T = TypeVar("T")


def wait_for_followers(flight: Flight[T], count: int) -> None:
    """Return when so many threads wait for the outcome of a flight."""
    condition = flight._outcome._condition
    poll, deadline = threading.Event(), time.monotonic() + 10
    while len(getattr(condition, "_waiters")) < count:  # noqa: B009 - unknown to the types
        assert time.monotonic() < deadline
        poll.wait(0.001)
