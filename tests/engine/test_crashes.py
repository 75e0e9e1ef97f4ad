"""Killed and interrupted runs: the next `up --refresh` leaves one callback with a known key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.held_calls import let_the_orphan_finish, start_held
from tests.engine.programs import NAME, URL, orders

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

CREATE = "POST /platform/v1/ens-callbacks"
UPDATE = "PUT /platform/v1/ens-callbacks"
DELETE = "DELETE /platform/v1/ens-callbacks/{callbackId}"


def converged(shop: Stack, emulator: EmulatorProcess, *, url: str = URL, batch: int = 1000) -> bool:
    """Tell whether service and stack hold exactly the one declared callback and its key."""
    [callback] = emulator.state()["callbacks"]
    [resource] = shop.state(show_secrets=True)
    assert (callback["callbackName"], callback["url"]) == (NAME, url)
    assert callback["maxBatchSize"] == batch
    assert resource["id"] == callback["callbackId"]
    assert shop.outputs(show_secrets=True)["signature_key"] == callback["signatureKey"]
    return shop.preview("--expect-no-changes").code == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("killed", ["cli", "plugin", "both"])
def test_killed_while_creating(
    shop: Stack, emulator: EmulatorProcess, *, killed: str, when: str
) -> None:
    """Killed with -9 around the creation: one callback afterwards, and its key is known."""
    shop.program(orders())
    running = start_held(shop, emulator, route=CREATE, when=when)

    if killed in {"cli", "both"}:
        running.kill_cli()
    if killed in {"plugin", "both"}:
        running.kill_plugin()
    if killed == "cli":
        let_the_orphan_finish(emulator, route=CREATE)
    emulator.clear_faults()
    if killed == "plugin":
        assert running.wait().code != 0
    else:
        assert shop.cancel().code == 0

    result = shop.up("--refresh")

    assert (result.code, result.operations) == (0, {"create": 1})
    assert converged(shop, emulator)


@pytest.mark.parametrize("duplicate", ["304", "400"])
def test_killed_after_the_creation_took_effect_under_each_refusal(
    shop: Stack, emulator: EmulatorProcess, calls: Calls, *, duplicate: str
) -> None:
    """However ENS says "already present", what the crash left is deleted and created anew."""
    emulator.set_switches(duplicate_callback=duplicate)
    shop.program(orders())
    running = start_held(shop, emulator, route=CREATE, when="after")
    running.kill_cli()
    let_the_orphan_finish(emulator, route=CREATE)
    shop.cancel()
    [orphan] = emulator.state()["callbacks"]
    calls.take()

    assert shop.up("--refresh").code == 0

    assert calls.take() == [
        "POST token 200",
        f"POST ens-callbacks {duplicate}",
        "GET ens-callbacks 200",
        f"GET ens-subscriptions-by-cb/{NAME} 200",
        f"DELETE ens-callbacks/{NAME} 200",
        "POST ens-callbacks 201",
    ]
    [callback] = emulator.state()["callbacks"]
    assert callback["callbackId"] != orphan["callbackId"]
    assert converged(shop, emulator)


def test_pending_creation_can_be_cleared(shop: Stack, emulator: EmulatorProcess) -> None:
    """What a hard kill leaves in the state goes with `refresh --clear-pending-creates`."""
    shop.program(orders())
    running = start_held(shop, emulator, route=CREATE, when="after")
    running.kill_cli()
    let_the_orphan_finish(emulator, route=CREATE)
    shop.cancel()
    assert shop.up("--refresh").code == 0
    assert len(shop.export()["deployment"]["pending_operations"]) == 1

    assert shop.refresh("--clear-pending-creates").code == 0

    assert "pending_operations" not in shop.export()["deployment"]
    assert converged(shop, emulator)


def test_interrupted_once_while_creating(shop: Stack, emulator: EmulatorProcess) -> None:
    """One Ctrl-C lets the creation end: it is recorded, and the next `up` changes nothing."""
    shop.program(orders())
    running = start_held(shop, emulator, route=CREATE, when="after")

    running.interrupt()
    running.command.wait_for_text("cancel")
    emulator.clear_faults()
    assert running.wait().code != 0

    [callback] = emulator.state()["callbacks"]
    [resource] = shop.state(show_secrets=True)
    assert resource["id"] == callback["callbackId"]
    result = shop.up("--refresh")
    assert (result.code, result.operations) == (0, {"refresh": 1})
    assert converged(shop, emulator)


@pytest.mark.parametrize("when", ["before", "after"])
def test_interrupted_twice_while_creating(
    shop: Stack, emulator: EmulatorProcess, *, when: str
) -> None:
    """A second Ctrl-C ends at once; the next `up --refresh` leaves one callback with its key."""
    shop.program(orders())
    running = start_held(shop, emulator, route=CREATE, when=when)

    running.interrupt()
    running.command.wait_for_text("cancel")
    running.interrupt()
    assert running.wait().code != 0
    emulator.clear_faults()
    shop.cancel()

    assert shop.up("--refresh").code == 0
    assert converged(shop, emulator)


def test_interrupted_while_waiting_for_the_endpoint(shop: Stack, emulator: EmulatorProcess) -> None:
    """One Ctrl-C between two attempts ends the run, and nothing is left on the service."""
    shop.program(orders(url="https://nowhere.test/orders", probe_timeout_seconds=300))
    running = shop.start_up()
    running.command.wait_for_text("attempt 1 failed")

    running.interrupt()

    assert running.wait(timeout_seconds=60).code != 0
    assert emulator.state()["callbacks"] == []
    shop.program(orders())
    assert shop.up("--refresh").code == 0
    assert converged(shop, emulator)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("killed", ["cli", "plugin"])
def test_killed_while_changing_in_place(
    shop: Stack, emulator: EmulatorProcess, *, killed: str, when: str
) -> None:
    """Killed around an update: the next `up --refresh` brings the declared value, same callback."""
    shop.program(orders())
    assert shop.up().code == 0
    [before] = emulator.state()["callbacks"]
    shop.program(orders(max_batch_size=500))
    running = start_held(shop, emulator, route=UPDATE, when=when)

    if killed == "cli":
        running.kill_cli()
        let_the_orphan_finish(emulator, route=UPDATE)
        shop.cancel()
    else:
        running.kill_plugin()
        emulator.clear_faults()
        assert running.wait().code != 0

    assert shop.up("--refresh").code == 0
    [after] = emulator.state()["callbacks"]
    assert after["callbackId"] == before["callbackId"]
    assert after["signatureKey"] == before["signatureKey"]
    assert converged(shop, emulator, batch=500)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("route", [DELETE, CREATE], ids=["delete", "create"])
def test_killed_while_replacing(
    shop: Stack, emulator: EmulatorProcess, *, route: str, when: str
) -> None:
    """Killed around either half of a replacement: one callback of the new URL, key known."""
    shop.program(orders())
    assert shop.up().code == 0
    moved = "https://receiver.test/moved"
    shop.program(orders(url=moved))
    running = start_held(shop, emulator, route=route, when=when)

    running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    shop.cancel()

    assert shop.up("--refresh").code == 0
    assert converged(shop, emulator, url=moved)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_destroying(shop: Stack, emulator: EmulatorProcess, *, when: str) -> None:
    """Killed around a deletion: the next `destroy --refresh` leaves nothing."""
    shop.program(orders())
    assert shop.up().code == 0
    shop.program("")
    running = start_held(shop, emulator, route=DELETE, when=when)

    running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    shop.cancel()

    assert shop.destroy("--refresh").code == 0
    assert emulator.state()["callbacks"] == []
    assert shop.state() == []


@pytest.mark.parametrize(
    ("do", "when"),
    [
        ("drop", "before"),
        ("drop", "after"),
        ("status", "before"),
        ("status", "after"),
        ("truncate", "after"),
    ],
)
def test_answer_of_a_creation_is_lost(
    shop: Stack, emulator: EmulatorProcess, *, do: str, when: str
) -> None:
    """A lost answer is settled within the run: one callback, its key known, no second one."""
    fields = {"status": 502, "body": "<html>Bad Gateway</html>"} if do == "status" else {}
    emulator.add_fault(route=CREATE, when=when, do=do, **fields)
    shop.program(orders())

    result = shop.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert converged(shop, emulator)
