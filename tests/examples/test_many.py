"""`examples/many`: a table of subscriptions, in two environments that share a business unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.engine.calls import Calls
from tests.engine.outside import Outside
from tests.examples.projects import EXAMPLES, copy_example
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

ROWS = (EXAMPLES / "many" / "subscriptions.csv").read_text(encoding="utf-8")
DEV, PROD = "ens-many-dev-receiver", "ens-many-prod-receiver"
MISTAKES = """\
    error: subscriptions.csv, line 9: there is no event type 'EMAIL_SEND'; ens.EventType has their names.
    subscriptions.csv, line 10: the name 'read' stands in a row above already.
    Nothing was changed.
"""
EMAIL_SENT = "TransactionalSendEvents.EmailSent"


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    """Run the service, and the receiver of both environments, which verifies itself."""
    with Endpoint(("hooks.example.com",)) as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as running:
            outside = Outside(running)
            endpoint.hook = lambda sent: (
                "verificationKey" in sent and outside.call("POST", "ens-verify", sent)
            )
            yield running


@pytest.fixture
def stack(new_stack: NewStack, emulator: EmulatorProcess) -> Stack:
    """Give the example with its two stacks; `dev` is the selected one."""
    emulator.reset()
    service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
    made = new_stack(service=service, project="ens-many")
    made.cli.run("stack", "rm", "--yes", "dev", check=True)
    copy_example("many", made)
    for name in ("prod", "dev"):
        made.cli.run("stack", "init", name, check=True)
    return made


def reached(emulator: EmulatorProcess, **event: object) -> list[str]:
    """Let an event happen and return the names of the callbacks that it was delivered to."""
    answer = emulator.send_events([{"eventCategoryType": EMAIL_SENT, **event}])
    assert all(each["acknowledged"] for each in answer["deliveries"])
    return sorted(each["callbackName"] for each in answer["deliveries"])


def names(emulator: EmulatorProcess) -> dict[str, str]:
    """Return the ids of the subscriptions in the service by their names."""
    subscriptions = emulator.state()["subscriptions"]
    return {each["subscriptionName"]: each["subscriptionId"] for each in subscriptions}


def test_environments_in_one_business_unit(stack: Stack, emulator: EmulatorProcess) -> None:
    """Each environment hears of its own sends alone, whatever an expression has to fit."""
    dev, prod = (stack.up("--stack", name) for name in ("dev", "prod"))

    assert (dev.operations, prod.operations) == ({"create": 9}, {"create": 9}), dev.text
    for anchoring in ("full", "search"):
        emulator.set_switches(filter_anchoring=anchoring)
        assert reached(emulator, definitionKey="dev-welcome") == [DEV]
        assert reached(emulator, definitionKey="prod-welcome") == [PROD]
        # Neither is an environment's: nobody hears of somebody else's sends.
        assert reached(emulator, definitionKey="not-dev-welcome") == []
        assert reached(emulator) == []
        opened = {"eventCategoryType": "EngagementEvents.EmailOpen", "definitionKey": "NA"}
        assert reached(emulator, **opened) == [DEV, PROD]
    bounced = {"eventCategoryType": "TransactionalSendEvents.EmailBounced"}
    for code, callbacks in (("HARD", [DEV]), ("SOFT", [])):
        event = {**bounced, "definitionKey": "dev-welcome", "info": {"bounceCode": code}}
        assert reached(emulator, **event) == callbacks
    assert stack.destroy("--stack", "dev").operations == {"delete": 9}
    assert reached(emulator, definitionKey="prod-welcome") == [PROD]
    assert stack.destroy("--stack", "prod").operations == {"delete": 9}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_rows_come_change_and_go(stack: Stack, emulator: EmulatorProcess) -> None:
    """A row that is added, one that changes and one that goes cost one call each."""
    stack.up()
    before, calls = names(emulator), Calls(emulator)
    calls.take()
    changed = ROWS.replace("bounceCode=HARD", "bounceCode=SOFT").replace("sent,own,", "out,own,", 1)
    stack.file("subscriptions.csv", changed)

    up = stack.up()

    assert (up.code, up.operations) == (0, {"create": 1, "update": 1, "delete": 1}), up.text
    assert sorted(calls.take()) == [
        "DELETE ens-subscriptions/ens-many-dev-sent 200",
        "POST ens-subscriptions 201",
        "POST token 200",
        "PUT ens-subscriptions 200",
    ]
    after = names(emulator)
    kept = before.keys() - {"ens-many-dev-sent"}
    assert after.keys() - before.keys() == {"ens-many-dev-out"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    [bounces] = [s for s in emulator.state()["subscriptions"] if "bounces" in s["subscriptionName"]]
    assert bounces["filters"] == ["bounceCode=SOFT", "definitionKey=^dev-.*$"]


def test_mistakes_change_nothing(stack: Stack, emulator: EmulatorProcess) -> None:
    """A table with mistakes ends the run with where they are, before anything is called."""
    stack.file("subscriptions.csv", ROWS + "sent,own,EMAIL_SEND,\nread,own,EMAIL_SENT,\n")
    calls = Calls(emulator)

    up = stack.up()

    assert (up.code, up.operations, calls.take()) == (1, {}, [])
    assert MISTAKES in up.text
    assert "Traceback" not in up.text
