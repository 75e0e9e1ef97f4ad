"""`docs/moving.md`: each step of a move declares what the page says, and its programs are ones."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import ens_provider as ens
from ens_provider.lifecycle.account import PROPAGATION_SECONDS
from ens_provider.resources.settled import SETTLED_INPUTS
from ens_provider.resources.signature_key import KEY_INPUTS
from tests.repo.files import text_of
from tests.repo.public_names import private_uses
from tests.repo.tables import section, table_below
from tests.unit.resources.conftest import engine, loop
from tests.unit.resources.mock_engine import Engine, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["engine", "loop"]

PAGE = text_of("docs/moving.md")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
STEPS = table_below(PAGE, "Move in steps")
URLS = {slot: f"https://hooks.example.com/{slot}" for slot in ("blue", "green")}
SENT = {"sent": ens.EndpointSubscriptionArgs(event_category_types=[ens.EventType.EMAIL_SENT])}


def _declared(engine: Engine, slots: Sequence[str], retiring: Sequence[str]) -> set[str]:
    """Return the kinds and slots of what a step declares: `Callback blue`."""

    def program() -> pulumi.Output[Any]:
        endpoints: Mapping[str, str] = {slot: URLS[slot] for slot in slots}
        given = ens.NotificationEndpoint(
            "orders", endpoints=endpoints, subscriptions=SENT, retiring=retiring
        )
        return given.callback_ids

    engine.registered.clear()
    run(program)
    return {
        f"{each.typ.rpartition(':')[2]} {each.name.split('-')[1]}"
        for each in engine.registered
        if "-" in each.name
    }


def _slots(cell: str, before: Sequence[str]) -> list[str]:
    return list(before) if cell == "the same" else re.findall(r'"(\w+)"', cell)


def test_steps_of_a_move(engine: Engine) -> None:
    """Step 1 only adds green, step 2 only takes blue's subscriptions away, step 3 the rest of blue."""
    declared, slots = [_declared(engine, ["blue"], [])], ["blue"]
    for step in STEPS:
        slots = _slots(step["`endpoints`"], slots)
        declared.append(_declared(engine, slots, re.findall(r'"(\w+)"', step["`retiring`"])))

    assert [step["step"] for step in STEPS] == ["1", "2", "3"]
    changes = [(after - before, before - after) for before, after in pairwise(declared)]
    chain = ["Callback", "CallbackVerification", "SelfTest"]
    ends = ["Subscription", "Settled"]
    assert changes == [
        ({f"{kind} green" for kind in chain + ends}, set()),
        (set(), {f"{kind} blue" for kind in ends}),
        (set(), {f"{kind} blue" for kind in chain}),
    ]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_programs(number: int) -> None:
    """Each program names public things only, and gives the component arguments that it has."""
    program = PROGRAMS[number].replace("…, ", "")
    arguments = {field.name for field in fields(ens.NotificationEndpointArgs)}
    [call] = [
        node
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ens.NotificationEndpoint"
    ]

    assert private_uses(program) == []
    assert {keyword.arg for keyword in call.keywords} <= arguments


def test_numbers() -> None:
    """Two minutes are waited, and two keys kept, unless a program says otherwise."""
    defaults = {each.name: each.default for each in (*SETTLED_INPUTS, *KEY_INPUTS)}

    assert (defaults["seconds"], PROPAGATION_SECONDS) == (120, 120)
    assert "two minutes pass" in section(PAGE, "Move in one run")
    assert f"`keep_previous`, {defaults['keep_previous']} unless" in section(PAGE, "Rotate the key")
