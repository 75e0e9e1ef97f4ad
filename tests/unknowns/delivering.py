"""Deliveries: what the service sends fits the keys that the program hands to a real receiver.

And what a program sees of a callback that the service suspends because deliveries fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.plugin.driver import Created, declared
from tests.unknowns.instead import LONGER_VALUES_PASS, OLD_SIGNATURE, ONE_CALLBACK_ONLY
from tests.unknowns.ours import destroyed, mails
from tests.unknowns.rig import RECEIVER_HOST
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, SENT, TWO_MINUTES, Scene
from tests.unknowns.stack import Stack, brought_up

_WELCOME = "definitionKey=welcome"
_TEN_MINUTES = 600


def signed_events(scene: Scene) -> None:
    """Events arrive as they are asked for, with the key so far and across a rotation."""
    url = f"https://{RECEIVER_HOST}/signed"
    with scene.run() as run:
        stack = brought_up(scene, run, declared(callback_name="signed", url=url))
        _filtered(scene, run, stack)
        scene.let_it_show()
        _hand_over(scene, stack.key)
        _arrives(scene, stack)
        with _standing_clock(scene):
            _rotated_while_away(scene, run, stack)
        _shared(scene)
        destroyed(scene, run, stack.callback, stack.subscription)


def suspended(scene: Scene) -> None:
    """A suspension is shown where the service shows it, drops nothing of ours, and passes."""
    values = scene.assignment.values
    if "suspend" not in values["delivery_retries"] + values["suspended_status"]:
        return  # the rules of the account suspend nobody, and it is not asked how that would show
    inputs = declared(callback_name="tired", url=f"{HOST}/tired")
    with scene.run() as run:
        stack = brought_up(scene, run, inputs)
        scene.let_it_show()
        with _standing_clock(scene), _suspending_rules(scene):
            _refuse_two_deliveries(scene, stack)
            scene.wait(TWO_MINUTES)
            _expect_status(scene, stack, values["suspended_status"])
            smaller = {**inputs, "max_batch_size": 500}
            stack.callback = run.update(stack.callback.id, stack.callback.outputs, smaller)
            scene.expect_writes("PUT ens-callbacks 200")
            stack.expect_held(scene)
            scene.wait(_TEN_MINUTES)
            _expect_status(scene, stack, "verified")
        destroyed(scene, run, stack.callback, stack.subscription)


@contextmanager
def _standing_clock(scene: Scene) -> Iterator[None]:
    """Let deliveries be tried again only when the story says so."""
    scene.rig.emulator.stop_clock()
    yield
    scene.rig.emulator.start_clock()


@contextmanager
def _suspending_rules(scene: Scene) -> Iterator[None]:
    """Let the account have the rules that suspend, whatever it has in the rest of the story."""
    emulator = scene.rig.emulator
    emulator.set_switches(delivery_retries="suspend")
    yield
    emulator.set_switches(delivery_retries=scene.assignment.values["delivery_retries"])


def _refuse_two_deliveries(scene: Scene, stack: Stack) -> None:
    """Let both be dropped after their retries, which suspends the callback."""
    emulator, endpoint = scene.rig.emulator, scene.rig.endpoint
    endpoint.answer(503)
    for _ in range(2):
        emulator.send_events([{"eventCategoryType": SENT}], callback_id=stack.callback.id)
        emulator.move_clock(3)
    endpoint.answer(200)


def _expect_status(scene: Scene, stack: Stack, status: str) -> None:
    """See that a refresh shows this status of the verification, and everything else as it was."""
    with scene.later_run() as later:
        read = stack.refreshed(later)
        shown = read["verification"].outputs
        scene.expect("status", shown["status"], status)
        seen = replace(stack.verification, outputs={**stack.verification.outputs, "status": status})
        kept = replace(stack, verification=seen)
        kept.expect_no_drift(scene, later)
        inputs = {"callback_id": stack.callback.id}
        scene.expect("replaces", later.verification.diff(seen.id, shown, inputs), [])


def _filtered(scene: Scene, run: Run, stack: Stack) -> None:
    inputs = mails(stack.callback, filters=[_WELCOME])
    stack.subscription = run.subscription.update(
        stack.subscription.id, stack.subscription.outputs, inputs
    )
    refused = scene.assignment.values["unchanged_status"] == "rejected"
    first = ["PUT ens-subscriptions 400"] if refused else []
    scene.expect_writes(*first, "PUT ens-subscriptions 200")
    stack.subscribes = inputs
    stack.expect_held(scene)


def _hand_over(scene: Scene, key: Created) -> None:
    """Give the receiver the present key and the ones before it, as a program does."""
    keys = [key.outputs["key"], *key.outputs["previous_keys"]]
    scene.rig.receiver.put_keys(key.id, keys)


def _arrives(scene: Scene, stack: Stack) -> None:
    """What the filter asks for arrives, and nothing else does."""
    values = ["welcome", "welcome-back", "bye"]
    events = [{"eventCategoryType": SENT, "definitionKey": value} for value in values]
    scene.rig.emulator.send_events(events, callback_id=stack.callback.id)
    passing = values[: 2 if scene.holds(LONGER_VALUES_PASS) else 1]
    received = scene.rig.receiver.received()
    told = [
        (each["status"], [event["definitionKey"] for event in each["events"]]) for each in received
    ]
    scene.expect("received", told, [(200, passing)])


def _rotated_while_away(scene: Scene, run: Run, stack: Stack) -> None:
    """A delivery that was not accepted is tried again after a rotation, and accepted."""
    receiver, emulator = scene.rig.receiver, scene.rig.emulator
    receiver.delete_keys(stack.callback.id)
    event = {"eventCategoryType": SENT, "definitionKey": "welcome"}
    [refused] = emulator.send_events([event], callback_id=stack.callback.id)["deliveries"]
    scene.expect("acknowledged", refused["acknowledged"], False)
    rotated = {"callback_id": stack.callback.id, "keep_previous": 2, "version": "2"}
    stack.key = run.key.update(stack.key.id, stack.key.outputs, rotated)
    scene.expect_writes("PUT ens-regenerate 200")
    stack.expect_held(scene)
    receiver.put_keys(stack.callback.id, [stack.key.outputs["key"]])
    [again] = emulator.retry_deliveries()
    old = scene.holds(OLD_SIGNATURE)
    scene.expect("fits the new key alone", again["acknowledged"], not old)
    _hand_over(scene, stack.key)
    tried = [each["acknowledged"] for each in emulator.retry_deliveries()]
    scene.expect("fits the keys that are handed over", tried, [True] if old else [])


def _shared(scene: Scene) -> None:
    """Somebody else's older callback asks for the same events."""
    event = {"eventCategoryType": SENT, "definitionKey": "welcome"}
    sent = scene.rig.emulator.send_events([event])["deliveries"]
    both = [] if scene.holds(ONE_CALLBACK_ONLY) else ["signed"]
    scene.expect("delivered to", [each["callbackName"] for each in sent], ["theirs", *both])
