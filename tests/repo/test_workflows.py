"""The example's workflows give nobody more than they need, and its README tells how to set them up."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider import __version__
from tests.repo.files import text_of
from tests.repo.tables import section, table_below
from tests.repo.workflows import (
    EXAMPLE,
    WORKFLOWS,
    expressions,
    filled,
    only_job,
    pulumi_step,
    text_of_workflow,
    workflow,
)
from tools.engine.obtain import OLDEST_ON_PATH

README = (EXAMPLE / "README.md").read_text(encoding="utf-8")
TITLE = "Preview, apply and drift with GitHub Actions"
TOKEN = "PULUMI_ACCESS_TOKEN"
SETTINGS = re.compile(r"(?:secrets|vars)\.\w+")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
ENVIRONMENTS = {"apply": "production", "drift": "drift", "preview": "preview"}


def _used(name: str) -> set[str]:
    """Return the secrets and variables of a workflow: `secrets.SFMC_CLIENT_SECRET`."""
    return {found for text in expressions(workflow(name)) for found in SETTINGS.findall(text)}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned(name: str) -> None:
    """Each action is pinned by its whole hash, with its version beside it."""
    uses = re.findall(r"uses: (.+)$", text_of_workflow(name), re.MULTILINE)

    assert len(uses) == 3
    assert [each for each in uses if not PINNED.fullmatch(each)] == []


def test_shared_actions_are_those_of_our_own_workflow() -> None:
    """What our own CI uses, too, is pinned to the same commit there."""
    ours = set(re.findall(r"uses: (.+)$", text_of(".github/workflows/ci.yml"), re.MULTILINE))

    for name in WORKFLOWS:
        uses = re.findall(r"uses: (actions/.+)$", text_of_workflow(name), re.MULTILINE)
        assert (len(uses), set(uses) - ours) == (2, set())


@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("apply", {"contents": "read"}),
        ("drift", {"contents": "read"}),
        ("preview", {"contents": "read", "pull-requests": "write"}),
    ],
)
def test_rights(name: str, rights: dict[str, str]) -> None:
    """A job has these rights and no others, and keeps no credentials in its checkout."""
    job = only_job(name)

    assert (workflow(name)["permissions"], job["permissions"]) == ({}, rights)
    assert job["steps"][0]["with"] == {"persist-credentials": False}


@pytest.mark.parametrize(
    ("name", "triggers"),
    [
        ("apply", {"push": {"branches": ["main"]}}),
        ("drift", {"schedule": [{"cron": "17 5 * * 1-5"}], "workflow_dispatch": None}),
        ("preview", {"pull_request": {"branches": ["main"]}}),
    ],
)
def test_triggers(name: str, triggers: dict[str, Any]) -> None:
    """Each workflow starts for its one reason; none runs a fork's code beside secrets."""
    assert workflow(name)["on"] == triggers


def test_preview_leaves_forks_out() -> None:
    """The preview runs only for branches of the repository itself."""
    condition = only_job("preview")["if"]

    assert condition == "github.event.pull_request.head.repo.full_name == github.repository"


def test_preview_holds_nothing_of_the_service() -> None:
    """The one secret of the preview is the token of the state; no variable of ours is set."""
    assert _used("preview") == {"secrets.PULUMI_ACCESS_TOKEN", "vars.PULUMI_STACK"}
    assert pulumi_step("preview")["env"].keys() == {"PULUMI_ACCESS_TOKEN"}
    assert "SFMC_" not in text_of_workflow("preview")


@pytest.mark.parametrize("name", ["apply", "drift"])
def test_credentials_reach_the_one_step_that_needs_them(name: str) -> None:
    """Id and secrets are variables of the step that runs Pulumi, each under the name it is read by."""
    job = only_job(name)
    elsewhere = [
        job.get("env"),
        workflow(name).get("env"),
        *(s for s in job["steps"] if "run" in s),
    ]
    documented = {row["environment"] for row in table_below(_page("configuration"), "The account")}

    assert not any(SETTINGS.search(text) for text in expressions(elsewhere))
    given = {key: value for key, value in pulumi_step(name)["env"].items() if key != TOKEN}
    assert given == {
        "SFMC_CLIENT_ID": "${{ vars.SFMC_CLIENT_ID }}",
        "SFMC_CLIENT_SECRET": "${{ secrets.SFMC_CLIENT_SECRET }}",
        "SFMC_CLIENT_SECRET_NEXT": "${{ secrets.SFMC_CLIENT_SECRET_NEXT }}",
    }
    assert {f"`{key}`" for key in given} <= documented


def _page(name: str) -> str:
    return text_of(f"docs/{name}.md")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_expression_stands_in_a_script(name: str) -> None:
    """What a shell runs holds no expression, so that no title or branch name becomes a command."""
    scripts = [step["run"] for step in only_job(name)["steps"] if "run" in step]

    assert scripts != []
    assert list(expressions(scripts)) == []


def test_apply_runs_once_at_a_time() -> None:
    """Two applies share a group that does not depend on anything, and neither is cut off."""
    assert workflow("apply")["concurrency"] == {"group": "apply", "cancel-in-progress": False}


def test_environments() -> None:
    """Each job takes its secrets from an environment of its own."""
    assert {name: only_job(name)["environment"] for name in WORKFLOWS} == ENVIRONMENTS


def test_oldest_engine_is_the_tested_one() -> None:
    """The workflows take no CLI that is older than the oldest one that tests run with."""
    versions = {pulumi_step(name)["with"]["pulumi-version"] for name in WORKFLOWS}

    assert versions == {f"^{OLDEST_ON_PATH}"}


def test_readme_names_each_secret_and_variable() -> None:
    """The README's table has exactly what the workflows use, with its kind and its environments."""
    rows = table_below(README, "Set up, in this order")
    kinds = {"secret": "secrets", "variable": "vars"}
    told = {f"{kinds[row['kind']]}.{row['name'].strip('`')}": row["where"] for row in rows}
    used = {
        setting: [ENVIRONMENTS[name] for name in WORKFLOWS if setting in _used(name)]
        for setting in set().union(*map(_used, WORKFLOWS))
    }

    assert told.pop("vars.PULUMI_STACK") == "repository"
    assert sorted(used.pop("vars.PULUMI_STACK")) == sorted(ENVIRONMENTS.values())
    assert {setting: sorted(re.findall(r"`(\w+)`", where)) for setting, where in told.items()} == {
        setting: sorted(names) for setting, names in used.items()
    }


def test_readme_names_no_other_variable() -> None:
    """Beside those of the table there is only the passphrase of an object store."""
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", README))
    used = {each.split(".")[1] for name in WORKFLOWS for each in _used(name)}

    assert named - used == {"PULUMI_CONFIG_PASSPHRASE"}


def test_readme_gives_the_drift_package_what_reading_needs() -> None:
    """The two permissions of the package *drift* are those of the page, by their names in Setup."""
    rows = table_below(_page("configuration"), "Permissions")
    reading = {row["permission"] for row in rows if row["scope"].endswith("_read`")}
    [drift] = re.findall(r"^- \*drift\*, with (.+?), and nothing else", README, re.MULTILINE)

    assert set(drift.split(" and ")) == reading
    assert len(rows) == 8
    assert "all eight permissions" in section(README, "Set up, in this order")


def test_readme_shows_the_commands_that_run() -> None:
    """Schedule and flags in the README's table are those of the workflows."""
    rows = {row["workflow"]: row["what it runs"] for row in table_below(README, TITLE)}
    shown = {re.findall(r"\[`(\w+)\.yml`\]", name)[0]: what for name, what in rows.items()}
    flags = {
        name: {f"--{key}" for key, value in pulumi_step(name)["with"].items() if value is True}
        for name in WORKFLOWS
    }

    assert shown.keys() == set(WORKFLOWS)
    for name, what in shown.items():
        [command] = re.findall(r"`pulumi (\w+)", what)
        assert command == pulumi_step(name)["with"]["command"]
        assert set(re.findall(r"--[\w-]+", what)) <= flags[name]


def test_project_files() -> None:
    """Project and stack are valid YAML without secrets, with keys of this package and the program's."""
    project = yaml.safe_load((EXAMPLE / "Pulumi.yaml").read_text(encoding="utf-8"))
    text = (EXAMPLE / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    program = (EXAMPLE / "__main__.py").read_text(encoding="utf-8")
    read = set(re.findall(r'config\.require\w*\("(\w+)"\)', program))

    assert project["name"] == "campaign-events"
    assert project["runtime"]["options"]["virtualenv"] == ".venv"
    assert config.keys() == {
        "ens:subdomain",
        "ens:accountId",
        *(f"campaign-events:{key}" for key in read),
    }
    assert "secure" not in text
    assert read == {"url", "subscriptions"}


def test_requirement_is_the_wheel_of_this_version() -> None:
    """The file that `pip` installs has the name that `make wheel` gives it."""
    text = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8")

    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        f"./wheels/pulumi_sfmc_ens-{__version__}-py3-none-any.whl[cli]"
    ]


def _audit(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter for workflows, which sits beside Python and asks nobody."""
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert zizmor is not None, "zizmor is not installed: it is in the dependency group tests"
    command = [zizmor, "--offline", "--no-progress", *map(str, paths)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_linter_finds_nothing() -> None:
    """zizmor, which looks for ways to misuse a workflow, finds none."""
    audited = _audit(*(EXAMPLE / ".github" / "workflows" / f"{name}.yml" for name in WORKFLOWS))

    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "No findings to report" in audited.stdout


def test_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    """The same linter reports a preview that would run a fork's code beside secrets."""
    bad = tmp_path / "preview.yml"
    text = text_of_workflow("preview").replace("  pull_request:", "  pull_request_target:")
    bad.write_text(text, encoding="utf-8")

    assert "dangerous-triggers" in _audit(bad).stdout


def test_filled() -> None:
    """Expressions are filled in as GitHub does, and truth values become its words."""
    assert filled("a ${{ vars.B }}/${{vars.C}}", {"vars.B": "b", "vars.C": "c"}) == "a b/c"
    assert filled(True, {}) == "true"
    with pytest.raises(KeyError, match=r"secrets\.D"):
        filled("${{ secrets.D }}", {})
