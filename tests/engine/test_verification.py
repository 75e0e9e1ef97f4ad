"""What becomes of a verification: redone, lapsed, suspended, refused, and cut off by a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.held_calls import start_held
from tests.engine.programs import (
    CALLBACK,
    HOOKS_URL,
    KEY,
    NAME,
    SENT,
    SUBSCRIPTION,
    URL,
    VERIFICATION,
    handshake,
    orders,
)
from tests.engine.readings import outputs_by_type, sentence, warnings_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack
    from tests.engine.outside import Outside
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

CREATE = "POST /platform/v1/ens-callbacks"
VERIFY = "POST /platform/v1/ens-verify"
LIST = "GET /platform/v1/ens-callbacks"
GET = "GET /platform/v1/ens-callbacks/{callbackId}"
LONG_ENOUGH = 121
DEADLINE_SECONDS = 4 * 60 * 60
CALLBACK_ID_GIVEN = f"callback '{NAME}' (id {{id}}, {HOOKS_URL})"
REFUSED = (
    f"ens_provider.VerificationRefused: ENS refused the verification key of {CALLBACK_ID_GIVEN} "
    "with 400 (Callback {id} %s), and shows the callback as not verified (status 'unverified'). A "
    "verification key works once, within 4 hours of the creation, for the callback whose probe "
    "brought it. Correct the key; or replace the callback, which brings a new one: `pulumi up "
    "--replace` with the callback's URN."
)
SUSPENDED = (
    f"Callback '{NAME}' (id {{id}}, {HOOKS_URL}) was verified, but ENS shows its status as "
    "'suspended', reason 'too many failures': it may not be delivered to. Look at it in Setup > "
    "URL Callbacks."
)


@pytest.fixture
def settled(keyed: Stack, emulator: EmulatorProcess, calls: Calls) -> Stack:
    """Give a stack whose handshake was long ago."""
    keyed.program(handshake())
    keyed.up()
    emulator.move_clock(LONG_ENOUGH)
    calls.take()
    return keyed


def show(emulator: EmulatorProcess, *, route: str, status: str, reason: str = "none") -> None:
    """Let a route show the callback in another status, until the faults are cleared."""
    [callback] = emulator.state()["callbacks"]
    shown = {name: callback[name] for name in ("callbackId", "callbackName", "url", "maxBatchSize")}
    body = {**shown, "status": status, "statusReason": reason}
    emulator.add_fault(
        route=route, when="after", do="body", times=None, body=[body] if route == LIST else body
    )


def refused_in_the_end(stack: Stack, emulator: EmulatorProcess) -> RunResult:
    """Run `up` until it no longer believes that what ENS shows lags behind."""
    run = stack.start_up()
    run.command.wait_for_text("attempt 1 failed, the next follows in 2 s")
    emulator.move_clock(LONG_ENOUGH)
    return run.wait()


def converged(stack: Stack, emulator: EmulatorProcess) -> bool:
    """Tell whether there is the one callback, verified, subscribed, its key the stack's."""
    [callback] = emulator.state()["callbacks"]
    [subscription] = emulator.state()["subscriptions"]
    held = outputs_by_type(stack)
    assert held[VERIFICATION]["callback_id"] == callback["callbackId"]
    assert held[KEY]["key"] == callback["signatureKey"]
    assert (callback["status"], subscription["status"]) == ("verified", "active")
    assert subscription["callbackId"] == callback["callbackId"]
    return stack.preview("--expect-no-changes").code == 0


def test_redone_alone(settled: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """`--replace` finds the callback verified already, and nothing that waited for it changes."""
    before = emulator.state()

    redone = settled.up("--replace", f"{settled.urn_prefix}{VERIFICATION}::orders")

    assert (redone.code, redone.operations) == (0, {"replace": 1})
    assert calls.take() == [
        "POST token 200",
        "POST ens-verify 400",
        f"GET ens-callbacks/{NAME} 200",
    ]
    assert emulator.state() == before
    assert converged(settled, emulator)


def test_answer_is_lost(keyed: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A verification whose answer is lost is found done, in the same run."""
    emulator.add_fault(route=VERIFY, when="after", do="drop")
    keyed.program(handshake())

    created = keyed.up()

    assert (created.code, created.operations) == (0, {"create": 4})
    assert calls.take()[2:5] == [
        "POST ens-verify -",
        "POST ens-verify 400",
        f"GET ens-callbacks/{NAME} 200",
    ]
    assert converged(keyed, emulator)


def test_suspension_is_kept_and_told(
    settled: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A suspended callback is still verified: its status shows, with a warning, and no change."""
    show(emulator, route=LIST, status="suspended", reason="too many failures")

    refreshed = settled.refresh()

    assert (refreshed.code, refreshed.operations) == (0, {})
    assert warnings_of(refreshed) == [SUSPENDED]
    assert outputs_by_type(settled)[VERIFICATION]["status"] == "suspended"
    calls.take()
    assert settled.up().operations == {}
    assert calls.take() == []
    emulator.clear_faults()
    settled.refresh()
    assert outputs_by_type(settled)[VERIFICATION]["status"] == "verified"


def test_lapse_leaves_the_state_and_names_the_way_on(
    settled: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A callback shown as before its verification has to be replaced: told, and then done."""
    show(emulator, route=LIST, status="unverified")
    show(emulator, route=GET, status="unverified")

    refreshed = settled.refresh()

    assert (refreshed.code, refreshed.operations) == (0, {"delete": 1})
    assert set(outputs_by_type(settled)) == {CALLBACK, KEY, SUBSCRIPTION}
    calls.take()
    refused = refused_in_the_end(settled, emulator)
    assert (refused.code, refused.operations) == (1, {})
    assert sentence(refused) == REFUSED % "is already verified."
    attempt = ["POST ens-verify 400", f"GET ens-callbacks/{NAME} 200"]
    assert calls.take() == ["POST token 200", *attempt, *attempt]
    emulator.clear_faults()
    replaced = settled.up("--replace", f"{settled.urn_prefix}{CALLBACK}::orders")
    assert (replaced.code, replaced.operations) == (0, {"replace": 3, "create": 1})
    assert calls.take() == [
        "POST token 200",
        f"DELETE ens-subscriptions/{SENT} 200",
        f"DELETE ens-callbacks/{NAME} 200",
        "POST ens-callbacks 201",
        "POST ens-verify 200",
        "PUT ens-regenerate 200",
        "POST ens-subscriptions 201",
    ]
    assert converged(settled, emulator)


def test_too_late(keyed: Stack, emulator: EmulatorProcess) -> None:
    """After the four hours the key is refused for good, and a replacement brings a new one."""
    keyed.program(orders(url=HOOKS_URL))
    keyed.up()
    emulator.move_clock(DEADLINE_SECONDS + 1)
    keyed.program(handshake())

    refused = refused_in_the_end(keyed, emulator)

    assert (refused.code, refused.operations) == (1, {})
    assert sentence(refused) == REFUSED % (
        "was not verified within 4 hours; delete it and create it again."
    )
    replaced = keyed.up("--replace", f"{keyed.urn_prefix}{CALLBACK}::orders")
    assert (replaced.code, replaced.operations) == (0, {"replace": 1, "create": 3})
    assert converged(keyed, emulator)


def test_too_late_where_the_callback_is_deleted(keyed: Stack, emulator: EmulatorProcess) -> None:
    """Where the service deletes what nobody verified, the reader is told so, and it comes back."""
    emulator.set_switches(after_deadline="deleted")
    keyed.program(orders(url=HOOKS_URL))
    keyed.up()
    emulator.move_clock(DEADLINE_SECONDS + 1)
    keyed.program(handshake())

    refused = refused_in_the_end(keyed, emulator)

    assert sentence(refused) == (
        "ens_provider.DeletedOutside: ENS does not show callback {id} in business unit 1234567, so "
        "that it cannot be verified: it was deleted, perhaps because 4 hours went by without a "
        "verification, or belongs to another business unit. Run `pulumi up --refresh` to create it "
        "again."
    )
    assert keyed.up("--refresh").code == 0
    assert converged(keyed, emulator)


@pytest.mark.parametrize("killed", ["cli", "plugin"])
def test_verified_in_the_probe_and_killed_before_the_answer(
    shop: Stack, emulator: EmulatorProcess, endpoint: Endpoint, outside: Outside, *, killed: str
) -> None:
    """A callback that is verified, but whose key nobody heard, makes way for one whose key is."""
    endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)
    shop.program(handshake(callback={"url": URL}, verification={}))
    running = start_held(shop, emulator, route=CREATE, when="after")
    [orphan] = emulator.state()["callbacks"]
    assert orphan["status"] == "verified"

    if killed == "cli":
        running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    assert running.wait().code != 0
    shop.cancel()

    assert shop.up("--refresh").code == 0
    [callback] = emulator.state()["callbacks"]
    assert callback["callbackId"] != orphan["callbackId"]
    assert converged(shop, emulator)
