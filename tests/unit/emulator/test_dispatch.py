"""The POST of a delivery, down to its bytes, budget and key, without a network."""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from ens_provider.emulator.dispatch import Dispatcher
from ens_provider.emulator.event_requests import EventRequest
from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.switches import Switches
from tests.unit.emulator.world import (
    ACCEPTED,
    BODY,
    CALLBACK,
    EVENT,
    KEY,
    NEXT_KEY,
    REFUSED,
    SENT,
    SUBSCRIPTION,
    World,
)


def signature(key: bytes, body: bytes) -> str:
    """The signature, made without the product."""
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("encoding", "header"),
    [
        ("decoded", "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="),
        ("utf8", "FWZ0g8vQx9TY22ekXNIpgyuWvfS5fm3l/wjqp8D860s="),
    ],
)
def test_bytes_and_signature(encoding: str, header: str) -> None:
    """The header signs exactly the bytes that are sent, with either reading of the key."""
    world = World(signature_key_encoding=encoding)
    world.happen(EVENT)
    (post,) = world.posts

    assert (post.url, post.body) == ("https://receiver.test/orders", BODY)
    assert post.headers == {"x-sfmc-ens-signature": header}
    assert list(post.successes) == [200, 201, 202, 203, 204]


@pytest.mark.parametrize(("edition", "seconds"), [("newest", 3.0), ("suspend", 2.0)])
def test_delivery_retries_says_how_long_an_endpoint_has(edition: str, seconds: float) -> None:
    """The newest rules give an endpoint three seconds, the ones with suspensions two."""
    world = World(delivery_retries=edition)
    world.happen(EVENT)

    assert [post.timeout_seconds for post in world.posts] == [seconds]


def test_no_key_and_no_signature_in_what_is_shown() -> None:
    """Neither the answer nor any repr of a delivery and its POST has a key or a signature."""
    world = World()
    world.outcome = REFUSED
    dispatched = world.happen(EVENT)
    (header,) = world.posts[0].headers.values()
    shown = [*map(repr, dispatched.deliveries), repr(world.posts), str(dispatched.shown())]

    for text in shown:
        assert KEY not in text
        assert header not in text


@pytest.mark.parametrize(("signed_with", "key"), [("new", NEXT_KEY), ("old", KEY)])
def test_retry_signed_with(signed_with: str, key: str) -> None:
    """A batch that goes again after a rotation is signed with the new key, or with its first."""
    world = World(retry_signed_with=signed_with)
    world.outcome = REFUSED
    world.happen(EVENT)
    world.write(replace(CALLBACK, signature_key=NEXT_KEY))
    world.outcome = ACCEPTED

    assert world.retry() == 1
    assert world.posts[1].body == BODY
    expected = signature(base64.b64decode(key), BODY)
    assert world.posts[1].headers == {"x-sfmc-ens-signature": expected}


def test_retry_tries_only_what_was_not_acknowledged() -> None:
    """What was acknowledged goes never again, what was not goes once per retry."""
    world = World()
    world.happen(EVENT)
    world.outcome = REFUSED
    world.happen(EVENT)

    assert (world.retry(), world.retry(), len(world.posts)) == (1, 1, 4)
    world.outcome = ACCEPTED
    assert (world.retry(), world.retry(), len(world.posts)) == (1, 0, 5)
    assert [d["attempts"] for d in world.shown()] == [1, 4]


def test_old_key_is_that_of_the_first_attempt() -> None:
    """A retry with a new key in between does not make that one the old key."""
    world = World()
    world.outcome = REFUSED
    world.happen(EVENT)
    world.write(replace(CALLBACK, signature_key=NEXT_KEY))
    world.retry()
    world.ledger.switches = Switches(retry_signed_with="old")
    world.retry()

    headers = [post.headers["x-sfmc-ens-signature"] for post in world.posts]
    assert headers == [signature(base64.b64decode(key), BODY) for key in (KEY, NEXT_KEY, KEY)]


@pytest.mark.parametrize("end", ["paused", "unsubscribed", "deleted"])
def test_retry_leaves_what_was_deactivated(end: str) -> None:
    """What has no active subscription left is not tried again."""
    world = World()
    world.outcome = REFUSED
    world.happen(EVENT)
    if end == "paused":
        world.subscribe(replace(SUBSCRIPTION, status="paused"))
    else:
        world.ledger.subscriptions.write("s", None, at=world.clock.now())
    if end == "deleted":
        world.ledger.callbacks.write("cb", None, at=world.clock.now())

    assert (world.retry(), len(world.posts)) == (0, 1)


def test_new_key_acts_at_once_whatever_lags() -> None:
    """A rotated key signs the very next delivery, also while reads still lag."""
    world = World(propagation_seconds="120")
    world.write(replace(CALLBACK, signature_key=NEXT_KEY))
    world.happen(EVENT)

    expected = signature(base64.b64decode(NEXT_KEY), BODY)
    assert world.posts[0].headers == {"x-sfmc-ens-signature": expected}


def test_batches_take_the_key_of_their_own_moment() -> None:
    """A rotation between two batches of one request acts on the second."""
    world = World()
    world.meanwhile = lambda: world.write(replace(CALLBACK, signature_key=NEXT_KEY))
    world.happen(*[EVENT] * 101)
    first, second = world.posts

    assert first.headers["x-sfmc-ens-signature"] == signature(base64.b64decode(KEY), first.body)
    assert second.body == BODY
    expected = signature(base64.b64decode(NEXT_KEY), BODY)
    assert second.headers == {"x-sfmc-ens-signature": expected}


def test_slow_endpoint_keeps_no_other_callback_waiting() -> None:
    """While one callback's endpoint is waited for, another one gets its events."""
    world = World()
    world.write(replace(CALLBACK, callback_id="two", name="two", url="https://second.test/"))
    world.subscribe(replace(SUBSCRIPTION, subscription_id="t", callback_id="two"))
    order: list[str] = []

    async def trial() -> None:
        second_is_served = asyncio.Event()

        async def send(post: Post, _mid: int) -> PostOutcome:
            order.append(f"begin {post.url}")
            if post.url == "https://second.test/":
                second_is_served.set()
            await second_is_served.wait()
            order.append(f"end {post.url}")
            return ACCEPTED

        dispatcher = Dispatcher(world.ledger, send)
        await asyncio.wait_for(dispatcher.dispatch(EventRequest(events=[EVENT]), units=[1]), 30)

    asyncio.run(trial())
    assert order == [
        "begin https://receiver.test/orders",
        "begin https://second.test/",
        "end https://second.test/",
        "end https://receiver.test/orders",
    ]


def test_log_is_bounded() -> None:
    """The newest thousand deliveries are kept."""
    world = World()
    for number in range(1002):
        world.happen(EVENT | {"eventCategoryType": SENT, "number": number})
    kept = world.shown()

    assert len(world.posts) == 1002
    assert len(kept) == 1000


@pytest.mark.parametrize(
    ("event", "request_mid", "unit"),
    [
        ({"mid": 7}, None, 7),
        ({"mid": "7"}, None, 7),
        ({"mid": 8}, None, 1),
        ({}, None, 1),
        ({"mid": 7}, 1, 1),
    ],
)
def test_unit_of_an_event(event: dict[str, object], request_mid: int | None, unit: int) -> None:
    """The request's unit counts, else the event's own if the account has it, else the first."""
    request = EventRequest(events=[event], mid=request_mid)

    assert request.unit_of(event, units=[1, 7]) == unit
