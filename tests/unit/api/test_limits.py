"""Calls of one client that the service turns away: who waits for how long, and who goes first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ens_provider.api.errors import RateLimitedError
from ens_provider.api.limits import Limits, WaitBudget
from ens_provider.api.operations import LIST_CALLBACKS
from ens_provider.api.retry import RetryPolicy
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, dropped, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.client import ENSClient
    from tests.unit.api.conftest import FakeClock
    from tests.unit.api.scripted_server import ScriptedServer

LIST = "GET /platform/v1/ens-callbacks"
GET = "GET /platform/v1/ens-callbacks/id-1"
CALLBACK = {"callbackId": "id-1", "callbackName": "orders", "url": "https://a.b"}
BARE = Reply(status=429)


def limited(seconds: int) -> Reply:
    """Return a 429 that asks for that many seconds."""
    return reply({"message": "Rate limit exceeded"}, status=429, Retry_After=str(seconds))


def test_a_call_that_is_turned_away_often_comes_about(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """More than four refusals fit into one call, as long as the waiting fits into a minute."""
    server.on(LIST, *[limited(5)] * 8, reply([]))

    assert client.list_callbacks() == []
    assert server.routes == [LIST] * 9
    assert clock.pauses == [5.0, 5.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0]


def test_a_limit_without_an_end_is_asked_for_a_minute(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """Where the service does not say how long, the pauses double up to 8 s, 60 s altogether."""
    server.on(LIST, BARE)

    with pytest.raises(RateLimitedError) as caught:
        client.list_callbacks()

    assert clock.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]
    assert server.routes == [LIST] * 11
    assert str(caught.value) == (
        "ENS refused to list the callbacks (429). Run `pulumi up` again in a few minutes, with "
        "fewer resources at a time."
    )


def test_a_limit_between_failures(client: ENSClient, server: ScriptedServer) -> None:
    """What was turned away is no try: four answers are lost before a read gives up."""
    server.on(LIST, dropped(), BARE, dropped(), BARE, dropped(), BARE, reply([]))

    assert client.list_callbacks() == []


def test_a_token_is_asked_for_four_times(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """ENS counts tokens per client, so a limit of the token route is not tested for a minute."""
    server.on(TOKEN_ROUTE, BARE)

    with pytest.raises(RateLimitedError):
        client.list_callbacks()

    assert len(server.tokens_asked) == 4
    assert clock.pauses == [0.5, 1.0, 2.0]


def test_a_limit_that_passed_is_forgotten(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """After a request that was taken, the pauses begin anew."""
    server.on(LIST, BARE, BARE, reply([]), BARE, reply([]))

    client.list_callbacks()
    client.list_callbacks()

    assert clock.pauses == [0.5, 1.0, 0.5]


def test_a_refusal_of_another_kind_is_no_limit(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """A request that the service looked into was not turned away, whatever it was answered."""
    server.on(GET, reply(status=400))
    server.on(LIST, BARE, BARE, reply(status=500), BARE, reply([]))

    client.list_callbacks()

    assert clock.pauses == [0.5, 1.0, 0.5, 0.5]


def test_without_pauses_of_our_own(
    make_client: Callable[..., ENSClient], server: ScriptedServer, clock: FakeClock
) -> None:
    """A policy whose pauses are zero does not ask for ever."""
    client = make_client(retry=RetryPolicy(base_seconds=0.0, max_wait_seconds=0.045))
    server.on(LIST, BARE)

    with pytest.raises(RateLimitedError):
        client.list_callbacks()

    assert server.routes == [LIST] * 5
    assert clock.pauses == pytest.approx([0.01] * 4)


def test_one_try_is_one_try(
    make_client: Callable[..., ENSClient], server: ScriptedServer, clock: FakeClock
) -> None:
    """A policy of one attempt does not come back after a limit either."""
    server.on(LIST, limited(1))

    with pytest.raises(RateLimitedError):
        make_client(retry=RetryPolicy(max_attempts=1)).list_callbacks()

    assert server.routes == [LIST]
    assert clock.pauses == []


class Turnstile:
    """Limits on a clock of the test's own, and calls that line up at them."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.passed: list[str] = []
        self._alarms: list[float] = []
        self._changed = threading.Condition()
        self.limits = Limits(retry=RetryPolicy(jitter=lambda: 1.0), clock=lambda: self.seconds)

    def line_up(self, name: str, *, begun_at: float) -> None:
        """Wait for the turn of a call that began then."""
        budget = WaitBudget(60.0, sleep=self._sleep, begun_at=begun_at)
        self.limits.wait(budget, operation=LIST_CALLBACKS, subject="")
        with self._changed:
            self.passed.append(name)
            self._changed.notify_all()

    def settle(self, calls: int) -> None:
        """Return once each of so many calls pauses or has passed."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._asleep() + len(self.passed) == calls, 20)

    def move_to(self, seconds: float) -> None:
        """Let the clock show that time, and wake up those who waited for it."""
        with self._changed:
            self.seconds = seconds
            self._changed.notify_all()

    def _asleep(self) -> int:
        return sum(alarm > self.seconds for alarm in self._alarms)

    def _sleep(self, seconds: float) -> None:
        with self._changed:
            alarm = self.seconds + seconds
            self._alarms.append(alarm)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.seconds >= alarm, 20)
            self._alarms.remove(alarm)


def test_after_a_limit_the_oldest_call_goes_first() -> None:
    """Nobody is overtaken by a call that began later, whoever lined up first."""
    turnstile = Turnstile()
    turnstile.limits.hold(because=RateLimitedError("text", retry_after_seconds=5.0))

    with ThreadPoolExecutor(3) as pool:
        for number, (name, at) in enumerate({"new": 99.0, "older": 90.0, "oldest": 80.0}.items()):
            pool.submit(turnstile.line_up, name, begun_at=at)
            turnstile.settle(number + 1)
        turnstile.move_to(104.99)
        turnstile.settle(3)
        before = list(turnstile.passed)
        for seconds in (105.01, 105.11, 105.21, 105.31):
            turnstile.move_to(seconds)
            turnstile.settle(3)

    assert before == []
    assert turnstile.passed == ["oldest", "older", "new"]


def test_after_a_limit_calls_come_back_one_after_the_other() -> None:
    """They are 0.1 s apart, so that not all are turned away where the service takes only a few."""
    turnstile = Turnstile()
    turnstile.limits.hold(because=RateLimitedError("text", retry_after_seconds=5.0))
    seen = []

    with ThreadPoolExecutor(3) as pool:
        for number, name in enumerate(("first", "second", "third")):
            pool.submit(turnstile.line_up, name, begun_at=100.0)
            turnstile.settle(number + 1)
        for seconds in (105.01, 105.11, 105.21):
            turnstile.move_to(seconds)
            turnstile.settle(3)
            seen.append(list(turnstile.passed))

    assert seen == [["first"], ["first", "second"], ["first", "second", "third"]]


def test_calls_that_wake_up_together_do_not_go_together() -> None:
    """An older call that lines up later takes the first place, and the other one moves back."""
    seconds = [100.0]
    limits = Limits(retry=RetryPolicy(jitter=lambda: 1.0), clock=lambda: seconds[0])
    limits.hold(because=RateLimitedError("text", retry_after_seconds=5.0))
    passed = []

    def let_time_pass(pause: float) -> None:
        seconds[0] = round(seconds[0] + pause, 3)

    def let_an_older_one_in(pause: float) -> None:
        younger_pauses.append(round(pause, 3))
        if len(younger_pauses) > 1:
            let_time_pass(pause)
            return
        older = WaitBudget(60.0, sleep=let_time_pass, begun_at=80.0)
        limits.wait(older, operation=LIST_CALLBACKS, subject="")
        passed.append(("older", seconds[0]))

    younger_pauses: list[float] = []
    younger = WaitBudget(60.0, sleep=let_an_older_one_in, begun_at=90.0)
    limits.wait(younger, operation=LIST_CALLBACKS, subject="")
    passed.append(("younger", seconds[0]))

    assert passed == [("older", 105.0), ("younger", 105.1)]
    assert younger_pauses == [5.0, 0.1]


def test_after_a_long_limit_nobody_fails_for_being_the_last() -> None:
    """A minute's limit is waited for by all of 32 threads, though the last comes 3.1 s later."""
    turnstile = Turnstile()
    turnstile.limits.hold(because=RateLimitedError("text", retry_after_seconds=60.0))
    names = [f"call-{number:02}" for number in range(32)]

    with ThreadPoolExecutor(32) as pool:
        waiting = []
        for number, name in enumerate(names):
            waiting.append(pool.submit(turnstile.line_up, name, begun_at=100.0))
            turnstile.settle(number + 1)
        turnstile.move_to(159.99)
        turnstile.settle(32)
        before = list(turnstile.passed)
        for tenth in range(32):
            turnstile.move_to(160.01 + tenth / 10)
            turnstile.settle(32)
            assert len(turnstile.passed) == tenth + 1
        for each in waiting:
            each.result(20)

    assert before == []
    assert turnstile.passed == names


def test_a_limit_beyond_the_budget_is_not_waited_for_by_the_last_either() -> None:
    """What the service asks for beyond a minute is an error at once, wherever one stands."""
    turnstile = Turnstile()
    turnstile.limits.hold(because=RateLimitedError("text", retry_after_seconds=60.5))

    with ThreadPoolExecutor(1) as pool, pytest.raises(RateLimitedError):
        pool.submit(turnstile.line_up, "call", begun_at=100.0).result(20)
