"""What the states of stacks hold of an account, out of `pulumi stack export` documents.

Of a state only ids, names, business units and URNs are looked at; no key, encrypted or not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError

STANDARD_INPUT = "-"
_KINDS = {
    "pulumi-python:dynamic/ens:Callback": ("callback", "callback_name"),
    "pulumi-python:dynamic/ens:Subscription": ("subscription", "subscription_name"),
}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A resource of a state that manages or reads an object.

    Attributes:
        kind: `callback` or `subscription`.
        object_id: The object's id.
        object_name: Its name as of the state; empty if the state does not show it.
        mid: Its business unit; empty if the state does not show it.
        urn: The resource's URN, which names stack, project and resource.
        only_reads: Whether it came by `.get`, so that its stack does not manage the object.
    """

    kind: str
    object_id: str
    object_name: str
    mid: str
    urn: str
    only_reads: bool

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self._part(0).removeprefix("urn:pulumi:")

    @property
    def project(self) -> str:
        """The project's name."""
        return self._part(1)

    @property
    def resource(self) -> str:
        """The resource's name in the program."""
        return self._part(3)

    def named(self) -> str:
        """Return resource, project and stack for a sentence."""
        return f"{self.resource} in {self.project}/{self.stack}"

    def as_json(self) -> dict[str, str]:
        """Return the resource as `list --json` shows it."""
        return {
            "stack": self.stack,
            "project": self.project,
            "resource": self.resource,
            "urn": self.urn,
        }

    def _part(self, number: int) -> str:
        # A resource's name may hold the separator.
        parts = self.urn.split("::", 3)
        return parts[number] if number < len(parts) else ""


def holdings_in(files: tuple[str, ...]) -> list[Holding]:
    """Return what the states in these files hold; `-` is standard input.

    Raises:
        CommandError: A file cannot be read or is no exported state.
    """
    return [holding for name in files for holding in _holdings(name)]


def _holdings(name: str) -> Iterator[Holding]:
    label = "The state on standard input" if name == STANDARD_INPUT else f"The state file {name}"
    for resource in _resources(_document(name, label), label):
        kind, name_key = _KINDS.get(str(resource.get("type")), ("", ""))
        if kind and _text(resource, "id") and _text(resource, "urn"):
            outputs = resource.get("outputs")
            yield Holding(
                kind=kind,
                object_id=_text(resource, "id"),
                object_name=_text(outputs, name_key),
                mid=_text(outputs, "mid"),
                urn=_text(resource, "urn"),
                only_reads=resource.get("external") is True,
            )


def _document(name: str, label: str) -> Any:
    try:
        stdin = sys.stdin.buffer if name == STANDARD_INPUT else None
        content = Path(name).read_bytes() if stdin is None else stdin.read()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CommandError(f"{label} cannot be read: {why}.", exit_code=CONFIGURATION) from None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise _no_export(label, "it is not JSON") from None


def _resources(document: Any, label: str) -> list[Mapping[str, Any]]:
    export = _object(document, "deployment")
    checkpoint = _object(_object(document, "checkpoint"), "latest")
    deployment = checkpoint if export is None else export
    if deployment is None and _object(document, "checkpoint") is None:
        raise _no_export(label, "it has no deployment")
    # The state of an empty stack has no resources, or is not even there.
    resources = (deployment or {}).get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(each, dict) for each in resources):
        raise _no_export(label, "its resources are none")
    return resources


def _no_export(label: str, why: str) -> CommandError:
    return CommandError(
        f"{label} is not what `pulumi stack export` writes: {why}. Run `pulumi stack export --file "
        "FILE` and give that file.",
        exit_code=CONFIGURATION,
    )


def _object(parent: Any, key: str) -> Mapping[str, Any] | None:
    child = parent.get(key) if isinstance(parent, dict) else None
    return child if isinstance(child, dict) else None


def _text(parent: Any, key: str) -> str:
    # A secret is an object here, never text.
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, str) else ""
