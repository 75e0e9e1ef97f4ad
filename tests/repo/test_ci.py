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

WORKFLOW = text_of(".github/workflows/ci.yml")
# The parts of .ci/run that prepare, beside the targets.
_PREPARATION = re.compile(r"set -euo pipefail|cd |exec </dev/null|unset |#|$")


def test_ci_calls_make_targets_only() -> None:
    """`.ci/run` calls `make check` and then the README's test command, which ends its output."""
    lines = [line for line in text_of(".ci/run").splitlines() if not _PREPARATION.match(line)]

    assert lines == ["make check", "make test"]
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
        "make wheel",
    }


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
