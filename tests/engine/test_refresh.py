"""Changes and deletions outside of the program are shown, and repaired by the next `up`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.programs import NAME, URL, orders
from tests.engine.readings import entries, sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

# Within two minutes of the stack's own last write the state is believed.
LONG_ENOUGH = 121
READ = ["POST token 200", "GET ens-callbacks 200"]
# An empty list may have been a 404 to everything, so that it is asked for once more.
GONE = [*READ, f"GET ens-callbacks/{NAME} 404", "GET ens-callbacks 200"]
DELETED = (
    "ens_provider.DeletedOutside: The callback 'shop-dev-orders' ({id}) was deleted outside of "
    "this program and cannot be updated: run `pulumi up --refresh` to create it again."
)


@pytest.fixture
def settled(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> Stack:
    """Give a stack whose callback was created long ago."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    emulator.move_clock(LONG_ENOUGH)
    calls.take()
    return shop


def test_nothing_changed(settled: Stack, calls: Calls) -> None:
    """A refresh is one list and finds no difference; the state stays as it is."""
    before = entries(settled)

    refreshed = settled.refresh()

    assert (refreshed.code, refreshed.operations) == (0, {})
    assert calls.take() == READ
    assert entries(settled) == before


def test_batch_size_changed_outside(
    settled: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """The other batch size shows in a preview and a refresh; `up` puts the declared one back."""
    outside.change_batch_size(_id(emulator), NAME, 900)
    calls.take()

    previewed = settled.preview("--refresh")
    assert _shown(previewed, "update") == ("max_batch_size",)
    assert calls.take() == READ

    refreshed = settled.refresh()
    assert (refreshed.operations, _shown(refreshed, "update")) == (
        {"update": 1},
        ("max_batch_size",),
    )
    assert calls.take() == READ
    assert settled.state()[0]["outputs"]["max_batch_size"] == 900

    repaired = settled.up()
    assert (repaired.code, repaired.operations) == (0, {"update": 1})
    assert calls.take() == ["POST token 200", "PUT ens-callbacks 200"]
    assert [c["maxBatchSize"] for c in emulator.state()["callbacks"]] == [500]


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"callbackName": "Theirs"}, "callback_name"),
        ({"callbackName": NAME, "url": "https://other.test/"}, "url"),
    ],
    ids=["name", "url"],
)
def test_immutable_input_changed_outside(
    settled: Stack, outside: Outside, calls: Calls, changed: dict[str, Any], key: str
) -> None:
    """Another name or URL shows in a refresh; the next `up` replaces the callback."""
    emulator = calls.emulator
    emulator.set_switches(put_url="applied")
    outside.call("PUT", "ens-callbacks", [{"callbackId": _id(emulator)} | changed])
    calls.take()

    assert _shown(settled.refresh(), "update") == (key,)
    assert calls.take() == READ

    repaired = settled.up()
    assert (repaired.code, repaired.operations) == (0, {"replace": 1})
    assert calls.take() == [
        "POST token 200",
        f"DELETE ens-callbacks/{changed['callbackName']} 200",
        "POST ens-callbacks 201",
    ]
    assert [(c["callbackName"], c["url"]) for c in emulator.state()["callbacks"]] == [(NAME, URL)]


def test_echo_in_another_spelling_is_no_drift(
    settled: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A service that spells the URL in its own way is no change, now or in the next `up`."""
    shown = {
        "callbackId": _id(emulator),
        "callbackName": NAME,
        "url": "HTTPS://Receiver.Test/orders",
        "maxBatchSize": 500,
        "status": "unverified",
        "statusReason": "none",
    }
    route = "GET /platform/v1/ens-callbacks"
    emulator.add_fault(route=route, when="after", do="body", body=[shown])
    before = entries(settled)

    assert settled.refresh().operations == {}
    assert entries(settled) == before
    assert settled.up().operations == {}
    assert calls.take() == READ


def test_reads_that_lag_behind_are_not_believed(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A list that does not show a new callback yet drops nothing from the state."""
    emulator.set_switches(propagation_seconds=60)
    shop.program(orders())
    shop.up()
    before = entries(shop)

    refreshed = shop.refresh()

    assert (refreshed.code, refreshed.operations) == (0, {})
    assert entries(shop) == before


def test_deleted_outside_is_created_again(
    settled: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """An update says what to run, and running it creates the callback anew, with a new key."""
    old = settled.outputs(show_secrets=True)
    outside.delete_callback(_id(emulator))
    calls.take()
    settled.program(orders(max_batch_size=750))

    updated = settled.up()
    assert (updated.code, updated.operations, sentence(updated)) == (1, {}, DELETED)
    assert calls.take() == ["POST token 200", "PUT ens-callbacks 404"]

    repaired = settled.up("--refresh")
    assert repaired.code == 0
    assert [s.op for s in repaired.steps if s.op != "refresh"] == ["create"]
    assert calls.take() == [*GONE, "POST ens-callbacks 201"]
    [callback] = emulator.state()["callbacks"]
    new = settled.outputs(show_secrets=True)
    assert new == {
        "callback_id": callback["callbackId"],
        "signature_key": callback["signatureKey"],
    }
    assert set(old.values()).isdisjoint(new.values())


def test_deleted_outside_leaves_the_state(
    settled: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """A refresh asks for the missing one by its id, and takes it out of the state."""
    outside.delete_callback(_id(emulator))
    calls.take()

    refreshed = settled.refresh()

    assert (refreshed.code, refreshed.operations) == (0, {"delete": 1})
    assert calls.take() == GONE
    assert settled.state() == []


def test_update_that_would_create_another_is_undone(
    settled: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Where a PUT creates what is missing, the stranger is deleted and the reader told."""
    emulator.set_switches(put_unknown_callback=201)
    outside.delete_callback(_id(emulator))
    calls.take()
    settled.program(orders(max_batch_size=750))

    updated = settled.up()

    assert (updated.code, updated.operations, sentence(updated)) == (1, {}, DELETED)
    assert calls.take() == [
        "POST token 200",
        "PUT ens-callbacks 201",
        "DELETE ens-callbacks/{id} 200",
    ]
    assert emulator.state()["callbacks"] == []


def _id(emulator: EmulatorProcess) -> str:
    [callback] = emulator.state()["callbacks"]
    return str(callback["callbackId"])


def _shown(result: RunResult, op: str) -> tuple[str, ...]:
    """Check that a run came through, and return what its only step of that kind shows."""
    assert result.code == 0
    [step] = [step for step in result.steps if step.op == op]
    return step.diffs
