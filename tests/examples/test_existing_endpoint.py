"""`examples/existing-endpoint`: two `pulumi up`, and what is said between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.engine.calls import Calls
from tests.engine.readings import sentence
from tests.examples.projects import copy_example, lead_to, shown
from tools.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

URL = "https://hooks.example.com/ens"
FOUR_HOURS = 4 * 60 * 60
README = "examples/existing-endpoint/README.md"
NAME = "ens-existing-endpoint-prod-orders"
SECOND = ["POST token 200", "POST ens-verify 200", "POST ens-subscriptions 201"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """Run the endpoint of the other team, which answers 200 and logs what it is sent."""
    with Endpoint(("hooks.example.com",)) as running:
        yield running


@pytest.fixture(scope="module")
def running_emulator(endpoint: Endpoint) -> Iterator[EmulatorProcess]:
    """Run the service."""
    options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: EmulatorProcess, endpoint: Endpoint) -> EmulatorProcess:
    """Give the service, empty, and let the endpoint forget its log."""
    running_emulator.reset()
    endpoint.received.clear()
    return running_emulator


@pytest.fixture
def stack(new_stack: NewStack, emulator: EmulatorProcess) -> Stack:
    """Give the example as its README configures it, with the emulator for an account."""
    made = copy_example("existing-endpoint", new_stack(project="ens-existing-endpoint"))
    made.cli.run("stack", "init", "prod", check=True)
    lead_to(emulator, made)
    made.config("url", URL)
    return made


def test_from_nothing_and_back(stack: Stack, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """The first `up` asks, the second verifies and subscribes, and `destroy` leaves nothing."""
    calls = Calls(emulator)
    first = stack.up()

    assert (first.code, first.operations) == (0, {"create": 1})
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201"]
    [callback] = emulator.state()["callbacks"]
    [entry] = stack.state()
    outputs = stack.outputs(show_secrets=True)
    assert outputs == {
        "callbackId": callback["callbackId"],
        "signatureKey": callback["signatureKey"],
        "next": (
            f"Ask for the verificationKey that came with callbackId {callback['callbackId']}; it is "
            f"good for 4 hours from {entry['outputs']['changed_at']} on."
        ),
    }
    # The engine cuts long texts, and this one is to be read.
    assert outputs["next"] in first.text
    key = endpoint.probes[0]["verificationKey"]
    stack.config("verificationKey", key, secret=True)
    second = stack.up()

    assert (second.code, second.operations) == (0, {"create": 2})
    assert calls.take() == SECOND
    assert sorted(stack.outputs()) == ["callbackId", "signatureKey", "verifiedAt"]
    assert stack.outputs()["signatureKey"] == "[secret]"
    [subscription] = emulator.state()["subscriptions"]
    assert (subscription["subscriptionName"], subscription["status"]) == (
        "ens-existing-endpoint-prod-sent",
        "active",
    )
    in_clear = first.text + second.text + json.dumps(stack.export())
    assert [each for each in (key, callback["signatureKey"]) if each in in_clear] == []
    assert stack.destroy().operations == {"delete": 3}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_four_hours_have_passed(
    stack: Stack, emulator: EmulatorProcess, endpoint: Endpoint
) -> None:
    """Too late, the key is refused for good; the README's commands bring another, and it fits."""
    stack.up()
    emulator.move_clock(FOUR_HOURS + 1)
    stack.config("verificationKey", endpoint.probes[0]["verificationKey"], secret=True)

    run = stack.start_up()
    run.command.wait_for_text("attempt 1 failed")
    # Until two minutes after its own last write the stack believes that what ENS shows lags.
    emulator.move_clock(121)
    refused = run.wait()

    assert (refused.code, refused.operations) == (1, {})
    assert sentence(refused).startswith(
        f"ens_provider.VerificationRefused: ENS refused the verification key of callback '{NAME}' "
    )
    commands = [each[1:] for each in shown(README)]
    remove, [*up, urn] = ["config", "rm", "verificationKey"], commands[-3]
    assert (commands[-5], up) == (remove, ["up", "--replace"])
    stack.cli.run(*remove, check=True)
    again = stack.up("--replace", urn)
    assert (again.code, again.operations) == (0, {"replace": 1}), again.text
    assert "next" in stack.outputs()
    stack.config("verificationKey", endpoint.probes[1]["verificationKey"], secret=True)
    assert stack.up().operations == {"create": 2}
