"""When deliveries are tried again, as the clock is moved or runs, and what ends them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest

from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.courier import MOST_AT_A_TIME
from ens_provider.emulator.deliveries import Delivery, State
from ens_provider.emulator.dispatch import Dispatcher
from ens_provider.emulator.event_requests import EventRequest
from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.ledger import Ledger
from tests.unit.emulator.world import (
    ACCEPTED,
    CALLBACK,
    EVENT,
    NEXT_KEY,
    REFUSED,
    START,
    SUBSCRIPTION,
    World,
)

DAY = 24 * 3600
DROPPED = ("dropped", "It was not acknowledged in one try and 3 retries.")
SUSPENDED = (
    "Callback 'orders' is suspended until 1970-01-01T00:43:23Z: what happens until then is dropped."
)
DEACTIVATED = "None of its subscriptions is active on a verified callback any more."


def failing(**switches: str) -> World:
    """A world whose endpoint refuses."""
    world = World(**switches)
    world.outcome = REFUSED
    return world


def test_clock_is_moved_an_hour() -> None:
    """Every try that falls due on the way is made when it is due, and reckoned from then on."""
    world = failing()
    world.happen(EVENT)
    world.move(3600)

    assert world.times == [0, 1, 2, 602, 1142, 1622, 2042, 2402, 2702, 3002, 3302]
    assert world.clock.now() == START + 3600
    [shown] = world.shown()
    assert (shown["state"], shown["nextAttemptAt"], shown["attempts"]) == (
        "waiting",
        START + 3602,
        11,
    )
    assert [each["at"] - START for each in shown["tries"]] == world.times


def test_seven_days() -> None:
    """A delivery that nobody acknowledges for 7 days has failed, and is not tried again."""
    world = failing()
    world.happen(EVENT)
    world.move(8 * DAY)
    world.move(8 * DAY)

    assert world.states() == [("failed", "It was not acknowledged within 7 days.")]
    assert 7 * DAY - 300 < world.times[-1] <= 7 * DAY
    [shown] = world.shown()
    assert shown["attempts"] == len(world.posts)
    assert len(shown["tries"]) == 100
    assert shown["tries"][-1]["at"] == START + world.times[-1]


def test_endpoint_that_is_back() -> None:
    """What is acknowledged later arrives once, and nothing follows."""
    world = failing()
    world.happen(EVENT)
    world.move(601)
    world.outcome = ACCEPTED
    world.move(1)
    world.move(DAY)

    assert world.times == [0, 1, 2, 602]
    [shown] = world.shown()
    assert (shown["state"], shown["acknowledged"], shown["nextAttemptAt"]) == (
        "acknowledged",
        True,
        None,
    )
    assert [(each["status"], each["failure"]) for each in shown["tries"]] == [
        *[(503, "ProtocolError. Refused.")] * 3,
        (200, None),
    ]


def test_deliveries_of_two_moments() -> None:
    """They are tried in the order of the moments at which they are due, whichever is older."""
    world = failing()
    world.happen(EVENT)
    world.move(100)
    world.happen(EVENT)
    world.move(610)

    assert world.times == [0, 1, 2, 100, 101, 102, 602, 702]


def test_dropped_after_three_retries() -> None:
    """Under the older rules a batch is tried four times, and then dropped."""
    world = failing(delivery_retries="suspend")
    world.happen(EVENT)
    world.move(DAY)

    assert world.times == [0, 1, 2, 3]
    assert world.states() == [DROPPED]


def test_second_dropped_batch_within_five_minutes() -> None:
    """The callback is suspended: what happens until then is dropped untried, then it goes on."""
    world = failing(delivery_retries="suspend")
    world.happen(*[EVENT] * 150)
    world.move(3)
    world.happen(EVENT)
    world.outcome = ACCEPTED
    world.move(599)
    world.happen(EVENT)
    world.move(1)
    world.happen(EVENT)

    assert world.times == [0, 0, 1, 1, 2, 2, 3, 3, 603]
    assert world.states() == [
        DROPPED,
        DROPPED,
        ("dropped", SUSPENDED),
        ("dropped", SUSPENDED),
        ("acknowledged", None),
    ]
    assert [each["attempts"] for each in world.shown()] == [4, 4, 0, 0, 1]


def test_what_waits_when_its_callback_is_suspended() -> None:
    """A batch that is still to be tried again is dropped, too."""
    world = failing(delivery_retries="suspend")
    world.happen(*[EVENT] * 200)
    world.move(2)
    world.happen(EVENT)
    world.move(10)

    assert world.states() == [DROPPED, DROPPED, ("dropped", SUSPENDED)]
    assert [each["attempts"] for each in world.shown()] == [4, 4, 1]


def test_success_between_two_dropped_batches() -> None:
    """They are no failures in a row, and nobody is suspended."""
    world = failing(delivery_retries="suspend")
    world.happen(EVENT)
    world.move(3)
    world.outcome = ACCEPTED
    world.happen(EVENT)
    world.outcome = REFUSED
    world.happen(EVENT)
    world.move(3)
    world.happen(EVENT)

    assert [state for state, _ in world.states()] == [
        "dropped",
        "acknowledged",
        "dropped",
        "waiting",
    ]


def test_newest_rules_suspend_nobody() -> None:
    """However many batches fail, the next event is tried."""
    world = failing()
    world.happen(*[EVENT] * 200)
    world.move(7 * DAY)
    world.happen(EVENT)

    assert [(each["state"], each["attempts"]) for each in world.shown()[1:]] == [
        ("failed", 2015),
        ("waiting", 1),
    ]


def test_suspension_when_the_rules_change() -> None:
    """The newest rules heed no suspension of the older ones."""
    world = failing(delivery_retries="suspend")
    world.happen(*[EVENT] * 150)
    world.move(3)
    world.ledger.switches = world.ledger.switches.changed({"delivery_retries": "newest"})
    world.outcome = ACCEPTED
    world.happen(EVENT)

    assert world.states() == [DROPPED, DROPPED, ("acknowledged", None)]


@pytest.mark.parametrize("end", ["paused", "unsubscribed", "deleted"])
def test_deactivated_while_it_waits(end: str) -> None:
    """What has no active subscription left when it is due is ended untried, for good."""
    world = failing()
    world.happen(EVENT)
    if end == "paused":
        world.subscribe(replace(SUBSCRIPTION, status="paused"))
    else:
        world.ledger.subscriptions.write("s", None, at=world.clock.now())
    if end == "deleted":
        world.ledger.callbacks.write("cb", None, at=world.clock.now())
    world.move(1)
    world.subscribe(SUBSCRIPTION)
    world.move(DAY)

    assert world.times == [0]
    assert world.states() == [("ended", DEACTIVATED)]


def test_deletion_that_reads_do_not_show_yet() -> None:
    """Where reads lag, what waits goes on until they show the deletion."""
    world = failing(propagation_seconds="2")
    world.happen(EVENT)
    world.ledger.subscriptions.write("s", None, at=world.clock.now())
    world.move(1)
    assert world.times == [0, 1]

    world.move(DAY)
    assert world.times == [0, 1]
    assert world.states() == [("ended", DEACTIVATED)]


def test_retry_is_a_try_like_the_others() -> None:
    """It counts, and the next one follows from it."""
    world = failing()
    world.happen(EVENT)
    world.move(0.5)
    assert (world.retry(), world.retry()) == (1, 1)
    world.move(700)

    assert world.times == [0, 0.5, 0.5, 600.5]


def test_retry_of_what_was_given_up() -> None:
    """What was dropped is not tried again."""
    world = failing(delivery_retries="suspend")
    world.happen(EVENT)
    world.move(3)

    assert (world.retry(), len(world.posts)) == (0, 4)


def test_rotation_while_it_waits() -> None:
    """The tries after a rotation are signed with the new key."""
    world = failing()
    world.happen(EVENT)
    world.write(replace(CALLBACK, signature_key=NEXT_KEY))
    world.move(2)
    headers = [post.headers["x-sfmc-ens-signature"] for post in world.posts]

    assert headers[0] != headers[1]
    assert headers[1] == headers[2]


def test_forgotten_deliveries() -> None:
    """What was forgotten is not tried again, and not listed."""
    world = failing()
    world.happen(EVENT)
    world.dispatcher.clear()
    world.move(DAY)

    assert (world.times, world.shown()) == ([0], [])


class Held:
    """A courier whose endpoint answers when it is let; `third` is set by the third try."""

    def __init__(self, *, machine_time: Callable[[], float] = lambda: START) -> None:
        self.world = World()
        self.clock = MovableClock(machine_time=machine_time)
        ledger = Ledger(clock=self.clock, switches=self.world.ledger.switches)
        ledger.callbacks, ledger.subscriptions = (
            self.world.ledger.callbacks,
            self.world.ledger.subscriptions,
        )
        self.dispatcher = Dispatcher(ledger, self._send)
        self.courier = self.dispatcher.courier
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self.third = asyncio.Event()
        self.outcome = REFUSED
        self.posts = 0

    async def happen(self, *, wait: bool) -> Delivery:
        """Let an event happen; its delivery."""
        request = EventRequest(events=[EVENT], wait=wait)
        return (await self.dispatcher.dispatch(request, units=[1])).deliveries[0]

    async def _send(self, _post: Post, _mid: int) -> PostOutcome:
        self.posts += 1
        self.begun.set()
        if self.posts == 3:
            self.third.set()
        await self.let.wait()
        return self.outcome


def played(trial: Callable[[], object]) -> None:
    """Play a trial, which ends within half a minute."""
    asyncio.run(asyncio.wait_for(trial(), 30))  # type: ignore[arg-type] # every trial is a coroutine


def test_events_that_are_not_waited_for() -> None:
    """They are under way when the answer comes, and a move by 0 waits for them."""

    async def trial() -> None:
        held = Held()
        delivery = await held.happen(wait=False)
        assert (delivery.state, delivery.attempts) == (State.WAITING, 0)
        moving = asyncio.create_task(held.courier.move_clock(0))
        await held.begun.wait()
        assert (delivery.state, delivery.attempts, moving.done()) == (State.UNDER_WAY, 1, False)

        held.let.set()
        await moving
        assert (delivery.state, delivery.next_at) == (State.WAITING, START + 1)
        assert held.clock.now() == START

    played(trial)


def test_event_of_many_callbacks() -> None:
    """So many endpoints are asked at a time that none is slow because of the others."""

    async def trial() -> None:
        held = Held()
        for number in range(MOST_AT_A_TIME):
            held.world.write(replace(CALLBACK, callback_id=f"cb{number}"))
            held.world.subscribe(
                replace(SUBSCRIPTION, subscription_id=f"s{number}", callback_id=f"cb{number}")
            )
        held.outcome = ACCEPTED
        await held.happen(wait=False)
        await held.begun.wait()
        at_first = held.posts
        held.let.set()
        await held.courier.move_clock(0)

        assert (at_first, held.posts) == (MOST_AT_A_TIME, MOST_AT_A_TIME + 1)

    played(trial)


def test_many_events_at_once() -> None:
    """Requests and deliveries get their turn while thousands of events are read."""

    async def trial() -> None:
        held, turns = Held(), 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        held.let.set()
        running = asyncio.create_task(others())
        request = EventRequest(events=[{"eventCategoryType": "Other"}] * 1000)
        await held.dispatcher.dispatch(request, units=[1])
        running.cancel()

        assert turns >= 9

    played(trial)


def test_two_moves_at_the_same_time() -> None:
    """They follow each other, and both count."""

    async def trial() -> None:
        held = Held()
        held.let.set()
        await asyncio.gather(held.courier.move_clock(60), held.courier.move_clock(30))
        assert held.clock.now() == START + 90

    played(trial)


def test_reset_while_a_delivery_is_under_way() -> None:
    """It is given up at once, who waits for it is answered, and moves of the clock end."""

    async def trial() -> None:
        held = Held()
        happening = asyncio.create_task(held.happen(wait=True))
        await held.begun.wait()
        moving = asyncio.create_task(held.courier.move_clock(DAY))
        await asyncio.sleep(0)
        held.courier.stop()
        held.let.set()
        next_one = await held.happen(wait=True)
        delivery = await happening
        await moving

        assert (delivery.state, delivery.reason) == (State.ENDED, "The emulator was reset.")
        assert (delivery.attempts, next_one.attempts, held.clock.now()) == (1, 1, START)

    played(trial)


def test_forgotten_while_it_is_under_way() -> None:
    """It still ends, and is not tried again."""

    async def trial() -> None:
        held = Held()
        happening = asyncio.create_task(held.happen(wait=True))
        await held.begun.wait()
        held.dispatcher.clear()
        held.let.set()
        delivery = await happening
        await held.courier.move_clock(DAY)

        assert (delivery.state, delivery.reason) == (State.ENDED, "The deliveries were forgotten.")
        assert held.posts == 1

    played(trial)


def test_clock_that_runs() -> None:
    """What falls due as time goes by is tried without being asked."""

    async def trial() -> None:
        begun = monotonic()
        held = Held(machine_time=lambda: START + 0.99 * held.posts + monotonic() - begun)
        held.let.set()
        running = asyncio.create_task(held.courier.run())
        await held.happen(wait=False)
        await held.third.wait()
        running.cancel()

    played(trial)


def test_clock_that_stands() -> None:
    """Nothing falls due while the clock stands, whatever the machine's shows."""

    async def trial() -> None:
        seconds = [0.0]
        held = Held(machine_time=lambda: START + seconds[0])
        held.let.set()
        held.clock.run(running=False)
        await held.happen(wait=True)
        seconds[0] = 5000.0
        await held.courier.move_clock(0)
        assert (held.posts, held.clock.now()) == (1, START)

        held.clock.run(running=True)
        assert held.clock.now() == START
        seconds[0] = 5001.0
        await held.courier.move_clock(0)
        assert (held.posts, held.clock.now()) == (2, START + 1)

    played(trial)
