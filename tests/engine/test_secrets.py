"""No secret in anything printed, in the event log or in the exported state."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CALLBACK, orders
from tests.engine.watch import CLIENT_SECRET, TOKEN, Watch, keys_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

OTHER_KEY = base64.b64encode(b"the key that the program names later").decode()


def test_life_of_a_callback(guarded: Stack, emulator: EmulatorProcess, watch: Watch) -> None:
    """Created, previewed, changed, refreshed, replaced and destroyed without a word too much."""
    guarded.program(orders(max_batch_size=500))
    assert watch.ran(guarded.up("--diff")).operations == {"create": 1}
    keys = keys_of(emulator)
    created = guarded.outputs(show_secrets=True)
    assert created["signature_key"] == keys[0]

    guarded.program(orders(max_batch_size=750))
    assert watch.ran(guarded.preview("--diff")).code == 0
    assert watch.ran(guarded.preview("--json")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {"update": 1}
    assert guarded.outputs() == {
        "callback_id": created["callback_id"],
        "signature_key": "[secret]",
    }
    assert guarded.outputs(show_secrets=True) == created

    emulator.move_clock(121)
    assert watch.ran(guarded.refresh("--diff")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {}
    assert guarded.outputs(show_secrets=True) == created

    guarded.program(orders(max_batch_size=750, url="https://other.test/orders"))
    assert watch.ran(guarded.preview("--diff")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {"replace": 1}
    keys += keys_of(emulator)
    watch.assert_none_of([*keys, CLIENT_SECRET, TOKEN])

    assert watch.ran(guarded.destroy("--diff")).code == 0
    watch.assert_none_of([*keys, CLIENT_SECRET, TOKEN])


def test_search_finds_what_is_given_away(guarded: Stack, watch: Watch) -> None:
    """A key that the program exports in clear is found, and so is an id, which is no secret."""
    guarded.program(
        orders() + "pulumi.export('open', pulumi.Output.unsecret(orders.signature_key))\n"
    )
    assert watch.ran(guarded.up()).code == 0
    outputs = guarded.outputs(show_secrets=True)

    for given_away in (outputs["signature_key"], outputs["callback_id"]):
        with pytest.raises(AssertionError):
            watch.assert_none_of([given_away])


def test_key_of_a_callback_that_is_taken_over(
    guarded: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """The known key stays a secret: named, named otherwise, and when the program lets it go."""
    live = _create_live(emulator, outside)
    key = live["signatureKey"]
    config = "config = pulumi.Config()\n"
    program = orders(known_signature_key="KEY", max_batch_size=500).replace(
        "orders = ", config + "orders = "
    )
    guarded.config("key", key, secret=True)
    guarded.config("other", OTHER_KEY, secret=True)
    watch = Watch(guarded, guarded.folder.parent)

    guarded.program(program.replace("'KEY'", "config.require('key')"))
    assert watch.ran(guarded.preview("--diff")).code == 0
    assert watch.ran(guarded.preview("--json")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {"create": 1}
    guarded.program(program.replace("'KEY'", "config.require('other')"))
    assert watch.ran(guarded.preview("--diff")).operations == {}
    assert watch.ran(guarded.up("--diff")).operations == {}
    guarded.program(orders(max_batch_size=600))
    assert watch.ran(guarded.preview("--diff")).operations == {"update": 1}
    assert watch.ran(guarded.up("--diff")).operations == {"update": 1}
    emulator.move_clock(121)
    assert watch.ran(guarded.refresh("--diff")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {}

    assert guarded.outputs(show_secrets=True)["signature_key"] == key
    watch.assert_none_of([*keys_of(emulator), OTHER_KEY, CLIENT_SECRET, TOKEN])


def test_errors(
    guarded: Stack,
    emulator: EmulatorProcess,
    endpoint: Endpoint,
    outside: Outside,
    watch: Watch,
) -> None:
    """A dead endpoint, a live callback, a refused input and a refused client give nothing away."""
    guarded.program(orders(probe_timeout_seconds=0, known_signature_key=OTHER_KEY[:-1]))
    assert watch.ran(guarded.preview()).code == 1
    endpoint.answer(500, body=TOKEN.encode())
    guarded.program(orders(probe_timeout_seconds=1))
    assert watch.ran(guarded.up()).code == 1
    endpoint.answer(200)
    _create_live(emulator, outside)
    assert watch.ran(guarded.up()).code == 1
    emulator.add_fault(
        route="POST /platform/v1/ens-callbacks", do="status", status=403, body=CLIENT_SECRET
    )
    assert watch.ran(guarded.up()).code == 1
    emulator.set_client("client", client_secret="another one")
    assert watch.ran(guarded.up()).code == 1

    keys = [*keys_of(emulator), *(probe["verificationKey"] for probe in endpoint.probes)]
    watch.assert_none_of([*keys, OTHER_KEY[:-1], CLIENT_SECRET, TOKEN])


def test_replacement_of_a_key_is_not_shown(
    guarded: Stack, emulator: EmulatorProcess, watch: Watch
) -> None:
    """`--replace` makes another key, and shows neither."""
    guarded.program(orders())
    guarded.up()
    keys = keys_of(emulator)

    watch.ran(guarded.up("--diff", "--replace", f"{guarded.urn_prefix}{CALLBACK}::orders"))

    keys += keys_of(emulator)
    assert len(set(keys)) == 4
    watch.assert_none_of([*keys, CLIENT_SECRET, TOKEN])


def _create_live(emulator: EmulatorProcess, outside: Outside) -> dict[str, str]:
    """Create a live callback as the default client, which has its usual secret meanwhile."""
    emulator.set_client("client", client_secret="secret")
    live = outside.create_live_callback()
    emulator.set_client("client", client_secret=CLIENT_SECRET)
    return live
