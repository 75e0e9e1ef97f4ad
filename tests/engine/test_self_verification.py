"""A real receiver that verifies its callbacks inside the probe, with credentials of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import HOOKS_URL, NAME, SENT, VERIFICATION, handshake
from tests.engine.readings import outputs_by_type, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

SECRET = "secret-of-the-receiver"
PROGRAM = handshake(verification={})
CREATE = "POST /platform/v1/ens-callbacks"
# In the middle the receiver's token and verification, inside the probe.
HANDSHAKE = [
    "POST token 200",
    "POST ens-callbacks 201",
    "POST token 200",
    "POST ens-verify 200",
    f"GET ens-callbacks/{NAME} 200",
    "PUT ens-regenerate 200",
    "POST ens-subscriptions 201",
]
ANSWER_LOST = [
    "POST token 200",
    "POST ens-callbacks -",
    "POST token 200",
    "POST ens-verify 200",
    "GET ens-callbacks 200",
    "GET ens-subscriptions-by-cb/{id} 200",
    "DELETE ens-callbacks/{id} 200",
    "POST ens-callbacks 201",
    "POST ens-verify 200",
    *HANDSHAKE[4:],
]


@contextmanager
def verifying_itself(
    receiver: ReceiverProcess, emulator: EmulatorProcess, *, secret: str
) -> Iterator[None]:
    """Let the receiver run with `--verify-self` in the block, as a package that can do no more."""
    emulator.set_client(
        "receiver",
        client_secret=SECRET,
        mids=[1234567],
        scopes=["event_notification_callback_update"],
    )
    before = receiver.options
    credentials = {
        "SFMC_AUTH_URL": emulator.auth_url,
        "SFMC_REST_URL": emulator.rest_url,
        "SFMC_CLIENT_ID": "receiver",
        "SFMC_CLIENT_SECRET": secret,
    }
    receiver.stop()
    receiver.options = replace(before, verify_self=True, environment=credentials)
    try:
        receiver.start()
        yield
    finally:
        receiver.stop()
        receiver.options = before
        receiver.start()


@pytest.fixture
def itself(shop: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess) -> Iterator[Stack]:
    """Give the shop's stack, whose program names no key, beside a receiver that verifies itself."""
    shop.program(PROGRAM)
    with verifying_itself(receiver, emulator, secret=SECRET):
        yield shop


def test_from_nothing_and_back(
    itself: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess, calls: Calls
) -> None:
    """One `up` finds the callback verified by one look, and no key goes through the stack."""
    created = itself.up()

    assert (created.code, created.operations) == (0, {"create": 4})
    assert calls.take() == HANDSHAKE
    [callback] = emulator.state()["callbacks"]
    assert f"Verified callback {callback['callbackId']}.\n" in receiver.output()
    assert outputs_by_type(itself)[VERIFICATION]["status"] == "verified"
    assert callback["verificationKey"] not in str(itself.state(show_secrets=True))
    assert (itself.up().operations, calls.take()) == ({}, [])
    assert itself.destroy().operations == {"delete": 4}
    assert calls.take() == [
        "POST token 200",
        f"DELETE ens-subscriptions/{SENT} 200",
        f"DELETE ens-callbacks/{NAME} 200",
    ]


def test_answer_of_the_creation_is_lost(
    itself: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A callback that verified itself, but whose key nobody heard, makes way in the same run."""
    emulator.add_fault(route=CREATE, when="after", do="drop")

    created = itself.up()

    assert (created.code, created.operations) == (0, {"create": 4})
    assert calls.take() == ANSWER_LOST
    [callback] = emulator.state()["callbacks"]
    [subscription] = emulator.state()["subscriptions"]
    assert subscription["callbackId"] == callback["callbackId"]
    held = outputs_by_type(itself)[VERIFICATION]
    assert (held["callback_id"], held["status"]) == (callback["callbackId"], "verified")
    assert itself.outputs(show_secrets=True)["signature_key"] == callback["signatureKey"]


def test_receiver_is_refused(
    shop: Stack, receiver: ReceiverProcess, emulator: EmulatorProcess
) -> None:
    """With wrong credentials the probe fails, its log says why, and nothing is left behind."""
    shop.program(
        PROGRAM.replace(f"url='{HOOKS_URL}'", f"url='{HOOKS_URL}', probe_timeout_seconds=0")
    )
    with verifying_itself(receiver, emulator, secret="an-old-secret"):
        refused = shop.up()

    assert (refused.code, refused.operations) == (1, {})
    assert "(500) Internal Server Error" in sentence(refused)
    assert "ENS gave the receiver no token (401, invalid_client). " in receiver.output()
    assert "an-old-secret" not in receiver.output() + refused.text
    assert emulator.state()["callbacks"] == []
    with verifying_itself(receiver, emulator, secret=SECRET):
        assert shop.up().operations == {"create": 4}
