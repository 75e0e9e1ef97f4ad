"""Credentials: where they come from, and that no harness ever uses those of its surroundings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders
from tests.engine.readings import sentence
from tools.engine.environment import EngineFolders, child_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tools.engine.environment import ServiceAccess

pytestmark = pytest.mark.engine

POISON = {
    "SFMC_SUBDOMAIN": "poisoned",
    "SFMC_CLIENT_ID": "poisoned",
    "SFMC_CLIENT_SECRET": "poisoned",
    "SFMC_CLIENT_SECRET_NEXT": "poisoned",
    "SFMC_ACCOUNT_ID": "666",
    "SFMC_AUTH_URL": "http://127.0.0.1:1/poisoned",
    "SFMC_REST_URL": "http://127.0.0.1:1/poisoned",
    "PULUMI_ACCESS_TOKEN": "poisoned",
    "PULUMI_BACKEND_URL": "file:///poisoned",
    "PULUMI_CONFIG_PASSPHRASE": "poisoned",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/poisoned",
    "PULUMI_HOME": "/poisoned",
    "PULUMI_STACK": "poisoned",
    "PULUMI_PYTHON_CMD": "/poisoned",
    "PYTHONPATH": "/poisoned",
    "HTTP_PROXY": "http://127.0.0.1:1/poisoned",
    "HTTPS_PROXY": "http://127.0.0.1:1/poisoned",
}
# Drives a stack in a process whose own environment is poisoned, and prints what came of it.
DRIVER = """
import json
import sys
from pathlib import Path

from tests.engine.harness import Stack
from tools.engine.environment import ServiceAccess

folder, pulumi, auth_url, rest_url, program = sys.argv[1:]
service = ServiceAccess(auth_url=auth_url, rest_url=rest_url)
stack = Stack(Path(folder), pulumi=Path(pulumi), service=service, project="shop")
stack.program(program)
result = stack.up()
print(json.dumps({"operations": result.operations, "errors": result.errors}))
stack.close()
"""
REPOSITORY_PATH = os.pathsep.join(path for path in sys.path if path)


def test_poisoned_surroundings_are_never_used(
    service: ServiceAccess, pulumi: Path, tmp_path: Path, calls: Calls
) -> None:
    """A harness in a shell full of other credentials works with the emulator alone."""
    arguments = [str(tmp_path), str(pulumi), service.auth_url, service.rest_url, orders()]
    poisoned = {**os.environ, **POISON, "PYTHONPATH": REPOSITORY_PATH}

    ran = subprocess.run(
        [sys.executable, "-c", DRIVER, *arguments],
        env=poisoned,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {"operations": {"create": 1}, "errors": []}
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201"]


def test_child_environment_holds_no_poison(service: ServiceAccess, tmp_path: Path) -> None:
    """Nothing of a poisoned surrounding passes, whether there is a service or not."""
    outside = {**POISON, "PATH": "/bin"}
    folders = EngineFolders.below(tmp_path)

    with_service = child_environment(folders, service=service, outside=outside)
    without = child_environment(folders, service=None, outside=outside)

    assert [name for name, value in with_service.items() if "poisoned" in value] == []
    assert (with_service["SFMC_ACCOUNT_ID"], with_service["PATH"]) == ("1234567", "/bin")
    assert [name for name in without if name.startswith("SFMC_")] == []
    assert [name for name, value in without.items() if "poisoned" in value] == []


def test_missing_configuration_is_told_at_the_first_call(new_stack: NewStack) -> None:
    """Without credentials `up` says which to set, and creates nothing."""
    stack = new_stack(service=None, project="shop")
    stack.program(orders(probe_timeout_seconds=0))

    result = stack.up()

    assert (result.code, result.operations, stack.state()) == (1, {}, [])
    assert sentence(result) == (
        "ens_provider.ConfigurationError: The stack configuration ens:subdomain is not set, and "
        "ENS cannot be called without it. Set SFMC_SUBDOMAIN in the environment, or run `pulumi "
        "config set ens:subdomain`: the part of your REST base URI before "
        ".rest.marketingcloudapis.com."
    )


def test_stack_configuration_is_enough(
    new_stack: NewStack, service: ServiceAccess, calls: Calls
) -> None:
    """With addresses and credentials in the stack, no variable is needed, to the last `destroy`."""
    stack = new_stack(service=None, project="shop")
    stack.config("ens:authUrl", service.auth_url)
    stack.config("ens:restUrl", service.rest_url)
    stack.config("ens:clientId", "client")
    stack.config("ens:clientSecret", "secret", secret=True)
    stack.config("ens:accountId", "1234567")
    stack.program(orders())

    assert stack.up().operations == {"create": 1}
    assert stack.destroy().operations == {"delete": 1}
    assert calls.take() == [
        "POST token 200",
        "POST ens-callbacks 201",
        "POST token 200",
        "DELETE ens-callbacks/{id} 200",
    ]


def test_environment_wins_over_the_stack(shop: Stack, calls: Calls) -> None:
    """Wrong credentials in the stack do not matter while the environment has right ones."""
    shop.config("ens:clientId", "somebody")
    shop.config("ens:clientSecret", "nothing", secret=True)
    shop.config("ens:subdomain", "elsewhere")
    shop.program(orders())

    assert shop.up().operations == {"create": 1}
    assert calls.take() == ["POST token 200", "POST ens-callbacks 201"]


def test_wrong_secret(shop: Stack, calls: Calls) -> None:
    """A refused client is one call and a sentence that names what to set, without the secret."""
    shop.with_environment(SFMC_CLIENT_SECRET="not-the-secret")
    shop.program(orders())

    result = shop.up()

    assert (result.code, result.operations) == (1, {})
    assert calls.take() == ["POST token 401"]
    assert sentence(result).startswith("ens_provider.AuthenticationError: ")
    assert "not-the-secret" not in result.text
