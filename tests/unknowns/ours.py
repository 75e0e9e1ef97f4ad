"""Objects of ours: creating and deleting them, and that the account holds exactly what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from tests.plugin.driver import Created, declared_verification
from tests.plugin.subscriptions import declaration
from tests.unknowns.run import Run
from tests.unknowns.scene import Scene


def created_callback(
    scene: Scene,
    run: Run,
    inputs: dict[str, Any],
    *,
    before: Sequence[str] = (),
    verifies_itself: bool = False,
) -> Created:
    """Create a callback; it is the only one of its name and URL, with the key that was answered."""
    with _verifying_itself(scene) if verifies_itself else nullcontext():
        created = run.create(inputs)
    # What is not answered yet when the endpoint acts is written down without its status.
    scene.expect_writes(*before, f"POST ens-callbacks {'-' if verifies_itself else 201}")
    scene.service.label(created.id, inputs["callback_name"])
    expect_callback(scene, created, verified=verifies_itself)
    return created


def verified_callback(scene: Scene, run: Run, inputs: dict[str, Any]) -> Created:
    """Create a callback and verify it with the key that the probe brought."""
    created = created_callback(scene, run, inputs)
    verify_by_hand(scene, run, created)
    return created


def verify_by_hand(scene: Scene, run: Run, callback: Created) -> Created:
    """Verify a callback with the key that the probe brought; one call and no look."""
    key = scene.service.verification_key_of(callback.id)
    verified = run.verification.create(declared_verification(callback.id, verification_key=key))
    scene.expect_writes("POST ens-verify 200")
    scene.expect("status", verified.outputs["status"], "verified")
    expect_callback(scene, callback, verified=True)
    return verified


def subscribed(
    scene: Scene, run: Run, inputs: dict[str, Any], *, before: Sequence[str] = ()
) -> Created:
    """Create a subscription; it is the only one of its name there, and as declared."""
    created = run.subscription.create(inputs)
    scene.expect_writes(*before, "POST ens-subscriptions 201")
    scene.service.label(created.id, inputs["subscription_name"])
    expect_subscription(scene, created, inputs)
    return created


def destroyed(scene: Scene, run: Run, callback: Created, *subscriptions: Created) -> None:
    """Delete the subscriptions, then the callback; nothing of them is there afterwards."""
    for subscription in subscriptions:
        run.subscription.delete(subscription.id, subscription.outputs)
        scene.expect_writes(f"DELETE ens-subscriptions/{_label(scene, subscription)} 200")
    run.delete(callback.id, callback.outputs)
    scene.expect_writes(f"DELETE ens-callbacks/{_label(scene, callback)} 200")
    scene.expect("left", held_callback(scene, callback.id), None)


def expect_callback(
    scene: Scene, callback: Created, *, verified: bool, key: object = None, url: str | None = None
) -> None:
    """Compare a callback of the account with its outputs, and see that it is the only one."""
    outputs = callback.outputs
    found = scene.callbacks(outputs["callback_name"])
    scene.expect("callbacks of that name", [each["callbackId"] for each in found], [callback.id])
    names = ("callbackName", "url", "maxBatchSize", "signatureKey", "verified")
    wanted = (
        outputs["callback_name"],
        url or outputs["url"],
        outputs["max_batch_size"],
        key or outputs["signature_key"],
        verified,
    )
    scene.expect("callback", tuple(found[0][name] for name in names), wanted)


def expect_subscription(scene: Scene, subscription: Created, inputs: dict[str, Any]) -> None:
    """Compare a subscription of the account with its inputs, and see that it is the only one."""
    held = scene.subscriptions_of(inputs["callback_id"])
    found = [each for each in held if each["subscriptionName"] == inputs["subscription_name"]]
    ids = [each["subscriptionId"] for each in found]
    scene.expect("subscriptions of that name", ids, [subscription.id])
    status = "paused" if inputs["paused"] else "active"
    wanted = (inputs["event_category_types"], inputs["filters"], status)
    names = ("eventCategoryTypes", "filters", "status")
    scene.expect("subscription", tuple(found[0][name] for name in names), wanted)
    outputs = subscription.outputs
    told = (outputs["event_category_types"], outputs["filters"], outputs["status"])
    scene.expect("outputs of the subscription", told, wanted)


def held_callback(scene: Scene, callback_id: str) -> dict[str, Any] | None:
    """Return what the account really holds of a callback."""
    held = scene.state()["callbacks"]
    return next((each for each in held if each["callbackId"] == callback_id), None)


def mails(callback: Created, name: str = "mails", **changes: Any) -> dict[str, Any]:
    """Return the inputs of a subscription of a callback."""
    return declaration(callback.id, subscription_name=name, **changes)


def _label(scene: Scene, created: Created) -> str:
    return scene.service.labelled(created.id)


@contextmanager
def _verifying_itself(scene: Scene) -> Iterator[None]:
    """Let the endpoint verify itself while it is probed."""
    scene.rig.endpoint.hook = lambda probe: scene.service.send("POST", "ens-verify", probe)
    try:
        yield
    finally:
        scene.rig.endpoint.hook = None
