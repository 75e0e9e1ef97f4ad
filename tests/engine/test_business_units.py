"""A resource of one business unit is never touched with a token of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders
from tests.engine.readings import entries, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

BY_ID = "The callback {id}"
BY_NAME = "The callback 'shop-dev-orders' ({id})"
SENTENCE = (
    "ens_provider.WrongBusinessUnit: %s belongs to business unit 1234567, but the credentials are "
    "for business unit 7654321; nothing was changed. Use the credentials of 1234567 "
    "(client id, secret and accountId), or destroy the resource there before you move it."
)


def said(result: RunResult) -> str:
    """Return the sentence, without what the engine puts before it in a preview with a refresh."""
    return sentence(result).removeprefix("Preview failed: ")


def test_other_account_id_is_refused_without_a_call(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Each command names both units and change nothing, service or state."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    callbacks, state = emulator.state(), entries(shop)
    calls.take()
    shop.with_environment(SFMC_ACCOUNT_ID="7654321")
    shop.program(orders(max_batch_size=750))

    runs: list[tuple[Callable[[], RunResult], str]] = [
        (shop.preview, BY_ID),
        (lambda: shop.preview("--refresh"), BY_NAME),
        (shop.up, BY_ID),
        (shop.refresh, BY_NAME),
        (shop.destroy, BY_NAME),
    ]
    for run, subject in runs:
        result = run()
        assert (result.code, result.operations, said(result)) == (1, {}, SENTENCE % subject)

    assert calls.take() == []
    assert (emulator.state(), entries(shop)) == (callbacks, state)


def test_credentials_of_another_unit_are_refused(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Without an account id the service is asked whose token it is, before anything else."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    callbacks, state = emulator.state(), entries(shop)
    calls.take()
    emulator.set_client("elsewhere", client_secret="secret", mids=[7654321])
    shop.with_environment("SFMC_ACCOUNT_ID", SFMC_CLIENT_ID="elsewhere")
    shop.program(orders(max_batch_size=750))

    for command in ("preview", "up", "refresh", "destroy"):
        flags = ["--refresh"] if command == "preview" else []
        result = getattr(shop, command)(*flags)
        assert (result.code, result.operations, said(result)) == (1, {}, SENTENCE % BY_NAME)
        assert calls.take() == ["POST token 200", "GET tokenContext 200"]

    assert (emulator.state(), entries(shop)) == (callbacks, state)


def test_stack_without_account_id_lives_in_the_default_unit(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """The unit of the token is kept; naming it later in the configuration is no change."""
    shop.with_environment("SFMC_ACCOUNT_ID")
    shop.program(orders())

    assert shop.up().operations == {"create": 1}

    assert calls.take() == ["POST token 200", "GET tokenContext 200", "POST ens-callbacks 201"]
    assert [c["mid"] for c in emulator.state()["callbacks"]] == [1234567]
    assert shop.state()[0]["outputs"]["mid"] == "1234567"
    shop.config("ens:accountId", "1234567")
    assert shop.up().operations == {}
