"""No secret of a handshake in anything printed, in the event log or in the exported state."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CALLBACK, KEY, URL, Code, handshake, orders
from tests.engine.readings import outputs_by_type
from tests.engine.watch import CLIENT_SECRET, TOKEN, Watch, keys_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import Stack
    from tools.endpoint import Endpoint
    from tools.receiver_process import ReceiverProcess

pytestmark = pytest.mark.engine

WRONG_KEY = base64.b64encode(b"a verification key of something else").decode()
WRONG_TOKEN = "a-token-that-nobody-may-see"
DEBUGGING = {"ENS_PROVIDER_DEBUG": "1"}


def by_hand(name: str) -> dict[str, object]:
    """Return the inputs of a verification whose key is a secret of the stack."""
    key = Code(f"pulumi.Config().require({name!r})")
    return {"verification_key": key, "timeout_seconds": 0}


@pytest.fixture
def trusting(guarded: Stack, receiver: ReceiverProcess) -> Stack:
    """Give the guarded stack, whose programs fetch verification keys from the receiver."""
    guarded.with_environment(
        REQUESTS_CA_BUNDLE=receiver.ca_file,
        VERIFICATION_KEY_URL=receiver.verification_key_url,
        RECEIVER_TOKEN=receiver.token,
    )
    return guarded


def test_life_with_a_receiver(
    trusting: Stack, emulator: EmulatorProcess, receiver: ReceiverProcess, watch: Watch
) -> None:
    """Made, previewed, rotated, refreshed, replaced and destroyed without a word too much."""
    trusting.with_environment(**DEBUGGING)
    trusting.program(handshake())
    assert watch.ran(trusting.preview("--json")).code == 0
    assert watch.ran(trusting.up("--diff", "--debug")).operations == {"create": 4}
    made = keys_of(emulator)
    # That of the creation, which the rotation to the first declared key made void.
    made.append(outputs_by_type(trusting)[CALLBACK]["signature_key"])
    for version in ("2", "3"):
        trusting.program(
            handshake(key={"version": version}, subscription={"paused": version == "2"})
        )
        assert watch.ran(trusting.preview("--diff")).operations == {"update": 2}
        assert watch.ran(trusting.up("--diff", "--debug")).operations == {"update": 2}
        made += keys_of(emulator)
    assert watch.ran(trusting.preview("--json", "--diff")).code == 0
    assert trusting.outputs()["previous_keys"] == "[secret]"
    assert trusting.outputs(show_secrets=True)["previous_keys"] == [made[3], made[0]]
    emulator.move_clock(121)
    assert watch.ran(trusting.refresh("--diff", "--debug")).code == 0
    flag = f"{trusting.urn_prefix}{KEY}::orders"
    assert watch.ran(trusting.up("--diff", "--debug", "--replace", flag)).code == 0
    secrets = [receiver.token, CLIENT_SECRET, TOKEN, *made, *keys_of(emulator)]

    watch.assert_none_of(secrets)
    assert watch.ran(trusting.destroy("--diff", "--debug")).code == 0
    watch.assert_none_of(secrets)


def test_key_by_hand_and_what_is_refused(
    trusting: Stack,
    emulator: EmulatorProcess,
    endpoint: Endpoint,
    receiver: ReceiverProcess,
    watch: Watch,
) -> None:
    """Wrong keys and tokens, malformed ones and lost answers are told without showing them."""
    trusting.program(orders())
    watch.ran(trusting.up())
    key = endpoint.probes[0]["verificationKey"]
    for name, value in (("wrong", WRONG_KEY), ("malformed", WRONG_KEY[:-1]), ("key", key)):
        trusting.config(name, value, secret=True)
    trusting.with_environment(**DEBUGGING)
    for name in ("malformed", "wrong"):
        trusting.program(handshake(callback={"url": URL}, verification=by_hand(name)))
        assert watch.ran(trusting.up("--diff", "--debug")).code == 1
    trusting.with_environment(RECEIVER_TOKEN=WRONG_TOKEN)
    trusting.program(handshake(callback={"url": URL}))
    assert watch.ran(trusting.up("--diff", "--debug")).code == 1
    emulator.add_fault(
        route="POST /platform/v1/ens-verify",
        do="status",
        status=403,
        body=f"no {key} {CLIENT_SECRET}",
    )
    trusting.program(handshake(callback={"url": URL}, verification=by_hand("key")))
    refused = watch.ran(trusting.up("--diff", "--debug"))
    assert (refused.code, "PermissionDeniedError" in refused.text) == (1, True)
    assert watch.ran(trusting.up("--diff", "--debug")).operations == {"create": 3}

    watch.assert_none_of(
        [
            *(WRONG_KEY, WRONG_KEY[:-1], WRONG_TOKEN, receiver.token, CLIENT_SECRET, TOKEN),
            *keys_of(emulator),
        ]
    )
