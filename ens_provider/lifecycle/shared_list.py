"""A list of the service that the readers of one process share between their writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Writes:
    """Counts what a process writes, so that its lists know when they are stale."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self.count = 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Mark a write: lists from before or during it are stale."""
        self._add()
        try:
            yield
        finally:
            # A list that began during the write may or may not show it.
            self._add()

    def _add(self) -> None:
        with self._counting:
            self.count += 1


class SharedList(Generic[T]):
    """A list that several readers share as long as nothing was written since it began.

    Args:
        fetch: Fetches the list from the service.
        writes: The writes that make it stale.
    """

    def __init__(self, fetch: Callable[[], list[T]], writes: Writes) -> None:
        self._fetch = fetch
        self._writes = writes
        self._fetching = threading.Lock()
        self._records: list[T] = []
        self._valid_for: int | None = None
        self._begun = 0
        # Which of the lists that were begun the records are.
        self._number = 0

    def shared(self) -> list[T]:
        """Return a list that began after the last write; several readers wait for one answer."""
        # Readers queue here while one of them fetches, so that a late answer serves all of them.
        with self._fetching:
            if self._valid_for != self._writes.count:
                self._refetch()
            return self._records

    def fresh(self) -> list[T]:
        """Return a list that begins now or later; several readers that wait share one."""
        begun = self._begun
        with self._fetching:
            return self._records if self._number > begun else self._refetch()

    def _refetch(self) -> list[T]:
        self._begun += 1
        begun_at = self._writes.count
        self._records = self._fetch()
        self._valid_for, self._number = begun_at, self._begun
        return self._records
