"""How many calls the plugin serves at a time: four, or as many as the stack or a provider asks for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.engine.held_calls import run_with_calls_at_once
from tests.engine.readings import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.emulator.process import EmulatorProcess
    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import RunningStack, Stack

pytestmark = pytest.mark.engine

CREATE = "POST /platform/v1/ens-callbacks"
DELETE = "DELETE /platform/v1/ens-callbacks/{callbackId}"
# More than the plugin serves in any of the tests.
ENGINE = ("--parallel", "16")
PROGRAM = """
import pulumi
import ens_provider as ens

provider = {provider}
for number in range(12):
    ens.Callback(
        f"orders-{{number}}",
        url=f"https://receiver.test/{{number}}",
        opts=pulumi.ResourceOptions(provider=provider),
    )
"""
NOT_A_NUMBER = (
    "ens_provider.ConfigurationError: The stack configuration ens:parallel is no whole number from 4 "
    "to 32. Give how many calls the plugin may serve at a time, or remove it: 4 are served in any "
    "case, and `pulumi up --parallel` is for fewer."
)


def up(stack: Stack) -> Callable[[], RunningStack]:
    """Return what starts an `up` that the engine bounds wider than the plugin."""
    return partial(stack.start_up, *ENGINE)


def test_four_by_default(shop: Stack, emulator: EmulatorProcess) -> None:
    """Without the setting the SDK's plugin is left as it is."""
    shop.program(PROGRAM.format(provider=None))

    created = run_with_calls_at_once(up(shop), emulator, route=CREATE, calls=4)

    assert created.operations == {"create": 12}


def test_as_many_as_the_stack_asks_for(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Creations go side by side; deletions too, whose calls all come at once; a refresh asks once."""
    shop.program(PROGRAM.format(provider=None))
    shop.config("ens:parallel", "8")

    created = run_with_calls_at_once(up(shop), emulator, route=CREATE, calls=8)
    calls.take()
    emulator.move_clock(121)
    refreshed = shop.refresh(*ENGINE)
    read = calls.take()
    shop.with_environment(SFMC_PARALLEL="6")
    destroy = partial(shop.start_destroy, *ENGINE)
    deleted = run_with_calls_at_once(destroy, emulator, route=DELETE, calls=6)

    assert (created.operations, created.diagnostics) == ({"create": 12}, ())
    assert (refreshed.code, refreshed.operations) == (0, {})
    assert read == ["POST token 200", "GET ens-callbacks 200"]
    assert (deleted.operations, deleted.errors) == ({"delete": 12}, ())
    assert emulator.state()["callbacks"] == []


def test_as_many_as_a_provider_asks_for(shop: Stack, emulator: EmulatorProcess) -> None:
    """An explicit provider asks for its own process; another number later replaces nothing.

    The engine is told to ask for as many in the environment.
    """
    own = 'ens.Provider("own", env_prefix="SFMC_OWN_", parallel={parallel})'
    variables = {f"SFMC_OWN_{n[5:]}": v for n, v in shop.cli.environment.items() if "SFMC_" in n}
    shop.with_environment(SFMC_PARALLEL="5", PULUMI_PARALLEL="16", **variables)
    shop.program(PROGRAM.format(provider=own.format(parallel=10)))

    created = run_with_calls_at_once(shop.start_up, emulator, route=CREATE, calls=10)
    shop.program(PROGRAM.format(provider=own.format(parallel=7)))
    changed = shop.up()

    assert created.operations == {"create": 12}
    assert (changed.code, changed.operations) == (0, {})


def test_what_is_no_number(new_stack: NewStack) -> None:
    """The sentence comes in the preview, which needs no credentials."""
    stack = new_stack(project="shop")
    stack.program(PROGRAM.format(provider=None))
    stack.config("ens:parallel", "many")

    refused = stack.preview()

    assert (refused.code, sentence(refused)) == (1, NOT_A_NUMBER)
