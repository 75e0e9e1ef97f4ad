"""What a person reads of a run, and what the state holds, without what differs each time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engine.harness import RunResult, Stack

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


def sentence(result: RunResult) -> str:
    """Return the last error that a run reported of a resource, ids shown as `{id}`.

    The engine's own closing errors ("update failed") belong to no resource.
    """
    errors = [d.message for d in result.diagnostics if d.severity == "error" and d.urn]
    return re.sub(_GUID, "{id}", errors[-1])


def entries(stack: Stack) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Return URN, id, inputs and outputs of each resource in the state, secrets in clear.

    Components, which have no id, are left out.
    """
    return [
        (each["urn"], each["id"], each["inputs"], each["outputs"])
        for each in stack.state(show_secrets=True)
        if each["custom"]
    ]


def outputs_by_type(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the outputs of a state with one resource of each type, secrets as what they hold."""
    resources = stack.state(show_secrets=True)
    found = {each["type"]: _revealed(each["outputs"]) for each in resources}
    assert len(found) == len(resources)
    return found


def warnings_of(result: RunResult) -> list[str]:
    """Return the lasting warnings of a run in order, ids shown as `{id}`."""
    shown = [d for d in result.diagnostics if d.severity == "warning" and not d.ephemeral]
    return [re.sub(_GUID, "{id}", each.message) for each in shown]


def _revealed(outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.loads(value["plaintext"]) if _is_secret(value) else value
        for name, value in outputs.items()
    }


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and "plaintext" in value
