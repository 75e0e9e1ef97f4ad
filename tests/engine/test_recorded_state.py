"""States that earlier versions wrote: left alone, refreshed and destroyed by the present one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ens_provider as ens
from tests.engine.programs import CALLBACK, KEY, SUBSCRIPTION, VERIFICATION
from tests.engine.readings import entries

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

RECORDINGS = sorted((Path(__file__).parent / "recorded_state").glob("*.json"))
# The pickle of each type's provider: for ever the same.
PICKLES = {
    CALLBACK: "gASVKAAAAAAAAACMDGVuc19wcm92aWRlcpSMEENhbGxiYWNrUHJvdmlkZXKUk5QpgZQu",
    VERIFICATION: (
        "gASVNAAAAAAAAACMDGVuc19wcm92aWRlcpSMHENhbGxiYWNrVmVyaWZpY2F0aW9uUHJvdmlkZXKUk5QpgZQu"
    ),
    KEY: "gASVLAAAAAAAAACMDGVuc19wcm92aWRlcpSMFFNpZ25hdHVyZUtleVByb3ZpZGVylJOUKYGULg==",
    SUBSCRIPTION: "gASVLAAAAAAAAACMDGVuc19wcm92aWRlcpSMFFN1YnNjcmlwdGlvblByb3ZpZGVylJOUKYGULg==",
}


def recorded_resources(recording: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the recorded resources, without the stack and the providers."""
    resources: list[dict[str, Any]] = recording["state"]["deployment"]["resources"]
    return [each for each in resources if each["type"] in PICKLES]


def by_urn(stack: Stack) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return id, inputs and outputs of each resource; a refresh may order them anew.

    Without the reasons of statuses: no reason is `none` of one object, and empty in a list.
    """
    return {
        urn: (id_, inputs, {k: v for k, v in outputs.items() if k != "status_reason"})
        for urn, id_, inputs, outputs in entries(stack)
    }


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give what a version recorded."""
    loaded: dict[str, Any] = json.loads(request.param.read_text("utf-8"))
    return loaded


@pytest.fixture
def loaded(shop: Stack, outside: Outside, calls: Calls, recording: dict[str, Any]) -> Stack:
    """Give a stack with the recorded state, and the account that it was recorded of.

    The service makes its own ids, which take the place of the recorded ones in the state.
    """
    text = json.dumps(recording["state"])
    made = _account(outside, recorded_resources(recording))
    for recorded_id, made_id in made.items():
        text = text.replace(recorded_id, made_id)
    shop.import_state(json.loads(text))
    shop.program(recording["program"])
    # They acted at creation only, so that their values make no difference any more.
    shop.with_environment(
        VERIFICATION_KEY_URL="https://elsewhere.test/{callback_id}",
        RECEIVER_TOKEN="another-token",
        TUNED_KEY="YW5vdGhlciBrZXk=",
        ADOPTED_KEY="YW5vdGhlciBrZXk=",
        ADOPTED_CALLBACK="99999999-9999-4999-8999-999999999999",
        ADOPTED_SUBSCRIPTION="99999999-9999-4999-8999-999999999999",
    )
    calls.take()
    return shop


def test_present_version_is_recorded() -> None:
    """There is a recording of the present version, and that of the first one is kept."""
    wanted = {f"{version}-all-resources" for version in ("0.1.0", ens.__version__)}

    assert wanted <= {path.stem for path in RECORDINGS}


def test_names_in_states_are_permanent(recording: dict[str, Any]) -> None:
    """Every recorded resource names its type and its provider as the present version does."""
    found: dict[str, set[str]] = {}
    for each in recorded_resources(recording):
        pickles = {each[bag]["__provider"] for bag in ("inputs", "outputs")}
        found[each["type"]] = found.get(each["type"], set()) | pickles

    assert found == {kind: {pickle} for kind, pickle in PICKLES.items()}


def test_left_alone_refreshed_and_destroyed(
    loaded: Stack, emulator: EmulatorProcess, calls: Calls, recording: dict[str, Any]
) -> None:
    """No change is previewed, found or made, nothing is called for it, and all of it goes."""
    before = by_urn(loaded)
    account = emulator.state()
    assert len(before) == len(recorded_resources(recording)) >= len(PICKLES)

    assert loaded.preview("--expect-no-changes").code == 0
    applied = loaded.up()
    assert (applied.code, applied.operations, calls.take()) == (0, {}, [])
    refreshed = loaded.refresh()
    assert (refreshed.code, refreshed.operations) == (0, {})
    assert by_urn(loaded) == before
    assert loaded.preview("--expect-no-changes").code == 0
    # A token, one list of callbacks, and one of the subscriptions of each callback.
    assert len(calls.take()) == 1 + 1 + len(account["callbacks"])
    assert emulator.state() == account

    destroyed = loaded.destroy()
    assert (destroyed.code, destroyed.operations) == (0, {"delete": len(before)})
    assert emulator.state() == {"callbacks": [], "subscriptions": []}
    assert loaded.state() == []


def test_changed_in_place(loaded: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """An edit of a recorded resource is the one call that it always was."""
    program = (loaded.folder / "__main__.py").read_text("utf-8")
    loaded.program(
        program.replace("max_batch_size=500", "max_batch_size=600")
        .replace('version="3"', 'version="4"')
        .replace("paused=True", "paused=False")
    )

    changed = loaded.up()

    assert (changed.code, changed.operations) == (0, {"update": 3})
    assert sorted(calls.take()) == [
        "POST token 200",
        "PUT ens-callbacks 200",
        "PUT ens-regenerate 200",
        "PUT ens-subscriptions 200",
    ]
    assert {s["status"] for s in emulator.state()["subscriptions"]} == {"active"}
    assert loaded.preview("--expect-no-changes").code == 0


def _account(outside: Outside, resources: list[dict[str, Any]]) -> dict[str, str]:
    """Make what the resources stand for; return the new ids by the recorded ones."""
    made: dict[str, str] = {}
    of_type = {kind: [each for each in resources if each["type"] == kind] for kind in PICKLES}
    for each in of_type[CALLBACK]:
        outputs = each["outputs"]
        made[each["id"]] = outside.create_callback(
            outputs["callback_name"], url=outputs["url"], max_batch_size=outputs["max_batch_size"]
        )["callbackId"]
    for each in of_type[VERIFICATION]:
        outside.verify(made[each["id"]])
    for each in of_type[SUBSCRIPTION]:
        made[each["id"]] = _subscription(outside, each["outputs"], made)
    return made


def _subscription(outside: Outside, outputs: dict[str, Any], made: dict[str, str]) -> str:
    fields = {
        "subscriptionName": outputs["subscription_name"],
        "eventCategoryTypes": outputs["event_category_types"],
        "filters": outputs["filters"],
    }
    callback_id = made[outputs["callback_id"]]
    [created] = outside.call("POST", "ens-subscriptions", [{"callbackId": callback_id, **fields}])
    if outputs["paused"]:
        outside.change_subscription(
            created | fields, status="paused", statusReason=outputs["status_reason"]
        )
    return str(created["subscriptionId"])
