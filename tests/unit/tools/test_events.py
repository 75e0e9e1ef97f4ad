"""What the engine's event log says, as harness and demo read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.engine.events import Diagnostic, Events, Step

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:dev::trial::pulumi-python:dynamic/ens:Callback::orders"


def event(op: str, *, kind: str = "resOutputsEvent", **overrides: Any) -> dict[str, Any]:
    """Build an event of one operation on a callback."""
    metadata = {"op": op, "urn": URN, "type": "pulumi-python:dynamic/ens:Callback"}
    return {"sequence": 1, kind: {"metadata": metadata | overrides}}


def test_replacement_counts_once() -> None:
    """A replacement's parts are steps, and one operation."""
    parts = ("delete-replaced", "replace", "create-replacement")
    events = Events.of([event(op, keys=["url"], diffs=["url"]) for op in parts])

    assert events.operations == {"replace": 1}
    assert [step.op for step in events.steps] == list(parts)
    assert events.steps[1] == Step(
        op="replace",
        urn=URN,
        type="pulumi-python:dynamic/ens:Callback",
        name="orders",
        keys=("url",),
        diffs=("url",),
    )


def test_unchanged_stack_and_provider_do_not_count() -> None:
    """Unchanged resources, the stack and providers are no operations."""
    events = Events.of(
        [
            event("same"),
            event("create", type="pulumi:pulumi:Stack"),
            event("create", type="pulumi:providers:pulumi-python"),
        ]
    )

    assert events.operations == {}


def test_failed_operation_does_not_count() -> None:
    """An operation that failed is a failed step and no operation."""
    events = Events.of([event("create", kind="resOpFailedEvent"), event("update")])

    assert events.operations == {"update": 1}
    assert [step.failed for step in events.steps] == [True, False]


def test_announced_operation_does_not_count() -> None:
    """What the engine only announces before it begins is not counted as done."""
    assert Events.of([event("create", kind="resourcePreEvent")]) == Events()


def test_debug_messages_are_left_out() -> None:
    """Messages for debugging are dropped; others keep severity, resource and kind."""
    messages: list[dict[str, Any]] = [
        {"diagnosticEvent": {"severity": "debug", "message": "noise"}},
        {"diagnosticEvent": {"severity": "error", "message": "refused\n", "urn": URN}},
        {"diagnosticEvent": {"severity": "info", "message": "waiting", "ephemeral": True}},
    ]

    assert Events.of(messages).diagnostics == (
        Diagnostic(severity="error", message="refused", urn=URN),
        Diagnostic(severity="info", message="waiting", ephemeral=True),
    )


def test_log_is_read_line_by_line(tmp_path: Path) -> None:
    """A log file holds one event per line."""
    log = tmp_path / "events.json"
    log.write_text("\n".join(json.dumps(event(op)) for op in ("create", "delete")) + "\n")

    assert Events.read(log).operations == {"create": 1, "delete": 1}


def test_missing_log_is_no_event(tmp_path: Path) -> None:
    """A run that never began has no log, and did nothing."""
    assert Events.read(tmp_path / "none.json") == Events()
