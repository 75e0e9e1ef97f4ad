"""Which account a command works in: its options, the environment, and the project around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Commands

PREFIXES = "write capital letters, digits and underscores with an underscore at the end"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the folder of a project beside which no `pulumi` can be run."""
    tmp_path.joinpath("Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    return tmp_path


def test_stack_and_prefix() -> None:
    """A further business unit has no stack configuration, so both together are a mistake."""
    ended = Commands().run("list", "--stack", "dev", "--env-prefix", "SFMC_EMEA_")

    assert ended.code == 2
    assert (
        "Give --stack or --env-prefix: a further business unit is configured in the environment "
        "alone." in " ".join(ended.stderr.split())
    )


@pytest.mark.parametrize("prefix", ["SFMC_EMEA", "emea_", ""])
def test_prefix_that_cannot_be_one(prefix: str) -> None:
    """It is refused before anything is looked up."""
    ended = Commands().run("list", "--env-prefix", prefix)

    assert ended.code == 2
    assert PREFIXES in " ".join(ended.stderr.split())


def test_prefix_asks_no_stack(project: Path) -> None:
    """What is missing under another prefix is named by its variable, and no stack is looked into."""
    ended = Commands().run("list", "--cwd", str(project), "--env-prefix", "SFMC_EMEA_", PATH="")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "Error: The environment variable SFMC_EMEA_SUBDOMAIN is not set, and ENS cannot be called "
        "without it. Set SFMC_EMEA_SUBDOMAIN in the environment: the part of your REST base URI "
        "before .rest.marketingcloudapis.com.\n"
    )


def test_project_without_the_cli(project: Path) -> None:
    """What the environment does not hold cannot be read from the stack, and the sentence says why."""
    ended = Commands().run("list", "--cwd", str(project), PATH="")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "Error: The configuration of the selected stack cannot be read: there is no `pulumi` on "
        "PATH. Install the Pulumi CLI, or set the SFMC_ variables in the environment.\n"
    )


def test_environment_that_suffices_asks_no_stack(run: Commands, project: Path) -> None:
    """Inside a project, too, nothing but the environment is needed."""
    ended = run.run("list", "--json", "--cwd", str(project), PATH="")

    assert (ended.code, ended.json) == (0, {"mid": "1234567", "callbacks": []})
