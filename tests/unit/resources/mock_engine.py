"""The engine as the SDK's own mocks stand in for it: what is registered, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

from ens_provider.resources.sdk_differences import sdk_version

# The mocks of older versions of the SDK take no error hooks, so that there is none.
ERROR_HOOKS = ["ens:retry"] if sdk_version() >= (3, 260) else []


class Engine(mocks.Mocks):
    """Takes down what is registered, and answers as the providers would.

    Attributes:
        registered: What was registered, in order.
        outputs: The outputs that are answered beside the inputs, by type token.
    """

    def __init__(self) -> None:
        """Begin with nothing registered."""
        self.registered: list[mocks.MockResourceArgs] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Answer no function: none is called."""
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Echo the inputs, with the outputs beside them."""
        self.registered.append(args)
        outputs = self.outputs.get(args.typ, {})
        return args.resource_id or f"{args.name}-id", {**args.inputs, **outputs}

    def inputs_of(self, name: str) -> dict[str, Any]:
        """Return the inputs that a resource was registered with, those that are not None."""
        [registered] = [each for each in self.registered if each.name == name]
        return {
            name: value
            for name, value in registered.inputs.items()
            if name != "__provider" and value is not None
        }

    def types(self) -> list[str]:
        """Return the type tokens of what was registered, in order."""
        return [each.typ for each in self.registered]


def run(program: Callable[[], Any]) -> None:
    """Run a program to the end of its registrations; what it returns is waited for, if anything."""

    @pulumi.runtime.test
    def declare() -> Any:
        return program()

    declare()


def error_hooks(options: pulumi.ResourceOptions) -> list[pulumi.ErrorHook]:
    """Return the error hooks in a resource's options."""
    hooks = options.hooks
    return list(hooks.on_error or []) if hooks else []


def names_of(hooks: list[pulumi.ErrorHook]) -> list[str]:
    """Return the names that hooks are registered with."""
    return [hook.name for hook in hooks]


def plain(value: Any) -> tuple[Any, bool]:
    """Return an input as it was registered, unwrapped, and whether it is a secret."""
    return rpc.unwrap_rpc_secret(value), rpc.is_rpc_secret(value)
