"""Builds the environment of every `pulumi` that demo, tests, benchmarks and examples start.

Nothing is inherited but an allow-list. A developer's shell may hold the credentials of a production
account; a child built here cannot see them, and talks to the emulator or to nothing.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parent.parent.parent

# What programs need to run at all. No proxies: whatever these children call is on this machine.
INHERITED = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "PATH",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERM",
    "TMPDIR",
    "TZ",
)
LOOPBACK = "localhost,127.0.0.1,::1"


@dataclass(frozen=True, kw_only=True)
class ServiceAccess:
    """Where the emulator answers, and as whom to call it.

    Attributes:
        auth_url: Address of the token route, `http://127.0.0.1:PORT`.
        rest_url: Address of the other routes.
        client_id: Defaults to the emulator's default client.
        client_secret: The same.
        account_id: Business unit (MID); None leaves the choice to the service.
    """

    auth_url: str
    rest_url: str
    client_id: str = "client"
    client_secret: str = field(default="secret", repr=False)
    account_id: str | None = "1234567"

    def variables(self) -> dict[str, str]:
        """Return the `SFMC_*` variables that lead to this service."""
        variables = {
            "SFMC_AUTH_URL": self.auth_url,
            "SFMC_REST_URL": self.rest_url,
            "SFMC_CLIENT_ID": self.client_id,
            "SFMC_CLIENT_SECRET": self.client_secret,
        }
        if self.account_id is not None:
            variables["SFMC_ACCOUNT_ID"] = self.account_id
        return variables


@dataclass(frozen=True, kw_only=True)
class EngineFolders:
    """Where one engine keeps its own things, so that it shares nothing with anybody.

    Attributes:
        home: `PULUMI_HOME`: plugins, credentials, settings.
        backend: Folder of the states.
    """

    home: Path
    backend: Path

    @classmethod
    def below(cls, folder: Path) -> EngineFolders:
        """Create both folders in `folder`."""
        folders = cls(home=folder / "home", backend=folder / "backend")
        for each in (folders.home, folders.backend):
            each.mkdir(parents=True, exist_ok=True)
        return folders


def child_environment(
    folders: EngineFolders,
    *,
    service: ServiceAccess | None,
    passphrase: str = "passphrase",  # noqa: S107, it locks nothing but states that are thrown away
    extra: Mapping[str, str] | None = None,
    outside: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the whole environment of a `pulumi` process.

    Args:
        folders: The engine's own folders.
        service: The emulator; None for a child without credentials and addresses.
        passphrase: Encrypts the secrets of the states.
        extra: Added last, for what one test is about.
        outside: The environment that the allow-list is taken from.
    """
    environment = {name: outside[name] for name in INHERITED if name in outside}
    environment |= {
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
        "PULUMI_BACKEND_URL": folders.backend.resolve().as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        # Lets `--event-log` be asked for: the record of what the engine did, in any language.
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_HOME": str(folders.home.resolve()),
        # The language host belongs to the engine beside it, whatever another CLI put on PATH.
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPATH": str(REPOSITORY),
    }
    environment |= service.variables() if service else {}
    return environment | dict(extra or {})
