"""Replacing a callback: what hangs on it goes first, and the new one has everything again."""

from __future__ import annotations

from typing import Any

from tests.plugin.driver import declared
from tests.unknowns.creating import expect_failed_probe
from tests.unknowns.ours import destroyed
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, Scene
from tests.unknowns.stack import Stack, brought_up


def another_url(scene: Scene) -> None:
    """Subscription and callback are deleted in this order, and all four are there again."""
    inputs = declared(callback_name="move", url=f"{HOST}/move")
    with scene.run() as run:
        old = brought_up(scene, run, inputs)
    moved = {**inputs, "url": f"{HOST}/moved"}
    with scene.later_run() as run:
        _replace(scene, run, old, moved, because="url")
        new = brought_up(scene, run, moved)
        scene.expect("is the old one", new.callback.id == old.callback.id, False)
        destroyed(scene, run, new.callback, new.subscription)


def another_name(scene: Scene) -> None:
    """The new endpoint fails its first probe: the second attempt has everything again."""
    inputs = declared(callback_name="called", url=f"{HOST}/called")
    renamed = {**inputs, "callback_name": "called-anew"}
    with scene.run() as run:
        old = brought_up(scene, run, inputs)
        _replace(scene, run, old, renamed, because="callback_name")
        expect_failed_probe(scene, run, renamed)
        new = brought_up(scene, run, renamed)
        destroyed(scene, run, new.callback, new.subscription)


def _replace(scene: Scene, run: Run, old: Stack, news: dict[str, Any], *, because: str) -> None:
    """Delete what a replacement deletes, as the engine does: children first."""
    callback, subscription = old.callback, old.subscription
    scene.expect("replaces", run.diff(callback.id, callback.outputs, news), [because])
    scene.expect_error("StillSubscribed", run.delete, callback.id, callback.outputs)
    name = scene.service.labelled(callback.id)
    scene.expect_writes(f"DELETE ens-callbacks/{name} 409")
    old.expect_held(scene)
    run.key.delete(old.key.id, old.key.outputs)
    run.verification.delete(old.verification.id, old.verification.outputs)
    destroyed(scene, run, callback, subscription)
