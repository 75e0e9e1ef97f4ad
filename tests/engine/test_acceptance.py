"""The steps of acceptance tests, with every type of resource in one program, on the real CLI."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.descriptions import DESCRIPTIONS
from tests.engine.programs import arguments
from tests.engine.readings import entries

if TYPE_CHECKING:
    from tests.conftest import NewStack
    from tests.contracts.description import Description
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside
    from tools.engine.environment import ServiceAccess

pytestmark = pytest.mark.engine


def variable(described: Description) -> str:
    """Return what a resource of a type is called in the program."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", described.kind).lower()


# Within two minutes of the stack's own last write the state is believed.
LONG_ENOUGH = 121
IMPORTED = {each.kind: each for each in DESCRIPTIONS if each.unknown_to_import is not None}
IMPORT = ("--generate-code=false", "--protect=false", "--yes", "--skip-preview")
CHANGEABLE = {variable(each) for each in DESCRIPTIONS if each.changes}
NOTHING: dict[str, list[object]] = {"callbacks": [], "subscriptions": []}


def program(*, changed: bool = False, later: bool = False) -> str:
    """Return the program that declares one resource of each type, named as its type is.

    Args:
        changed: With everything changed that can change in place.
        later: With everything changed that acts at creation only.
    """
    lines = ["import os", "import ens_provider as ens"]
    for each in DESCRIPTIONS:
        inputs = {**each.inputs, **each.in_program, **(each.changes if changed else {})}
        for name, others in each.create_only.items() if later else ():
            inputs |= others if name in inputs else {}
        name = variable(each)
        lines.append(f"{name} = ens.{each.kind}({arguments(name, inputs)})")
    return "\n".join(lines)


def settle(stack: Stack, calls: Calls) -> None:
    """Hold that a plan is empty, a refresh finds nothing, and a plan after it is empty, too."""
    calls.emulator.move_clock(LONG_ENOUGH)
    before = by_urn(stack)
    planned = stack.preview("--expect-no-changes")
    assert (planned.code, planned.operations) == (0, {})
    refreshed = stack.up("--refresh", "--expect-no-changes")
    # Each resource is read, as the word says, and none differs.
    assert (refreshed.code, refreshed.operations) == (0, {"refresh": len(DESCRIPTIONS)})
    assert by_urn(stack) == before


def by_urn(stack: Stack) -> dict[str, object]:
    """Return id, inputs and outputs of each resource in the state, whose order is that of reads."""
    return {urn: held for urn, *held in entries(stack)}


def known(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return inputs and outputs by type, less what an import cannot know of them."""
    found = {}
    for urn, id_, inputs, outputs in entries(stack):
        kind = urn.split("::")[2].rpartition(":")[2]
        if kind in IMPORTED:
            unknown = IMPORTED[kind].unknown_to_import or frozenset()
            bags = (
                {name: bag[name] for name in bag if name not in unknown}
                for bag in (inputs, outputs)
            )
            assert kind not in found
            found[kind] = {"id": id_, **dict(zip(("inputs", "outputs"), bags, strict=True))}
    return found


def test_from_apply_to_check_destroy(keyed: Stack, outside: Outside, calls: Calls) -> None:
    """Planned, applied, settled, changed, settled, gone, planned anew, settled and destroyed."""
    emulator = calls.emulator
    keyed.program(program())
    assert keyed.preview().operations == {"create": len(DESCRIPTIONS)}
    assert emulator.state() == NOTHING
    assert keyed.up().operations == {"create": len(DESCRIPTIONS)}
    settle(keyed, calls)

    keyed.program(program(changed=True, later=True))
    changed = keyed.up()
    assert changed.operations == {"update": len(CHANGEABLE)}
    assert {step.name for step in changed.steps if step.op == "update"} == CHANGEABLE
    settle(keyed, calls)

    keyed.program(program(changed=True))
    [subscription] = emulator.state()["subscriptions"]
    outside.delete_subscription(subscription["subscriptionId"])
    outside.delete_callback(subscription["callbackId"])
    assert emulator.state() == NOTHING
    planned = keyed.preview("--refresh")
    assert planned.operations["create"] == len(DESCRIPTIONS)
    applied = keyed.up("--refresh")
    assert (applied.code, applied.operations["create"]) == (0, len(DESCRIPTIONS))
    settle(keyed, calls)

    assert keyed.destroy().operations == {"delete": len(DESCRIPTIONS)}
    assert (emulator.state(), keyed.state()) == (NOTHING, [])


def test_import_and_compare(
    keyed: Stack, new_stack: NewStack, service: ServiceAccess, calls: Calls
) -> None:
    """What one stack made, another one imports as it is, but for what an import cannot know."""
    keyed.program(program())
    keyed.up()
    before = calls.emulator.state()
    copy = new_stack(service=service, project="shop")

    done = subprocess.run(
        [sys.executable, "-m", "ens_provider", "import", "--out", "."],
        cwd=copy.folder,
        env=copy.cli.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    imported = copy.cli.run("import", "--file", "import.json", *IMPORT)

    assert (imported.code, imported.stderr) == (0, "")
    assert known(copy) == known(keyed)
    assert known(copy).keys() == IMPORTED.keys()
    planned = copy.preview("--refresh", "--expect-no-changes")
    assert planned.code == 0
    assert calls.emulator.state() == before
