"""`list --state` marks what the stacks manage, from what `pulumi stack export` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.engine.outside import Outside
from tests.repo.files import text_of

CALLBACK = "pulumi-python:dynamic/ens:Callback"
SUBSCRIPTION = "pulumi-python:dynamic/ens:Subscription"
RECORDED = "tests/engine/recorded_state/0.1.0-all-resources.json"
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:abcdefgh:0123456789abcdef",
}


def _urn(name: str, *, kind: str = CALLBACK, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::shop::ens:index:NotificationEndpoint${kind}::{name}"


def _entry(
    name: str, object_id: object, *, kind: str = CALLBACK, stack: str = "dev", **more: Any
) -> dict[str, Any]:
    """Return an entry of a state as the engine writes it."""
    named = "callback_name" if kind == CALLBACK else "subscription_name"
    outputs = {"mid": "1234567", named: f"{name}-of-state", "signature_key": SECRET}
    return {
        "urn": _urn(name, kind=kind, stack=stack),
        "custom": True,
        "id": object_id,
        "type": kind,
        "inputs": {"__provider": "gASV", "known_signature_key": SECRET},
        "outputs": outputs | more.pop("outputs", {}),
        **more,
    }


def _export(*entries: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": list(entries)}})


def _file(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def _resource(name: str, *, kind: str = CALLBACK, stack: str = "dev") -> dict[str, str]:
    return {
        "stack": stack,
        "project": "shop",
        "resource": name,
        "urn": _urn(name, kind=kind, stack=stack),
    }


def test_marks(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """Each object is managed, read only or unmanaged; what is gone is missing."""
    orders = outside.create_live_callback()["callbackId"]
    read = outside.create_callback("read", url="https://receiver.test/read")["callbackId"]
    subscription = emulator.state()["subscriptions"][0]["subscriptionId"]
    state = _export(
        _entry("orders", orders),
        _entry("looked-up", read, external=True),
        _entry("gone", "0b0b", kind=SUBSCRIPTION),
    )

    ended = run.run("list", "--state", "-", answers=state)

    assert ended.stdout == (
        "Business unit 1234567: 2 callbacks, 1 subscription\n"
        "\n"
        "Callback, subscription                  Status and settings\n"
        "read                                    unverified\n"
        f"{read}    https://receiver.test/read\n"
        "                                        batches of up to 1000\n"
        "                                        read only by looked-up in shop/dev\n"
        "\n"
        "shop-dev-orders                         verified\n"
        f"{orders}    https://receiver.test/orders\n"
        "                                        batches of up to 1000\n"
        "                                        managed by orders in shop/dev\n"
        "  welcome                               active\n"
        f"  {subscription}  TransactionalSendEvents.EmailSent\n"
        "                                        unmanaged\n"
        "\n"
        "Missing: a state holds it, the account does not.\n"
        "\n"
        "Name                                    Held by\n"
        "subscription gone-of-state              managed by gone in shop/dev\n"
        "0b0b\n"
    )
    assert (ended.code, ended.stderr) == (0, "")


def test_json_of_several_stacks(run: Commands, outside: Outside, tmp_path: Path) -> None:
    """Programs get every owner with stack, project, resource and URN."""
    orders = outside.create_callback()["callbackId"]
    first = _file(tmp_path, "a.json", _export(_entry("orders", orders)))
    both = (
        _entry("again", orders, stack="prod"),
        _entry("looked-up", orders, stack="prod", external=True),
        _entry("gone", "0b0b", stack="prod"),
    )
    second = _file(tmp_path, "b.json", _export(*both))

    document = run.run("list", "--json", "--state", first, "--state", second).json

    [callback] = document["callbacks"]
    assert callback["managed_by"] == [_resource("orders"), _resource("again", stack="prod")]
    assert callback["read_by"] == [_resource("looked-up", stack="prod")]
    assert document["missing"] == [
        {
            "kind": "callback",
            "id": "0b0b",
            "name": "gone-of-state",
            **_resource("gone", stack="prod"),
        }
    ]


def test_missing_is_of_this_business_unit(run: Commands) -> None:
    """What a state holds of another business unit, or of none that it shows, is not missing here."""
    state = _export(
        _entry("other", "1", outputs={"mid": "7654321"}),
        _entry("secret", "2", outputs={"mid": SECRET}),
        _entry("here", "3"),
    )

    document = run.run("list", "--json", "--state", "-", answers=state).json

    assert [each["id"] for each in document["missing"]] == ["3"]


def test_rotation_and_verification_manage_nothing(run: Commands, outside: Outside) -> None:
    """A rotated key has its callback's id, and does not make it managed."""
    orders = outside.create_callback()["callbackId"]
    kinds = ("SignatureKey", "CallbackVerification")
    entries = [_entry(k, orders, kind=f"pulumi-python:dynamic/ens:{k}") for k in kinds]

    ended = run.run("list", "--state", "-", "--expect-managed", answers=_export(*entries))

    assert "unmanaged" in ended.stdout
    assert ended.code == 7


def test_recorded_state_with_keys(run: Commands) -> None:
    """A real export with its secrets shown is read, and none of its keys is printed."""
    state = json.loads(text_of(RECORDED))["state"]
    keys = [
        entry["outputs"]["signature_key"]["plaintext"].strip('"')
        for entry in state["deployment"]["resources"]
        if entry["type"] == CALLBACK
    ]

    table = run.run("list", "--state", "-", answers=json.dumps(state))
    document = run.run("list", "--json", "--state", "-", answers=json.dumps(state))

    assert [(each["kind"], each["name"]) for each in document.json["missing"]] == [
        ("callback", "shop-dev-plain"),
        ("callback", "Tuned by hand"),
        ("callback", "Adopted"),
        ("subscription", "Filtered"),
        ("subscription", "shop-dev-sent"),
        ("subscription", "welcome"),
        ("subscription", "shop-dev-paused"),
    ]
    assert len(keys) == 3
    printed = table.stdout + table.stderr + document.stdout + document.stderr
    assert [key for key in keys if key in printed] == []


def test_checkpoint_of_a_local_backend(run: Commands, outside: Outside) -> None:
    """The file that a local backend keeps is read as an export is."""
    orders = outside.create_callback()["callbackId"]
    latest = {"resources": [_entry("orders", orders)]}
    checkpoint = json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": latest}})

    document = run.run("list", "--json", "--state", "-", answers=checkpoint).json

    assert document["callbacks"][0]["managed_by"] == [_resource("orders")]


@pytest.mark.parametrize(
    "empty",
    [
        {"version": 3, "deployment": {"manifest": {}}},
        {"version": 3, "deployment": {"resources": None}},
        {"version": 3, "checkpoint": {"stack": "dev", "latest": None}},
    ],
)
def test_empty_stack(empty: dict[str, object], run: Commands, outside: Outside) -> None:
    """A stack without resources manages nothing."""
    outside.create_callback()

    ended = run.run("list", "--state", "-", answers=json.dumps(empty))

    assert ended.stdout.endswith("batches of up to 1000\n" + " " * 40 + "unmanaged\n")
    assert ended.code == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it has no deployment"),
        ('{"resources": []}', "it has no deployment"),
        ('{"deployment": {"resources": [1]}}', "its resources are none"),
    ],
)
def test_file_that_is_no_export(
    content: str, why: str, run: Commands, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    """What is no export is a sentence, before ENS is asked for anything."""
    name = _file(tmp_path, "state.json", content)
    emulator.clear_calls()

    ended = run.run("list", "--state", name)

    assert ended.stderr == (
        f"Error: The state file {name} is not what `pulumi stack export` writes: {why}. Run `pulumi "
        "stack export --file FILE` and give that file.\n"
    )
    assert (ended.code, ended.stdout) == (2, "")
    assert emulator.calls() == []


def test_file_that_is_not_there(run: Commands, tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    ended = run.run("list", "--state", str(tmp_path / "state.json"))

    assert ended.stderr == (
        f"Error: The state file {tmp_path}/state.json cannot be read: No such file or directory.\n"
    )
    assert ended.code == 2


def test_expectation_that_holds(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """Where everything is managed or read, --expect-managed ends with 0."""
    orders = outside.create_live_callback()["callbackId"]
    subscription = emulator.state()["subscriptions"][0]["subscriptionId"]
    state = _export(
        _entry("orders", orders),
        _entry("welcome", subscription, kind=SUBSCRIPTION, external=True),
    )

    ended = run.run("list", "--state", "-", "--expect-managed", answers=state)

    assert (ended.code, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("managed", "more", "counted"),
    [
        (True, ["welcome"], "0 unmanaged, 1 missing"),
        (False, [], "1 unmanaged, 0 missing"),
    ],
)
def test_expectation_that_does_not_hold(
    managed: bool, more: list[str], counted: str, run: Commands, outside: Outside
) -> None:
    """What is unmanaged or missing ends with 7, below the list."""
    orders = outside.create_callback()["callbackId"]
    entries = [_entry("orders", orders)] if managed else []
    entries += [_entry(name, "0b0b", kind=SUBSCRIPTION) for name in more]

    ended = run.run("list", "--json", "--state", "-", "--expect-managed", answers=_export(*entries))

    assert ended.code == 7
    assert ended.stderr == f"Error: The account is not as the states say: {counted}.\n"
    assert ended.json["callbacks"][0]["id"] == orders


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--expect-managed"],
            "--expect-managed compares with states: give at least one --state.",
        ),
        (["--state", "-", "--state", "-"], "Standard input is one state: give --state - once."),
    ],
)
def test_options_that_cannot_be_used(arguments: list[str], sentence: str, run: Commands) -> None:
    """Options that contradict each other are a usage error."""
    ended = run.run("list", *arguments)

    assert ended.stderr.endswith(f"Error: {sentence}\n")
    assert ended.code == 2
