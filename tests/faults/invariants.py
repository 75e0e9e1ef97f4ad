"""What must hold after a schedule, whatever went wrong in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tests.faults.engine import Engine, Known
from tests.faults.receivers import TOKEN
from tests.faults.schedule import Declared, Program, Subscribed
from tests.faults.stage import CLIENT_SECRET, FOREIGN, Held


def violations_of(engine: Engine, program: Program, *, held: Held, foreign: Held) -> list[str]:
    """Return what does not hold of service and state, as sentences; nothing if all does.

    Args:
        engine: The stack.
        program: What it declares.
        held: What the service holds now.
        foreign: What somebody else had there from the beginning.
    """
    known = engine.known()
    return [
        *untouched(held, foreign),
        *_objects(program, held.ours()),
        *_state(program, held.ours(), known),
    ]


def untouched(held: Held, foreign: Held) -> list[str]:
    """Return what was done to somebody else's objects."""
    return (
        []
        if held.foreign() == foreign.foreign()
        else [f"somebody else's objects were {foreign.foreign()} and are {held.foreign()}"]
    )


def leaks(text: str, held: list[Held]) -> list[str]:
    """Return the secrets that a text holds, by kind, in plain or as base64 of it.

    Args:
        text: What a person could read.
        held: What the service held at several moments: its keys are the secrets.
    """
    return [
        f"{kind} stands in the open"
        for kind, secret in sorted(set(_secrets(held)))
        if secret in text or base64.b64encode(secret.encode()).decode().rstrip("=") in text
    ]


def _secrets(held: list[Held]) -> Iterator[tuple[str, str]]:
    yield "the client secret", CLIENT_SECRET
    yield "the receiver's token", TOKEN
    for moment in held:
        for callback in moment.callbacks:
            yield "a signature key", callback["signatureKey"]
            yield "a verification key", callback["verificationKey"]


def _objects(program: Program, held: Held) -> Iterator[str]:
    declared = {one.name: one for one in program}
    names = sorted(callback["callbackName"] for callback in held.callbacks)
    if names != sorted(declared):
        yield f"the service holds the callbacks {names}, declared are {sorted(declared)}"
    for callback in held.callbacks:
        one = declared.get(callback["callbackName"])
        if one is not None:
            hanging = [s for s in held.subscriptions if s["callbackId"] == callback["callbackId"]]
            yield from _callback(one, callback)
            yield from _subscriptions(one, hanging)


def _callback(one: Declared, callback: dict[str, Any]) -> Iterator[str]:
    is_ = (callback["url"], callback["maxBatchSize"])
    if is_ != (one.url, one.batch):
        yield f"{one.name} has {is_}, declared is {(one.url, one.batch)}"
    if one.verification != "none" and not callback["verified"]:
        yield f"{one.name} is not verified"


def _subscriptions(one: Declared, hanging: list[dict[str, Any]]) -> Iterator[str]:
    is_ = sorted(_as_held(each) for each in hanging if not _is_foreign(each))
    wanted = sorted(_as_declared(each) for each in one.subscriptions)
    if is_ != wanted:
        yield f"{one.name} has the subscriptions {is_}, declared are {wanted}"


def _is_foreign(subscription: dict[str, Any]) -> bool:
    return bool(subscription["subscriptionName"].startswith(FOREIGN))


def _as_held(subscription: dict[str, Any]) -> tuple[str, list[str], list[str], str]:
    return (
        subscription["subscriptionName"],
        sorted(subscription["eventCategoryTypes"]),
        sorted(subscription["filters"]),
        subscription["status"],
    )


def _as_declared(one: Subscribed) -> tuple[str, list[str], list[str], str]:
    return one.name, sorted(one.events), sorted(one.filters), "paused" if one.paused else "active"


def _state(program: Program, held: Held, known: list[Known]) -> Iterator[str]:
    callbacks = {callback["callbackId"]: callback for callback in held.callbacks}
    for entry in known:
        id_ = entry.id if entry.kind == "Callback" else entry.outputs["callback_id"]
        if id_ not in callbacks:
            yield f"{entry.kind} {entry.resource} of the state is of callback {id_}, which is not there"
    for one in program:
        yield from _keys(one, callbacks, known)
    ids = sorted(s["subscriptionId"] for s in held.subscriptions if not _is_foreign(s))
    stated = sorted(entry.id for entry in known if entry.kind == "Subscription")
    if ids != stated:
        yield f"the state has the subscriptions {stated}, the service {ids}"


def _keys(one: Declared, callbacks: dict[str, dict[str, Any]], known: list[Known]) -> Iterator[str]:
    of_resource = {entry.kind: entry for entry in known if entry.resource == one.resource}
    callback = of_resource.get("Callback")
    if callback is None or callback.id not in callbacks:
        yield f"the state has no callback {one.resource}"
        return
    key = of_resource.get("SignatureKey")
    stated = key.outputs["key"] if key else callback.outputs["signature_key"]
    if stated != callbacks[callback.id]["signatureKey"]:
        yield f"the state has another signature key of {one.name} than the service"
