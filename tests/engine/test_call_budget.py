"""How many calls each command makes: exactly those that are needed, by every process of a run."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import EMAIL_SENT
from tests.proxy import Answer, Proxy, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

LONG_ENOUGH = 121
EMAIL_OPEN = "EngagementEvents.EmailOpen"
PROGRAM = """
import os
import ens_provider as ens

for number in range(3):
    callback = ens.Callback(
        f"orders-{{number}}", url=f"https://hooks.test/orders-{{number}}", max_batch_size={size}
    )
    verified = ens.CallbackVerification(
        f"orders-{{number}}",
        callback_id=callback,
        verification_key_url=os.environ["VERIFICATION_KEY_URL"] + "/{{callback_id}}",
        verification_key_token=os.environ["RECEIVER_TOKEN"],
    )
    ens.SignatureKey(f"orders-{{number}}", callback_id=verified, version="{version}")
    for kind in ("mails", "opens"):
        ens.Subscription(
            f"{{kind}}-{{number}}",
            callback_id=verified,
            event_category_types=["{event_type}"],
        )
"""
NOTHING: tuple[dict[str, int], dict[str, int]] = ({}, {})
TOKEN = {"POST token 200": 1}
CONTEXT = {"GET tokenContext 200": 1}
CREATED = {
    "POST ens-callbacks 201": 3,
    "POST ens-verify 200": 3,
    "PUT ens-regenerate 200": 3,
    "POST ens-subscriptions 201": 6,
}
LISTED = {
    "GET ens-callbacks 200": 1,
    "GET ens-subscriptions-by-cb/shop-dev-orders-0 200": 1,
    "GET ens-subscriptions-by-cb/shop-dev-orders-1 200": 1,
    "GET ens-subscriptions-by-cb/shop-dev-orders-2 200": 1,
}
UPDATED = {
    "PUT ens-callbacks 200": 3,
    "PUT ens-regenerate 200": 3,
    "PUT ens-subscriptions 200": 6,
}
DELETED = {
    "DELETE ens-subscriptions/shop-dev-mails-0 200": 1,
    "DELETE ens-subscriptions/shop-dev-mails-1 200": 1,
    "DELETE ens-subscriptions/shop-dev-mails-2 200": 1,
    "DELETE ens-subscriptions/shop-dev-opens-0 200": 1,
    "DELETE ens-subscriptions/shop-dev-opens-1 200": 1,
    "DELETE ens-subscriptions/shop-dev-opens-2 200": 1,
    "DELETE ens-callbacks/shop-dev-orders-0 200": 1,
    "DELETE ens-callbacks/shop-dev-orders-1 200": 1,
    "DELETE ens-callbacks/shop-dev-orders-2 200": 1,
}


class Desk(Proxy):
    """Hands out the verification keys that a receiver was probed with, and counts who asks."""

    def __init__(self, receiver: ReceiverProcess) -> None:
        super().__init__(receiver.local_url)
        self._receiver = receiver
        self._asked: list[str] = []

    def answer(self, request: Request) -> Answer:
        """Answer with the key of the callback that the path ends in."""
        self._asked.append(request.method)
        callback_id = request.path.rpartition("/")[2]
        key = self._receiver.verification_key(callback_id)
        body = json.dumps({"callbackId": callback_id, "verificationKey": key}).encode()
        return Answer(status=200, headers={"Content-Type": "application/json"}, body=body)

    def take(self) -> dict[str, int]:
        """Return how often keys were asked for since the last look."""
        asked, self._asked = self._asked, []
        return dict(Counter(asked))


class Ledger:
    """The commands of one stack, and what each of them calls.

    Args:
        stack: The stack.
        calls: What reached ENS.
        desk: Who is asked for verification keys.
    """

    def __init__(self, stack: Stack, calls: Calls, desk: Desk) -> None:
        self._stack = stack
        self._calls = calls
        self._desk = desk

    def declare(
        self, *, size: int = 1000, version: str = "1", event_type: str = EMAIL_SENT
    ) -> None:
        """Write the program, with what can be changed in place."""
        self._stack.program(PROGRAM.format(size=size, version=version, event_type=event_type))

    def run(self, *command: str) -> tuple[dict[str, int], dict[str, int]]:
        """Run a command; return how often each call was made, and how often keys were asked for."""
        self._stack.cli.run(*command, check=True)
        return dict(Counter(self._calls.take())), self._desk.take()


@pytest.fixture
def desk(receiver: ReceiverProcess) -> Iterator[Desk]:
    """Serve the receiver's verification keys, counted."""
    with Desk(receiver) as desk:
        yield desk


@pytest.fixture
def ledger(shop: Stack, calls: Calls, desk: Desk) -> Ledger:
    """Give a stack that is not up yet."""
    shop.with_environment(VERIFICATION_KEY_URL=desk.url, RECEIVER_TOKEN="hush")
    ledger = Ledger(shop, calls, desk)
    ledger.declare()
    return ledger


def twice(counted: dict[str, int]) -> dict[str, int]:
    """Return what a preview and the run after it call, where both call that."""
    return {call: 2 * number for call, number in counted.items()}


def test_every_command(ledger: Ledger, emulator: EmulatorProcess) -> None:
    """A run takes one token if it calls anything, one call for each change, one list for all readers.

    The preview before a run is a process of its own: it calls nothing but what `--refresh` reads.
    """
    assert ledger.run("up", "--yes") == (TOKEN | CREATED, {"GET": 3})
    assert ledger.run("up", "--yes", "--skip-preview") == NOTHING
    emulator.move_clock(LONG_ENOUGH)
    assert ledger.run("refresh", "--yes", "--skip-preview") == (TOKEN | LISTED, {})
    assert ledger.run("preview", "--refresh") == (TOKEN | LISTED, {})
    ledger.declare(size=500, version="2", event_type=EMAIL_OPEN)
    assert ledger.run("up", "--yes", "--refresh") == (twice(TOKEN | LISTED) | UPDATED, {})
    assert ledger.run("destroy", "--yes", "--skip-preview") == (TOKEN | DELETED, {})


def test_business_unit_that_is_not_configured(ledger: Ledger, shop: Stack) -> None:
    """Each process that calls anything asks for it, once."""
    shop.with_environment("SFMC_ACCOUNT_ID")
    opening = TOKEN | CONTEXT

    assert ledger.run("up", "--yes", "--skip-preview") == (opening | CREATED, {"GET": 3})
    ledger.declare(size=500, version="2", event_type=EMAIL_OPEN)
    changed = ledger.run("up", "--yes", "--skip-preview", "--refresh")
    assert changed == (opening | LISTED | UPDATED, {})
    assert ledger.run("destroy", "--yes", "--skip-preview") == (opening | DELETED, {})
