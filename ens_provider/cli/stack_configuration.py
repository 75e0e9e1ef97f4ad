"""Read a stack's configuration of the namespace `ens` with the Pulumi CLI."""

import json
import shutil
import subprocess
from pathlib import Path

from ens_provider.api.errors import ConfigurationError

_NAMESPACE = "ens:"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_SECONDS = 120


def is_in_project(folder: Path) -> bool:
    """Tell whether a folder lies in a Pulumi project."""
    folders = [folder.resolve(), *folder.resolve().parents]
    return any((each / name).is_file() for each in folders for name in _PROJECT_FILES)


def stack_configuration(folder: Path, *, stack: str | None) -> dict[str, str]:
    """Return the stack's values of the namespace `ens`, secrets decrypted, by key.

    Args:
        folder: A folder of the project.
        stack: The stack's name; None is the selected one.

    Raises:
        ConfigurationError: There is no Pulumi CLI, or it cannot read that configuration.
    """
    pulumi = shutil.which("pulumi")
    which = f"of stack {stack}" if stack else "of the selected stack"
    if pulumi is None:
        raise ConfigurationError(
            f"The configuration {which} cannot be read: there is no `pulumi` on PATH. Install the "
            "Pulumi CLI, or set the SFMC_ variables in the environment."
        )
    command = [pulumi, "config", "--json", "--show-secrets", "--non-interactive"]
    command += ["--cwd", str(folder)] + (["--stack", stack] if stack else [])
    try:
        done = subprocess.run(  # noqa: S603 -- the CLI, with arguments and without a shell
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unreadable(which, type(error).__name__) from error
    if done.returncode:
        raise _unreadable(which, " ".join(done.stderr.split()).removeprefix("error: "))
    return _values(done.stdout, which)


def _values(printed: str, which: str) -> dict[str, str]:
    try:
        entries = json.loads(printed)
        return {
            key.removeprefix(_NAMESPACE): str(entry["value"])
            for key, entry in entries.items()
            if key.startswith(_NAMESPACE) and "value" in entry
        }
    except (ValueError, TypeError, AttributeError):
        raise _unreadable(which, "it prints no JSON object of values") from None


def _unreadable(which: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The configuration {which} cannot be read by `pulumi config` ({why.rstrip('.')}). Select "
        "the stack and give its passphrase as for `pulumi up`, or set the SFMC_ variables in the "
        "environment."
    )
