"""`docs/reliability.md` names tests and commands that exist, and shows the tables that the code has."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from functools import cache

import pytest

from tests.faults import generator, test_schedules
from tests.faults.generator import schedule_of
from tests.faults.schedule import EDITS, OUTSIDE, RECEIVERS
from tests.repo.files import REPOSITORY, text_of
from tests.repo.tables import section, table_below
from tests.unknowns.assignments import VALUES, Assignment
from tests.unknowns.covering_array import all_together, covering_assignments
from tests.unknowns.instead import as_table

PAGE = text_of("docs/reliability.md")
PROMISES = table_below(PAGE, "What is promised")
CUT_OFF = table_below(PAGE, "After a run was cut off")
NAMED = sorted(set(re.findall(r"`(tests/[^`]+::[^`]+)`", PAGE)))
_SHOWN = re.compile(r"^\s*\$ python -m (tests\.[\w.]+)(.*)$", re.MULTILINE)
COMMANDS = [(module, tuple(shlex.split(rest))) for module, rest in _SHOWN.findall(PAGE)]
# Words of a command line that are values of the options before them.
_VALUE = re.compile(r"\d+|plugin|cli|op\d.*")
_SEEDS = range(400)


def _tests_of(path: str) -> set[str]:
    """Return the names of a file's tests; nothing of it is run."""
    tree = ast.parse(text_of(path))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@cache
def _help(module: str) -> str:
    command = [sys.executable, "-m", module, "--help"]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, check=True, text=True
    ).stdout


@pytest.mark.parametrize("test", NAMED)
def test_every_test_that_is_named_exists(test: str) -> None:
    """A path is a file with tests, and a name one of its tests."""
    path, _, name = test.partition("::")

    assert name.startswith("test_")
    assert name in _tests_of(path)


def test_every_promise_is_held() -> None:
    """Each row of promises, and each way for a run to end, names a test, and nothing but tests."""
    held_by = [row["held by"].split(", ") for row in (*PROMISES, *CUT_OFF)]

    assert len(PROMISES) > 20
    assert [row["promise"] for row in PROMISES if not row["promise"].startswith("**")] == []
    assert [each for row in held_by for each in row if each.strip("`") not in NAMED] == []


def test_what_is_not_promised_has_its_reason_and_its_remedy() -> None:
    """No cell of that table is empty."""
    rows = table_below(PAGE, "What is not promised")

    assert len(rows) > 10
    assert [row["not promised"] for row in rows if not all(row.values())] == []


def test_table_of_the_switches() -> None:
    """The table of what holds instead is the one that `python -m tests.unknowns --table` prints."""
    assert as_table() in section(PAGE, "Where ENS may answer otherwise")


def test_parts_of_a_schedule() -> None:
    """Each edit, hand, fault, endpoint and kill that the generator has is named, and no other."""
    operations = [each for seed in _SEEDS for each in schedule_of(seed).operations]
    rows = table_below(PAGE, "How it is tried")
    named = {row["part of a schedule"]: re.findall(r"`([^`]+)`", row["kinds"]) for row in rows}

    assert {part: set(kinds) for part, kinds in named.items()} == {
        "edits of the program": {*EDITS, "add", "remove"},
        "hands from outside": set(OUTSIDE),
        "faults of a call, before or after it took effect": set(generator._KINDS),
        "endpoints": set(RECEIVERS),
        "ends of a run": {each.kill.what for each in operations if each.kill},
    }


def test_numbers_of_a_test_run() -> None:
    """As many schedules are always played as the page says."""
    plugin, cli = test_schedules._PLUGIN_SEEDS, test_schedules._CLI_SEEDS

    assert f"`make test` plays {plugin} schedules of the one and {cli} of the other" in PAGE


def test_soak() -> None:
    """The page has a row for each part of a soak; the pairs are as many as there are."""
    rows = {row["level"]: row for row in table_below(PAGE, "The last soak")}
    assignments, pairs = len(covering_assignments()), len(all_together(strength=2))

    assert list(rows) == ["plugin", "cli", "pairs"]
    assert rows["pairs"]["schedules"] == f"{pairs:,} pairs in {assignments} assignments"
    assert set(rows["plugin"]) == {
        "level",
        "seeds",
        "schedules",
        "faults that struck",
        "runs killed",
        "violations",
    }


def test_shown_make_command() -> None:
    """`make soak` takes the variables that the page gives it."""
    makefile = text_of("Makefile")
    [(target, variables)] = re.findall(r"^\$ make (\w+)(.*)$", PAGE, re.MULTILINE)

    assert f"\n{target}: " in makefile
    assert re.findall(r"(\w+)=", variables) == ["N", "SEED"]
    assert [v for v in ("N", "SEED") if f"\n{v} ?= " not in makefile] == []


@pytest.mark.parametrize(("module", "arguments"), COMMANDS, ids=str)
def test_shown_command(module: str, arguments: tuple[str, ...]) -> None:
    """The module of a command runs, and has each option; an assignment is one of its switches."""
    options = [each for each in arguments if each.startswith("--")]
    values = [each for each in arguments if "=" in each]
    left = [each for each in arguments if each not in {*options, *values}]
    text = _help(module)

    assert [each for each in options if not re.search(rf"{each}\b", text)] == []
    assert [each for each in left if not _VALUE.fullmatch(each)] == []
    assert set(Assignment.read(values).values) == set(VALUES)


def test_levels_of_shown_commands() -> None:
    """The commands that replay a schedule are shown for both levels, the soak and the pairs beside."""
    shown = {(module, *re.findall(r"--level (\w+)", rest)) for module, rest in _SHOWN.findall(PAGE)}

    assert shown == {
        ("tests.faults", "plugin"),
        ("tests.faults", "cli"),
        ("tests.faults.soak",),
        ("tests.unknowns",),
    }
