"""Doctor as tests run it: in a folder of their own, with a `pulumi` that says what they want."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from tests.cli.conftest import Commands, Ended

SUPPORTED = "v3.259.0"
BEGINNING = (
    "OK       pulumi         3.259.0\n"
    f"OK       sdk            {metadata.version('pulumi')}\n"
    f"OK       python         {platform.python_version()}\n"
)
"""What every report with a supported CLI begins with."""

CONFIGURED = (
    "OK       address        authUrl (environment variable SFMC_AUTH_URL) and restUrl (environment "
    "variable SFMC_REST_URL)\n"
    "OK       credentials    clientId (environment variable SFMC_CLIENT_ID) and clientSecret "
    "(environment variable SFMC_CLIENT_SECRET)\n"
    "OK       account id     accountId (environment variable SFMC_ACCOUNT_ID)\n"
    "OK       values         each has the form that it has to have\n"
)
"""What follows where the environment holds everything."""

UNSET = dict.fromkeys(
    (
        "SFMC_AUTH_URL",
        "SFMC_REST_URL",
        "SFMC_CLIENT_ID",
        "SFMC_CLIENT_SECRET",
        "SFMC_ACCOUNT_ID",
    ),
    "",
)
"""Variables with which nothing is configured."""


@dataclass(frozen=True)
class Found:
    """One check of a report."""

    status: str
    found: str
    remedy: str = ""


@dataclass(kw_only=True)
class Doctor:
    """Runs doctor in `folder`, which is no project until a test makes it one."""

    run: Commands
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pulumi(SUPPORTED)

    def pulumi(self, version: str, *, configuration: object = None, error: str = "") -> None:
        """Put a `pulumi` on PATH with this version, the selected stack's configuration or error."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        tools.joinpath("config.json").write_text(json.dumps(configuration or {}))
        tools.joinpath("error").write_text(error)
        script = tools / "pulumi"
        script.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = version ] && echo "{version}" && exit 0\n'
            f'[ -s "{tools}/error" ] && cat "{tools}/error" >&2 && exit 255\n'
            f'cat "{tools}/config.json"\n'
        )
        script.chmod(0o755)
        self.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def project(self) -> None:
        """Make the folder that of a project."""
        self.folder.joinpath("Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    def __call__(self, *arguments: str, **variables: str) -> Ended:
        """Run doctor with more arguments and variables."""
        given = {**self.environment, **variables}
        return self.run.run("doctor", "--cwd", str(self.folder), *arguments, **given)

    def checks(self, *arguments: str, **variables: str) -> dict[str, list[Found]]:
        """Run doctor and return the checks by name; there is one of each, as a rule."""
        checks: dict[str, list[Found]] = {}
        for check in self("--json", *arguments, **variables).json["checks"]:
            found = Found(check["status"], check["found"], check["remedy"])
            checks.setdefault(check["name"], []).append(found)
        return checks

    def code(self, *arguments: str, **variables: str) -> int:
        """Run doctor and return what it ends with."""
        return self(*arguments, **variables).code
