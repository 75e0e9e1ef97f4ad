"""Which part of the package may import what; the rules themselves, apart from their test."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "ens_provider"

# Part of the package -> the parts of ours that it may import, itself always included. The longest
# matching part counts. None is anything.
OURS: dict[str, tuple[str, ...] | None] = {
    "api.errors": (),
    "api.records": (),
    "api": ("api",),
    "lifecycle": ("api", "lifecycle"),
    "resources": ("lifecycle", "resources", "api.errors", "api.records"),
    "command_process": (),
    "receiver": ("receiver",),
    # It starts a command of the package, so it is of use beside the whole package only.
    "receiver.process": ("receiver", "command_process"),
    # An emulator that shares the client's code cannot catch the client's mistakes. Signing and
    # writing events is the service's part, which the kit for testing receivers plays as well.
    "emulator": ("emulator", "receiver.signature", "receiver.event_json", "command_process"),
    "pytest_plugin": ("emulator.process", "receiver.process"),
    "cli": None,
    "__main__": None,
    # The package itself imports its public names lazily.
    "": None,
}
# Foreign package -> the only parts that may import it.
FOREIGN = {
    "pulumi": ("resources",),
    "requests": ("api",),
    "urllib3": ("api",),
    "aiohttp": ("emulator",),
    "re2": ("emulator",),
    "trustme": ("cli",),
    "click": ("cli",),
    "rich": ("cli",),
    "boto3": ("receiver.secrets_manager",),
    "botocore": ("receiver.secrets_manager",),
    "pytest": ("pytest_plugin",),
}
# Parts that must run where nothing is installed.
STANDARD_LIBRARY_ONLY = ("receiver", "command_process")
# What a module imports in the function that needs it; `test_receiver_alone` loads it without.
WHEN_NEEDED = {"receiver.secrets_manager": ("boto3", "botocore")}


@dataclass(frozen=True)
class Import:
    """One imported module, as a dotted name."""

    line: int
    name: str


def violations(module: str, source: str) -> list[str]:
    """Return a sentence for each import of `module` (`ens_provider.api.client`) that breaks a rule."""
    part = module.removeprefix(PACKAGE).lstrip(".")
    found = []
    for each in imports(module, source):
        reason = _reason(part, each.name)
        if reason:
            found.append(f"{module}:{each.line} imports {each.name}: {reason}")
    return found


def imports(module: str, source: str) -> Iterator[Import]:
    """Yield every import of a module, those inside functions and for type checkers included.

    A name imported from one of our packages counts as that package's module:
    `from ens_provider.api import errors` imports `ens_provider.api.errors`.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            is_ours = base == PACKAGE or base.startswith(f"{PACKAGE}.")
            for alias in node.names:
                is_module = is_ours and alias.name.islower() and base.count(".") < 2
                yield Import(node.lineno, f"{base}.{alias.name}" if is_module else base)


def _base(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = module.split(".")[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _reason(part: str, imported: str) -> str:
    top = imported.split(".", maxsplit=1)[0]
    if top == PACKAGE:
        target = imported.removeprefix(PACKAGE).lstrip(".")
        allowed = OURS[_longest(part, OURS)]
        ours = allowed is None or _within(target, (*allowed, part, "_version"))
        return (
            ""
            if ours
            else f"{part} may import of ours only {', '.join(allowed or ()) or 'nothing'}"
        )
    if top in FOREIGN and not _within(part, FOREIGN[top]):
        return f"only {', '.join(FOREIGN[top])} may import {top}"
    is_there = top in sys.stdlib_module_names or top in WHEN_NEEDED.get(part, ())
    if _within(part, STANDARD_LIBRARY_ONLY) and not is_there:
        return f"{part} uses the standard library only"
    return ""


def _longest(part: str, table: dict[str, tuple[str, ...] | None]) -> str:
    return max((key for key in table if not key or _within(part, (key,))), key=len)


def _within(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)
