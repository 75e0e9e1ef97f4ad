"""One request whose outcome several threads share."""

from __future__ import annotations

import copy
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from ens_provider.api.errors import ENSError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Flight(Generic[T]):
    """A request that is under way: one thread leads, others follow and share its outcome.

    Args:
        unforeseen: What followers are told when the leader was stopped rather than failed.
    """

    def __init__(self, *, unforeseen: str) -> None:
        self._unforeseen = unforeseen
        self._outcome: Future[T] = Future()

    def lead(self, fetch: Callable[[], T]) -> T:
        """Make the request and tell all followers what became of it, an error included."""
        try:
            result = fetch()
        except BaseException as exc:
            told = exc if isinstance(exc, Exception) else ENSError(self._unforeseen)
            self._outcome.set_exception(told)
            raise
        self._outcome.set_result(result)
        return result

    def follow(self) -> T:
        """Wait for the leader and return what it got.

        Raises:
            ENSError: The leader's request failed; each follower gets an error of its own.
        """
        try:
            return self._outcome.result()
        except ENSError as exc:
            # One object raised in several threads would collect the tracebacks of all.
            raise copy.copy(exc) from exc
