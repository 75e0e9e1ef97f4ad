"""The least dynamic resource there can be: what N of these cost is Pulumi's own time."""

from __future__ import annotations

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class EmptyProvider(ResourceProvider):
    """Keeps its one input and calls nobody."""

    # As the resources of ens_provider have it; the SDK's default encrypts the pickle of each.
    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Leave the comparison to the engine."""
        return DiffResult(changes=None)

    def create(self, props: dict[str, object]) -> CreateResult:
        """Answer with the input as it is."""
        return CreateResult("empty", props)

    def update(self, _id: str, _olds: dict[str, object], news: dict[str, object]) -> UpdateResult:
        """Answer with the new input as it is."""
        return UpdateResult(news)


class Empty(Resource, module="benchmarks", name="Empty"):
    """A resource with one input and no outputs."""

    revision: pulumi.Output[int]

    def __init__(self, resource_name: str, *, revision: int) -> None:
        """Declare one.

        Args:
            resource_name: The name of the resource in the program.
            revision: A number; another one is an update.
        """
        super().__init__(EmptyProvider(), resource_name, {"revision": revision})
