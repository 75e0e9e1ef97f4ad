"""An answer that readers share between writes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ens_provider.api.errors import ENSError, ServiceError
from ens_provider.lifecycle.shared_answer import SharedAnswer, Writes
from tests.unit.api.followers import wait_for_followers

if TYPE_CHECKING:
    from concurrent.futures import Future

Outcome = list[int] | BaseException


class Service:
    """Answers lists of one element, the number of the fetch."""

    def __init__(self) -> None:
        """Begin with none fetched."""
        self.fetched = 0

    def fetch(self) -> list[int]:
        """Answer at once."""
        self.fetched += 1
        return [self.fetched]


class LateService:
    """Answers each question when the test says so."""

    def __init__(self) -> None:
        """Begin with none asked."""
        self._asked: list[_Late] = []
        self._news = threading.Condition()

    def fetch(self) -> list[int]:
        """Wait for the test."""
        late = _Late()
        with self._news:
            self._asked.append(late)
            self._news.notify_all()
        assert late.released.wait(10)
        if isinstance(late.outcome, BaseException):
            raise late.outcome
        return late.outcome

    def wait_until_asked(self, times: int) -> None:
        """Return once so many questions were asked."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._asked) == times, 10)

    def answer(self, number: int, outcome: Outcome) -> None:
        """Answer the question of that number, from 1."""
        self._asked[number - 1].outcome = outcome
        self._asked[number - 1].released.set()

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return len(self._asked)


class _Late:
    def __init__(self) -> None:
        self.outcome: Outcome = []
        self.released = threading.Event()


def followed_by(shared: SharedAnswer[list[int]], count: int) -> None:
    """Return once so many readers wait for the newest question."""
    assert shared._under_way is not None
    wait_for_followers(shared._under_way.flight, count)


def four_readers(
    pool: ThreadPoolExecutor, shared: SharedAnswer[list[int]], service: LateService
) -> list[Future[list[int]]]:
    """Let one reader ask the first question, and three follow it."""
    readers = [pool.submit(shared.shared) for _ in range(4)]
    service.wait_until_asked(1)
    followed_by(shared, 3)
    return readers


def result(reader: Future[list[int]]) -> list[int]:
    """Return what a reader got."""
    return reader.result(timeout=10)


def test_readers_share_a_list() -> None:
    """Without a write in between, a second reader gets the first one's list."""
    service = Service()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)

    assert [shared.shared(), shared.shared()] == [[1], [1]]


def test_write_makes_the_list_stale() -> None:
    """A list that began before a write does not serve a read after it."""
    service = Service()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)
    shared.shared()
    with writes.under_way():
        pass

    assert [shared.shared(), shared.shared()] == [[2], [2]]


def test_list_that_began_during_a_write_serves_only_until_its_end() -> None:
    """Such a list may or may not show the write, so it does not serve what follows."""
    service = Service()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)
    with writes.under_way():
        assert shared.shared() == [1]

    assert shared.shared() == [2]


def test_failed_write_makes_the_list_stale_too() -> None:
    """A write whose answer was lost may have taken effect."""
    service = Service()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)
    shared.shared()
    with pytest.raises(ConnectionError), writes.under_way():
        raise ConnectionError

    assert shared.shared() == [2]


def test_fresh_list_is_never_shared_but_shared_afterwards() -> None:
    """A look-up asks for itself, and later readers may have what it got."""
    service = Service()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)

    assert [shared.shared(), shared.fresh(), shared.shared()] == [[1], [2], [2]]


def test_late_answer_does_not_make_a_second_question_start() -> None:
    """Readers that come while it is under way wait for it and share it."""
    service = LateService()
    shared = SharedAnswer(service.fetch, Writes())

    with ThreadPoolExecutor(4) as pool:
        readers = four_readers(pool, shared, service)
        service.answer(1, [7])
        assert [result(each) for each in readers] == [[7]] * 4

    assert service.asked == 1


def test_readers_share_a_failure() -> None:
    """Those that wait get an error each and do not ask one after the other; the next reader asks."""
    service = LateService()
    shared = SharedAnswer(service.fetch, Writes())

    with ThreadPoolExecutor(4) as pool:
        readers = four_readers(pool, shared, service)
        service.answer(1, ServiceError("It fails."))
        errors = [each.exception(timeout=10) for each in readers]
        assert service.asked == 1
        later = pool.submit(shared.shared)
        service.wait_until_asked(2)
        service.answer(2, [7])
        assert result(later) == [7]

    assert [(type(error), str(error)) for error in errors] == [(ServiceError, "It fails.")] * 4
    assert len({id(error) for error in errors}) == 4


def test_reader_that_was_stopped_leaves_nobody_waiting() -> None:
    """Its followers are told, and the next reader asks again."""
    service = LateService()
    shared = SharedAnswer(service.fetch, Writes())

    with ThreadPoolExecutor(3) as pool:
        leader = pool.submit(shared.shared)
        service.wait_until_asked(1)
        follower = pool.submit(shared.shared)
        followed_by(shared, 1)
        service.answer(1, SystemExit())
        assert isinstance(leader.exception(timeout=10), SystemExit)
        error = follower.exception(timeout=10)
        later = pool.submit(shared.shared)
        service.wait_until_asked(2)
        service.answer(2, [7])
        assert result(later) == [7]

    assert type(error) is ENSError
    assert str(error) == "ENS could not be read: see the first error. Run it again."


def test_write_during_a_late_question() -> None:
    """Who asked before the write shares the late answer; who asks after it does not wait for it.

    The late answer does not take the place of the newer one either.
    """
    service = LateService()
    writes = Writes()
    shared = SharedAnswer(service.fetch, writes)

    with ThreadPoolExecutor(4) as pool:
        before = [pool.submit(shared.shared) for _ in range(2)]
        service.wait_until_asked(1)
        followed_by(shared, 1)
        with writes.under_way():
            pass
        after = [pool.submit(shared.shared) for _ in range(2)]
        service.wait_until_asked(2)
        followed_by(shared, 1)
        service.answer(2, [2])
        assert [result(each) for each in after] == [[2], [2]]
        service.answer(1, [1])
        assert [result(each) for each in before] == [[1], [1]]

    assert shared.shared() == [2]
    assert service.asked == 2


def test_fresh_answers_wait_for_none() -> None:
    """Each is a question of its own; the one that was asked last is kept, whichever comes last."""
    service = LateService()
    shared = SharedAnswer(service.fetch, Writes())

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(shared.shared)
        service.wait_until_asked(1)
        second = pool.submit(shared.fresh)
        service.wait_until_asked(2)
        third = pool.submit(shared.fresh)
        service.wait_until_asked(3)
        for number in (3, 2, 1):
            service.answer(number, [number])
            assert result((first, second, third)[number - 1]) == [number]

    assert shared.shared() == [3]
    assert service.asked == 3
