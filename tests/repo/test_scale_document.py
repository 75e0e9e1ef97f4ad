"""What `docs/scale.md` says of numbers, locks, keys and pipelines is what code and CLI do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi.dynamic
import pytest
import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from ens_provider.api.retry import RetryPolicy
from ens_provider.cli.exit_codes import CHANGES
from ens_provider.emulator.process import EmulatorOptions
from ens_provider.lifecycle.account import PROPAGATION_SECONDS
from ens_provider.lifecycle.settings import LEAST_PARALLEL, MOST_PARALLEL
from ens_provider.lifecycle.subscription_creation import MOST_PER_CALLBACK
from ens_provider.resources import retry_hook
from tests.engine import test_call_budget as budget
from tests.repo.files import text_of
from tests.repo.public_names import private_uses
from tests.repo.tables import section, table_below
from tests.repo.workflows import pulumi_step

if TYPE_CHECKING:
    from tests.conftest import NewStack

PAGE = text_of("docs/scale.md")
# As the CLI keeps them beside a state, whoever holds them.
LOCK = {
    "pid": 1,
    "username": "ada",
    "hostname": "build-7",
    "timestamp": "2026-11-24T10:00:00Z",
}


def _limits() -> dict[str, dict[str, str]]:
    return {row["what"]: row for row in table_below(PAGE, "How large a stack may grow")}


def _calls_at_a_time() -> int:
    """Return how many threads the SDK's plugin serves its calls with."""
    source = Path(pulumi.dynamic.__file__).with_name("__main__.py").read_text(encoding="utf-8")
    [workers] = re.findall(r"ThreadPoolExecutor\(\s*max_workers=(\d+)", source)
    return int(workers)


def test_limits() -> None:
    """Each number of the table is the one that code has."""
    numbers = {
        what: [int(n) for n in re.findall(r"\d+", row["number"])] for what, row in _limits().items()
    }

    assert numbers == {
        "subscriptions of a callback": [MOST_PER_CALLBACK],
        "calls at a time, for each provider": [_calls_at_a_time()],
        "ENS's probe of a new callback": [EmulatorOptions().probe_timeout_seconds],
        "waiting for an endpoint that is not up": [
            retry_hook._DEFAULT_BUDGET,
            retry_hook._MOST_ATTEMPTS,
        ],
        "requests that ENS turns away (429)": [RetryPolicy().max_wait_seconds],
        "until a change counts everywhere in ENS": [PROPAGATION_SECONDS / 60],
    }


def test_calls_of_commands() -> None:
    """The sums are those of what `tests/engine/test_call_budget.py` sees each command call."""
    counted: dict[str, tuple[dict[str, int], int]] = {
        "the first `pulumi up`": (budget.CREATED, 1),
        "`pulumi up` without changes": ({}, 0),
        "`pulumi preview`": ({}, 0),
        "`pulumi up` that changes every object": (budget.UPDATED, 1),
        "`pulumi refresh --skip-preview`, `pulumi preview --refresh`": (budget.LISTED, 1),
        "`pulumi up --refresh` without changes": (budget.twice(budget.LISTED), 2),
        "`pulumi destroy`": (budget.DELETED, 1),
    }

    rows = table_below(PAGE, "How many calls a run makes")
    assert {row["command"]: (int(row["calls"]), int(row["tokens"])) for row in rows} == {
        what: (sum(calls.values()), tokens) for what, (calls, tokens) in counted.items()
    }


def test_more_calls_at_a_time() -> None:
    """What the plugin may be told to serve begins with what it serves by itself."""
    row = _limits()["calls at a time, for each provider"]

    assert _calls_at_a_time() == LEAST_PARALLEL
    assert f"makes them up to {MOST_PARALLEL}." in row["what follows"]


def test_slow_endpoints() -> None:
    """Twelve slow endpoints take as long as the page works out."""
    rounds = 12 / _calls_at_a_time()

    assert "Twelve new callbacks" in _limits()["ENS's probe of a new callback"]["what follows"]
    assert rounds * EmulatorOptions().probe_timeout_seconds == 90
    assert "take a minute and a half" in _limits()["ENS's probe of a new callback"]["what follows"]


def test_pipeline_runs_what_the_example_runs() -> None:
    """The table's jobs are those of the example's workflows, and drift ends with the code it says."""
    commands = [row["command"].strip("`") for row in table_below(PAGE, "Pipelines")]
    flags = {
        name: {key for key, value in pulumi_step(name)["with"].items() if value is True}
        for name in ("preview", "drift")
    }

    assert commands == [
        "pulumi preview --diff",
        "pulumi up --yes",
        "pulumi preview --refresh --expect-no-changes",
    ]
    assert "diff" in flags["preview"]
    assert flags["drift"] >= {"refresh", "expect-no-changes"}
    assert f"exit code {CHANGES} " in section(PAGE, "Pipelines")


def test_environment_of_esc() -> None:
    """The shown environment is valid and sets variables that the package reads."""
    blocks = [yaml.safe_load(each) for each in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    rows = table_below(text_of("docs/configuration.md"), "The account")
    documented = {row["environment"].strip("`") for row in rows}

    environment, stack = blocks
    assert set(environment["values"]["environmentVariables"]) <= documented
    assert stack == {"environment": ["acme/ens-prod"]}


def test_program() -> None:
    """The shown program compiles and uses public names."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    compile(program, "scale.md", "exec")
    assert private_uses(program) == []


@pytest.mark.engine
def test_locks_and_keys(new_stack: NewStack) -> None:
    """A lock stops an `up` with its holder's name and no preview, and `cancel` takes it away.

    The CLI knows the backends and the providers of keys that the page names.
    """
    stack = new_stack(project="shop")
    stack.program("")
    [locks] = stack.folder.parent.glob("backend/.pulumi/locks/organization/shop/dev")
    lock = locks / "11111111-1111-4111-8111-111111111111.json"
    lock.write_text(json.dumps(LOCK), encoding="utf-8")

    refused = stack.up()

    assert refused.code == 1
    assert "the stack is currently locked by 1 lock(s)" in refused.text
    assert "created by ada@build-7" in refused.text
    assert stack.preview().code == 0
    assert stack.cancel().code == 0
    assert not lock.exists()
    keys = stack.cli.run("stack", "init", "--help", check=True).stdout
    providers = [row["provider"] for row in table_below(PAGE, "Where the state lives", number=1)]
    named = re.findall(r"`(\w+)`", " ".join(providers))
    assert len(named) == 6
    assert [name for name in named if name not in keys] == []
    backends = stack.cli.run("login", "--help", check=True).stdout
    schemes = re.findall(r"`(?:pulumi login )?(\w+://)…`", section(PAGE, "Where the state lives"))
    assert schemes == ["s3://", "gs://", "azblob://"]
    assert [scheme for scheme in schemes if scheme not in backends] == []
