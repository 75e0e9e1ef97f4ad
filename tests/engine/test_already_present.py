"""Creations that meet a callback which is already there: a leftover, a live one, a stranger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.programs import NAME, URL, orders
from tests.engine.readings import sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

LOOKED_UP = [
    "GET ens-callbacks 200",
    f"GET ens-subscriptions-by-cb/{NAME} 200",
]
PRESENT = ["POST token 200", "POST ens-callbacks 304", *LOOKED_UP]
WAYS_ON = (
    "declare its key (known_signature_key) or a new one (on_existing='rotate') to take it over; "
    "give the resource `aliases` if it was renamed or moved in the program; or choose another name "
    "and URL."
)
LIVE = (
    "ens_provider.AlreadyPresent: callback 'shop-dev-orders' (https://receiver.test/orders) is "
    "already present as callback 'shop-dev-orders' (id {id}, https://receiver.test/orders) with "
    "subscription 'welcome' ({id}); nothing was changed. To go on, "
)
CASE_ONLY = (
    "it is already present as callback {id} under the name 'Shop-Dev-Orders', which differs in "
    "upper and lower case only"
)


@pytest.mark.parametrize(
    ("switches", "refused"),
    [
        ({}, 304),
        ({"duplicate_callback": "400", "duplicate_match": "url"}, 400),
        ({"url_echo": "normalised", "name_case": "insensitive", "duplicate_match": "name"}, 304),
    ],
    ids=["304", "400 by url", "304 by name"],
)
def test_leftover_of_a_crash_is_made_anew(
    shop: Stack,
    outside: Outside,
    calls: Calls,
    switches: dict[str, str],
    refused: int,
) -> None:
    """A callback on which nothing hangs, verified or not, is deleted and created with a new key."""
    calls.emulator.set_switches(**switches)
    left = outside.create_callback()
    if not switches:
        outside.verify(left["callbackId"])
    calls.take()
    shop.program(orders())

    result = shop.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert calls.take() == [
        "POST token 200",
        f"POST ens-callbacks {refused}",
        *LOOKED_UP,
        f"DELETE ens-callbacks/{NAME} 200",
        "POST ens-callbacks 201",
    ]
    [callback] = calls.emulator.state()["callbacks"]
    assert callback["callbackId"] != left["callbackId"]
    assert callback["signatureKey"] != left["signatureKey"]
    assert _outputs(shop) == (callback["callbackId"], callback["signatureKey"])


def test_leftover_that_is_not_listed_yet(
    shop: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """While reads lag behind, the creation waits and then converges to one callback."""
    emulator.set_switches(propagation_seconds=4)
    outside.create_callback()
    shop.program(orders())

    result = shop.up()

    assert (result.code, result.operations, result.errors) == (0, {"create": 1}, ())
    [line, *_] = [d.message for d in result.diagnostics if d.ephemeral]
    assert line.startswith("attempt 1 failed, the next follows in 2 s, for at most 300 s more: ENS")
    assert "is already present (304), but does not list it yet" in line
    [callback] = emulator.state()["callbacks"]
    assert _outputs(shop) == (callback["callbackId"], callback["signatureKey"])


def test_live_callback_without_its_key_is_left_alone(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Subscriptions hang on it, so nothing is changed; the error names it and the ways on."""
    outside.create_live_callback()
    before = emulator.state()
    calls.take()

    shop.program(orders(max_batch_size=500))
    adopting = shop.up()

    assert (adopting.code, adopting.operations, sentence(adopting)) == (1, {}, LIVE + WAYS_ON)
    assert calls.take() == PRESENT

    shop.program(orders(max_batch_size=500, on_existing="fail", known_signature_key="a2V5"))
    failing = shop.up()

    assert sentence(failing) == LIVE + "let on_existing='fail' go and " + WAYS_ON
    assert calls.take() == PRESENT
    assert (emulator.state(), shop.state()) == (before, [])


def test_live_callback_with_its_key_is_taken_over(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """It keeps id, key and subscriptions, and has the declared batch size at the end."""
    live = outside.create_live_callback()
    [subscription] = emulator.state()["subscriptions"]
    calls.take()
    shop.program(orders(max_batch_size=500, known_signature_key=live["signatureKey"]))

    result = shop.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert calls.take() == [*PRESENT, "PUT ens-callbacks 200"]
    [callback] = emulator.state()["callbacks"]
    assert (callback["maxBatchSize"], callback["signatureKey"]) == (500, live["signatureKey"])
    assert emulator.state()["subscriptions"] == [subscription]
    assert _outputs(shop) == (live["callbackId"], live["signatureKey"])
    shop.program(orders(max_batch_size=500))
    assert shop.up().operations == {}


def test_live_callback_is_taken_over_with_a_new_key(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """`on_existing="rotate"` makes a new key, which the stack then holds."""
    live = outside.create_live_callback()
    calls.take()
    shop.program(orders(on_existing="rotate"))

    result = shop.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert calls.take() == [*PRESENT, "PUT ens-regenerate 200"]
    [callback] = emulator.state()["callbacks"]
    assert callback["signatureKey"] != live["signatureKey"]
    assert _outputs(shop) == (live["callbackId"], callback["signatureKey"])


@pytest.mark.parametrize(
    ("present", "difference"),
    [
        (
            {"name": "Somebody's", "url": URL},
            "its URL is already present as callback {id} under the name 'Somebody's'",
        ),
        (
            {"name": NAME, "url": "https://other.test/orders"},
            "its name is already present as callback {id} with the URL https://other.test/orders",
        ),
        (
            {"name": "Shop-Dev-Orders", "url": URL},
            CASE_ONLY,
        ),
    ],
    ids=["url", "name", "case"],
)
def test_conflict_names_the_other_one(
    shop: Stack,
    emulator: EmulatorProcess,
    outside: Outside,
    calls: Calls,
    present: dict[str, Any],
    difference: str,
) -> None:
    """Another callback of the URL or the name is named in the error, and left alone."""
    emulator.set_switches(name_case="insensitive")
    outside.create_callback(**present)
    before = emulator.state()
    calls.take()
    shop.program(orders())

    result = shop.up()

    assert (result.code, result.operations) == (1, {})
    assert sentence(result) == (
        "ens_provider.AlreadyPresent: ENS refused to create callback 'shop-dev-orders' "
        f"(https://receiver.test/orders): {difference}. Nothing was changed. Choose another name "
        "or URL, or delete callback {id} first if nobody needs it."
    )
    assert calls.take() == ["POST token 200", "POST ens-callbacks 304", "GET ens-callbacks 200"]
    assert emulator.state() == before


def _outputs(shop: Stack) -> tuple[str, str]:
    outputs = shop.outputs(show_secrets=True)
    return outputs["callback_id"], outputs["signature_key"]
