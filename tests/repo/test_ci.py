"""Hosted CI and `.ci/run` do what a person does, and nothing by hand."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys

import pytest

from tests.repo.files import REPOSITORY, text_of
from tests.repo.tables import table_below
from tools.engine.obtain import OLDEST_ON_PATH, engine_version
from tools.oldest_versions import oldest_versions

WORKFLOW = text_of(".github/workflows/ci.yml")
# The parts of .ci/run that prepare, beside the targets.
_PREPARATION = re.compile(r"set -euo pipefail|cd |exec </dev/null|unset |#|$")


def test_ci_calls_make_targets_only() -> None:
    """`.ci/run` calls targets only, and at last the README's test command, which ends its output."""
    lines = [line for line in text_of(".ci/run").splitlines() if not _PREPARATION.match(line)]

    assert lines == ["make check", "make test-oldest PART=short", "make test"]
    assert "make test" in text_of("README.md")


def test_ci_scripts_can_be_executed() -> None:
    """Both scripts are executable as they are checked out."""
    for name in ("run", "pythons"):
        assert (REPOSITORY / ".ci" / name).stat().st_mode & stat.S_IXUSR


def test_workflow_runs_targets_only() -> None:
    """Each step of the workflow runs `.ci/run`, a make target, or glue of the workflow itself."""
    commands = re.findall(r"^\s+-? ?run: (.+)$", WORKFLOW, re.MULTILINE)

    assert {c for c in commands if not c.startswith(("echo ", "test "))} == {
        ".ci/run",
        "make demo",
        "make test ENGINE=built",
        "make test-oldest",
        "make wheel",
    }


def test_oldest_versions_run_on_the_oldest_engine() -> None:
    """The job with the oldest versions puts the oldest engine that is taken on PATH, and no other."""
    assert re.findall(r"pulumi-version: (.+)$", WORKFLOW, re.MULTILINE) == [OLDEST_ON_PATH]


def test_workflow_pins_actions_and_has_no_rights() -> None:
    """Actions are pinned by full hash with their version beside it; rights are given per job."""
    uses = re.findall(r"uses: (.+)$", WORKFLOW, re.MULTILINE)

    assert uses != []
    assert [u for u in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u)] == []
    assert "\npermissions: {}\n" in WORKFLOW
    assert "write" not in WORKFLOW


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the script reads TOML with Python 3.11")
def test_matrix_is_the_list_of_classifiers() -> None:
    """The build matrix holds exactly the Python versions that the classifiers name."""
    command = [sys.executable, ".ci/pythons"]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text_of("pyproject.toml"))

    assert json.loads(printed.stdout) == named
    assert len(named) > 1


def test_oldest_versions_are_those_of_the_requirements() -> None:
    """What the oldest run installs is the lower end of each range in requirements.txt."""
    requirements = text_of("requirements.txt")
    printed = subprocess.run(
        [sys.executable, "-m", "tools.oldest_versions"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()

    assert printed == oldest_versions(requirements)
    assert [each.split("==")[0] for each in printed] == ["pulumi", "requests", "urllib3"]
    for each in printed:
        assert f"\n{each.replace('==', '>=')}," in requirements


@pytest.mark.parametrize("line", ["pulumi", "pulumi>=3.219", "pulumi<4", "pulumi==3.219"])
def test_requirement_without_a_range_is_refused(line: str) -> None:
    """A line that names no lower and upper end stops the oldest run instead of passing unseen."""
    with pytest.raises(ValueError, match=r"^'pulumi.* in requirements.txt names no range"):
        oldest_versions(f"# why\nrequests>=2.32.2,<3\n{line}\n")


def test_readme_names_both_ends_of_each_range() -> None:
    """The README's compatibility is that of classifiers, requirements and engines, and names the tested ends."""
    rows = {
        row["what"]: row["versions"] for row in table_below(text_of("README.md"), "Compatibility")
    }
    oldest = dict(each.split("==") for each in oldest_versions(text_of("requirements.txt")))
    pythons = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text_of("pyproject.toml"))
    sdk, engine = oldest["pulumi"], OLDEST_ON_PATH.removesuffix(".0")

    assert rows["Python"] == f"{pythons[0]} to {pythons[-1]}"
    assert re.fullmatch(
        rf"{sdk} and newer 3\.x; tested with {sdk}\.0 and 3\.\d+\.\d+",
        rows["Pulumi SDK for Python"],
    )
    assert rows["Pulumi CLI"] == (
        f"{engine} and newer 3.x; tested with {OLDEST_ON_PATH} and {engine_version()}"
    )
    assert rows["`requests`, `urllib3`"] == (
        f"{oldest['requests']} and newer 2.x, {oldest['urllib3']} and newer 2.x"
    )


@pytest.mark.parametrize("part", ["whole", "short"])
def test_tests_of_the_oldest_run_are_there(part: str) -> None:
    """Each line of the list is a folder, a file or a test of this repository, and stands once."""
    lines = text_of(f"tests/oldest/{part}.txt").splitlines()

    assert lines == list(dict.fromkeys(lines))
    for line in lines:
        path, _, name = line.partition("::")
        assert (REPOSITORY / path).exists(), line
        assert not name or f"\ndef {name}(" in text_of(path), line


def test_short_oldest_run_has_all_kinds_of_tests() -> None:
    """The short run is part of the whole one, and both drive plugin and engine."""
    whole, short = (text_of(f"tests/oldest/{part}.txt").splitlines() for part in ("whole", "short"))

    assert [each for each in short if not each.startswith(tuple(whole))] == []
    for part in (whole, short):
        assert {each.split("/")[1] for each in part} >= {"plugin", "unit", "engine"}


def test_old_python_is_refused_with_one_sentence() -> None:
    """Where Python is too old or lacks venv, make says so in one sentence and stops."""
    environment = {"PATH": os.environ["PATH"]}
    command = ["make", "READY=no-such-file", "PYTHON=false", "test"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, check=False, text=True
    )

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == (
        "Python 3.10 or newer with its venv module is needed, and false is not that: "
        "install it (on Debian and Ubuntu python3-venv, too), or name another one with 'make PYTHON=...'."
    )
