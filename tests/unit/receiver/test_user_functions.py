"""Functions that return before they have begun: nothing they would do counts as done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ens_provider.receiver import (
    MemorySeenEvents,
    MemorySignatureKeys,
    Receiver,
    ReceiverOptions,
    SeenEvents,
    sign,
)
from tests.unit.receiver.world import BODY, KEY, ORDERS, VERIFICATION_KEY

PROBE = b'{"callbackId":"%s","verificationKey":"%s"}' % (ORDERS.encode(), VERIFICATION_KEY.encode())


async def coroutine(_given: object) -> None:
    """Do nothing."""


async def async_generator(_given: object) -> AsyncIterator[None]:
    """Do nothing."""
    yield


def generator(_given: object) -> Iterator[None]:
    """Do nothing."""
    yield


FUNCTIONS: list[Callable[[Any], object]] = [
    coroutine,
    async_generator,
    generator,
    partial(coroutine),
    partial(generator),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_that_would_do_nothing(function: Callable[[Any], object]) -> None:
    """It is refused when the receiver is made."""
    with pytest.raises(TypeError, match=r"on_delivery is .+, whose call does nothing yet"):
        Receiver(function)


@pytest.mark.parametrize("name", ["verify_probe", "observe"])
def test_option_that_would_do_nothing(name: str) -> None:
    """The functions among the options are looked at, too."""
    options = ReceiverOptions(**{name: coroutine})  # type: ignore[arg-type] # one of two functions

    with pytest.raises(TypeError, match=f"{name} is an async function"):
        Receiver(lambda _delivery: None, options=options)


def returning_later(given: object) -> Awaitable[None]:
    """Begin something, as a plain function that wraps an async one does."""
    return coroutine(given)


def returning_generator(given: object) -> Iterator[None]:
    """Begin nothing, as a plain function that wraps a generator does."""
    return generator(given)


@pytest.mark.parametrize("seen_events", [None, MemorySeenEvents()])
@pytest.mark.parametrize("function", [returning_later, returning_generator])
def test_delivery_is_not_acknowledged_before_it_is_safe(
    function: Callable[[Any], object],
    seen_events: SeenEvents | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What such a function returns is not waited for: the service hears 500, and tries again."""
    options = ReceiverOptions(seen_events=seen_events)
    keys = MemorySignatureKeys({ORDERS: [KEY]})
    receiver = Receiver(function, signature_keys=keys, options=options)
    headers = {"x-sfmc-ens-signature": sign(BODY, KEY)}

    assert receiver.handle("POST", "/", headers, BODY).status == 500
    assert "The function for deliveries failed: TypeError in " in caplog.text


def test_probe_is_not_answered_before_it_is_verified() -> None:
    """A verification that has not begun fails the probe, and its key is not kept."""
    receiver = Receiver(
        lambda _delivery: None, options=ReceiverOptions(verify_probe=returning_later), token="t"
    )
    asked = {"Authorization": "Bearer t"}

    assert receiver.handle("POST", "/", {}, PROBE).status == 500
    assert receiver.handle("GET", f"/verification-keys/{ORDERS}", asked, b"").status == 404
