"""A list that readers share between writes."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ens_provider.lifecycle.shared_list import SharedList, Writes


class Service:
    """Answers lists of one element, the number of the fetch."""

    def __init__(self) -> None:
        """Begin with none fetched."""
        self.fetched = 0

    def fetch(self) -> list[int]:
        """Answer at once."""
        self.fetched += 1
        return [self.fetched]


def test_readers_share_a_list() -> None:
    """Without a write in between, a second reader gets the first one's list."""
    service = Service()
    writes = Writes()
    shared = SharedList(service.fetch, writes)

    assert [shared.shared(), shared.shared()] == [[1], [1]]


def test_write_makes_the_list_stale() -> None:
    """A list that began before a write does not serve a read after it."""
    service = Service()
    writes = Writes()
    shared = SharedList(service.fetch, writes)
    shared.shared()
    with writes.under_way():
        pass

    assert [shared.shared(), shared.shared()] == [[2], [2]]


def test_list_that_began_during_a_write_serves_only_until_its_end() -> None:
    """Such a list may or may not show the write, so it does not serve what follows."""
    service = Service()
    writes = Writes()
    shared = SharedList(service.fetch, writes)
    with writes.under_way():
        assert shared.shared() == [1]

    assert shared.shared() == [2]


def test_failed_write_makes_the_list_stale_too() -> None:
    """A write whose answer was lost may have taken effect."""
    service = Service()
    writes = Writes()
    shared = SharedList(service.fetch, writes)
    shared.shared()
    with pytest.raises(ConnectionError), writes.under_way():
        raise ConnectionError

    assert shared.shared() == [2]


def test_fresh_list_is_never_shared_but_shared_afterwards() -> None:
    """A look-up begins a list of its own, which later readers may have."""
    service = Service()
    writes = Writes()
    shared = SharedList(service.fetch, writes)

    assert [shared.shared(), shared.fresh(), shared.shared()] == [[1], [2], [2]]


def number_that_wait() -> int:
    """Return how many threads have asked for a fresh list and wait for the one under way."""
    frames = [f for f in sys._current_frames().values() if f.f_code is SharedList.fresh.__code__]
    return sum("begun" in frame.f_locals for frame in frames)


def test_fresh_lists_that_are_waited_for_are_one() -> None:
    """Who asks during a list gets the next one, and all who wait for that share it."""
    service = Service()
    asked, answer = threading.Event(), threading.Event()

    def fetch() -> list[int]:
        asked.set()
        assert answer.wait(10)
        return service.fetch()

    shared = SharedList(fetch, Writes())
    with ThreadPoolExecutor(16) as threads:
        first = threads.submit(shared.fresh)
        assert asked.wait(10)
        waiting = [threads.submit(shared.fresh) for _ in range(15)]
        looks = 0
        while number_that_wait() < 15 and looks < 20_000:
            looks += 1
            threading.Event().wait(0.001)
        answer.set()

    assert first.result() == [1]
    assert [each.result() for each in waiting] == [[2]] * 15


def test_failed_fetch_is_not_kept() -> None:
    """After an error the next reader asks again."""
    answers: list[list[int] | Exception] = [ConnectionError(), [1]]

    def fetch() -> list[int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shared = SharedList(fetch, Writes())
    with pytest.raises(ConnectionError):
        shared.shared()

    assert shared.shared() == [1]


def test_list_that_is_answered_late_does_not_make_a_second_one_start() -> None:
    """Readers that come while a list is under way wait for it and share it."""
    service = Service()
    asked, answer = threading.Event(), threading.Event()

    def fetch() -> list[int]:
        asked.set()
        assert answer.wait(10)
        return service.fetch()

    shared = SharedList(fetch, Writes())
    results: list[list[int]] = []
    readers = [threading.Thread(target=lambda: results.append(shared.shared())) for _ in range(4)]
    readers[0].start()
    assert asked.wait(10)
    for reader in readers[1:]:
        reader.start()
    answer.set()
    for reader in readers:
        reader.join(10)

    assert results == [[1]] * 4
    assert service.fetched == 1
