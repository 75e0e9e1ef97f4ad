"""The commands read the configuration and the state of a real stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CREDENTIALS, orders

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

SECRET = "the-stack's-s3cret"


@pytest.fixture
def configured(shop: Stack, emulator: EmulatorProcess) -> Stack:
    """Give a stack that finds the service in its own configuration, secrets encrypted."""
    emulator.set_client("client", client_secret="secret", staged_secret=SECRET)
    plain = {
        "authUrl": emulator.auth_url,
        "restUrl": emulator.rest_url,
        "clientId": "client",
        "accountId": "1234567",
    }
    given = [f"--plaintext=ens:{key}={value}" for key, value in plain.items()]
    shop.cli.run("config", "set-all", *given, f"--secret=ens:clientSecret={SECRET}", check=True)
    shop.with_environment(*CREDENTIALS)
    return shop


def command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the package in the project's folder, with its `pulumi` on PATH."""
    path = os.pathsep.join([str(stack.cli.binary.parent), stack.cli.environment["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "ens_provider", *arguments],
        cwd=stack.folder,
        env={**stack.cli.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_commands_read_the_selected_stack(
    configured: Stack, outside: Outside, emulator: EmulatorProcess
) -> None:
    """`doctor` finds the stack's keys, and `list` tells what its state manages from what is foreign."""
    diagnosed = command(configured, "doctor", "--json")
    configured.program(orders())
    assert configured.up().operations == {"create": 1}
    foreign = outside.create_callback("foreign", url="https://other.test/foreign")
    configured.cli.run("stack", "export", "--file", "state.json", check=True)

    listed = command(configured, "list", "--json", "--state", "state.json", "--expect-managed")

    assert diagnosed.returncode == 0
    checks = {check["name"]: check for check in json.loads(diagnosed.stdout)["checks"]}
    assert checks["credentials"]["found"] == (
        "clientId (stack configuration ens:clientId) and clientSecret (stack configuration "
        "ens:clientSecret)"
    )
    assert {check["status"] for check in checks.values()} == {"OK"}
    owners = {
        each["name"]: [owner["resource"] for owner in each["managed_by"]]
        for each in json.loads(listed.stdout)["callbacks"]
    }
    assert owners == {"shop-dev-orders": ["orders"], "foreign": []}
    assert (listed.returncode, foreign["callbackName"]) == (7, "foreign")
    assert SECRET not in diagnosed.stdout + diagnosed.stderr + listed.stdout + listed.stderr


def test_stack_that_cannot_be_read(configured: Stack) -> None:
    """What the CLI says stands in the sentence, which ends the command as a configuration error."""
    ended = command(configured, "list", "--stack", "elsewhere")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(
        "Error: The configuration of stack elsewhere cannot be read by `pulumi config` (no stack "
        "named 'elsewhere' found). Select the stack and give its passphrase as for `pulumi up`, or "
        "set the SFMC_ variables in the environment."
    )
