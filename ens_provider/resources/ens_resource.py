"""The base of the resources: it registers them as cheaply as the SDK allows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from inspect import get_annotations
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from ens_provider.resources.program_frames import program_frames_only
from ens_provider.resources.sdk_differences import leave_untracked


class ENSResource(Resource):
    """A resource whose annotations are its attributes."""

    _attributes: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **names: Any) -> None:
        """Evaluate the annotations, once.

        The SDK reads them for each resource, and evaluates them each time where they are texts:
        that took a fifth of a large program's time.
        """
        super().__init_subclass__(**names)
        cls._attributes = (*cls._attributes, *get_annotations(cls))
        with suppress(NameError):  # of a program's own class, which the SDK resolves later
            cls.__annotations__ = get_annotations(cls, eval_str=True)

    def __init__(
        self,
        provider: ResourceProvider,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register a resource.

        Args:
            provider: What the engine calls for it.
            resource_name: The name of the resource in the program.
            props: The inputs by name; those that are None are not given.
            opts: Options of the resource.
        """
        # The SDK gives a resource no other attributes than these, and each takes its time.
        registered = dict.fromkeys(self._attributes)
        registered.update((name, value) for name, value in props.items() if value is not None)
        with program_frames_only():
            super().__init__(provider, resource_name, registered, opts)
        for name in ("id", "urn", *registered):
            leave_untracked(vars(self).get(name))
