"""Reads what the engine did from its event log (`--event-log`), independent of what it printed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# The parts of a replacement; the replacement itself is an event of its own.
_PARTS = ("create-replacement", "delete-replaced", "read-replacement", "discard-replaced")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation on one resource.

    Attributes:
        op: The engine's name: `create`, `update`, `same`, `delete-replaced`, ...
        urn: The resource's URN.
        type: Its type token.
        name: Its name in the program.
        keys: For a replacement, the inputs that force it.
        diffs: The inputs that changed.
        failed: Whether the operation failed.
    """

    op: str
    urn: str
    type: str
    name: str
    keys: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    failed: bool = False

    @property
    def custom(self) -> bool:
        """Whether a provider manages it; not the stack and not a provider itself."""
        return not self.type.startswith(("pulumi:pulumi:Stack", "pulumi:providers:"))


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One message for the person who reads.

    Attributes:
        severity: `info`, `info#err`, `warning` or `error`.
        message: The text, without the closing line end.
        urn: The resource it belongs to; empty for the stack as a whole.
        ephemeral: Shown while the engine runs and forgotten then.
    """

    severity: str
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True, kw_only=True)
class Events:
    """What one run of the engine did and said, in order.

    Attributes:
        steps: Operations on resources as they ended; unchanged ones are among them.
        diagnostics: Messages, those for debugging left out.
    """

    steps: tuple[Step, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, path: Path) -> Events:
        """Read an event log; a missing one belongs to a run that the engine refused to begin."""
        if not path.exists():
            return cls()
        return cls.of(json.loads(line) for line in path.read_text("utf-8").splitlines() if line)

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> Events:
        """Pick steps and diagnostics out of the engine's events."""
        steps: list[Step] = []
        diagnostics: list[Diagnostic] = []
        for event in events:
            if "resOutputsEvent" in event:
                steps.append(_step(event["resOutputsEvent"], failed=False))
            elif "resOpFailedEvent" in event:
                steps.append(_step(event["resOpFailedEvent"], failed=True))
            elif event.get("diagnosticEvent", {}).get("severity", "debug") != "debug":
                diagnostics.append(_diagnostic(event["diagnosticEvent"]))
        return cls(steps=tuple(steps), diagnostics=tuple(diagnostics))

    @property
    def operations(self) -> dict[str, int]:
        """Succeeded operations by name, as the engine's closing lines count them.

        Unchanged resources, the stack and providers are left out, and a replacement counts once:
        `{}` is a run without a change, `{"replace": 1}` one that replaced one resource.
        """
        counted = (step.op for step in self.steps if step.custom and not step.failed)
        return dict(Counter(op for op in counted if op not in ("same", *_PARTS)))


def _step(event: Mapping[str, Any], *, failed: bool) -> Step:
    metadata = event["metadata"]
    return Step(
        op=metadata["op"],
        urn=metadata["urn"],
        type=metadata["type"],
        name=metadata["urn"].rsplit("::", 1)[-1],
        keys=tuple(metadata.get("keys") or ()),
        diffs=tuple(metadata.get("diffs") or ()),
        failed=failed,
    )


def _diagnostic(event: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=event["severity"],
        message=event["message"].rstrip("\n"),
        urn=event.get("urn", ""),
        ephemeral=event.get("ephemeral", False),
    )
