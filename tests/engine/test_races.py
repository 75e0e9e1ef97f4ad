"""Two stacks that create the same callback side by side, and one stack that is run twice at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.engine.held_calls import start_held
from tests.engine.programs import URL, arguments, orders
from tests.engine.readings import sentence, warnings_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tools.engine.environment import ServiceAccess

pytestmark = pytest.mark.engine

CREATE = "POST /platform/v1/ens-callbacks"
REGENERATE = "PUT /platform/v1/ens-regenerate"
REFUSED_BY_LOCK = (
    "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or "
    "delete the lock file with `pulumi cancel`."
)
_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


def keyed_orders(**inputs: object) -> str:
    """Return the program of `orders` with a signature key of its own."""
    key = arguments("orders", {"version": "1"})
    return f"{orders(**inputs)}ens.SignatureKey({key}, callback_id=orders)\n"


def test_two_stacks_create_the_same_at_once(
    shop: Stack, new_stack: NewStack, service: ServiceAccess, emulator: EmulatorProcess
) -> None:
    """One callback is there afterwards; the loser names the vanished one, and its remedy works."""
    other = new_stack(service=service, project="shop")
    other.program(orders())
    shop.program(keyed_orders())
    running = start_held(shop, emulator, route=REGENERATE, when="before")
    [vanished] = emulator.state()["callbacks"]

    won = other.up()
    emulator.clear_faults()
    lost = running.wait()

    [kept] = emulator.state()["callbacks"]
    assert (won.code, won.operations) == (0, {"create": 1})
    assert other.outputs()["callback_id"] == kept["callbackId"] != vanished["callbackId"]
    assert (lost.code, lost.operations) == (1, {"create": 1})
    assert re.findall(_GUID, lost.errors[0]) == [vanished["callbackId"], kept["callbackId"]]
    assert sentence(lost) == (
        "ens_provider.DeletedOutside: Callback {id} does not exist in business unit 1234567, so that "
        "it has no signature key: this run created it, but another stack or program seems to declare "
        "the same name and URL ('shop-dev-orders', https://receiver.test/orders), and to have deleted "
        "this one as a leftover, since no subscription hung on it; callback {id} is there instead. "
        "Give one of the two another name and URL, then run `pulumi up --refresh`."
    )

    shop.program(keyed_orders(callback_name="ours", url="https://other.test/orders"))
    emulator.move_clock(121)
    healed = shop.up("--refresh")

    assert (healed.code, healed.operations["create"]) == (0, 2)
    assert warnings_of(healed)[0].startswith(
        "The callback 'shop-dev-orders' ({id}) is gone, and callback {id} of the same name and URL is "
        "there instead: another stack or program seems to declare them, too."
    )
    assert [c["callbackName"] for c in emulator.state()["callbacks"]] == ["shop-dev-orders", "ours"]
    assert other.preview("--refresh", "--expect-no-changes").code == 0


def test_one_stack_from_two_machines(
    shop: Stack,
    new_stack: NewStack,
    service: ServiceAccess,
    emulator: EmulatorProcess,
    calls: Calls,
) -> None:
    """The backend's lock: the second run calls nothing, and waits for nobody after `cancel`."""
    second = new_stack(service=service, project="shop")
    second.with_environment(PULUMI_BACKEND_URL=shop.cli.environment["PULUMI_BACKEND_URL"])
    # What a checkout of the project brings: the stack's salt, and the program.
    second.file("Pulumi.dev.yaml", (shop.folder / "Pulumi.dev.yaml").read_text("utf-8"))
    second.cli.run("stack", "select", "dev", check=True)
    for stack in (shop, second):
        stack.program(orders())
    running = start_held(shop, emulator, route=CREATE, when="after")
    calls.take()

    while_it_runs = second.cli.run("up", "--yes", "--skip-preview")
    running.kill_cli()
    running.kill_plugin()
    emulator.clear_faults()
    after_it_was_killed = second.cli.run("up", "--yes", "--skip-preview")

    for refused in (while_it_runs, after_it_was_killed):
        assert refused.code != 0
        assert REFUSED_BY_LOCK in refused.text
    assert calls.take() == []
    assert second.cancel().code == 0
    assert second.up("--refresh").operations == {"create": 1}
    [callback] = emulator.state()["callbacks"]
    assert (callback["url"], callback["callbackId"]) == (URL, second.outputs()["callback_id"])
    assert shop.outputs() == second.outputs()
    assert shop.preview("--expect-no-changes").code == 0
