"""A list of the service that the readers of one process share between their writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedList(Generic[T]):
    """A list that several readers share as long as nothing was written since it began.

    Args:
        fetch: Fetches the list from the service.
    """

    def __init__(self, fetch: Callable[[], list[T]]) -> None:
        self._fetch = fetch
        self._fetching = threading.Lock()
        self._counting = threading.Lock()
        self._writes = 0
        self._records: list[T] = []
        self._valid_for: int | None = None

    def shared(self) -> list[T]:
        """Return a list that began after the last write; several readers wait for one answer."""
        # Readers queue here while one of them fetches, so that a late answer serves all of them.
        with self._fetching:
            if self._valid_for != self._writes:
                self._refetch()
            return self._records

    def fresh(self) -> list[T]:
        """Return a list that begins now."""
        with self._fetching:
            return self._refetch()

    @contextmanager
    def invalidated(self) -> Iterator[None]:
        """Mark a write: lists from before or during it are stale."""
        self._count()
        try:
            yield
        finally:
            # A list that began during the write may or may not show it.
            self._count()

    def _refetch(self) -> list[T]:
        begun_at = self._writes
        self._records = self._fetch()
        self._valid_for = begun_at
        return self._records

    def _count(self) -> None:
        with self._counting:
            self._writes += 1
