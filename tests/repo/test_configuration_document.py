"""`docs/configuration.md` names what the code reads from its surroundings, and nothing else."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from typing import Any

import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider.api.operations import ENS_OPERATIONS
from ens_provider.cli.commands import COMMANDS
from ens_provider.lifecycle.setting_sources import KEYS
from ens_provider.lifecycle.settings import LEAST_PARALLEL, MOST_PARALLEL
from tests.repo.files import REPOSITORY, repository_files, text_of
from tests.repo.tables import cells_of, table_below

PAGE = text_of("docs/configuration.md")
# requests and what lies below it read these for us.
OF_REQUESTS = {
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
}
PROGRAM = ("__main__.py", "receiver_key.py")


def _read_by_name(source: str) -> set[str]:
    """Return the variables that a module reads by a literal, or by a constant with one."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    names = (ast.unparse(argument) for argument in _names_of_variables(tree))
    found = {constants.get(name, name.strip("'")) for name in names}
    return {name for name in found if isinstance(name, str) and re.fullmatch("[A-Z_]+", name)}


def _names_of_variables(tree: ast.Module) -> list[ast.expr]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    arguments = [
        call.args[0]
        for call in calls
        if call.args and ast.unparse(call.func) in {"os.environ.get", "os.getenv"}
    ]
    arguments += [
        node.slice
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ"
    ]
    options = [keyword for call in calls for keyword in call.keywords]
    return arguments + [keyword.value for keyword in options if keyword.arg == "envvar"]


def test_variables() -> None:
    """Each variable that the package reads has a row in a table, and each row is read."""
    modules = [path for path in repository_files(".py") if "ens_provider" in path.parts]
    assert len(modules) > 100
    read = {name for path in modules for name in _read_by_name(path.read_text(encoding="utf-8"))}
    account = {f"SFMC_{suffix}" for suffix in KEYS.values()}
    rows = re.findall(r"^\| (.+) \|$", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", row)}

    assert read == {
        "ENS_PROVIDER_DEBUG",
        "ENS_RECEIVER_TOKEN",
        "ENS_EMULATOR_URL",
        "ENS_SIGNATURE_KEY",
    }
    assert named == read | account | OF_REQUESTS


def test_stack_keys_of_the_account() -> None:
    """Each key of the namespace `ens` has its row, with its variable beside it."""
    rows = [*table_below(PAGE, "The account"), *table_below(PAGE, "Calls at a time")]

    assert {(row["stack key"], row["environment"]) for row in rows} == {
        (f"`ens:{key}`", f"`SFMC_{suffix}`") for key, suffix in KEYS.items()
    }
    assert [row for row in rows if not all(row.values())] == []
    assert {r["stack key"] for r in rows if "--secret" in r["meaning"]} == {
        "`ens:clientSecret`",
        "`ens:clientSecretNext`",
    }


def test_calls_at_a_time() -> None:
    """The bounds that the page names are those of the code, and the default is the least."""
    [row] = table_below(PAGE, "Calls at a time")

    assert int(row["default"]) == LEAST_PARALLEL
    assert row["meaning"].endswith(f", {LEAST_PARALLEL} to {MOST_PARALLEL}")


def test_permissions() -> None:
    """Each permission stands with its scope and with the operations that need it."""
    needed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for operation in ENS_OPERATIONS:
        needed[operation.permission, operation.scope].append(operation.name)
    rows = table_below(PAGE, "Permissions")

    assert {
        (row["permission"], row["scope"].strip("`")): sorted(row["operations"].split(", "))
        for row in rows
    } == {key: sorted(names) for key, names in needed.items()}
    assert [row for row in rows if not row["needed by"]] == []


def test_keys_of_the_program() -> None:
    """Each key that the program reads has its row, with the default of Pulumi.yaml."""
    declared: dict[str, dict[str, Any]] = yaml.safe_load(text_of("Pulumi.yaml"))["config"]
    source = "".join(text_of(name) for name in PROGRAM)
    calls = re.findall(r"config\.(get|require)\w*\(\"(\w+)\"\)", source)
    defaults = {}
    for method, key in calls:
        default = json.dumps(declared.get(key, {}).get("default"))
        secret = ", secret" if declared.get(key, {}).get("secret") else ""
        missing = "none" if method == "get" else f"required{secret}"
        defaults[f"`{key}`"] = missing if default == "null" else f"`{default}`"
    rows = table_below(PAGE, "The program of this repository")

    assert len(defaults) > 5
    assert {row["stack key"]: row["default"] for row in rows} == defaults
    assert declared.keys() <= {key.strip("`") for key in defaults}


def test_commands_stand_in_the_table() -> None:
    """The commands that read a variable are commands of the package."""
    named = {row["command"].strip("`").split()[-1] for row in table_below(PAGE, "Commands")}

    assert named == {"conform", "receiver", "send"}
    assert named <= COMMANDS.keys()
    assert (REPOSITORY / "ens_provider" / "__main__.py").exists()


def test_tables_are_read() -> None:
    """A row is read cell by cell, whatever stands in it."""
    assert cells_of("| `a` | b, c |  |") == ["`a`", "b, c", ""]
