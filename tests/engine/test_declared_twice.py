"""Two resources of one name and URL get an error, and never fight over one callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders
from tests.engine.readings import sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

TWIN = "ens.Callback('twin', url='https://receiver.test/orders', callback_name='shop-dev-orders')\n"


def test_declared_twice_at_once(shop: Stack, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """Of two that are created side by side one comes about, and the other one says why not."""
    # While it is probed the first one's callback is there, and its creation not yet answered.
    endpoint.answer(200, delay_seconds=1)
    shop.program(orders() + TWIN)

    result = shop.up()

    assert (result.code, result.operations) == (1, {"create": 1})
    assert sentence(result) == (
        "ens_provider.AlreadyPresent: callback 'shop-dev-orders' (https://receiver.test/orders) "
        "is declared twice: another resource of this program creates it at this moment. Give one "
        "of the two another name and URL, or remove it."
    )
    [callback] = emulator.state()["callbacks"]
    assert [each["id"] for each in shop.state()] == [callback["callbackId"]]


def test_declared_again_later(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A second one that is added later, above or below the first, leaves the first one alone."""
    shop.program(orders())
    shop.up()
    callbacks = emulator.state()["callbacks"]
    calls.take()

    # The engine is told of the first one while the creation of the second is under way, at the
    # latest: a program registers its resources side by side.
    emulator.add_fault(route="GET /platform/v1/ens-callbacks", do="delay", seconds=0.5, times=None)
    shop.program(orders() + TWIN)
    below = shop.up()
    shop.program("import ens_provider as ens\n" + TWIN + orders())
    above = shop.up()

    assert [(step.op, step.name, step.failed) for step in below.steps] == [
        ("same", "orders", False),
        ("create", "twin", True),
    ]
    assert sentence(below) == sentence(above)
    assert sentence(below) == (
        "ens_provider.AlreadyPresent: callback 'shop-dev-orders' (https://receiver.test/orders) "
        "is declared twice: another resource of this program already manages callback "
        "'shop-dev-orders' (id {id}, https://receiver.test/orders). Give one of the two another "
        "name and URL, or remove it."
    )
    assert emulator.state()["callbacks"] == callbacks
    assert not [call for call in calls.take() if call.startswith(("DELETE", "PUT"))]
