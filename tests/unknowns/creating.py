"""Creating a callback: a probe that fails, an answer that is lost, a run that is killed."""

from __future__ import annotations

from typing import Any

from tests.plugin.driver import Created, declared
from tests.plugin.service import CREATE
from tests.unknowns.instead import NOTHING_LEFT, PRESENT_UNSEEN
from tests.unknowns.ours import created_callback, destroyed
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, Scene


def failed_probe(scene: Scene) -> None:
    """The endpoint is down at first; what the failure leaves behind goes, and one is created."""
    inputs = declared(callback_name="late", url=f"{HOST}/late")
    with scene.run() as run:
        expect_failed_probe(scene, run, inputs)
        created = created_callback(scene, run, inputs)
        destroyed(scene, run, created)


def expect_failed_probe(scene: Scene, run: Run, inputs: dict[str, Any]) -> None:
    """Create a callback whose endpoint answers 500: nothing is left behind, whatever reads show."""
    with scene.failing_probes(500):
        scene.expect_error("ProbeFailed", run.create, inputs)
    found = 404 if scene.holds(NOTHING_LEFT) else 200
    scene.expect_writes("POST ens-callbacks 400", f"DELETE ens-callbacks/# {found}")
    scene.expect("left behind", scene.callbacks(inputs["callback_name"]), [])


def lost_answer(scene: Scene) -> None:
    """The answer to the creation is lost; one callback with a known key is there in the end."""
    inputs = declared(callback_name="lost", url=f"{HOST}/lost")
    scene.rig.emulator.add_fault(route=CREATE, do="drop", when="after")
    with scene.run() as run:
        if scene.holds(PRESENT_UNSEEN):
            scene.expect_error("NotReadyYet", run.create, inputs)
            scene.expect_writes(
                "POST ens-callbacks -", f"POST ens-callbacks {scene.assignment.present}"
            )
            scene.let_it_show()
        first = scene.assignment.present if scene.assignment.lags else "-"
        created = _created_anew(scene, run, inputs, first=first)
        destroyed(scene, run, created)


def killed_run(scene: Scene) -> None:
    """The run is killed after the creation; the next one deletes it and has a key of its own.

    The endpoint verified itself in the probe: nobody receives from it all the same.
    """
    inputs = declared(callback_name="killed", url=f"{HOST}/killed")
    with scene.later_run() as run:
        created_callback(scene, run, inputs, verifies_itself=True)
    scene.let_it_show()
    with scene.later_run() as run:
        _created_anew(scene, run, inputs, left="killed")
    # Once more, at once: reads may show the deleted one still, and the new one not yet.
    with scene.later_run() as run:
        if scene.holds(PRESENT_UNSEEN):
            scene.expect_error("NotReadyYet", run.create, inputs)
            present = f"POST ens-callbacks {scene.assignment.present}"
            # A 404 of what reads still show is asked about once more.
            deleted_before = "DELETE ens-callbacks/killed 404"
            scene.expect_writes(present, deleted_before, deleted_before, present)
            scene.let_it_show()
        created = _created_anew(scene, run, inputs, left="killed")
        destroyed(scene, run, created)


def _created_anew(
    scene: Scene, run: Run, inputs: dict[str, Any], *, first: str | None = None, left: str = "#"
) -> Created:
    """Create what is present without subscriptions: that one is deleted."""
    answered = first or scene.assignment.present
    before = [f"POST ens-callbacks {answered}", f"DELETE ens-callbacks/{left} 200"]
    return created_callback(scene, run, inputs, before=before)
