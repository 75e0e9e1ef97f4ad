"""Refreshes: no drift where nothing changed, and what was changed or deleted outside."""

from __future__ import annotations

from tests.plugin.driver import Created, declared
from tests.unknowns.instead import DELETION_UNSEEN, GONE_OR_REFUSED, URL_CHANGED_OUTSIDE
from tests.unknowns.ours import created_callback, destroyed, mails
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, NOT_SENT, SENT, TWO_MINUTES, Scene
from tests.unknowns.stack import Stack, brought_up

_BOTH = [NOT_SENT, SENT]


def nothing_changed(scene: Scene) -> None:
    """Within two minutes and after them, in the same run and in later ones, there is no drift."""
    with scene.run() as run:
        stack = brought_up(scene, run, declared(callback_name="calm", url=f"{HOST}/calm"))
        stack.expect_no_drift(scene, run)
    with scene.later_run() as later:
        stack.expect_no_drift(scene, later)
    scene.wait(TWO_MINUTES)
    with scene.later_run() as run:
        stack.expect_no_drift(scene, run)
        stack.expect_held(scene)
        destroyed(scene, run, stack.callback, stack.subscription)


def changed_outside(scene: Scene) -> None:
    """The state is believed for two minutes; then drift is shown, and repaired with a call each."""
    inputs = declared(callback_name="drift", url=f"{HOST}/drift")
    with scene.run() as run:
        stack = brought_up(scene, run, inputs)
        _change(scene, stack, size=700)
        stack.expect_no_drift(scene, run)
    scene.wait(TWO_MINUTES)
    with scene.later_run() as run:
        read = _expect_drift(scene, run, stack, size=700)
        stack.callback = run.update(stack.callback.id, read["callback"].outputs, inputs)
        scene.expect_writes("PUT ens-callbacks 200")
        _subscription_updated(scene, run, stack, read["subscription"])
        stack.expect_held(scene)
    scene.wait(TWO_MINUTES)
    _change(scene, stack, size=800)
    if scene.holds(DELETION_UNSEEN):
        with scene.later_run() as run:
            stack.expect_no_drift(scene, run)
        scene.let_it_show()
    with scene.later_run() as run:
        _expect_drift(scene, run, stack, size=800)
        _url_changed(scene, run, stack)
        destroyed(scene, run, stack.callback, stack.subscription)


def deleted_outside(scene: Scene) -> None:
    """It is believed to be there for two minutes, and updates say so; then it is created again."""
    inputs = declared(callback_name="gone", url=f"{HOST}/gone")
    with scene.run() as run:
        stack = brought_up(scene, run, inputs)
        scene.wait(TWO_MINUTES)
        smaller = {**inputs, "max_batch_size": 500}
        stack.callback = run.update(stack.callback.id, stack.callback.outputs, smaller)
        scene.expect_writes("PUT ens-callbacks 200")
        _subscription_updated(scene, run, stack, stack.subscription, types=_BOTH)
        stack.expect_held(scene)
        scene.service.send("DELETE", f"ens-subscriptions/{stack.subscription.id}")
        scene.service.delete(stack.callback.id)
        _expect_believed(scene, run, stack)
        _expect_updates_refused(scene, run, stack)
    scene.wait(TWO_MINUTES)
    with scene.later_run() as run:
        read = stack.refreshed(run)
        gone = {"callback": "", "verification": "", "key": "", "subscription": ""}
        scene.expect("refreshed", {name: each.id for name, each in read.items()}, gone)
        again = created_callback(scene, run, inputs)
        destroyed(scene, run, again)


def _expect_believed(scene: Scene, run: Run, stack: Stack) -> None:
    """Callback and subscription are as written a moment ago; the other two were written long ago."""
    believed = stack.callback.id
    shown = believed if scene.holds(DELETION_UNSEEN) else ""
    read = {name: made.id for name, made in stack.refreshed(run).items()}
    kept = {"callback": believed, "subscription": stack.subscription.id}
    scene.expect("refreshed", read, {**kept, "verification": shown, "key": shown})
    scene.expect_writes()


def _change(scene: Scene, stack: Stack, *, size: int) -> None:
    """Let somebody else change the callback and the subscription."""
    scene.service.resize(stack.callback.id, size)
    change = {"subscriptionId": stack.subscription.id, "eventCategoryTypes": [NOT_SENT]}
    scene.service.send("PUT", "ens-subscriptions", [change])


def _expect_drift(scene: Scene, run: Run, stack: Stack, *, size: int) -> dict[str, Created]:
    read = stack.refreshed(run)
    scene.expect("drift of the batch size", read["callback"].outputs["max_batch_size"], size)
    types = read["subscription"].outputs["event_category_types"]
    scene.expect("drift of the event types", types, [NOT_SENT])
    for name, made in (("verification", stack.verification), ("key", stack.key)):
        scene.expect(f"refreshed {name}", read[name].outputs, made.outputs)
    scene.expect_writes()
    return read


def _subscription_updated(
    scene: Scene, run: Run, stack: Stack, olds: Created, *, types: list[str] | None = None
) -> None:
    stack.subscribes = mails(stack.callback, event_category_types=types or [SENT])
    stack.subscription = run.subscription.update(olds.id, olds.outputs, stack.subscribes)
    refused = scene.assignment.values["unchanged_status"] == "rejected"
    first = ["PUT ens-subscriptions 400"] if refused else []
    scene.expect_writes(*first, "PUT ens-subscriptions 200")


def _url_changed(scene: Scene, run: Run, stack: Stack) -> None:
    """Somebody gives the callback another URL, where the service lets them."""
    if scene.assignment.values["put_url"] == "rejected":
        return
    change = {"callbackId": stack.callback.id, "callbackName": "drift", "maxBatchSize": 900}
    scene.service.send("PUT", "ens-callbacks", [{**change, "url": f"{HOST}/moved"}])
    scene.let_it_show()
    with scene.later_run() as later:
        read, inputs = later.read(stack.callback.id, stack.callback.outputs)
        moved = scene.holds(URL_CHANGED_OUTSIDE)
        scene.expect("url", read.outputs["url"], f"{HOST}/{'moved' if moved else 'drift'}")
        declared_now = {**inputs, "url": f"{HOST}/drift"}
        replaces = later.diff(read.id, read.outputs, declared_now)
        scene.expect("replaces", replaces, ["url"] if moved else [])
    scene.expect_writes()


def _expect_updates_refused(scene: Scene, run: Run, stack: Stack) -> None:
    before = scene.state()
    callback, subscription = stack.callback, stack.subscription
    bigger = declared(callback_name="gone", url=f"{HOST}/gone", max_batch_size=900)
    scene.expect_error("DeletedOutside", run.update, callback.id, callback.outputs, bigger)
    created = scene.assignment.values["put_unknown_callback"] == "201"
    undone = ["PUT ens-callbacks 201", "DELETE ens-callbacks/# 200"]
    scene.expect_writes(*(undone if created else ["PUT ens-callbacks 404"]))
    resumed = mails(callback, paused=True)
    unknown = scene.assignment.values["put_unknown_subscription"]
    kind = "BadRequestError" if scene.holds(GONE_OR_REFUSED) else "DeletedOutside"
    olds = subscription.outputs
    scene.expect_error(kind, run.subscription.update, subscription.id, olds, resumed)
    scene.expect_writes(f"PUT ens-subscriptions {unknown}")
    scene.expect("untouched", scene.state(), before)
