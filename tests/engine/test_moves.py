"""Resources renamed and moved in the program: no live callback is destroyed, no key is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.programs import CALLBACK, NAME, URL

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

TAKEN_OVER_WARNING = (
    "The callback 'shop-dev-orders' ({id}) was not deleted: another resource of this program has "
    "taken it over. Next time, give a renamed or moved resource `aliases`."
)


def plain(name: str = "orders", **inputs: object) -> str:
    """Return a program with the callback at the top, under that resource name."""
    return f"""
import pulumi
import ens_provider as ens
orders = ens.Callback({name!r}, {_arguments(inputs)})
pulumi.export("signature_key", orders.signature_key)
"""


def in_component(*, options: str = "", after: str = "", **inputs: object) -> str:
    """Return a program with the callback inside a component; `after` stands at its end."""
    return f"""
import pulumi
import ens_provider as ens
class Shop(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("shop:index:Shop", "shop")
        options = pulumi.ResourceOptions(parent=self{options})
        self.orders = ens.Callback("orders", {_arguments(inputs)}, opts=options)
orders = Shop().orders
pulumi.export("signature_key", orders.signature_key)
{after}
"""


FAILING = """
bad = ens.Callback("bad", url="https://nowhere.test/", probe_timeout_seconds=0,
                   opts=pulumi.ResourceOptions(depends_on=[orders]))
"""


def _arguments(inputs: dict[str, object]) -> str:
    declared = {"url": URL, "callback_name": NAME} | inputs
    return ", ".join(f"{name}={value!r}" for name, value in declared.items())


def the_callback(emulator: EmulatorProcess) -> dict[str, Any]:
    [callback] = emulator.state()["callbacks"]
    return callback


def make_live(emulator: EmulatorProcess, outside: Outside) -> dict[str, Any]:
    callback_id = the_callback(emulator)["callbackId"]
    outside.verify(callback_id)
    outside.subscribe(callback_id)
    return the_callback(emulator)


def assert_managed_once(shop: Stack, callback: dict[str, Any]) -> None:
    """Assert that the state has exactly one entry, for this callback and its key."""
    [resource] = [each for each in shop.state(show_secrets=True) if each["type"] == CALLBACK]
    assert resource["id"] == callback["callbackId"]
    assert shop.outputs(show_secrets=True)["signature_key"] == callback["signatureKey"]


def warnings_of(shop_run: Any) -> list[str]:
    return [each.message for each in shop_run.diagnostics if each.severity == "warning"]


def test_moved_with_aliases(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """With an alias a move is no change: no call, same callback, same key."""
    shop.program(plain())
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    calls.take()
    shop.program(
        in_component(options=", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]")
    )

    result = shop.up()

    assert (result.code, result.operations) == (0, {})
    assert calls.take() == []
    assert the_callback(emulator) == live
    assert_managed_once(shop, live)


def test_renamed_with_alias(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """With an alias a new resource name is no change, as long as the callback's name stays."""
    shop.program(plain())
    assert shop.up().code == 0
    callback = the_callback(emulator)
    calls.take()
    shop.program(
        plain("purchases", opts=0).replace(
            "opts=0", 'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="orders")])'
        )
    )

    result = shop.up()

    assert (result.code, result.operations) == (0, {})
    assert calls.take() == []
    assert_managed_once(shop, callback)


def test_live_callback_moved_without_aliases(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, calls: Calls
) -> None:
    """Without an alias and without its key the move is refused, and the callback lives on."""
    shop.program(plain())
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    calls.take()
    shop.program(in_component())

    result = shop.up()

    assert result.code != 0
    assert calls.take() == [
        "POST token 200",
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        f"GET ens-subscriptions-by-cb/{NAME} 200",
    ]
    assert any("give the resource `aliases`" in error for error in result.errors)
    assert the_callback(emulator) == live
    shop.program(plain())
    assert shop.up().code == 0
    assert calls.take() == []
    assert_managed_once(shop, live)


@pytest.mark.parametrize("way", ["known key", "rotate"])
@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
def test_live_callback_moved_without_aliases_and_taken_over(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, *, way: str, force: bool
) -> None:
    """Taken over in the new place, it is not deleted in the old one, in the same run."""
    shop.program(plain(force_destroy=force))
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    inputs = (
        {"known_signature_key": live["signatureKey"]}
        if way == "known key"
        else {"on_existing": "rotate"}
    )
    shop.program(in_component(force_destroy=force, **inputs))

    result = shop.up()

    assert result.code == 0
    assert TAKEN_OVER_WARNING.format(id=live["callbackId"]) in warnings_of(result)
    after = the_callback(emulator)
    assert after["callbackId"] == live["callbackId"]
    assert (after["signatureKey"] == live["signatureKey"]) == (way == "known key")
    assert len(emulator.state()["subscriptions"]) == 1
    assert_managed_once(shop, after)
    assert shop.preview("--expect-no-changes").code == 0


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
@pytest.mark.parametrize("refresh", [False, True], ids=["", "refresh"])
def test_live_callback_moved_with_a_failure_in_between(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, *, force: bool, refresh: bool
) -> None:
    """A failure between take-over and clean-up: the next run drops the old entry only."""
    shop.program(plain(force_destroy=force))
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    moved = {"force_destroy": force, "known_signature_key": live["signatureKey"]}
    shop.program(in_component(after=FAILING, **moved))
    assert shop.up().code != 0
    assert [each["id"] for each in shop.state() if each["type"] == CALLBACK] == [
        live["callbackId"],
        live["callbackId"],
    ]
    shop.program(in_component(**moved))

    result = shop.up(*(["--refresh"] if refresh else []))

    assert result.code == 0
    assert the_callback(emulator) == live
    assert len(emulator.state()["subscriptions"]) == 1
    assert_managed_once(shop, live)
    outside.delete_subscription(emulator.state()["subscriptions"][0]["subscriptionId"])
    assert shop.destroy().code == 0
    assert emulator.state()["callbacks"] == []


def test_both_entries_of_one_callback_destroyed(
    shop: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """A stack with two entries for one callback can be destroyed, with and without refresh."""
    shop.program(plain(force_destroy=True))
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    moved = {"force_destroy": True, "known_signature_key": live["signatureKey"]}
    shop.program(in_component(after=FAILING, **moved))
    assert shop.up().code != 0

    assert shop.destroy("--refresh").code == 0

    assert emulator.state() == {"callbacks": [], "subscriptions": []}
    assert shop.state() == []


@pytest.mark.parametrize("failing", [False, True], ids=["in one run", "failure in between"])
def test_callback_that_nobody_uses_moved_without_aliases(
    shop: Stack, emulator: EmulatorProcess, *, failing: bool
) -> None:
    """Without subscriptions the moved callback is created anew; its key is the stack's."""
    shop.program(plain())
    assert shop.up().code == 0
    before = the_callback(emulator)
    if failing:
        shop.program(in_component(after=FAILING))
        assert shop.up().code != 0
    shop.program(in_component())

    assert shop.up("--refresh").code == 0

    after = the_callback(emulator)
    assert after["callbackId"] != before["callbackId"]
    assert_managed_once(shop, after)
    assert shop.preview("--expect-no-changes").code == 0


def test_renamed_without_alias_under_the_default_name(
    shop: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """A new resource name is a new default name on a taken URL: refused, nothing is touched."""
    program = plain("{name}").replace(f", callback_name={NAME!r}", "")
    shop.program(program.replace("{name}", "orders"))
    assert shop.up().code == 0
    live = make_live(emulator, outside)
    shop.program(program.replace("{name}", "purchases"))

    result = shop.up()

    assert result.code != 0
    assert (
        "ens_provider.AlreadyPresent: ENS refused to create callback 'shop-dev-purchases' "
        f"({URL}): its URL is already present as callback {live['callbackId']} under the name "
        "'shop-dev-orders'. Nothing was changed. Choose another name or URL, or delete callback "
        f"{live['callbackId']} first if nobody needs it."
    ) in result.errors
    assert the_callback(emulator) == live
