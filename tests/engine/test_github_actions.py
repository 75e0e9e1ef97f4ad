"""The workflows of `examples/github-actions` do what they promise, run here as they would there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import PermissionDeniedError
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.engine.actions import Repository, Runner, Trap, World, command_line
from tests.engine.calls import Calls
from tests.engine.outside import Outside
from tests.engine.programs import CALLBACK, EMAIL_SENT, SUBSCRIPTION, VERIFICATION
from tests.repo.workflows import pulumi_step
from tools.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.harness import RunResult

READ_SCOPES = ("event_notification_callback_read", "event_notification_subscription_read")
STACK = {"vars.PULUMI_STACK": "prod", "secrets.PULUMI_ACCESS_TOKEN": "token-of-the-state"}
# What the settings of the hosted repository hold, environment by environment.
STORED = {
    "preview": STACK,
    "production": {
        **STACK,
        "vars.SFMC_CLIENT_ID": "client",
        "secrets.SFMC_CLIENT_SECRET": "secret",
        "secrets.SFMC_CLIENT_SECRET_NEXT": "",
    },
    "drift": {
        **STACK,
        "vars.SFMC_CLIENT_ID": "reader",
        "secrets.SFMC_CLIENT_SECRET": "secret-of-the-reader",
        "secrets.SFMC_CLIENT_SECRET_NEXT": "",
    },
}
# One list of the callbacks, and one of their subscriptions.
READS = [
    "GET ens-callbacks 200",
    "GET ens-subscriptions-by-cb/campaign-events-prod-receiver 200",
    "POST token 200",
]
PREFIX = "urn:pulumi:prod::campaign-events::"
# What the comment on the pull request shows of the change, line by line.
COMMENT = """\
+ pulumi-python:dynamic/ens:Subscription: (create)
~ pulumi-python:dynamic/ens:Subscription: (update)
~ filters: [
~ [0]: "definitionKey=welcome" => "definitionKey=goodbye"
- pulumi-python:dynamic/ens:Subscription: (delete)
+ 1 to create
~ 1 to update
- 1 to delete
3 changes. 3 unchanged
"""
DRIFT = """\
~ pulumi-python:dynamic/ens:Subscription: (refresh)
[urn=urn:pulumi:prod::campaign-events::pulumi-python:dynamic/ens:Subscription::sent]
~ [0]: "definitionKey=goodbye" => "definitionKey=theirs"
error: no changes were expected for preview but changes were proposed
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("preview", ["preview", "--stack", "prod", "--diff"]),
        ("apply", ["up", "--yes", "--skip-preview", "--stack", "prod"]),
        (
            "drift",
            ["preview", "--stack", "prod", "--refresh", "--expect-no-changes", "--diff"],
        ),
    ],
)
def test_command_lines(name: str, arguments: list[str]) -> None:
    """Each workflow comes to exactly this command of the CLI."""
    assert command_line(pulumi_step(name), STACK) == arguments


def test_unknown_input_has_no_command_line() -> None:
    """An input of the action that nobody translated fails, instead of being left out."""
    step = {"with": {"command": "up", "stack-name": "prod", "target": "urn:x"}}

    with pytest.raises(ValueError, match="no flag is known for the input 'target'"):
        command_line(step, {})


@pytest.fixture
def emulator() -> Iterator[EmulatorProcess]:
    """Run the service, with the example's receiver, which verifies itself, and both packages."""
    with Endpoint(("hooks.example.com",)) as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as running:
            outside = Outside(running)
            endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)
            drift = STORED["drift"]
            running.set_client(
                drift["vars.SFMC_CLIENT_ID"],
                client_secret=drift["secrets.SFMC_CLIENT_SECRET"],
                mids=[1234567],
                scopes=READ_SCOPES,
            )
            yield running


def _steps(previewed: RunResult) -> dict[tuple[str, str, str], tuple[dict[str, Any], list[str]]]:
    """Return the changes of a preview's JSON: operation, type and name; detailed diff and reasons."""
    assert previewed.code == 0, previewed.text
    steps = json.loads(previewed.stdout)["steps"]
    return {
        (step["op"], *_type_and_name(step["urn"])): (
            {key: each["kind"] for key, each in (step.get("detailedDiff") or {}).items()},
            step.get("replaceReasons", []),
        )
        for step in steps
        if step["op"] != "same"
    }


def _type_and_name(urn: str) -> tuple[str, str]:
    kind, name = urn.removeprefix(PREFIX).split("::")
    return kind, name


def _edit(checkout: Path, *changes: tuple[str, str]) -> None:
    file = checkout / "Pulumi.prod.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _missing(shown: str, text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in shown.splitlines() if line not in lines]


def _filters(emulator: EmulatorProcess) -> dict[str, list[str]]:
    subscriptions = emulator.state()["subscriptions"]
    return {each["subscriptionName"]: each["filters"] for each in subscriptions}


@pytest.fixture
def world(pulumi: Path, tmp_path: Path, emulator: EmulatorProcess) -> World:
    """Give a repository whose `main` has been applied, and whose calls are forgotten."""
    repository = Repository(tmp_path / "git")
    runner = Runner(tmp_path / "engine", pulumi=pulumi, stored=STORED)
    runner.init(repository.main, "prod")
    # The stack's file now holds the salt of its passphrase.
    repository.commit(repository.main)
    made = World(repository, runner, emulator, Calls(emulator), Outside(emulator))
    first = made.run("apply")
    assert (first.code, first.operations) == (0, {"create": 4}), first.text
    made.calls.take()
    return made


@pytest.mark.engine
def test_from_pull_request_to_drift(world: World) -> None:
    """A pull request is previewed without a call, merged and applied; drift from it ends red."""
    _preview_changes(world)
    _preview_a_move(world)
    _merge_and_apply(world)
    _find_no_drift(world)
    _find_drift(world)


def _preview_changes(world: World) -> None:
    """Another filter, and a subscription under another name: shown so, and nothing is called."""
    before = world.emulator.state()
    change = world.repository.branch("change")
    _edit(change, ("definitionKey: welcome", "definitionKey: goodbye"), ("    read:", "    seen:"))
    world.repository.commit(change)

    with Trap() as trap:
        commented = world.runner.run("preview", change, outside=trap.variables())
        previewed = world.runner.run("preview", change, "--json", outside=trap.variables())

    assert commented.code == 0
    assert _missing(COMMENT, commented.stdout) == []
    assert _steps(previewed) == {
        ("create", SUBSCRIPTION, "seen"): ({}, []),
        ("update", SUBSCRIPTION, "sent"): ({"filters[0]": "update"}, []),
        ("delete", SUBSCRIPTION, "read"): ({}, []),
    }
    assert json.loads(previewed.stdout)["changeSummary"]["same"] == 3
    assert (trap.caught, world.calls.take()) == ([], [])
    assert world.emulator.state() == before


def _preview_a_move(world: World) -> None:
    """Another URL: everything is replaced, because of the URL, and nothing is called."""
    moved = world.repository.branch("moved")
    _edit(moved, ("hooks.example.com/ens", "hooks.example.com/moved"))

    with Trap() as trap:
        previewed = world.runner.run("preview", moved, "--json", outside=trap.variables())

    assert _steps(previewed) == {
        ("replace", CALLBACK, "receiver"): ({"url": "update"}, ["url"]),
        ("replace", VERIFICATION, "receiver"): ({}, []),
        ("replace", SUBSCRIPTION, "sent"): ({}, []),
        ("replace", SUBSCRIPTION, "read"): ({}, []),
    }
    assert (trap.caught, world.calls.take()) == ([], [])


def _merge_and_apply(world: World) -> None:
    """What the preview showed is what is done, with one call each."""
    before = world.emulator.state()
    world.repository.merge("change")

    applied = world.run("apply")

    assert (applied.code, applied.operations) == (0, {"create": 1, "update": 1, "delete": 1})
    assert sorted(world.calls.take()) == [
        "DELETE ens-subscriptions/campaign-events-prod-read 200",
        "POST ens-subscriptions 201",
        "POST token 200",
        "PUT ens-subscriptions 200",
    ]
    assert _filters(world.emulator) == {
        "campaign-events-prod-sent": ["definitionKey=goodbye"],
        "campaign-events-prod-seen": [],
    }
    assert world.emulator.state()["callbacks"] == before["callbacks"]


def _find_no_drift(world: World) -> None:
    """The read-only package reads what is there, and the job ends green."""
    # Within two minutes of a change of its own the stack believes its state.
    world.emulator.move_clock(121)
    world.calls.look()

    checked = world.run("drift")

    assert (checked.code, checked.operations) == (0, {"refresh": 4}), checked.text
    assert sorted(world.calls.take()) == READS


def _find_drift(world: World) -> None:
    """Somebody else's filter ends the job with the code of changes, is named, and stays."""
    [sent] = [each for each in world.emulator.state()["subscriptions"] if each["filters"]]
    world.outside.change_subscription(sent, filters=["definitionKey=theirs"])
    world.calls.take()

    drifted = world.run("drift")

    assert drifted.code == 7
    assert _missing(DRIFT, drifted.text) == []
    assert sorted(world.calls.take()) == READS
    assert _filters(world.emulator)["campaign-events-prod-sent"] == ["definitionKey=theirs"]


def test_package_of_the_drift_job_cannot_write(emulator: EmulatorProcess) -> None:
    """The service refuses every kind of write to the package that the drift job has."""
    outside = Outside(emulator)
    callback = outside.create_callback(url="https://hooks.example.com/ens")
    subscription_id = outside.subscribe(callback["callbackId"])
    before = emulator.state()
    stored = STORED["drift"]
    client = ENSClient(
        ClientConfig(
            client_id=stored["vars.SFMC_CLIENT_ID"],
            client_secret=stored["secrets.SFMC_CLIENT_SECRET"],
            auth_url=emulator.auth_url,
            rest_url=emulator.rest_url,
        )
    )
    callback_id, name = callback["callbackId"], callback["callbackName"]
    assert client.get_callback(callback_id).callback_name == name

    writes: dict[str, Callable[[], object]] = {
        "create": lambda: client.create_callback(
            callback_name="x", url="https://hooks.example.com/x"
        ),
        "update": lambda: client.update_callback(callback_id=callback_id, callback_name="y"),
        "rotate": lambda: client.regenerate_signature_key(callback_id),
        "delete": lambda: client.delete_callback(callback_id),
        "subscribe": lambda: client.create_subscription(
            callback_id=callback_id, subscription_name="z", event_category_types=[EMAIL_SENT]
        ),
        "unsubscribe": lambda: client.delete_subscription(subscription_id),
    }
    for write in writes.values():
        with pytest.raises(PermissionDeniedError):
            write()
    assert emulator.state() == before
