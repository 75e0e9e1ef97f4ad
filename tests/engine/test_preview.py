"""Previews need neither the service nor credentials, and call nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import THING, orders
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

CREDENTIALS = (
    "SFMC_AUTH_URL",
    "SFMC_REST_URL",
    "SFMC_CLIENT_ID",
    "SFMC_CLIENT_SECRET",
    "SFMC_ACCOUNT_ID",
)


def test_first_preview_without_credentials(new_stack: NewStack) -> None:
    """A stack that knows no credentials previews its creation."""
    stack = new_stack(service=None)
    stack.program(orders())

    previewed = stack.preview()

    assert (previewed.code, previewed.operations) == (0, {"create": 1})
    assert previewed.errors == ()


def test_first_preview_with_unreachable_service(
    new_stack: NewStack, silent_endpoint: Endpoint
) -> None:
    """A service that refuses connections is no matter for a preview."""
    address = f"http://{silent_endpoint.address}"
    stack = new_stack(service=ServiceAccess(auth_url=address, rest_url=address))
    stack.program(orders())

    previewed = stack.preview()

    assert (previewed.code, previewed.operations) == (0, {"create": 1})


def test_later_previews_without_credentials(shop: Stack, calls: Calls) -> None:
    """No change, an update, a replacement and a deletion are previewed without a call."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    calls.take()
    shop.with_environment(*CREDENTIALS)

    assert shop.preview().operations == {}
    shop.program(orders(max_batch_size=750))
    assert shop.preview().operations == {"update": 1}
    shop.program(orders(max_batch_size=500, url="https://other.test/orders"))
    replacement = shop.preview()
    assert (replacement.code, replacement.operations) == (0, {"replace": 1})
    assert {step.keys for step in replacement.steps if step.op == "replace"} == {("url",)}
    shop.program("")
    assert shop.preview().operations == {"delete": 1}
    assert calls.take() == []


def test_previews_of_an_update_call_nothing(shop: Stack, calls: Calls) -> None:
    """With credentials at hand a preview does not use them either."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    calls.take()

    shop.program(orders(max_batch_size=750))

    assert shop.preview("--diff").operations == {"update": 1}
    assert calls.take() == []


def test_unknown_url(shop: Stack, calls: Calls) -> None:
    """A URL that only the run makes known is previewed, created, and then no change."""
    shop.file("thing.py", THING)
    program = "from thing import Thing\nthing = Thing('front', host={host!r})\n" + orders().replace(
        "'https://receiver.test/orders'", "thing.url"
    )
    shop.program(program.format(host="receiver.test"))

    previewed = shop.preview()

    assert (previewed.code, previewed.operations) == (0, {"create": 2})
    assert calls.take() == []
    assert shop.up().operations == {"create": 2}
    assert shop.up().operations == {}
