"""What the constructors of all resources share: their inputs, names and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from ens_provider.resources.retry_hook import retry_hook
from ens_provider.resources.sdk_differences import takes_error_hooks

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    ArgsT = TypeVar("ArgsT", bound="DataclassInstance")
else:
    ArgsT = TypeVar("ArgsT")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a constructor was given: the inputs by name, and the options."""

    props: dict[str, Any]
    opts: pulumi.ResourceOptions | None


def declared(
    kind: type[ArgsT],
    resource_name: str,
    *,
    args: ArgsT | pulumi.ResourceOptions | None,
    opts: pulumi.ResourceOptions | None,
    inputs: Mapping[str, Any],
) -> Declared:
    """Return what a constructor was given, whichever way the program gave it.

    Args:
        kind: The class of the resource's arguments.
        resource_name: The name of the resource in the program.
        args: The inputs as one object; or the options, where the inputs are given by name; or None.
        opts: The options, or None.
        inputs: The inputs by name.

    Raises:
        TypeError: Both are given, there is no input of a name, or a required one is missing.
    """
    if isinstance(args, pulumi.ResourceOptions):
        args, opts = None, args
    if args is not None and inputs:
        resource = kind.__name__.removesuffix("Args")
        raise TypeError(f"{resource} '{resource_name}' takes args or named inputs, not both")
    given = args if args is not None else kind(**inputs)
    props = {field.name: getattr(given, field.name) for field in fields(given)}
    return Declared(props=props, opts=opts)


def default_name(resource_name: str) -> str:
    """Return the name in Marketing Cloud of a resource that the program gives none.

    Business units are shared between stacks, so the name tells whose object it is.
    """
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{resource_name}"


def marked_secret(value: Any) -> Any:
    """Return an input as a secret; None stays what it is."""
    return None if value is None else pulumi.Output.secret(value)


def resource_options(
    opts: pulumi.ResourceOptions | None, *, secrets: Sequence[str] = (), delete_first: bool = True
) -> pulumi.ResourceOptions:
    """Return the program's options with those that every resource here needs.

    Args:
        opts: What the program gives.
        secrets: The outputs that are secrets.
        delete_first: Whether a replacement begins with the deletion, of what depends on the
            resource too: names and URLs are unique.
    """
    hooks = pulumi.ResourceHookBinding(on_error=[retry_hook()]) if takes_error_hooks() else None
    ours = pulumi.ResourceOptions(
        # Said here, since --replace does not ask `diff` for the order.
        delete_before_replace=delete_first,
        additional_secret_outputs=list(secrets),
        hooks=hooks,
    )
    # Merging copies both, for each resource.
    return ours if opts is None else pulumi.ResourceOptions.merge(opts, ours)
