"""A callback, its verification, its key and its subscription: one `up`, and one `destroy`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.programs import (
    CALLBACK,
    CREDENTIALS,
    FROM_RECEIVER,
    HOOKS_URL,
    KEY,
    NAME,
    SENT,
    SUBSCRIPTION,
    URL,
    VERIFICATION,
    handshake,
    orders,
)
from tests.engine.readings import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

HANDSHAKE = [
    "POST token 200",
    "POST ens-callbacks 201",
    "POST ens-verify 200",
    "PUT ens-regenerate 200",
    "POST ens-subscriptions 201",
]
TAKEN_DOWN = [
    "POST token 200",
    f"DELETE ens-subscriptions/{SENT} 200",
    f"DELETE ens-callbacks/{NAME} 200",
]
WAYS = (
    "A callback has to be verified within 4 hours of its creation, and there are three ways: the "
    "receiver verifies itself when it is probed, verification_key_url (and verification_key_token) "
    "says where the receiver hands out the key that the probe brought, or verification_key is that "
    "key."
)
NOT_VERIFIED = (
    f"ens_provider.NotYetVerified: Callback '{NAME}' (id {{id}}, {URL}) is not verified yet "
    "(status 'unverified')."
)
LOOKED = ["POST token 200", f"GET ens-callbacks/{NAME} 200"]
FAILED_ONCE = "attempt 1 failed, the next follows in 2 s, for at most 300 s more"


@contextmanager
def stopped(receiver: ReceiverProcess) -> Iterator[None]:
    """Stop the receiver, and start it again at the end of the block."""
    receiver.stop()
    try:
        yield
    finally:
        receiver.start()


def verification(stack: Stack) -> dict[str, Any]:
    """Return the outputs of the verification in the state, secrets in clear."""
    [found] = [each for each in stack.state(show_secrets=True) if each["type"] == VERIFICATION]
    outputs: dict[str, Any] = found["outputs"]
    return outputs


def test_from_nothing_and_back(keyed: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """One `up` does it all in order, the next one calls nothing, `destroy` takes it down."""
    keyed.program(handshake())

    created = keyed.up()

    assert (created.code, created.operations) == (0, {"create": 4})
    assert [(step.op, step.type) for step in created.steps] == [
        ("create", CALLBACK),
        ("create", VERIFICATION),
        ("create", KEY),
        ("create", SUBSCRIPTION),
    ]
    # The token, the creation, its probe, and what follows.
    kinds = [call["kind"] for call in emulator.calls()]
    assert kinds == ["request", "request", "probe", "request", "request", "request"]
    assert calls.take() == HANDSHAKE
    [callback] = emulator.state()["callbacks"]
    [subscription] = emulator.state()["subscriptions"]
    assert (callback["url"], callback["status"]) == (HOOKS_URL, "verified")
    assert (subscription["subscriptionName"], subscription["status"]) == (SENT, "active")
    outputs = keyed.outputs(show_secrets=True)
    assert outputs["callback_id"] == subscription["callbackId"] == callback["callbackId"]
    assert outputs["signature_key"] == callback["signatureKey"]
    again = keyed.up()
    assert (again.code, again.operations) == (0, {})
    destroyed = keyed.destroy()
    assert (destroyed.code, destroyed.operations) == (0, {"delete": 4})
    assert [step.type for step in destroyed.steps] == [SUBSCRIPTION, KEY, VERIFICATION, CALLBACK]
    assert calls.take() == TAKEN_DOWN
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_previews_call_nothing(keyed: Stack, calls: Calls, silent_endpoint: Endpoint) -> None:
    """First and later previews need neither service nor receiver nor credentials."""
    keyed.program(handshake())
    assert keyed.preview().operations == {"create": 4}
    keyed.up()
    calls.take()
    nowhere = f"http://{silent_endpoint.address}"

    keyed.with_environment(
        SFMC_AUTH_URL=nowhere, SFMC_REST_URL=nowhere, VERIFICATION_KEY_URL=f"{nowhere}/"
    )
    assert keyed.preview("--expect-no-changes").code == 0
    keyed.with_environment(*CREDENTIALS)
    keyed.program(
        handshake(
            callback={"max_batch_size": 500},
            verification={},
            key={"version": "2"},
            subscription={"paused": True},
        )
    )
    edited = keyed.preview()

    assert (edited.code, edited.operations) == (0, {"update": 3})
    assert [step.type for step in edited.steps if step.op == "update"] == [
        CALLBACK,
        KEY,
        SUBSCRIPTION,
    ]
    assert (edited.errors, calls.take()) == ((), [])


def test_key_given_by_hand(shop: Stack, endpoint: Endpoint, calls: Calls) -> None:
    """A key that is at hand is sent at once, with no look before or after."""
    shop.program(orders())
    shop.up()
    calls.take()
    shop.with_environment(VERIFICATION_KEY=endpoint.probes[0]["verificationKey"])
    by_hand = {"verification_key": FROM_RECEIVER["verification_key_url"]}
    program = handshake(callback={"url": URL}, verification=by_hand)
    shop.program(program.replace("VERIFICATION_KEY_URL", "VERIFICATION_KEY"))

    verified = shop.up()

    assert (verified.code, verified.operations) == (0, {"create": 3})
    assert calls.take() == ["POST token 200", *HANDSHAKE[2:]]
    assert verification(shop)["status"] == "verified"
    shop.program(handshake(callback={"url": URL}, verification={}))
    assert shop.preview("--expect-no-changes").code == 0


def test_receiver_verifies_itself_in_the_probe(
    shop: Stack, endpoint: Endpoint, outside: Outside, calls: Calls
) -> None:
    """Verified from inside the probe, the callback is found so by one look."""
    endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)
    shop.program(handshake(callback={"url": URL}, verification={}))

    created = shop.up()

    assert (created.code, created.operations) == (0, {"create": 4})
    assert calls.take() == [
        "POST token 200",
        "POST ens-callbacks 201",
        "POST token 200",
        "POST ens-verify 200",
        f"GET ens-callbacks/{NAME} 200",
        *HANDSHAKE[3:],
    ]
    assert shop.up().operations == {}


def test_person_verifies_while_the_stack_waits(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Without a key the stack looks again and again until somebody has verified the callback."""
    shop.program(handshake(callback={"url": URL}, verification={}))
    run = shop.start_up()
    run.command.wait_for_text(FAILED_ONCE)

    [callback] = emulator.state()["callbacks"]
    outside.verify(callback["callbackId"])
    created = run.wait()

    assert (created.code, created.operations, created.errors) == (0, {"create": 4}, ())
    look = f"GET ens-callbacks/{NAME} 200"
    assert calls.take() == [
        *HANDSHAKE[:2],
        look,
        "POST token 200",
        "POST ens-verify 200",
        look,
        *HANDSHAKE[3:],
    ]
    assert verification(shop)["unverified_status"] == "unverified"


def test_receiver_comes_up_late(keyed: Stack, receiver: ReceiverProcess, calls: Calls) -> None:
    """A receiver that is started after `pulumi up` is waited for, and all comes about."""
    keyed.program(handshake())
    with stopped(receiver):
        run = keyed.start_up()
        run.command.wait_for_text(FAILED_ONCE)

    created = run.wait()

    assert (created.code, created.operations, created.errors) == (0, {"create": 4}, ())
    assert calls.take()[-4:] == HANDSHAKE[1:]


def test_receiver_hands_the_key_out_late(
    keyed: Stack, endpoint: Endpoint, receiver: ReceiverProcess, calls: Calls
) -> None:
    """A receiver that does not hold the key yet is asked again, and is the only one asked."""
    keyed.program(handshake(callback={"url": URL}))
    run = keyed.start_up()
    run.command.wait_for_text(FAILED_ONCE)

    status, _ = receiver.request("POST", "/orders", body=endpoint.received[0].body)
    created = run.wait()

    assert (status, created.code, created.operations) == (200, 0, {"create": 4})
    assert calls.take() == [
        *HANDSHAKE[:2],
        f"GET ens-callbacks/{NAME} 200",
        *HANDSHAKE[2:],
    ]


def test_sentence_of_each_way_that_does_not_lead_there(
    keyed: Stack, receiver: ReceiverProcess, calls: Calls, silent_endpoint: Endpoint
) -> None:
    """Without a budget one attempt is made, and its sentence names what is wrong and all ways."""
    at = f"asked for the verification key of callback {{id}} at {receiver.local_url}"
    place = f"{at}/verification-keys/{{id}}"
    told = {
        "nobody": f"{NOT_VERIFIED} {WAYS}",
        "no key": f"{NOT_VERIFIED} The receiver answered 404 when {place}: it does not hold that "
        f"key (yet). {WAYS}",
        "refused": f"ens_provider.AuthenticationError: The receiver answered 401 when {place}: "
        "correct verification_key_token.",
    }
    ways: dict[str, dict[str, object]] = {
        "nobody": {},
        "no key": dict(FROM_RECEIVER),
        "refused": FROM_RECEIVER | {"verification_key_token": "guessed"},
        "unreachable": {"verification_key_url": f"https://{silent_endpoint.address}/"},
    }
    keyed.program(orders())
    keyed.up()
    calls.take()
    said = {}
    for name, inputs in ways.items():
        program = handshake(callback={"url": URL}, verification={"timeout_seconds": 0, **inputs})
        keyed.program(program)
        said[name] = sentence(keyed.up())
        assert calls.take() == ([] if name == "refused" else LOOKED)

    assert said.pop("unreachable").startswith(f"{NOT_VERIFIED} ")
    assert said == told


def test_small_budget_is_spent(shop: Stack, calls: Calls) -> None:
    """When the budget is spent nothing is lost: the callback stays, and the next `up` goes on."""
    shop.program(handshake(callback={"url": URL}, verification={"timeout_seconds": 1}))

    failed = shop.up()

    assert (failed.code, failed.operations) == (1, {"create": 1})
    assert sentence(failed) == f"{NOT_VERIFIED} {WAYS}"
    look = f"GET ens-callbacks/{NAME} 200"
    assert calls.take() == [*HANDSHAKE[:2], look, look]
    told = [d for d in failed.diagnostics if d.urn.endswith("Verification::orders")]
    assert [(d.severity, d.ephemeral) for d in told] == [
        ("info", True),
        ("warning", False),
        ("error", False),
    ]


def test_several_callbacks_at_once(keyed: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Three handshakes side by side cost one token and four calls each."""
    program = handshake().partition("pulumi.export")[0]
    imports, separator, declared = program.partition("orders = ")
    body = (separator + declared).replace("\n", "\n    ")
    for resource in ("orders", "sent"):
        body = body.replace(f"'{resource}'", f"f'{resource}-{{number}}'")
    body = body.replace(f"'{HOOKS_URL}'", "f'https://hooks.test/{number}'")
    keyed.program(f"{imports}for number in range(3):\n    {body}")

    created = keyed.up()

    assert (created.code, created.operations) == (0, {"create": 12})
    assert sorted(calls.take()) == sorted([HANDSHAKE[0], *HANDSHAKE[1:] * 3])
    state = emulator.state()
    assert [callback["status"] for callback in state["callbacks"]] == ["verified"] * 3
    assert keyed.destroy().operations == {"delete": 12}
    gone = calls.take()
    assert len(gone) == 7
    for number in range(3):
        subscription = gone.index(f"DELETE ens-subscriptions/{SENT}-{number} 200")
        assert subscription < gone.index(f"DELETE ens-callbacks/{NAME}-{number} 200")


CHILDREN_FIRST = [
    ("delete-replaced", SUBSCRIPTION),
    ("delete-replaced", KEY),
    ("delete-replaced", VERIFICATION),
    ("delete-replaced", CALLBACK),
    ("create-replacement", CALLBACK),
    ("create-replacement", VERIFICATION),
    ("create-replacement", KEY),
    ("create-replacement", SUBSCRIPTION),
]


def test_replaced_by_another_url_and_by_flag(
    keyed: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """The subscription goes first and the callback last; back they come the other way round."""
    keyed.program(handshake())
    keyed.up()
    calls.take()

    keyed.program(handshake(callback={"url": "https://hooks.test/moved"}))
    previewed = keyed.preview()
    by_url = keyed.up()

    assert calls.take() == [*TAKEN_DOWN, *HANDSHAKE[1:]]
    by_flag = keyed.up("--replace", f"{keyed.urn_prefix}{CALLBACK}::orders")
    assert calls.take() == [*TAKEN_DOWN, *HANDSHAKE[1:]]
    for run in (previewed, by_url, by_flag):
        assert (run.code, run.operations) == (0, {"replace": 4})
        parts = [(step.op, step.type) for step in run.steps if step.op != "replace"]
        assert parts == CHILDREN_FIRST
    [callback] = emulator.state()["callbacks"]
    outputs = keyed.outputs(show_secrets=True)
    assert callback["url"] == "https://hooks.test/moved"
    assert (outputs["signature_key"], outputs["previous_keys"]) == (callback["signatureKey"], [])
    assert keyed.preview("--expect-no-changes").code == 0


SWITCHES: dict[str, dict[str, str]] = {
    "another word": {
        "unverified_status": "created",
        "blank_filters": "absent",
        "ok_without_content": "empty",
        "name_case": "insensitive",
    },
    "no word": {
        "unverified_status": "",
        "blank_filters": "blank_item",
        "empty_list": "404",
        "put_unknown_subscription": "400",
        "url_echo": "normalised",
    },
    "strict": {
        "regenerate_unverified": "400",
        "unchanged_status": "rejected",
        "subscription_name_scope": "business_unit",
        "after_deadline": "deleted",
    },
    "slow": {
        "propagation_seconds": "120",
        "subscribe_unverified": "accepted",
        "unchanged_put": "200",
    },
}


@pytest.mark.parametrize("switches", SWITCHES.values(), ids=list(SWITCHES))
def test_life_under_other_answers(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, switches: dict[str, str]
) -> None:
    """Whatever the service does where nobody knows: waited, made, lost, found, changed, gone."""
    emulator.set_switches(**switches)
    here = {"url": URL}
    shop.program(handshake(callback=here, verification={"timeout_seconds": 0}))
    waiting = shop.up()
    told = NOT_VERIFIED.replace("unverified", switches.get("unverified_status", "unverified"))
    if "propagation_seconds" in switches:
        # What reads do not show yet is waited for as well.
        told = "ens_provider.NotYetVerified: ENS does not show callback {id} in business unit"
    assert sentence(waiting).startswith(told)
    [callback] = emulator.state()["callbacks"]
    outside.verify(callback["callbackId"])
    emulator.move_clock(121)

    assert shop.up().operations == {"create": 3}
    emulator.move_clock(121)
    outside.delete_subscription(emulator.state()["subscriptions"][0]["subscriptionId"])
    emulator.move_clock(121)
    edited = {"filters": {"definitionKey": "welcome"}, "paused": True}
    shop.program(
        handshake(callback=here, verification={}, key={"version": "2"}, subscription=edited)
    )
    assert sentence(shop.up()) == (
        f"ens_provider.DeletedOutside: The subscription '{SENT}' ({{id}}) was deleted outside of "
        "this program and cannot be updated: run `pulumi up --refresh` to create it again."
    )
    found = shop.up("--refresh")
    steps = [(s.op, s.type) for s in found.steps if s.op not in ("same", "refresh")]
    assert (found.code, steps) == (0, [("create", SUBSCRIPTION)])
    shop.program(handshake(callback=here, verification={}, key={"version": "2"}))
    assert shop.up().operations == {"update": 1}

    [callback] = emulator.state()["callbacks"]
    [subscription] = emulator.state()["subscriptions"]
    assert shop.outputs(show_secrets=True)["signature_key"] == callback["signatureKey"]
    assert (subscription["filters"], subscription["status"]) == ([], "active")
    assert shop.destroy().operations == {"delete": 4}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}
