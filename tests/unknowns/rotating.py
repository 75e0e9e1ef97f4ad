"""Signature keys: made, rotated, made again after a lost answer, and never lost."""

from __future__ import annotations

from tests.plugin.driver import Created, declared, declared_key
from tests.plugin.service import REGENERATE
from tests.unknowns.instead import KEY_BEFORE_VERIFICATION
from tests.unknowns.ours import created_callback, destroyed, expect_callback, verify_by_hand
from tests.unknowns.scene import HOST, TWO_MINUTES, Scene

_MADE = "PUT ens-regenerate 200"


def keys(scene: Scene) -> None:
    """Each key that is told is the one that the service signs with, and the old ones are kept."""
    with scene.run() as run:
        keyed = created_callback(scene, run, declared(callback_name="keyed", url=f"{HOST}/keyed"))
    _before_verification(scene, keyed)
    with scene.run() as run:
        verify_by_hand(scene, run, keyed)
        known = scene.service.key_of(keyed.id)
        inputs = declared_key(keyed.id, known_signature_key=known)
        made = run.key.create(inputs)
        scene.expect_writes(_MADE)
        _expect_key(scene, keyed, made, [known])
        second = run.key.update(made.id, made.outputs, {**inputs, "version": "2"})
        scene.expect_writes(_MADE)
        _expect_key(scene, keyed, second, [made.outputs["key"], known])
        same = run.key.update(made.id, second.outputs, {**inputs, "version": "2"})
        scene.expect_writes()
        scene.expect("unchanged", same.outputs, second.outputs)
        scene.rig.emulator.add_fault(route=REGENERATE, do="drop", when="after")
        third = run.key.update(made.id, second.outputs, {**inputs, "version": "3"})
        scene.expect_writes("PUT ens-regenerate -", _MADE)
        _expect_key(scene, keyed, third, [second.outputs["key"], made.outputs["key"]])
    scene.wait(TWO_MINUTES)
    with scene.later_run() as run:
        read, _ = run.key.read(third.id, third.outputs)
        scene.expect("read", (read.id, read.outputs), (keyed.id, third.outputs))
        destroyed(scene, run, keyed)


def _before_verification(scene: Scene, keyed: Created) -> None:
    """An unverified callback has a new key, or its key waits; nothing is changed then."""
    with scene.later_run() as run:
        if scene.holds(KEY_BEFORE_VERIFICATION):
            scene.expect_error("NotYetVerified", run.key.create, declared_key(keyed.id))
            scene.expect_writes("PUT ens-regenerate 400")
            expect_callback(scene, keyed, verified=False)
            return
        early = run.key.create(declared_key(keyed.id))
        scene.expect_writes(_MADE)
        expect_callback(scene, keyed, verified=False, key=early.outputs["key"])
        keyed.outputs["signature_key"] = early.outputs["key"]


def _expect_key(scene: Scene, callback: Created, made: Created, previous: list[str]) -> None:
    scene.expect("id", made.id, callback.id)
    scene.expect("previous keys", made.outputs["previous_keys"], previous)
    expect_callback(scene, callback, verified=True, key=made.outputs["key"])
