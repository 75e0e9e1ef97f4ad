"""What follows an attempt that was not acknowledged, by the two editions of the rules."""

from itertools import pairwise

from ens_provider.emulator.schedules import SCHEDULES, GiveUp, Schedule

HOUR = 3600.0
DAY = 24 * HOUR


def tries(schedule: Schedule) -> tuple[list[float], GiveUp]:
    """The seconds after the first try at which each one is due, and how it ends."""
    due = [0.0]
    while True:
        at = 1e9 + due[-1]
        step = schedule.after(len(due), at=at, now=at, first_at=1e9)
        if isinstance(step, GiveUp):
            return due, step
        due.append(step.at - 1e9)


def test_newest() -> None:
    """Three tries, ten minutes, then intervals that shrink to five minutes, for up to 7 days."""
    due, end = tries(SCHEDULES["newest"])
    intervals = [after - before for before, after in pairwise(due)]

    assert due[:11] == [0, 1, 2, 602, 1142, 1622, 2042, 2402, 2702, 3002, 3302]
    assert set(intervals[7:]) == {300}
    assert 7 * DAY - 300 < due[-1] <= 7 * DAY
    assert end == GiveUp("failed", "It was not acknowledged within 7 days.")


def test_newest_tries_on_the_last_second_of_the_seventh_day() -> None:
    """A try that is due 7 days after the first is still made, a later one is not."""
    newest = SCHEDULES["newest"]

    assert not isinstance(
        newest.after(2000, at=7 * DAY - 300, now=7 * DAY - 298, first_at=0), GiveUp
    )
    assert isinstance(newest.after(2000, at=7 * DAY - 299, now=7 * DAY - 298, first_at=0), GiveUp)


def test_newest_gives_up_after_seven_days_behind_a_backlog() -> None:
    """What was due long ago, and had to wait for others of its callback, is not tried for weeks."""
    newest = SCHEDULES["newest"]

    assert not isinstance(newest.after(9, at=3 * DAY, now=7 * DAY, first_at=0), GiveUp)
    assert isinstance(newest.after(9, at=3 * DAY, now=7 * DAY + 1, first_at=0), GiveUp)


def test_suspend() -> None:
    """One try and three retries, then the batch is dropped."""
    due, end = tries(SCHEDULES["suspend"])

    assert due == [0, 1, 2, 3]
    assert end == GiveUp("dropped", "It was not acknowledged in one try and 3 retries.")


def test_what_else_tells_them_apart() -> None:
    """The newest rules give an endpoint 3 seconds and suspend nobody; the older give 2 and do."""
    told = {name: (each.budget_seconds, each.suspends) for name, each in SCHEDULES.items()}

    assert told == {"newest": (3.0, False), "suspend": (2.0, True)}
