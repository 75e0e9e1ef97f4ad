"""Every type of resource has its description, and README.md says neither more nor less than is tested."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

import ens_provider as ens
from tests.contracts import test_acceptance, test_create, test_delete, test_update
from tests.contracts.bench import held_by
from tests.contracts.description import Description
from tests.contracts.descriptions import DESCRIPTIONS
from tests.repo.files import text_of
from tests.repo.tables import table_below

README = text_of("tests/contracts/README.md")
KINDS = {each.kind for each in DESCRIPTIONS}
MODULES = (test_create, test_update, test_delete, test_acceptance)
TABLES = ("Handler contracts of CloudFormation", "Steps of Terraform's acceptance tests")
ROWS = [row for heading in TABLES for row in table_below(README, heading)]
# What the real CLI is driven through has all types in one program.
ON_THE_CLI = {
    "test_from_apply_to_check_destroy": KINDS,
    "test_import_and_compare": {
        each.kind for each in DESCRIPTIONS if each.unknown_to_import is not None
    },
}
# What stands for no object of the service, and so has nothing to create, drift or delete there.
WITHOUT_OBJECT = {"SelfTest", "Settled"}


def _kinds_of(function: Any) -> set[str] | None:
    """Return the types that a test is run for; None for one that knows no types."""
    if function.__name__ in ON_THE_CLI:
        return ON_THE_CLI[function.__name__]
    cases = [case for mark in getattr(function, "pytestmark", []) for case in mark.args[1]]
    return {case.values[0].kind for case in cases} or None


def _tests() -> dict[str, Any]:
    """Return the tests of the contracts by name."""
    found = [vars(module).items() for module in MODULES]
    return {name: test for items in found for name, test in items if name.startswith("test_")}


def _named(cell: str) -> Any:
    """Return the test that a cell names: its file below the folder of the tests, and its function."""
    matched = re.fullmatch(r"`([\w/]+)\.py::(test_\w+)`", cell)
    assert matched, cell
    module = import_module(f"tests.{matched[1].replace('/', '.')}")
    return getattr(module, matched[2])


def test_every_provider_is_described() -> None:
    """Each public provider that manages an object of ENS is held to the contracts, and no other."""
    public = {name: getattr(ens, name) for name in ens.__all__ if name.endswith("Provider")}
    providers = {
        name.removesuffix("Provider")
        for name, value in public.items()
        if issubclass(value, ResourceProvider)
    }
    assert providers - WITHOUT_OBJECT == KINDS
    assert providers >= WITHOUT_OBJECT
    assert len(DESCRIPTIONS) == len(KINDS)


@held_by()
def test_every_input_is_described(described: Description) -> None:
    """Each input changes in place, replaces or acts at creation only, and has a value that is refused."""
    names = [field.name for field in fields(getattr(ens, f"{described.kind}Args"))]

    treated = [*described.changes, *described.immutable, *described.create_only]
    assert sorted(treated) == sorted(names)
    assert sorted(described.refused) == sorted(names)
    assert set(described.drift) <= set(described.changes)
    assert described.computed.isdisjoint(names)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["test"].strip("`").partition("::")[2])
def test_row(row: dict[str, str]) -> None:
    """A row names a test that exists, and exactly the types that it is run for."""
    kinds = _kinds_of(_named(row["test"]))

    if kinds is None:
        assert row["held by"] in {"the account", "elsewhere"}
    else:
        said = KINDS if row["held by"] == "all" else set(row["held by"].split(", "))
        assert said == kinds


def test_every_test_is_in_a_table() -> None:
    """No contract is held without being named."""
    names = {row["test"].strip("`").partition("::")[2] for row in ROWS}
    in_words = {name for name in re.findall(r"::(test_\w+)`", README) if name not in names}

    assert in_words == set()
    assert set(_tests()) <= names


def test_every_type_that_is_left_out_has_its_reason() -> None:
    """A type that a test is not run for is named with the reason, and so is no other."""
    run_for = {name: _kinds_of(test) for name, test in _tests().items()} | ON_THE_CLI
    left_out = {
        (f"`{name}`", kind)
        for name, kinds in run_for.items()
        for kind in (KINDS - kinds if kinds else set())
    }
    rows = table_below(README, "Types that are left out")

    assert sorted((row["test"], row["type"]) for row in rows) == sorted(left_out)
    assert all(row["why"] for row in rows)


def test_every_test_named_in_words_exists() -> None:
    """Files and tests that the reasons name are there."""
    reasons = [row["why"] for row in table_below(README, "Types that are left out")]
    named = {name for why in reasons for name in re.findall(r"`(test_\w+)`", why)}
    assert named
    assert named <= set(_tests())
    for name in re.findall(r"`((?:plugin|engine|unit)/[\w/]+\.py)`", README):
        assert text_of(f"tests/{name}")
