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


def test_life_with_a_receiver(
    keyed: Stack, emulator: EmulatorProcess, receiver: ReceiverProcess, watch: Watch
) -> None:
    """Made, previewed, rotated, refreshed, replaced and destroyed without a word too much."""
    keyed.with_environment(**DEBUGGING)
    keyed.program(handshake())
    assert watch.ran(keyed.up("--diff", "--debug")).operations == {"create": 4}
    made = keys_of(emulator)
    # That of the creation, which the rotation to the first declared key made void.
    made.append(outputs_by_type(keyed)[CALLBACK]["signature_key"])
    keyed.program(handshake(key={"version": "2"}, subscription={"paused": True}))
    assert watch.ran(keyed.preview("--json")).operations == {"update": 2}
    assert watch.ran(keyed.preview("--diff")).operations == {"update": 2}
    for version in ("2", "3"):
        keyed.program(handshake(key={"version": version}, subscription={"paused": version == "2"}))
        assert watch.ran(keyed.up("--diff", "--debug")).operations == {"update": 2}
        made += keys_of(emulator)
    assert keyed.outputs()["previous_keys"] == "[secret]"
    assert keyed.outputs(show_secrets=True)["previous_keys"] == [made[3], made[0]]
    emulator.move_clock(121)
    assert watch.ran(keyed.refresh("--diff", "--debug")).code == 0
    flag = f"{keyed.urn_prefix}{KEY}::orders"
    assert watch.ran(keyed.up("--diff", "--debug", "--replace", flag)).code == 0
    secrets = [receiver.token, CLIENT_SECRET, TOKEN, *made, *keys_of(emulator)]

    watch.assert_none_of(secrets)
    assert watch.ran(keyed.destroy("--diff", "--debug")).code == 0
    watch.assert_none_of(secrets)


def test_key_by_hand_and_what_is_refused(
    keyed: Stack,
    emulator: EmulatorProcess,
    endpoint: Endpoint,
    receiver: ReceiverProcess,
    watch: Watch,
) -> None:
    """Wrong, malformed and refused keys and tokens are told without showing them."""
    keyed.program(orders())
    watch.ran(keyed.up())
    key = endpoint.probes[0]["verificationKey"]
    for name, value in (("wrong", WRONG_KEY), ("malformed", WRONG_KEY[:-1]), ("key", key)):
        keyed.config(name, value, secret=True)
    keyed.with_environment(**DEBUGGING)
    for name in ("malformed", "wrong"):
        keyed.program(handshake(callback={"url": URL}, verification=by_hand(name)))
        assert watch.ran(keyed.up("--diff", "--debug")).code == 1
    keyed.with_environment(RECEIVER_TOKEN=WRONG_TOKEN)
    keyed.program(handshake(callback={"url": URL}))
    assert watch.ran(keyed.up("--diff", "--debug")).code == 1
    emulator.add_fault(
        route="POST /platform/v1/ens-verify",
        do="status",
        status=403,
        body=f"no {key} {CLIENT_SECRET}",
    )
    keyed.program(handshake(callback={"url": URL}, verification=by_hand("key")))
    refused = watch.ran(keyed.up("--diff", "--debug"))
    assert (refused.code, "PermissionDeniedError" in refused.text) == (1, True)
    assert watch.ran(keyed.up("--diff", "--debug")).operations == {"create": 3}

    watch.assert_none_of(
        [
            *(WRONG_KEY, WRONG_KEY[:-1], WRONG_TOKEN, receiver.token, CLIENT_SECRET, TOKEN),
            *keys_of(emulator),
        ]
    )
