"""Which failures suspend a callback, and for how long."""

from ens_provider.emulator.suspensions import Suspensions

MINUTE = 60.0


def suspended_until(*failures: float, now: float) -> float | None:
    """Until when a callback is suspended that failed at these moments."""
    suspensions = Suspensions()
    for at in failures:
        suspensions.failed("cb", at=at)
    return suspensions.until("cb", now=now)


def test_one_failure() -> None:
    """A single failure suspends nobody."""
    assert suspended_until(0, now=1) is None


def test_two_failures_within_five_minutes() -> None:
    """They suspend for ten minutes from the second on."""
    assert suspended_until(0, 5 * MINUTE, now=5 * MINUTE) == 15 * MINUTE


def test_two_failures_more_than_five_minutes_apart() -> None:
    """They suspend nobody, and the second counts with a third."""
    assert suspended_until(0, 5 * MINUTE + 1, now=301) is None
    assert suspended_until(0, 5 * MINUTE + 1, 10 * MINUTE, now=600) == 20 * MINUTE


def test_end_of_a_suspension() -> None:
    """At the moment until which it lasts it is over."""
    assert suspended_until(0, 1, now=600.9) == 601
    assert suspended_until(0, 1, now=601) is None


def test_one_failure_after_a_suspension() -> None:
    """It suspends nobody: the failures of before are longer ago than five minutes."""
    assert suspended_until(0, 1, 700, now=700) is None


def test_suspensions_without_a_success_between() -> None:
    """Each is twice as long as the one before, and none longer than an hour."""
    suspensions = Suspensions()
    lengths = []
    now = 0.0
    for _ in range(5):
        suspensions.failed("cb", at=now)
        suspensions.failed("cb", at=now + 1)
        until = suspensions.until("cb", now=now + 1)
        assert until is not None
        lengths.append((until - now - 1) / MINUTE)
        now = until

    assert lengths == [10, 20, 40, 60, 60]


def test_success_between_two_failures() -> None:
    """The failures are in a row no more, and the next suspension is a first one."""
    suspensions = Suspensions()
    suspensions.failed("cb", at=0)
    suspensions.succeeded("cb")
    suspensions.failed("cb", at=1)
    assert suspensions.until("cb", now=1) is None

    suspensions.failed("cb", at=2)
    suspensions.succeeded("cb")
    suspensions.failed("cb", at=1000)
    suspensions.failed("cb", at=1001)
    assert suspensions.until("cb", now=1001) == 1601


def test_failures_of_two_callbacks() -> None:
    """Each callback has failures of its own."""
    suspensions = Suspensions()
    suspensions.failed("one", at=0)
    suspensions.failed("two", at=1)

    assert (suspensions.until("one", now=2), suspensions.until("two", now=2)) == (None, None)
