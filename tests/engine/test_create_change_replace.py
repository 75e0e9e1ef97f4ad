"""A callback is created, left alone, changed in place and replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CALLBACK, NAME, THING, URL, orders

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

REPLACED = [
    "POST token 200",
    f"DELETE ens-callbacks/{NAME} 200",
    "POST ens-callbacks 201",
]

GAP = (
    "Replacing callback 'shop-dev-orders' loses events: from the deletion of its subscriptions to the "
    "creation of the new ones ENS has nowhere to send them. docs/moving.md has the way without a gap: a "
    "new slot of an ens.NotificationEndpoint, or a second Callback beside this one first."
)


def test_created_then_left_alone(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """A callback is created by one call under its default name, and a second `up` makes none."""
    shop.program(
        orders(max_batch_size=500)
        + "pulumi.export('kind', orders.max_batch_size.apply(lambda size: type(size).__name__))\n"
    )

    created = shop.up()

    assert (created.code, created.operations) == (0, {"create": 1})
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201"]
    [callback] = emulator.state()["callbacks"]
    assert (callback["callbackName"], callback["url"]) == ("shop-dev-orders", URL)
    assert (callback["maxBatchSize"], callback["mid"]) == (500, 1234567)
    assert shop.outputs(show_secrets=True) == {
        "callback_id": callback["callbackId"],
        "signature_key": callback["signatureKey"],
        "kind": "int",
    }
    [resource] = shop.state()
    positions = [frame.get("sourcePosition", "") for frame in resource["stackTrace"]]
    files = [each.rpartition("/")[2].partition("#")[0] for each in positions]
    assert files[:3] == ["ens_resource.py", "callback.py", "__main__.py"]
    # Two frames of what runs the program, which before 3.11 have a file.
    assert len(files) == 5
    assert set(files[3:]) <= {"", "runpy.py"}

    again = shop.up()

    assert (again.code, again.operations) == (0, {})
    assert calls.take() == []


def test_args_and_named_inputs_declare_the_same(shop: Stack) -> None:
    """A callback that is declared with `CallbackArgs` is the one that named inputs declare."""
    shop.program(orders(max_batch_size=500, callback_name="Orders"))
    shop.up()
    shop.program(f"""
        import pulumi
        import ens_provider as ens

        args = ens.CallbackArgs(url={URL!r}, max_batch_size=500, callback_name="Orders")
        orders = ens.Callback("orders", args, pulumi.ResourceOptions(protect=False))
        pulumi.export("callback_id", orders.id)
        pulumi.export("signature_key", orders.signature_key)
    """)

    assert shop.up().operations == {}


def test_state_keeps_whole_numbers_and_no_id_output(shop: Stack) -> None:
    """The state holds the complete bag: every input and output once, numbers without a point."""
    shop.program(orders(max_batch_size=500, probe_timeout_seconds=5))

    shop.up()

    [entry] = shop.state(show_secrets=True)
    outputs = {k: v for k, v in entry["outputs"].items() if k != "__provider"}
    assert sorted(outputs) == [
        "callback_name",
        "changed_at",
        "force_destroy",
        "max_batch_size",
        "mid",
        # Given, and so recorded; `on_existing` is not given.
        "probe_timeout_seconds",
        "signature_key",
        "url",
    ]
    assert entry["type"] == CALLBACK
    assert (repr(outputs["max_batch_size"]), outputs["mid"]) == ("500", "1234567")
    assert repr(outputs["probe_timeout_seconds"]) == "5"


def test_batch_size_changes_in_place(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Another batch size is one PUT; the callback, its id and its key stay."""
    shop.program(orders(max_batch_size=500))
    shop.up()
    before = shop.outputs(show_secrets=True)
    calls.take()

    shop.program(orders(max_batch_size=750))
    updated = shop.up()

    assert (updated.code, updated.operations) == (0, {"update": 1})
    assert updated.steps[0].diffs == ("max_batch_size",)
    assert calls.take() == ["POST token 200", "PUT ens-callbacks 200"]
    [callback] = emulator.state()["callbacks"]
    assert callback["maxBatchSize"] == 750
    assert (
        shop.outputs(show_secrets=True)
        == before
        == {
            "callback_id": callback["callbackId"],
            "signature_key": callback["signatureKey"],
        }
    )
    assert shop.state()[0]["outputs"]["max_batch_size"] == 750


def test_force_destroy_alone_calls_nothing(shop: Stack, calls: Calls) -> None:
    """A change that only this provider looks at updates the state without a call."""
    shop.program(orders())
    shop.up()
    calls.take()

    shop.program(orders(force_destroy=True))
    updated = shop.up()

    assert (updated.code, updated.operations) == (0, {"update": 1})
    assert calls.take() == []
    assert shop.state()[0]["outputs"]["force_destroy"] is True


def test_create_only_inputs_make_no_difference_later(shop: Stack, calls: Calls) -> None:
    """Inputs that act at creation are no change when they are edited, added or removed later."""
    shop.program(orders(probe_timeout_seconds=5, on_existing="fail"))
    shop.up()
    calls.take()

    shop.program(orders(probe_timeout_seconds=9, known_signature_key="a2V5"))

    assert shop.up().operations == {}
    assert calls.take() == []


def test_replaced_by_name_by_url_and_by_flag(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Another name, another URL and `--replace` each delete the callback before the new one."""
    shop.program(orders())
    shop.up()
    calls.take()

    shop.program(orders(url="https://other.test/orders"))
    assert _warnings(shop.preview()) == [GAP]
    by_url = _replaced(shop.up(), "url")
    assert calls.take() == REPLACED
    assert _only_callback(emulator, shop) == (NAME, "https://other.test/orders")

    shop.program(orders(url="https://other.test/orders", callback_name="Bestellungen"))
    by_name = _replaced(shop.up(), "callback_name")
    assert calls.take() == REPLACED
    assert _only_callback(emulator, shop) == ("Bestellungen", "https://other.test/orders")

    by_flag = _replaced(shop.up("--replace", f"{shop.urn_prefix}{CALLBACK}::orders"), "id")
    assert calls.take() == [call.replace(NAME, "Bestellungen") for call in REPLACED]
    assert _only_callback(emulator, shop) == ("Bestellungen", "https://other.test/orders")
    assert by_url == by_name == by_flag == ["delete-replaced", "replace", "create-replacement"]


def test_equal_url_in_another_spelling_is_no_change(shop: Stack, calls: Calls) -> None:
    """The host's case and a missing path are no difference."""
    shop.program(orders(url="https://receiver.test"))
    shop.up()
    calls.take()

    shop.program(orders(url="https://RECEIVER.test/"))

    assert shop.up().operations == {}
    assert calls.take() == []


def test_dependents_by_id_are_not_announced(shop: Stack) -> None:
    """A preview of an in-place change shows that change alone; what takes the id stays the same."""
    shop.file("thing.py", THING)
    dependent = "from thing import Thing\nThing('reader', callback=orders.id)\n"
    shop.program(orders(max_batch_size=500) + dependent)
    assert shop.up().operations == {"create": 2}

    shop.program(orders(max_batch_size=750) + dependent)

    assert shop.preview().operations == {"update": 1}
    assert shop.up().operations == {"update": 1}


def _warnings(result: RunResult) -> list[str]:
    return [each.message for each in result.diagnostics if each.severity == "warning"]


def _replaced(result: RunResult, *keys: str) -> list[str]:
    """Check that a run replaced the callback because of `keys`; return its steps in order."""
    assert (result.code, result.operations) == (0, {"replace": 1})
    assert {step.keys for step in result.steps if step.op == "replace"} == {keys}
    return [step.op for step in result.steps]


def _only_callback(emulator: EmulatorProcess, shop: Stack) -> tuple[str, str]:
    """Check that the stack holds the emulator's only callback and its key; return name and URL."""
    [callback] = emulator.state()["callbacks"]
    assert shop.outputs(show_secrets=True) == {
        "callback_id": callback["callbackId"],
        "signature_key": callback["signatureKey"],
    }
    return callback["callbackName"], callback["url"]
