"""Whatever an account holds, the imported program declares exactly what the import file holds."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ens_provider.api.records import CallbackRecord, SubscriptionRecord
from ens_provider.cli.importing.account_contents import FoundCallback
from ens_provider.cli.importing.names import callback_names, variables
from ens_provider.cli.importing.plan import BusinessUnit, Plan, plan_import
from ens_provider.cli.importing.program import formatted, program_text
from ens_provider.lifecycle.event_types import EventType
from ens_provider.resources.callback_properties import CALLBACK_INPUTS
from ens_provider.resources.callback_verification import VERIFICATION_INPUTS
from ens_provider.resources.import_document import import_document
from ens_provider.resources.inputs import check_inputs
from ens_provider.resources.subscription_properties import SUBSCRIPTION_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT = BusinessUnit(mid="1234567", found_at="2026-11-24T12:00:00Z")
SCHEMAS = {
    "Callback": CALLBACK_INPUTS,
    "CallbackVerification": VERIFICATION_INPUTS,
    "Subscription": SUBSCRIPTION_INPUTS,
}
# What the client hands on: no lone surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts | st.sampled_from(
    [
        "orders",
        "Orders",
        "orders_verified",
        "ens",
        "class",
        "a b",
        "a-b",
        "'\"\\",
        "{x}",
        '"""',
        "#",
    ]
)
filters = st.sampled_from(["a=1", "a=2", "b=1"]) | texts | st.builds("{}={}".format, names, texts)
types = st.sampled_from([kind.value for kind in EventType]) | texts
statuses = st.sampled_from(["verified", "active", "paused", "Paused", ""]) | texts


@st.composite
def accounts(draw: st.DrawFn) -> list[FoundCallback]:
    """Draw callbacks with subscriptions, ids in order."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        record = CallbackRecord(
            callback_id=f"{number:08d}-0000-0000-0000-000000000000",
            callback_name=draw(names),
            url=f"https://receiver.test/{number}",
            max_batch_size=draw(st.sampled_from([None, 100, 1000])),
            status=draw(statuses),
        )
        subscriptions = tuple(
            SubscriptionRecord(
                subscription_id=f"{number:08d}-0000-0000-0000-{position:012d}",
                subscription_name=draw(names),
                event_category_types=tuple(draw(st.lists(types, min_size=1, max_size=3))),
                filters=tuple(draw(st.lists(filters, max_size=3))),
                status=draw(statuses),
                status_reason=draw(texts),
            )
            for position in range(draw(st.integers(0, 3)))
        )
        found.append((record, subscriptions))
    chosen = callback_names([record.callback_name for record, _ in found])
    return [
        FoundCallback(resource_name=name, record=record, subscriptions=subscriptions)
        for name, (record, subscriptions) in zip(chosen, found, strict=True)
    ]


def planned(found: list[FoundCallback]) -> Plan:
    """Return what is imported of the account."""
    return plan_import(found, unit=UNIT, keys={})


class Recorder:
    """Stands in for `ens_provider` in a program: remembers what is declared."""

    EventType = EventType

    def __init__(self, ids: Mapping[tuple[str, str], str]) -> None:
        self.declared: list[tuple[str, str, dict[str, Any], object]] = []
        self._ids = ids

    def __getattr__(self, kind: str) -> Any:
        def declare(name: str, *, opts: object = None, **inputs: Any) -> str:
            parent = getattr(opts, "parent", None)
            self.declared.append((kind, name, inputs, parent))
            return self._ids[kind, name]

        return declare


def run(program: str, plan: Plan) -> Recorder:
    """Run a program without an engine."""
    ids = {(each.kind.__name__, each.resource_name): each.object_id for each in plan.entries}
    recorder = Recorder(ids)
    pulumi = SimpleNamespace(ResourceOptions=lambda parent: SimpleNamespace(parent=parent))
    modules = {"pulumi": pulumi, "ens_provider": recorder}
    builtins = {"__import__": lambda name, *_: modules[name]}
    exec(compile(program, "__main__.py", "exec"), {"__builtins__": builtins})
    return recorder


@given(accounts())
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_program_declares_what_the_file_holds(found: list[FoundCallback]) -> None:
    """Checked as the engine lets them be checked, the program's inputs are those of the file."""
    plan = planned(found)
    assume(plan.callbacks)
    document = import_document(plan.entries)

    declared = run(program_text(plan), plan).declared

    assert len(declared) == len(document["resources"])
    for (kind, name, inputs, parent), entry, raw in zip(
        declared, plan.entries, document["resources"], strict=True
    ):
        olds = {key: value for key, value in raw["inputs"].items() if key != "__provider"}
        checked = check_inputs(SCHEMAS[kind], olds=olds, news=inputs)
        assert (checked.inputs, checked.failures) == (olds, [])
        assert (kind, name) == (entry.kind.__name__, entry.resource_name)
        assert parent == (entry.parent.object_id if entry.parent else None)


@given(accounts())
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_everything_is_imported_or_left_out(found: list[FoundCallback]) -> None:
    """No callback and no subscription gets lost, and resource names are unique by type."""
    plan = planned(found)
    subscriptions = {each.record.callback_id: len(each.subscriptions) for each in found}
    imported = {each.record.callback_id: len(each.subscriptions) for each in plan.callbacks}
    with_all_of_theirs = len(found) - len(imported)
    alone = sum(subscriptions[each] - count for each, count in imported.items())

    assert len(plan.left_out) == with_all_of_theirs + alone
    named = Counter((each.kind, each.resource_name.casefold()) for each in plan.entries)
    assert set(named.values()) <= {1}


@given(accounts())
@settings(max_examples=4, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_formatting_changes_no_meaning(found: list[FoundCallback]) -> None:
    """Ruff takes each program, and what it makes of it declares the same."""
    plan = planned(found)
    assume(plan.callbacks)
    text = program_text(plan)

    assert run(formatted(text), plan).declared == run(text, plan).declared


@given(st.lists(texts, max_size=6))
def test_variables_are_names_that_are_free(wanted: list[str]) -> None:
    """Each variable and that of its verification are Python names that nothing else has."""
    chosen = variables(callback_names(wanted))
    both = [name for each in chosen for name in (each, f"{each}_verified")]

    assert len(set(both)) == 2 * len(wanted)
    namespace: dict[str, str] = {}
    exec("\n".join(f"{name} = '{name}'" for name in both), namespace)
    assert [namespace[name] for name in both] == both


def test_python_itself_compiles_a_program(tmp_path: Path) -> None:
    """`py_compile` takes the file."""
    record = CallbackRecord(
        callback_id="65b885ab-c2b4-46fe-85d0-d6cb8be8057d",
        callback_name="R\u00fcckl\u00e4ufer \u201cx\u201d \u202e\u2028",
        url="https://receiver.test/",
        max_batch_size=1000,
        status="verified",
    )
    plan = planned([FoundCallback(resource_name="r\u00fc", record=record, subscriptions=())])
    file = tmp_path / "__main__.py"
    file.write_text(formatted(program_text(plan)), "utf-8")

    subprocess.run([sys.executable, "-m", "py_compile", str(file)], check=True)
