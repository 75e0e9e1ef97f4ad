"""A callback with its verification, its key and its subscription, as a state holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.plugin.driver import Created, ResourceType, declared_key
from tests.unknowns.ours import (
    created_callback,
    expect_callback,
    expect_subscription,
    mails,
    subscribed,
    verify_by_hand,
)
from tests.unknowns.run import Run
from tests.unknowns.scene import Scene


@dataclass
class Stack:
    """What a state holds.

    Attributes:
        subscribes: The inputs of the subscription.
    """

    callback: Created
    verification: Created
    key: Created
    subscription: Created
    subscribes: dict[str, Any]

    def each(self, run: Run) -> list[tuple[str, ResourceType, Created]]:
        """Return the resources by name, with the methods of their types."""
        return [
            ("callback", run, self.callback),
            ("verification", run.verification, self.verification),
            ("key", run.key, self.key),
            ("subscription", run.subscription, self.subscription),
        ]

    def expect_held(self, scene: Scene) -> None:
        """See that the account holds exactly this."""
        expect_callback(scene, self.callback, verified=True, key=self.key.outputs["key"])
        expect_subscription(scene, self.subscription, self.subscribes)

    def refreshed(self, run: Run) -> dict[str, Created]:
        """Read every resource."""
        return {name: type_.read(made.id, made.outputs)[0] for name, type_, made in self.each(run)}

    def expect_no_drift(self, scene: Scene, run: Run) -> None:
        """See that a refresh changes nothing and sends nothing."""
        read = self.refreshed(run)
        for name, _, made in self.each(run):
            found = (read[name].id, read[name].outputs)
            scene.expect(f"refreshed {name}", found, (made.id, made.outputs))
        scene.expect_writes()


def brought_up(scene: Scene, run: Run, inputs: dict[str, Any]) -> Stack:
    """Create all four, each with one call."""
    callback = created_callback(scene, run, inputs)
    verification = verify_by_hand(scene, run, callback)
    known = callback.outputs["signature_key"]
    key = run.key.create(declared_key(callback.id, known_signature_key=known))
    scene.expect_writes("PUT ens-regenerate 200")
    subscribes = mails(callback)
    subscription = subscribed(scene, run, subscribes)
    stack = Stack(callback, verification, key, subscription, subscribes)
    stack.expect_held(scene)
    return stack
