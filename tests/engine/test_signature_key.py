"""Signature keys are made, rotated and remembered, and a preview names exactly what that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.held_calls import start_held
from tests.engine.programs import (
    CALLBACK,
    FROM_RECEIVER,
    KEY,
    NAME,
    THING,
    URL,
    Code,
    arguments,
    handshake,
    orders,
)
from tests.engine.readings import outputs_by_type, sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

REGENERATE = "PUT /platform/v1/ens-regenerate"
ROTATED = ["POST token 200", "PUT ens-regenerate 200"]
EVENT = {
    "eventCategoryType": "TransactionalSendEvents.EmailSent",
    "definitionKey": "welcome",
}
READERS = """
from thing import Thing
Thing("reader", key=key.key)
Thing("naive", key=orders.signature_key)
"""


def declared(**inputs: object) -> str:
    """Return the program of a callback and its key; the key takes the callback unless told."""
    given = {"callback_id": Code("orders")} | inputs
    return f"""{orders()}
key = ens.SignatureKey({arguments("orders", given)})
pulumi.export("key", key.key)
pulumi.export("previous_keys", key.previous_keys)
pulumi.export("fingerprint", key.fingerprint)
"""


def key_of(emulator: EmulatorProcess) -> str:
    [callback] = emulator.state()["callbacks"]
    return str(callback["signatureKey"])


def keys(stack: Stack) -> tuple[str, list[str]]:
    """Return the key and the previous keys that a stack holds, newest first."""
    outputs = outputs_by_type(stack)[KEY]
    return outputs["key"], outputs["previous_keys"]


def changed(result: RunResult) -> list[tuple[str, tuple[str, ...]]]:
    """Check that a run came through; return the names of what it updates, and what of it."""
    assert result.code == 0
    return [(step.name, step.diffs) for step in result.steps if step.op == "update"]


def statuses(emulator: EmulatorProcess) -> list[int]:
    """Let an event happen; return how its deliveries were answered."""
    return [each["status"] for each in emulator.send_events([EVENT])["deliveries"]]


def test_rotation_names_what_takes_the_key(
    keyed: Stack, emulator: EmulatorProcess, calls: Calls, receiver: ReceiverProcess
) -> None:
    """A new version is one call, shown as the key and its reader; both keys serve the receiver."""
    keyed.file("thing.py", THING)
    keyed.program(handshake() + READERS)
    assert keyed.up().operations == {"create": 6}
    outputs = keyed.outputs(show_secrets=True)
    first, callback_id = outputs["signature_key"], outputs["callback_id"]
    receiver.put_keys(callback_id, [first])
    assert statuses(emulator) == [200]
    calls.take()

    keyed.program(handshake(key={"version": "2"}) + READERS)
    previewed = keyed.preview()
    rotated = keyed.up()

    expected = [("orders", ("version",)), ("reader", ("key",))]
    assert (changed(previewed), changed(rotated)) == (expected, expected)
    assert calls.take() == ROTATED
    outputs = keyed.outputs(show_secrets=True)
    assert outputs["signature_key"] == key_of(emulator) != first
    assert outputs["previous_keys"] == [first]
    assert len(outputs["fingerprint"]) == 16
    assert statuses(emulator) == [503]
    receiver.put_keys(callback_id, [outputs["signature_key"], *outputs["previous_keys"]])
    assert statuses(emulator) == [200]


def test_batch_size_is_no_matter_of_the_key(keyed: Stack, calls: Calls) -> None:
    """A change of the callback shows beside what takes its own key, and not at SignatureKey."""
    keyed.file("thing.py", THING)
    keyed.program(handshake() + READERS)
    keyed.up()
    calls.take()

    keyed.program(handshake(callback={"max_batch_size": 500}) + READERS)
    previewed = keyed.preview()

    assert changed(previewed) == [("orders", ("max_batch_size",)), ("naive", ("key",))]
    assert changed(keyed.up()) == [("orders", ("max_batch_size",))]
    assert calls.take() == ["POST token 200", "PUT ens-callbacks 200"]


def test_previous_keys_are_kept_and_forgotten(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """So many keys as told are remembered, newest first; forgetting them calls nothing."""
    shop.program(declared())
    assert shop.up().operations == {"create": 2}
    created, (first, _) = outputs_by_type(shop)[CALLBACK]["signature_key"], keys(shop)
    # What the callback was created with is what its receivers may hold.
    assert keys(shop) == (key_of(emulator), [created])
    calls.take()

    shop.program(declared(version="2"))
    shop.up()
    second = key_of(emulator)
    assert keys(shop) == (second, [first, created])
    shop.program(declared(version="3"))
    shop.up()
    third = key_of(emulator)
    assert keys(shop) == (third, [second, first])
    assert calls.take() == ROTATED * 2
    shop.program(declared(version="3", keep_previous=1))
    assert shop.up().operations == {"update": 1}
    assert keys(shop) == (third, [second])
    shop.program(declared(version="4", keep_previous=0))
    shop.up()
    assert keys(shop) == (key_of(emulator), [])
    assert calls.take() == ROTATED
    shop.program(orders())
    assert shop.up().operations == {"delete": 1}
    assert calls.take() == []


def test_replaced_by_flag(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """`--replace` of the key makes another one and touches nothing else."""
    shop.program(declared())
    shop.up()
    calls.take()

    replaced = shop.up("--replace", f"{shop.urn_prefix}{KEY}::orders")

    assert (replaced.code, replaced.operations) == (0, {"replace": 1})
    assert calls.take() == ROTATED
    created = outputs_by_type(shop)[CALLBACK]["signature_key"]
    assert keys(shop) == (key_of(emulator), [created])


def test_key_of_a_callback_that_is_taken_over(
    shop: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """The first key of a taken-over callback leaves its receivers the one they hold."""
    live = outside.create_live_callback()
    shop.with_environment(KNOWN_KEY=live["signatureKey"])
    program = declared().replace("url=", "known_signature_key=os.environ['KNOWN_KEY'], url=")
    shop.program(f"import os\n{program}")

    assert shop.up().operations == {"create": 2}

    assert keys(shop) == (key_of(emulator), [live["signatureKey"]])
    assert [c["callbackId"] for c in emulator.state()["callbacks"]] == [live["callbackId"]]


@pytest.mark.parametrize("do", ["drop", "truncate"])
def test_answer_is_lost(shop: Stack, emulator: EmulatorProcess, calls: Calls, do: str) -> None:
    """A new key whose answer is lost is made once more in the same run; the stack knows the last."""
    shop.program(declared())
    shop.up()
    first, _ = keys(shop)
    calls.take()
    emulator.add_fault(route=REGENERATE, when="after", do=do)
    shop.program(declared(version="2"))

    rotated = shop.up()

    assert (rotated.code, rotated.operations) == (0, {"update": 1})
    assert calls.take() == [
        "POST token 200",
        "PUT ens-regenerate -",
        "PUT ens-regenerate 200",
    ]
    assert keys(shop)[0] == key_of(emulator)
    assert keys(shop)[1][0] == first


@pytest.mark.parametrize(
    ("version", "killed"),
    [
        pytest.param(None, "plugin", id="first key"),
        pytest.param("2", "cli", id="rotation"),
    ],
)
def test_killed_after_the_key_changed(
    shop: Stack, emulator: EmulatorProcess, *, killed: str, version: str | None
) -> None:
    """The next `up` makes another key, which is the stack's; what receivers hold is still known."""
    shop.program(declared() if version else orders())
    shop.up()
    held = outputs_by_type(shop)
    receivers = held[KEY]["key"] if version else held[CALLBACK]["signature_key"]
    shop.program(declared(**({"version": version} if version else {})))
    running = start_held(shop, emulator, route=REGENERATE, when="after")
    unknown = key_of(emulator)

    if killed == "cli":
        running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    assert running.wait().code != 0
    shop.cancel()
    again = shop.up("--refresh")

    assert again.code == 0
    assert keys(shop)[0] == key_of(emulator) != unknown
    assert keys(shop)[1][0] == receivers
    assert shop.preview("--expect-no-changes").code == 0


def test_declared_twice(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A second key of one callback would make the first void: it is refused, the first one holds."""
    # The second waits for the first, so that it is the one that is refused.
    second = "ens.SignatureKey('second', callback_id=orders, opts=after)"
    after = "after = pulumi.ResourceOptions(depends_on=[key])"
    shop.program(f"{declared()}{after}\n{second}\n")

    result = shop.up()

    assert (result.code, result.operations) == (1, {"create": 2})
    assert sentence(result) == (
        "ens_provider.AlreadyPresent: The signature key of callback {id} is declared twice: another "
        "resource of this program has just made one, which a second would make void. Nothing was "
        "changed. Remove one of the two."
    )
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201", "PUT ens-regenerate 200"]
    assert keys(shop)[0] == key_of(emulator)


def test_unverified_callback_where_it_gets_no_key(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Where an unverified callback gets no key the stack waits, and says what to depend on."""
    emulator.set_switches(regenerate_unverified="400")
    shop.program(declared())
    run = shop.start_up()
    run.command.wait_for_text("attempt 1 failed")
    [callback] = emulator.state()["callbacks"]
    outside.verify(callback["callbackId"])

    created = run.wait()

    assert (created.code, created.operations) == (0, {"create": 2})
    told = [d.message for d in created.diagnostics if d.ephemeral]
    assert (
        told[0]
        .replace(callback["callbackId"], "{id}")
        .endswith(
            f"ENS gives no new signature key to callback '{NAME}' (id {{id}}, {URL}) (Callback {{id}} "
            "is not verified.), which is not verified (status 'unverified'). Give SignatureKey the "
            "CallbackVerification as its callback_id, so that it waits for it."
        )
    )
    assert calls.take()[2:4] == ["PUT ens-regenerate 400", f"GET ens-callbacks/{NAME} 200"]


def test_callback_deleted_outside(
    keyed: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A key whose callback is gone cannot be rotated: told, and all of it is made again."""
    keyed.program(handshake())
    keyed.up()
    state = emulator.state()
    outside.delete_subscription(state["subscriptions"][0]["subscriptionId"])
    outside.delete_callback(state["callbacks"][0]["callbackId"])
    emulator.move_clock(121)
    calls.take()
    keyed.program(handshake(key={"version": "2"}, verification=FROM_RECEIVER))

    refused = keyed.up()

    assert sentence(refused) == (
        "ens_provider.DeletedOutside: Callback {id} does not exist in business unit 1234567, so "
        "that it has no signature key: it was deleted outside of this program, or belongs to "
        "another business unit. Run `pulumi up --refresh` to create it again."
    )
    # Whether another stack took its place is looked up.
    looked = ["POST token 200", "PUT ens-regenerate 404", "GET ens-callbacks 200"]
    assert calls.take() == looked
    repaired = keyed.up("--refresh")
    assert repaired.code == 0
    created: list[Any] = [step.name for step in repaired.steps if step.op == "create"]
    assert len(created) == 4
    assert keyed.outputs(show_secrets=True)["signature_key"] == key_of(emulator)


def test_a_take_over_with_a_new_key_makes_the_declared_one_anew(
    keyed: Stack, emulator: EmulatorProcess
) -> None:
    """The callback alone is renamed in the program and rotates: its `SignatureKey` follows."""
    program = handshake(callback={"callback_name": NAME, "on_existing": "rotate"})
    keyed.program(program)
    keyed.up()
    before = keyed.outputs(show_secrets=True)["signature_key"]
    keyed.program(program.replace("ens.Callback('orders'", "ens.Callback('renamed'"))

    result = keyed.up()

    assert (result.code, result.operations) == (0, {"create": 1, "update": 1, "delete": 1})
    [callback] = emulator.state()["callbacks"]
    outputs = keyed.outputs(show_secrets=True)
    assert outputs["signature_key"] == callback["signatureKey"]
    assert outputs["previous_keys"] == [before]
    assert keyed.preview("--expect-no-changes").code == 0
