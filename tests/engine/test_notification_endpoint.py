"""Slots of a `NotificationEndpoint` come, move and go without touching what works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.notification_endpoints import BLUE, GREEN, endpoint_program

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

BLUE_NAME = "orders-blue-d3b16bfe"
GREEN_NAME = "orders-green-a5c14df4"
MOVED = {"blue": "https://hooks.test/blue/2"}
MOVED_NAME = "orders-blue-fe9ae76d"
OF_A_SLOT = ["Callback", "CallbackVerification", "Key", "SelfTest", "Subscription", "Settled"]
OF_SENT = ("Subscription", "Settled")
TAKEN_AWAY = ["Settled", "Subscription", "SelfTest", "Key", "CallbackVerification", "Callback"]
CREATED = ["POST ens-callbacks 201", "POST ens-verify 200", "POST ens-subscriptions 201"]

UNREACHABLE = (
    "ens_provider.ProbeFailed: ENS could not verify the endpoint of callback "
    "'shop-dev-orders-blue-fda1907a'"
)
NOT_HANDED_OVER = (
    "ens_provider.NotYetAccepted: The endpoint of callback {id} at {receiver}/blue answered 503 to an "
    "empty delivery that was signed with the callback's key, and has to acknowledge it with 200 to "
    "204. It may not hold the key (yet): look at what hands it over, and into the receiver's log."
)


def deleted(name: str) -> list[str]:
    return [
        f"DELETE ens-subscriptions/shop-dev-{name}-sent 200",
        f"DELETE ens-callbacks/shop-dev-{name} 200",
    ]


def done(result: RunResult) -> list[tuple[str, str, str]]:
    """Return what changed, in order: operation, kind and name; the component is not among it."""
    return [
        (step.op, step.type.rpartition(":")[2], step.name)
        for step in result.steps
        if step.op != "same" and not step.type.endswith("NotificationEndpoint")
    ]


def of_slot(stack: Stack, name: str) -> dict[str, tuple[str, object]]:
    """Return id and outputs of a slot's resources by type, as the state holds them."""
    found = [each for each in stack.state(show_secrets=True) if name in each["urn"]]
    return {each["type"]: (each["id"], each["outputs"]) for each in found}


def test_slots_come_move_and_go(delivering: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A slot is added by creations and removed by deletions; one that moves comes before it goes."""
    delivering.program(endpoint_program(BLUE))
    first = delivering.up()
    assert (first.errors, done(first)) == (
        (),
        [("create", kind, BLUE_NAME + "-sent" * (kind in OF_SENT)) for kind in OF_A_SLOT],
    )
    assert calls.take() == ["POST token 200", *CREATED]
    blue = of_slot(delivering, BLUE_NAME)

    delivering.program(endpoint_program(BLUE | GREEN))
    added = delivering.up()
    assert [step[:2] for step in done(added)] == [("create", kind) for kind in OF_A_SLOT]
    assert calls.take() == ["POST token 200", *CREATED]
    assert of_slot(delivering, BLUE_NAME) == blue

    delivering.program(endpoint_program(MOVED | GREEN))
    moved = delivering.up()
    assert [step[:2] for step in done(moved)] == [
        *(("create", kind) for kind in OF_A_SLOT),
        *(("delete", kind) for kind in TAKEN_AWAY),
    ]
    assert calls.take() == ["POST token 200", *CREATED, *deleted(BLUE_NAME)]

    delivering.program(endpoint_program(MOVED | GREEN, more="retiring=['green'],"))
    assert done(delivering.up()) == [
        ("delete", "Settled", f"{GREEN_NAME}-sent"),
        ("delete", "Subscription", f"{GREEN_NAME}-sent"),
    ]
    delivering.program(endpoint_program(MOVED))
    calls.take()
    removed = delivering.up("--refresh")
    assert [step for step in done(removed) if step[0] == "delete"] == [
        ("delete", kind, GREEN_NAME)
        for kind in ("SelfTest", "Key", "CallbackVerification", "Callback")
    ]
    assert calls.take()[-1] == f"DELETE ens-callbacks/shop-dev-{GREEN_NAME} 200"
    delivering.program(endpoint_program(MOVED).replace('"sent": ', '"emails": '))
    assert done(delivering.up()) == [
        ("create", "Subscription", f"{MOVED_NAME}-emails"),
        ("create", "Settled", f"{MOVED_NAME}-emails"),
        ("delete", "Settled", f"{MOVED_NAME}-sent"),
        ("delete", "Subscription", f"{MOVED_NAME}-sent"),
    ]
    assert delivering.preview("--expect-no-changes").code == 0
    assert delivering.destroy().code == 0
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


@pytest.mark.parametrize(
    ("url", "more", "told"),
    [
        ("https://nowhere.test/blue", "probe_timeout_seconds=0,", UNREACHABLE),
        (MOVED["blue"], "self_test_timeout_seconds=0,", NOT_HANDED_OVER),
    ],
    ids=["unreachable", "key not handed over"],
)
def test_slot_that_cannot_move_stays(
    delivering: Stack, emulator: EmulatorProcess, url: str, more: str, told: str
) -> None:
    """A new URL that fails leaves the old callback with its subscription and its key in place."""
    delivering.program(endpoint_program(BLUE))
    delivering.up()
    before = emulator.state()
    # Nobody hands a key over for the new one.
    program = endpoint_program({"blue": url}, more=more).replace(
        "    return ReceiverKey(", "    return [] if '2' in slot.url else ReceiverKey("
    )
    delivering.program(program)

    result = delivering.up()

    after = emulator.state()
    new = [c for c in after["callbacks"] if c not in before["callbacks"]]
    receiver = delivering.cli.environment["RECEIVER_URL"]
    sentence = told.format(id=new[0]["callbackId"] if new else "", receiver=receiver)
    assert any(sentence in error for error in result.errors), result.errors
    assert [step for step in done(result) if step[0] == "delete"] == []
    assert [c for c in after["callbacks"] if c not in new] == before["callbacks"]
    assert after["subscriptions"] == before["subscriptions"]


def test_slots_rotate_one_after_the_other(delivering: Stack, calls: Calls) -> None:
    """A second slot gets its new key only once the first one is proven with its own."""
    versioned = "signature_key_version={version!r},"
    both = BLUE | GREEN
    delivering.program(endpoint_program(both, more=versioned.format(version="1")))
    delivering.up()
    calls.take()
    delivering.program(endpoint_program(both, more=versioned.format(version="2")))

    rotated = delivering.up()

    # What was replaced goes at the end, in no order.
    assert [step for step in done(rotated) if step[0] != "delete-replaced"] == [
        (op, kind, name)
        for name in (BLUE_NAME, GREEN_NAME)
        for op, kind in (
            ("update", "SignatureKey"),
            ("update", "Key"),
            ("create-replacement", "SelfTest"),
            ("replace", "SelfTest"),
        )
    ]
    assert calls.take() == ["POST token 200", *["PUT ens-regenerate 200"] * 2]
    keys = delivering.outputs(show_secrets=True)["signature_keys"]
    assert keys == {
        slot: callback["signatureKey"]
        for slot, name in (("blue", BLUE_NAME), ("green", GREEN_NAME))
        for callback in calls.emulator.state()["callbacks"]
        if callback["callbackName"] == f"shop-dev-{name}"
    }
    # Without the version, the keys of the creations would be handed over and prove well.
    delivering.program(endpoint_program(both))
    undone = delivering.preview()
    assert (undone.code, calls.take()) == (1, [])
    assert any("goes back to the key that the callback began with" in e for e in undone.errors)
