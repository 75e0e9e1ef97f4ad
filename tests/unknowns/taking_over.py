"""What is already present: live callbacks are left alone or taken over, others are named."""

from __future__ import annotations

import base64

from tests.plugin.driver import Created, declared
from tests.unknowns.instead import (
    ADOPTED_UNSEEN,
    CASE_APART,
    FORCED_UNSEEN,
    NAME_TWICE,
    PRESENT_UNSEEN,
    URL_TWICE,
)
from tests.unknowns.ours import expect_callback, held_callback
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, Scene

KEY = base64.b64encode(b"32 bytes that their owner knows.").decode()
_SPELLED = "https://Receiver.TEST/live"
_LIVE = {"callback_name": "live", "url": f"{HOST}/live"}


def live_one(scene: Scene) -> None:
    """A live callback is refused untouched, then taken over with its key, a new key, and by id."""
    live = scene.service.create("live", "live", _SPELLED, max_batch_size=700)
    scene.service.subscribe(live, "live-mails")
    _refused(scene, live)
    _adopted(scene, live)
    taken = _rotated(scene, live)
    _adopted_by_id(scene, live)
    _still_subscribed(scene, taken)


def _refused(scene: Scene, live: str) -> None:
    before = scene.state()
    present = f"POST ens-callbacks {scene.assignment.present}"
    with scene.run() as run:
        if scene.holds(ADOPTED_UNSEEN):
            inputs = declared(**_LIVE, adopt_id=live, known_signature_key=KEY)
            scene.expect_error("NotFoundError", run.create, inputs)
            scene.expect_writes()
        if scene.holds(PRESENT_UNSEEN):
            scene.expect_error("NotReadyYet", run.create, declared(**_LIVE))
            scene.expect_writes(present)
            scene.let_it_show()
        for way in ("adopt", "fail"):
            inputs = declared(**_LIVE, on_existing=way)
            scene.expect_error("AlreadyPresent", run.create, inputs)
            scene.expect_writes(present)
        elsewhere = declared(callback_name="live", url=f"{HOST}/dead", adopt_id=live)
        scene.expect_error("AlreadyPresent", run.create, elsewhere)
        scene.expect_writes()
    scene.expect("untouched", scene.state(), before)


def _adopted(scene: Scene, live: str) -> None:
    with scene.later_run() as run:
        taken = run.create(declared(**_LIVE, known_signature_key=KEY, max_batch_size=500))
        sent = f"POST ens-callbacks {scene.assignment.present}"
        scene.expect_writes(sent, "PUT ens-callbacks 200")
        scene.expect("id", taken.id, live)
        outputs = taken.outputs
        wanted = (KEY, f"{HOST}/live")
        scene.expect("outputs", (outputs["signature_key"], outputs["url"]), wanted)
        theirs = scene.service.key_of(live)
        expect_callback(scene, taken, verified=True, key=theirs, url=_SPELLED)
        # An entry of the state that was moved without aliases goes without the callback.
        run.delete(live, outputs)
        scene.expect_writes()


def _rotated(scene: Scene, live: str) -> Created:
    old = scene.service.key_of(live)
    scene.let_it_show()
    with scene.later_run() as run:
        taken = run.create(declared(**_LIVE, on_existing="rotate", max_batch_size=500))
    sent = f"POST ens-callbacks {scene.assignment.present}"
    scene.expect_writes(sent, "PUT ens-regenerate 200")
    scene.expect("id", taken.id, live)
    expect_callback(scene, taken, verified=True, url=_SPELLED)
    scene.expect("is the old key", taken.outputs["signature_key"] == old, False)
    return taken


def _adopted_by_id(scene: Scene, live: str) -> None:
    key = scene.service.key_of(live)
    before = scene.state()
    inputs = declared(**_LIVE, adopt_id=live, known_signature_key=key, max_batch_size=500)
    with scene.later_run() as run:
        taken = run.create(inputs)
    scene.expect_writes()
    scene.expect("id and key", (taken.id, taken.outputs["signature_key"]), (live, key))
    scene.expect("untouched", scene.state(), before)


def _still_subscribed(scene: Scene, taken: Created) -> None:
    """A callback is not deleted with what others hang on it, unless that is asked for."""
    with scene.later_run() as run:
        before = scene.state()
        scene.expect_error("StillSubscribed", run.delete, taken.id, taken.outputs)
        scene.expect_writes("DELETE ens-callbacks/live 409")
        scene.expect("untouched", scene.state(), before)
        scene.service.subscribe(taken.id, "live-texts")
        forced = {**taken.outputs, "force_destroy": True}
        refused, deleted = "DELETE ens-callbacks/live 409", "DELETE ens-callbacks/live 200"
        if scene.holds(FORCED_UNSEEN):
            scene.expect_error("StillSubscribed", run.delete, taken.id, forced)
            scene.expect_writes(refused, "DELETE ens-subscriptions/sub-live-mails 200", refused)
            scene.let_it_show()
        run.delete(taken.id, forced)
        first = [] if scene.assignment.lags else ["DELETE ens-subscriptions/sub-live-mails 200"]
        texts = "DELETE ens-subscriptions/sub-live-texts 200"
        scene.expect_writes(refused, *first, texts, deleted)
    scene.expect("left", held_callback(scene, taken.id), None)


def one_in_the_way(scene: Scene) -> None:
    """A name or a URL that another callback has: the other one is named, or both are there."""
    twin = scene.service.create("twin", "twin", f"{HOST}/twin")
    scene.let_it_show()
    in_case = not scene.holds(CASE_APART)
    with scene.run() as run:
        _beside(scene, run, "twin-b", f"{HOST}/twin", free=scene.holds(URL_TWICE))
        _beside(scene, run, "twin", f"{HOST}/twin-b", free=scene.holds(NAME_TWICE))
        free = not in_case or scene.holds(NAME_TWICE)
        _beside(scene, run, "Twin", f"{HOST}/twin-b", free=free)
        both = scene.assignment.values["duplicate_match"] == "name_and_url"
        named = scene.assignment.values["duplicate_match"] == "name"
        free = not in_case and (both or named)
        _beside(scene, run, "Twin", f"{HOST}/twin", free=free)
    scene.service.delete(twin)


def _beside(scene: Scene, run: Run, name: str, url: str, *, free: bool) -> None:
    before = scene.state()
    inputs = declared(callback_name=name, url=url)
    if free:
        created = run.create(inputs)
        scene.expect_writes("POST ens-callbacks 201")
        key = scene.service.key_of(created.id)
        scene.expect("key", created.outputs["signature_key"], key)
        run.delete(created.id, created.outputs)
        scene.expect_writes("DELETE ens-callbacks/# 200")
    else:
        scene.expect_error("AlreadyPresent", run.create, inputs)
        scene.expect_writes(f"POST ens-callbacks {scene.assignment.present}")
    scene.expect("untouched", scene.state(), before)
