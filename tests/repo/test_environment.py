"""No harness ever reaches a production account, whatever the shell around it holds."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.repo.files import REPOSITORY
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = ServiceAccess(auth_url="http://127.0.0.1:1001", rest_url="http://127.0.0.1:1002")
POISON = {
    "SFMC_SUBDOMAIN": "production",
    "SFMC_CLIENT_ID": "production-id",
    "SFMC_CLIENT_SECRET": "production-secret",
    "SFMC_CLIENT_SECRET_NEXT": "production-secret-next",
    "SFMC_ACCOUNT_ID": "production-mid",
    "SFMC_AUTH_URL": "https://production.auth.test",
    "SFMC_REST_URL": "https://production.rest.test",
    "SFMC_EMEA_CLIENT_SECRET": "production-secret-emea",
    "PULUMI_ACCESS_TOKEN": "production-token",
    "PULUMI_BACKEND_URL": "https://production.backend.test",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/production/passphrase",
    "PULUMI_PYTHON_CMD": "/production/python",
    "PYTHONSTARTUP": "/production/startup",
    "ENS_PROVIDER_DEBUG": "production",
    "HTTPS_PROXY": "http://production.proxy.test",
    "AWS_SECRET_ACCESS_KEY": "production-key",
}
ALLOWED = {"HOME": "/some/home", "PATH": "/some/bin", "LANG": "C.UTF-8", "SSL_CERT_FILE": "/ca"}


def _environment(tmp_path: Path, service: ServiceAccess | None) -> dict[str, str]:
    folders = EngineFolders.below(tmp_path)
    return child_environment(folders, service=service, outside=POISON | ALLOWED)


def test_nothing_poisoned_is_inherited(tmp_path: Path) -> None:
    """No value of the poisoned shell is in the child's environment, under any name."""
    for service in (SERVICE, None):
        values = " ".join(_environment(tmp_path, service).values())
        assert "production" not in values


def test_service_variables_lead_to_the_emulator(tmp_path: Path) -> None:
    """All `SFMC_*` of the child are those of the given service; the second secret is absent."""
    environment = _environment(tmp_path, SERVICE)

    assert {k: v for k, v in environment.items() if k.startswith("SFMC_")} == {
        "SFMC_AUTH_URL": "http://127.0.0.1:1001",
        "SFMC_REST_URL": "http://127.0.0.1:1002",
        "SFMC_CLIENT_ID": "client",
        "SFMC_CLIENT_SECRET": "secret",
        "SFMC_ACCOUNT_ID": "1234567",
    }


def test_without_a_service_there_are_no_credentials(tmp_path: Path) -> None:
    """A child that gets no service gets no `SFMC_*` variable at all."""
    assert [k for k in _environment(tmp_path, None) if k.startswith("SFMC_")] == []


def test_business_unit_can_be_left_to_the_service(tmp_path: Path) -> None:
    """Without an account id the variable is absent, not empty."""
    service = ServiceAccess(auth_url="http://a", rest_url="http://b", account_id=None)

    assert "SFMC_ACCOUNT_ID" not in _environment(tmp_path, service)


def test_engine_has_folders_of_its_own(tmp_path: Path) -> None:
    """States and settings lie in the given folders, and loopback bypasses any proxy."""
    environment = _environment(tmp_path, SERVICE)

    assert environment["PULUMI_BACKEND_URL"] == (tmp_path / "backend").as_uri()
    assert environment["PULUMI_HOME"] == str(tmp_path / "home")
    assert environment["PULUMI_PYTHON_CMD"] == sys.executable
    assert environment["PYTHONPATH"] == str(REPOSITORY)
    assert environment["NO_PROXY"] == "localhost,127.0.0.1,::1"
    assert {k: environment[k] for k in ALLOWED} == ALLOWED


def test_secret_is_not_shown() -> None:
    """The representation of the access does not hold the client secret."""
    access = ServiceAccess(auth_url="http://a", rest_url="http://b", client_secret="tiger")

    assert "tiger" not in repr(access)


PROGRAM = """
import sys
from pathlib import Path

from tools.engine.cli import PulumiCLI
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment

folder = Path(sys.argv[1])
service = ServiceAccess(auth_url="http://127.0.0.1:1001", rest_url="http://127.0.0.1:1002")
environment = child_environment(EngineFolders.below(folder), service=service)
cli = PulumiCLI(binary=folder / "pulumi", cwd=folder, environment=environment)
print(cli.run("up", check=True).stdout)
"""


def test_child_of_a_poisoned_shell_sees_none_of_it(tmp_path: Path) -> None:
    """A process that the CLI's runner starts in a poisoned shell sees the emulator alone."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\nenv\n")
    pulumi.chmod(0o755)
    shell = {**os.environ, **POISON, "PYTHONPATH": str(REPOSITORY)}

    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, env=shell, capture_output=True, check=True, text=True)

    assert "SFMC_REST_URL=http://127.0.0.1:1002" in done.stdout.splitlines()
    assert "production" not in done.stdout
