"""The resource class: what the engine is told of a declared callback, by the SDK's own mocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

import ens_provider as ens
from tests.unit.resources.mock_engine import ERROR_HOOKS, Engine, error_hooks, names_of

URL = "https://hooks.example.com/ens"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OUTPUTS = {"signature_key": KEY, "mid": "1234567", "changed_at": "2026-01-01T00:00:00Z"}


def run(program: Callable[[], ens.Callback]) -> ens.Callback:
    """Run a program that declares a callback, to the end of its registrations."""
    declared: list[ens.Callback] = []

    @pulumi.runtime.test
    def declare() -> pulumi.Output[Any]:
        declared.append(program())
        return pulumi.Output.all(declared[0].urn, declared[0].id)

    declare()
    [callback] = declared
    return callback


def inputs_of(engine: Engine) -> dict[str, Any]:
    [registered] = engine.registered
    assert registered.typ == "pulumi-python:dynamic/ens:Callback"
    given = {name: value for name, value in registered.inputs.items() if name != "__provider"}
    return {name: value for name, value in given.items() if value is not None}


def test_declared_by_keywords(engine: Engine) -> None:
    """What is not given is left to the provider, except for the name, which needs the stack."""
    run(lambda: ens.Callback("orders", url=URL))

    assert inputs_of(engine) == {"url": URL, "callback_name": "shop-dev-orders"}


def test_declared_by_args(engine: Engine) -> None:
    """The args class declares the same as keywords do."""
    args = ens.CallbackArgs(url=URL, callback_name="orders-eu", max_batch_size=500)
    run(lambda: ens.Callback("orders", args))

    assert inputs_of(engine) == {"url": URL, "callback_name": "orders-eu", "max_batch_size": 500}


def test_known_key_is_a_secret(engine: Engine) -> None:
    """The key that a program gives is a secret for the engine, whether marked or not."""
    run(lambda: ens.Callback("orders", url=URL, known_signature_key=KEY))

    key = inputs_of(engine)["known_signature_key"]
    assert rpc.is_rpc_secret(key)
    assert rpc.unwrap_rpc_secret(key) == KEY


def test_outputs_are_attributes(engine: Engine) -> None:
    """What the provider returns can be used in the program, numbers as the type says."""
    engine.outputs["pulumi-python:dynamic/ens:Callback"] = OUTPUTS
    seen: list[Any] = []

    def program() -> ens.Callback:
        callback = ens.Callback("orders", url=URL, max_batch_size=500)
        values = pulumi.Output.all(callback.signature_key, callback.mid, callback.max_batch_size)
        values.apply(seen.append)
        return callback

    run(program)

    assert seen == [[KEY, "1234567", 500]]
    assert isinstance(seen[0][2], int)


def test_get_reads_without_declaring_anything(engine: Engine) -> None:
    """`get` names an id and no inputs, not even the default name."""
    run(lambda: ens.Callback.get("orders", "id-7"))

    assert inputs_of(engine) == {}
    assert engine.registered[0].resource_id == "id-7"


@pytest.mark.parametrize(
    ("declare", "sentence"),
    [
        (
            lambda: ens.Callback("orders", url=URL, colour="red"),  # type: ignore[call-overload] # the mistake
            "CallbackArgs.__init__() got an unexpected keyword argument 'colour'",
        ),
        (
            lambda: ens.Callback("orders"),  # type: ignore[call-overload] # the mistake
            "CallbackArgs.__init__() missing 1 required keyword-only argument: 'url'",
        ),
        (
            lambda: ens.Callback("orders", ens.CallbackArgs(url=URL), url=URL),  # type: ignore[call-overload] # the mistake
            "Callback 'orders' takes args or named inputs, not both",
        ),
    ],
)
def test_declaration_that_cannot_be(
    engine: Engine, declare: Callable[[], ens.Callback], sentence: str
) -> None:
    """A misspelled, missing or doubled input fails in the program, before the engine hears of it."""
    with pytest.raises(TypeError) as refusal:
        run(declare)

    assert str(refusal.value) == sentence
    assert engine.registered == []


def test_options_of_the_resource_win_over_the_programs(engine: Engine) -> None:
    """The order of a replacement and the secrets are not the program's to change; the rest is."""
    from ens_provider.resources.callback import _options  # noqa: PLC0415 -- no public door shows them

    seen: list[pulumi.ResourceOptions] = []

    def program() -> ens.Callback:
        opts = pulumi.ResourceOptions(
            protect=True, delete_before_replace=False, additional_secret_outputs=["mid"]
        )
        seen.append(_options(opts))
        return ens.Callback("orders", url=URL)

    run(program)

    [merged] = seen
    assert merged.protect is True
    assert merged.delete_before_replace is True
    assert merged.additional_secret_outputs == ["mid", "signature_key", "known_signature_key"]
    assert names_of(error_hooks(merged)) == ERROR_HOOKS
