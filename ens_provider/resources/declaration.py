"""What the constructors of all resources share: their inputs, names and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from ens_provider.resources.retry_hook import retry_hook

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    ArgsT = TypeVar("ArgsT", bound="DataclassInstance")
else:
    ArgsT = TypeVar("ArgsT")


def declared_props(
    kind: type[ArgsT], resource_name: str, args: ArgsT | None, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs of a resource by name, whichever way the program gave them.

    Args:
        kind: The class of the resource's arguments.
        resource_name: The name of the resource in the program.
        args: The inputs as one object, or None.
        inputs: The inputs by name.

    Raises:
        TypeError: Both are given, there is no input of a name, or a required one is missing.
    """
    if args is not None and inputs:
        resource = kind.__name__.removesuffix("Args")
        raise TypeError(f"{resource} '{resource_name}' takes args or named inputs, not both")
    declared = args if args is not None else kind(**inputs)
    return {field.name: getattr(declared, field.name) for field in fields(declared)}


def default_name(resource_name: str) -> str:
    """Return the name in Marketing Cloud of a resource that the program gives none.

    Business units are shared between stacks, so the name tells whose object it is.
    """
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{resource_name}"


def marked_secret(value: Any) -> Any:
    """Return an input as a secret; None stays what it is."""
    return None if value is None else pulumi.Output.secret(value)


def with_outputs(props: Mapping[str, Any], *outputs: str) -> dict[str, Any]:
    """Return the inputs and the names of the outputs: the SDK gives a resource only those."""
    return {**props, **dict.fromkeys(outputs)}


def resource_options(
    opts: pulumi.ResourceOptions | None, *, secrets: Sequence[str] = ()
) -> pulumi.ResourceOptions:
    """Return the program's options with those that every resource here needs.

    Args:
        opts: What the program gives.
        secrets: The outputs that are secrets.
    """
    ours = pulumi.ResourceOptions(
        # Names and URLs are unique, and --replace does not ask `diff` for the order.
        delete_before_replace=True,
        additional_secret_outputs=list(secrets),
        hooks=pulumi.ResourceHookBinding(on_error=[retry_hook()]),
    )
    return pulumi.ResourceOptions.merge(opts, ours)
