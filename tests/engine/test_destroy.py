"""Callbacks are deleted with care for what others have hung on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import NAME, orders
from tests.engine.readings import entries, sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

ELSEWHERE = "https://other.test/orders"
REFUSED = [
    "POST token 200",
    f"DELETE ens-callbacks/{NAME} 409",
    f"GET ens-subscriptions-by-cb/{NAME} 200",
]
FORCED = [
    *REFUSED,
    "DELETE ens-subscriptions/welcome 200",
    f"DELETE ens-callbacks/{NAME} 200",
]
SENTENCE = (
    "ens_provider.StillSubscribed: ENS refused to delete callback 'shop-dev-orders' ({id}) (409), "
    "which still has subscription 'welcome' ({id}) of another owner; nothing was deleted. Delete them "
    "first, or set force_destroy=True and run `pulumi up` to delete them with it, for good. If "
    "another resource of this stack has taken the callback over, remove only this entry with "
    "`pulumi state delete`."
)


@pytest.fixture
def subscribed(shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls) -> Stack:
    """Give a stack whose callback somebody else has verified and subscribed."""
    shop.program(orders())
    shop.up()
    [callback] = emulator.state()["callbacks"]
    outside.verify(callback["callbackId"])
    outside.subscribe(callback["callbackId"])
    calls.take()
    return shop


def test_destroyed(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A callback goes with one call, and the state is empty."""
    shop.program(orders())
    shop.up()
    calls.take()

    destroyed = shop.destroy()

    assert (destroyed.code, destroyed.operations) == (0, {"delete": 1})
    assert calls.take() == ["POST token 200", f"DELETE ens-callbacks/{NAME} 200"]
    assert (emulator.state()["callbacks"], shop.state()) == ([], [])


def test_destroyed_though_it_is_gone(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """What was deleted outside is taken out of the state without a complaint."""
    shop.program(orders())
    shop.up()
    outside.delete_callback(emulator.state()["callbacks"][0]["callbackId"])
    calls.take()

    destroyed = shop.destroy()

    assert (destroyed.code, destroyed.operations, destroyed.errors) == (0, {"delete": 1}, ())
    assert calls.take() == [
        "POST token 200",
        "DELETE ens-callbacks/{id} 404",
        "DELETE ens-callbacks/{id} 404",
    ]
    assert shop.state() == []


def test_subscriptions_of_others_keep_it(
    subscribed: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Without `force_destroy` neither `destroy` nor a replacement deletes anything."""
    before, held = emulator.state(), entries(subscribed)

    destroyed = subscribed.destroy()

    assert (destroyed.code, destroyed.operations, sentence(destroyed)) == (1, {}, SENTENCE)
    assert calls.take() == REFUSED

    subscribed.program(orders(url=ELSEWHERE))
    replaced = subscribed.up()

    assert (replaced.code, replaced.operations, sentence(replaced)) == (1, {}, SENTENCE)
    assert calls.take() == REFUSED
    assert (emulator.state(), entries(subscribed)) == (before, held)


def test_force_destroy_deletes_the_subscriptions_too(
    subscribed: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Once it is declared, which takes no call, `destroy` deletes what hangs on the callback."""
    subscribed.program(orders(force_destroy=True))
    assert subscribed.up().operations == {"update": 1}
    assert calls.take() == []

    destroyed = subscribed.destroy()

    assert (destroyed.code, destroyed.operations) == (0, {"delete": 1})
    assert calls.take() == FORCED
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_force_destroy_in_the_change_that_replaces(
    subscribed: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Declared together with another URL, as the error advises, it acts on the replacement."""
    subscribed.program(orders(url=ELSEWHERE))
    assert sentence(subscribed.up()) == SENTENCE
    calls.take()

    subscribed.program(orders(url=ELSEWHERE, force_destroy=True))
    replaced = subscribed.up()

    assert (replaced.code, replaced.operations) == (0, {"replace": 1})
    assert calls.take() == [*FORCED, "POST ens-callbacks 201"]
    assert [c["url"] for c in emulator.state()["callbacks"]] == [ELSEWHERE]
