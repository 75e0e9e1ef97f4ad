"""A callback is created, left alone, changed in place and replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine


def test_created_then_left_alone(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A callback is created by one call, and a second `up` makes none."""
    shop.program(orders(max_batch_size=500))

    created = shop.up()

    assert (created.code, created.operations) == (0, {"create": 1})
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201"]
    [callback] = emulator.state()["callbacks"]
    assert shop.outputs(show_secrets=True) == {
        "callback_id": callback["callbackId"],
        "signature_key": callback["signatureKey"],
    }

    assert shop.up().operations == {}
    assert calls.take() == []
