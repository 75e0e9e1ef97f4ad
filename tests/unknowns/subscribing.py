"""Subscriptions: created, found present, changed, paused, resumed, and left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.plugin.driver import Created, declared
from tests.plugin.service import SUBSCRIBE
from tests.unknowns.instead import (
    CASE_APART,
    NAME_FREE_ELSEWHERE,
    PRESENT_UNSEEN,
    SUBSCRIBED_BEFORE_VERIFICATION,
)
from tests.unknowns.ours import (
    created_callback,
    destroyed,
    expect_subscription,
    mails,
    subscribed,
    verified_callback,
    verify_by_hand,
)
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, NOT_SENT, SENT, TWO_MINUTES, Scene


def before_verification(scene: Scene) -> None:
    """The subscription waits for the verification, where the service does not take it before."""
    with scene.run() as run:
        eager = created_callback(scene, run, declared(callback_name="eager", url=f"{HOST}/eager"))
        if scene.holds(SUBSCRIBED_BEFORE_VERIFICATION):
            subscription = subscribed(scene, run, mails(eager))
            verify_by_hand(scene, run, eager)
        else:
            scene.expect_error("NotYetVerified", run.subscription.create, mails(eager))
            scene.expect_writes("POST ens-subscriptions 400")
            verify_by_hand(scene, run, eager)
            subscription = subscribed(scene, run, mails(eager))
        destroyed(scene, run, eager, subscription)


def present_already(scene: Scene) -> None:
    """What a killed run or a lost answer left is deleted and created anew: one in the end."""
    with _callback(scene, "present") as (run, callback):
        inputs = mails(callback)
        scene.rig.emulator.add_fault(route=SUBSCRIBE, do="drop", when="after")
        first = "-"
        if scene.holds(PRESENT_UNSEEN):
            scene.expect_error("NotReadyYet", run.subscription.create, inputs)
            scene.expect_writes("POST ens-subscriptions -", "POST ens-subscriptions 304")
            scene.let_it_show()
            first = "304"
        before = [f"POST ens-subscriptions {first}", "DELETE ens-subscriptions/# 200"]
        subscribed(scene, run, inputs, before=before)
        with scene.later_run() as later:
            again = _created_in_a_later_run(scene, later, inputs)
        destroyed(scene, run, callback, again)


def _created_in_a_later_run(scene: Scene, run: Run, inputs: dict[str, Any]) -> Created:
    sent = "POST ens-subscriptions 304"
    if scene.holds(PRESENT_UNSEEN):
        scene.expect_error("NotReadyYet", run.subscription.create, inputs)
        # The one before last is listed still, though it is gone.
        deleted_before = "DELETE ens-subscriptions/# 404"
        scene.expect_writes(sent, deleted_before, deleted_before, sent)
        scene.let_it_show()
    before = [sent, "DELETE ens-subscriptions/mails 200"]
    return subscribed(scene, run, inputs, before=before)


def names_taken(scene: Scene) -> None:
    """A name in another spelling, or on another callback: named and refused, or both are there."""
    with _callback(scene, "named") as (run, callback):
        first = subscribed(scene, run, mails(callback))
        scene.let_it_show()
        for name, free in (
            ("MAILS", scene.holds(CASE_APART)),
            ("their-mails", scene.holds(NAME_FREE_ELSEWHERE)),
        ):
            inputs = mails(callback, name)
            if free:
                other = subscribed(scene, run, inputs)
                run.subscription.delete(other.id, other.outputs)
                scene.expect_writes(f"DELETE ens-subscriptions/{name} 200")
            else:
                scene.expect_error("AlreadyPresent", run.subscription.create, inputs)
                scene.expect_writes("POST ens-subscriptions 304")
        destroyed(scene, run, callback, first)


def changes(scene: Scene) -> None:
    """Changed, paused, changed while paused, resumed: each takes effect, also right after another."""
    with _callback(scene, "changed") as (run, callback):
        made = subscribed(scene, run, mails(callback, filters=["definitionKey=welcome"]))
        made = _updated(scene, run, made, mails(callback, event_category_types=[NOT_SENT, SENT]))
        made = _updated(scene, run, made, mails(callback, paused=True), to="paused")
        both: dict[str, Any] = {"paused": True, "filters": ["definitionKey=bye"]}
        made = _updated(scene, run, made, mails(callback, **both))
        made = _updated(scene, run, made, mails(callback), to="active")
        same = run.subscription.update(made.id, made.outputs, mails(callback))
        scene.expect_writes()
        scene.expect("unchanged", same.outputs, made.outputs)
        _changed_outside_as_declared(scene, run, made, callback)
        destroyed(scene, run, callback, made)


def _updated(
    scene: Scene, run: Run, made: Created, inputs: dict[str, Any], *, to: str | None = None
) -> Created:
    """Update a subscription, `to` another status or in the one that it has."""
    updated = run.subscription.update(made.id, made.outputs, inputs)
    refused = to is None and scene.assignment.values["unchanged_status"] == "rejected"
    first = ["PUT ens-subscriptions 400"] if refused else []
    scene.expect_writes(*first, "PUT ens-subscriptions 200")
    expect_subscription(scene, updated, inputs)
    return updated


def _changed_outside_as_declared(scene: Scene, run: Run, made: Created, callback: Created) -> None:
    """Somebody has changed it to what the program declares now: nothing is left to be done."""
    change = {"subscriptionId": made.id, "eventCategoryTypes": [NOT_SENT]}
    scene.service.send("PUT", "ens-subscriptions", [change])
    inputs = mails(callback, event_category_types=[NOT_SENT])
    updated = run.subscription.update(made.id, made.outputs, inputs)
    refused = scene.assignment.values["unchanged_status"] == "rejected"
    first = ["PUT ens-subscriptions 400"] if refused else []
    scene.expect_writes(*first, f"PUT ens-subscriptions {scene.assignment.values['unchanged_put']}")
    expect_subscription(scene, updated, inputs)


def without_filters(scene: Scene) -> None:
    """No filters are no difference, however the service writes that down."""
    with _callback(scene, "blank") as (run, callback):
        made = subscribed(scene, run, mails(callback))
        scene.wait(TWO_MINUTES)
        with scene.later_run() as later:
            read, inputs = later.subscription.read(made.id, made.outputs)
        scene.expect("filters", (read.outputs["filters"], inputs["filters"]), ([], []))
        scene.expect("read", read.outputs, made.outputs)
        destroyed(scene, run, callback, made)


@contextmanager
def _callback(scene: Scene, name: str) -> Iterator[tuple[Run, Created]]:
    with scene.run() as run:
        inputs = declared(callback_name=name, url=f"{HOST}/{name}")
        yield run, verified_callback(scene, run, inputs)
