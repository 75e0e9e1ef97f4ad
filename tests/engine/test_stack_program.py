"""The stack of this repository, as it stands: what it does for the receiver, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tools.engine.environment import REPOSITORY

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

CREATED = [
    "POST token 200",
    "POST ens-callbacks 201",
    "POST ens-verify 200",
    "PUT ens-regenerate 200",
    "POST ens-subscriptions 201",
    "POST ens-subscriptions 201",
]
KEY = "pulumi-python:dynamic/receiver:Key"


@pytest.fixture
def program(shop: Stack, receiver: ReceiverProcess) -> Stack:
    """Give a stack with the repository's program, configured for the receiver."""
    for name in ("__main__.py", "receiver_key.py"):
        shop.file(name, (REPOSITORY / name).read_text(encoding="utf-8"))
    shop.with_environment(REQUESTS_CA_BUNDLE=receiver.ca_file)
    settings = {
        "url": f"{receiver.url}orders",
        "receiverUrl": receiver.local_url,
        "keyVersion": "1",
        "paused": "false",
        "maxBatchSize": "1000",
        "probeTimeoutSeconds": "0",
    }
    given = [f"--plaintext={name}={value}" for name, value in settings.items()]
    token = f"--secret=receiverToken={receiver.token}"
    shop.cli.run("config", "set-all", *given, token, check=True)
    return shop


def _key_of(emulator: EmulatorProcess) -> str:
    return str(emulator.state()["callbacks"][0]["signatureKey"])


def test_receiver_holds_the_key_before_anything_can_arrive(
    program: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess, calls: Calls
) -> None:
    """The key is with the receiver before a subscription exists, and no key or token is in clear."""
    up = program.up()

    assert (up.code, calls.take()) == (0, CREATED)
    names = [step.name for step in up.steps]
    assert names.index("sent") > names.index("orders")
    types = [step.type for step in up.steps if step.op == "create"]
    assert types[3] == KEY
    assert {kind.rpartition(":")[2] for kind in types[4:]} == {"Subscription"}
    event = {"eventCategoryType": "EngagementEvents.EmailOpen"}
    [delivery] = emulator.send_events([event])["deliveries"]
    assert (delivery["status"], delivery["acknowledged"]) == (200, True)
    stored = json.dumps(program.export())
    for secret in (_key_of(emulator), receiver.token):
        assert secret not in stored + up.text


def test_rotation_reaches_the_receiver_and_nothing_else(
    program: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A new key version changes the key and what the receiver holds; the old key still passes."""
    program.up()
    calls.take()
    program.config("keyVersion", "2")

    up = program.up()

    assert up.operations == {"update": 2}
    assert calls.take() == ["POST token 200", "PUT ens-regenerate 200"]
    [held] = [each for each in program.state(show_secrets=True) if each["type"] == KEY]
    keys = json.loads(held["outputs"]["keys"]["plaintext"])
    assert keys[0] == _key_of(emulator)
    assert len(keys) == len(set(keys)) == 3


def test_wrong_token_ends_before_anything_is_subscribed(
    program: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A receiver that does not know the program gets no events."""
    program.config("receiverToken", "not-the-token", secret=True)

    up = program.up()

    assert up.code != 0
    assert "correct verification_key_token" in up.text
    assert "not-the-token" not in up.text
    assert calls.take() == CREATED[:2]
    assert emulator.state()["subscriptions"] == []


def test_destroy_goes_on_without_the_receiver(
    program: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess
) -> None:
    """A receiver that is gone has taken its keys along: everything can still be taken down."""
    program.up()
    receiver.stop()
    try:
        destroyed = program.destroy()
    finally:
        receiver.start()

    assert destroyed.operations == {"delete": 6}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_key_that_the_receiver_refuses(program: Stack, receiver: ReceiverProcess) -> None:
    """The sentence names the receiver, the callback and what to check."""
    program.up()
    # The address of something that has no such route.
    program.config("receiverUrl", f"{receiver.local_url}/elsewhere")

    up = program.up()

    assert up.code != 0
    [error] = [line for line in up.errors if line.startswith("RuntimeError")]
    callback_id = program.outputs()["callback_id"]
    assert error.splitlines()[0] == (
        f"RuntimeError: The receiver at {receiver.local_url}/elsewhere answered 405 to the "
        f"signature keys of callback {callback_id}: check receiverUrl and receiverToken."
    )
