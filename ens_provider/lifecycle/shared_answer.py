"""An answer of the service that the readers of one process share between their writes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from ens_provider.api.flights import Flight

T = TypeVar("T")

_UNFORESEEN = "ENS could not be read: see the first error. Run it again."


class Writes:
    """Counts what a process writes, so that shared answers know when they are stale."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self.count = 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Mark a write: answers to what was asked before or during it are stale."""
        self._add()
        try:
            yield
        finally:
            # What was asked during the write may or may not show it.
            self._add()

    def _add(self) -> None:
        with self._counting:
            self.count += 1


@dataclass(frozen=True, kw_only=True)
class _Question(Generic[T]):
    """A question that the service was asked, the `number`th, when there were so many `writes`."""

    number: int
    writes: int
    flight: Flight[T]


class SharedAnswer(Generic[T]):
    """An answer that several readers share as long as nothing was written since it was asked for.

    Args:
        fetch: Asks the service.
        writes: The writes that make it stale.
    """

    def __init__(self, fetch: Callable[[], T], writes: Writes) -> None:
        self._fetch = fetch
        self._writes = writes
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._under_way: _Question[T] | None = None
        self._answered: _Question[T] | None = None

    def shared(self) -> T:
        """Return an answer to what was asked after the last write before this call.

        Readers that come while it is under way share what becomes of it, an error too: one after
        the other they would fail as often, and as slowly. None waits for what a write has made
        stale meanwhile.

        Raises:
            ENSError: The service refused or could not be reached; the next reader asks again.
        """
        with self._lock:
            question = self._shareable()
            mine = question is None
            question = question or self._begun()
        return self._led(question) if mine else question.flight.follow()

    def fresh(self) -> T:
        """Return an answer to what is asked now.

        Raises:
            ENSError: The service refused or could not be reached.
        """
        with self._lock:
            question = self._begun()
        return self._led(question)

    def _shareable(self) -> _Question[T] | None:
        asked = (self._answered, self._under_way)
        return next((each for each in asked if each and each.writes == self._writes.count), None)

    def _begun(self) -> _Question[T]:
        self._under_way = _Question(
            number=next(self._numbers),
            writes=self._writes.count,
            flight=Flight(unforeseen=_UNFORESEEN),
        )
        return self._under_way

    def _led(self, question: _Question[T]) -> T:
        return question.flight.lead(lambda: self._fetched(question))

    def _fetched(self, question: _Question[T]) -> T:
        try:
            answer = self._fetch()
        except BaseException:
            self._end(question, answered=False)
            raise
        self._end(question, answered=True)
        return answer

    def _end(self, question: _Question[T], *, answered: bool) -> None:
        """Take note of an outcome before the followers hear of it: none joins a failure later."""
        with self._lock:
            if self._under_way is question:
                self._under_way = None
            if answered and (not self._answered or self._answered.number < question.number):
                self._answered = question
