"""Callbacks that the program did not create: read with `get`, or taken over by their id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CALLBACK, NAME, orders
from tests.engine.readings import entries, sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

NOWHERE = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "a2V5IG9mIGEgbGl2ZSBjYWxsYmFjaw=="
ELSEWHERE = "https://other.test/orders"
READ = ["POST token 200", f"GET ens-callbacks/{NAME} 200"]
TAKEN_OVER = [*READ, f"GET ens-subscriptions-by-cb/{NAME} 200"]
MISSING = (
    "ens_provider.NotFoundError: Callback {id} does not exist in business unit 1234567, and `get` "
    "reads only what exists. Correct the id, or use the credentials of the callback's business "
    "unit."
)
REMOVE_FIRST = (
    "pulumi-python:dynamic/ens:Callback resource 'orders' has a problem: adopt_id: it names the "
    "callback that this change deletes; remove it first."
)


def got(callback_id: str, **inputs: str) -> str:
    """Return the program that reads a callback and exports what it read."""
    arguments = [repr(callback_id), *(f"{name}={value!r}" for name, value in inputs.items())]
    return f"""
        import pulumi
        import ens_provider as ens

        found = ens.Callback.get("found", {", ".join(arguments)})
        pulumi.export("id", found.id)
        pulumi.export("name", found.callback_name)
        pulumi.export("url", found.url)
        pulumi.export("size", found.max_batch_size)
        pulumi.export("kind", found.max_batch_size.apply(lambda size: type(size).__name__))
        pulumi.export("key", found.signature_key)
    """


def test_read(shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls) -> None:
    """`get` reads once, in a preview and in `up`, and `destroy` leaves the callback alone."""
    live = outside.create_live_callback()
    before = emulator.state()
    calls.take()
    shop.program(got(live["callbackId"]))

    assert shop.preview().operations == {"read": 1}
    assert calls.take() == READ
    assert shop.up().operations == {"read": 1}
    assert calls.take() == READ

    assert shop.outputs(show_secrets=True) == {
        "id": live["callbackId"],
        "name": "shop-dev-orders",
        "url": "https://receiver.test/orders",
        "size": 1000,
        "kind": "int",
    }
    assert shop.destroy().code == 0
    assert calls.take() == []
    assert emulator.state() == before


def test_read_with_its_key(shop: Stack, outside: Outside) -> None:
    """The key that the program knows is the output, and stays a secret in output and state."""
    live = outside.create_live_callback()
    shop.program(got(live["callbackId"], known_signature_key=live["signatureKey"]))

    result = shop.up()

    assert result.code == 0
    assert shop.outputs()["key"] == "[secret]"
    assert shop.outputs(show_secrets=True)["key"] == live["signatureKey"]
    assert live["signatureKey"] not in str(shop.export()) + result.text


def test_read_of_what_does_not_exist(shop: Stack, calls: Calls) -> None:
    """A missing callback is an error in the preview and in `up`, and never a phantom."""
    shop.program(got(NOWHERE))

    previewed, result = shop.preview(), shop.up()

    assert (previewed.code, sentence(previewed)) == (1, f"Preview failed: {MISSING}")
    assert (result.code, sentence(result)) == (1, MISSING)
    assert calls.take() == ["POST token 200", "GET ens-callbacks/{id} 404"] * 2
    assert shop.state() == []


def test_adopted_by_its_id(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """It is taken over with its key and never created; the input may go afterwards."""
    live = outside.create_live_callback()
    before = emulator.state()
    calls.take()
    shop.program(orders(adopt_id=live["callbackId"], known_signature_key=live["signatureKey"]))

    assert shop.preview().operations == {"create": 1}
    assert calls.take() == []
    assert shop.up().operations == {"create": 1}

    assert calls.take() == TAKEN_OVER
    assert emulator.state() == before
    assert shop.outputs(show_secrets=True) == {
        "callback_id": live["callbackId"],
        "signature_key": live["signatureKey"],
    }
    shop.program(orders())
    assert shop.up().operations == {}
    assert calls.take() == []


def test_adoption_of_what_does_not_exist(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """An unknown id is an error and creates nothing."""
    shop.program(orders(adopt_id=NOWHERE, known_signature_key=KEY))

    result = shop.up()

    assert (result.code, result.operations) == (1, {})
    assert sentence(result) == (
        "ens_provider.NotFoundError: adopt_id of callback 'shop-dev-orders' "
        "(https://receiver.test/orders) names callback {id}, which does not exist in business unit "
        "1234567; nothing was created. Correct adopt_id, use the credentials of the callback's "
        "business unit, or remove adopt_id to create a new callback."
    )
    assert calls.take() == ["POST token 200", "GET ens-callbacks/{id} 404"]
    assert emulator.state()["callbacks"] == []


def test_adoption_of_another_url(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """An id whose callback has another URL than the program is an error; it is left alone."""
    live = outside.create_live_callback()
    before = emulator.state()
    calls.take()
    shop.program(orders(url=ELSEWHERE, adopt_id=live["callbackId"], known_signature_key=KEY))

    result = shop.up()

    assert (result.code, result.operations) == (1, {})
    assert sentence(result) == (
        "ens_provider.AlreadyPresent: adopt_id of callback 'shop-dev-orders' "
        "(https://other.test/orders) names callback 'shop-dev-orders' (id {id}, "
        "https://receiver.test/orders), which has another name or URL; nothing was changed. "
        "Declare exactly that name and URL to take it over."
    )
    assert calls.take() == READ
    assert emulator.state() == before


def test_replacement_with_adopt_id_still_there(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A replacement that would delete what it is to adopt is refused before it deletes."""
    left = outside.create_callback()
    adopting = {"adopt_id": left["callbackId"], "known_signature_key": left["signatureKey"]}
    shop.program(orders(**adopting))
    assert shop.up().operations == {"create": 1}
    before, held = emulator.state(), entries(shop)
    calls.take()

    shop.program(orders(url=ELSEWHERE, **adopting))
    for result in (shop.preview(), shop.up()):
        assert (result.code, result.operations, sentence(result)) == (1, {}, REMOVE_FIRST)

    shop.program(orders(**adopting))
    forced = shop.up("--replace", f"{shop.urn_prefix}{CALLBACK}::orders")
    assert (forced.code, forced.operations) == (1, {})
    assert sentence(forced) == (
        "ens_provider.ConfigurationError: adopt_id of the callback 'shop-dev-orders' ({id}) names "
        "the callback that this change deletes; nothing was deleted. Remove adopt_id first."
    )

    assert calls.take() == []
    assert (emulator.state(), entries(shop)) == (before, held)
    shop.program(orders(url=ELSEWHERE))
    assert shop.up().operations == {"replace": 1}
