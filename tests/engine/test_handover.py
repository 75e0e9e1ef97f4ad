"""The commands of `docs/handover.md` let go of a callback and take it over, and ENS notices nothing."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.repo.files import text_of
from tests.repo.pulumi_commands import typed
from tests.repo.tables import section

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside
    from tools.endpoint import Endpoint
    from tools.engine.environment import ServiceAccess

pytestmark = pytest.mark.engine

PAGE = text_of("docs/handover.md")
# The names are written down, so that another project or stack does not give other ones.
PROGRAM = """
import os
import pulumi
import ens_provider as ens

keep = pulumi.ResourceOptions(retain_on_delete={retain})
orders = ens.Callback(
    "orders",
    url="https://receiver.test/orders",
    callback_name="shop-prod-orders",
    adopt_id=os.environ.get("CALLBACK_ID"),
    known_signature_key=os.environ.get("SIGNATURE_KEY"),
    opts=keep,
)
verified = ens.CallbackVerification("orders", callback_id=orders, opts=keep)
ens.Subscription(
    "sent",
    callback_id=verified,
    subscription_name="shop-prod-sent",
    event_category_types=[ens.EventType.EMAIL_SENT],
    adopt_id=os.environ.get("SUBSCRIPTION_ID"),
    opts=keep,
)
pulumi.export("signature_key", orders.signature_key)
"""
WRITES = ("DELETE ens", "POST ens", "PUT ens")


@pytest.fixture
def verifying(endpoint: Endpoint, outside: Outside) -> None:
    """Let the endpoint verify itself inside the probe."""
    endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)


def test_moved_forgotten_adopted_and_kept(
    shop: Stack,
    new_stack: NewStack,
    service: ServiceAccess,
    emulator: EmulatorProcess,
    calls: Calls,
    verifying: None,
) -> None:
    """A callback moves to another stack, is forgotten, adopted by another project, and kept there."""
    shop.program(PROGRAM.format(retain=False))
    created = shop.up()
    assert (created.code, created.operations) == (0, {"create": 3}), created.text
    key = shop.outputs(show_secrets=True)["signature_key"]
    there = emulator.state()
    calls.take()

    _move(shop)
    _change_the_passphrase(shop)
    _forget(shop)
    assert (calls.take(), emulator.state()) == ([], there)

    store = new_stack(service=service, project="store")
    _adopt(store, emulator, key)
    assert [call for call in calls.take() if call.startswith(WRITES)] == []
    assert store.outputs(show_secrets=True)["signature_key"] == key

    destroyed = store.destroy()
    assert (destroyed.code, destroyed.operations, store.state()) == (0, {"delete": 3}, [])
    assert (calls.take(), emulator.state()) == ([], there)


def _move(stack: Stack) -> None:
    """`state move`, as the page has it: the other stack shows no change, and this one is empty."""
    stack.cli.run("stack", "init", "prod", check=True)
    [move] = typed(section(PAGE, "Moving between stacks and projects"))

    stack.cli.run(*move, "--yes", check=True)

    assert stack.preview("--stack", "prod").operations == {}
    assert [each["urn"].split("::")[0] for each in stack.state()] == ["urn:pulumi:prod"] * 3


def _change_the_passphrase(stack: Stack) -> None:
    """`change-secrets-provider` asks for the new passphrase, and the old one opens nothing more."""
    [change] = typed(section(PAGE, "Passphrase"))
    subprocess.run(
        [stack.cli.binary, *change],
        cwd=stack.folder,
        env=dict(stack.cli.environment),
        input="another passphrase\nanother passphrase\n",
        capture_output=True,
        check=True,
        text=True,
    )

    refused = stack.cli.run("stack", "export", "--show-secrets")
    assert refused.code != 0
    assert "incorrect passphrase" in refused.text
    stack.with_environment(PULUMI_CONFIG_PASSPHRASE="another passphrase")
    assert len(stack.state(show_secrets=True)) == 3


def _forget(stack: Stack) -> None:
    """`state delete`, as the page has it, empties the state; without the option it is refused."""
    urns, delete = typed(section(PAGE, "Leaving a resource in place"))
    assert delete[2] in stack.cli.run(*urns, check=True).stdout

    alone = stack.cli.run(*delete[:3], "--yes")
    assert (alone.code, "can't be safely deleted" in alone.text) == (1, True)
    stack.cli.run(*delete, "--yes", check=True)

    assert stack.state() == []


def _adopt(stack: Stack, emulator: EmulatorProcess, key: str) -> None:
    """Another project takes over what is there, with the option to leave it in place."""
    state = emulator.state()
    stack.with_environment(
        CALLBACK_ID=state["callbacks"][0]["callbackId"],
        SUBSCRIPTION_ID=state["subscriptions"][0]["subscriptionId"],
        SIGNATURE_KEY=key,
    )
    stack.program(PROGRAM.format(retain=True))

    adopted = stack.up()

    assert (adopted.code, adopted.operations) == (0, {"create": 3}), adopted.text
    assert emulator.state() == state
