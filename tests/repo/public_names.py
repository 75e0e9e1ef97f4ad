"""What a program takes from the package, held against what is public."""

from __future__ import annotations

import ast

import ens_provider
import ens_provider.receiver
from tests.repo.import_rules import PACKAGE, imports

# Parts of the receiver that are imported by themselves, since each belongs to one surrounding.
_OF_SURROUNDINGS = (
    "asgi",
    "aws_lambda",
    "environment",
    "secrets_manager",
    "self_verification",
    "wsgi",
)
_OF_RECEIVERS = {
    "receiver",
    *(f"receiver.{name}" for name in (*ens_provider.receiver.__all__, *_OF_SURROUNDINGS)),
}


def private_uses(source: str) -> list[str]:
    """Return what a program takes from the package beside its public names."""
    tree = ast.parse(source)
    imported = [each.name for each in imports("program", source)]
    inside = f"{PACKAGE}."
    taken = [name.removeprefix(inside) for name in imported if name.startswith(inside)]
    aliases = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == PACKAGE
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            taken += [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            taken += [node.attr] if node.value.id in aliases else []
    return sorted(set(taken) - set(ens_provider.__all__) - _OF_RECEIVERS)
