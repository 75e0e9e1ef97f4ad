"""The Pulumi side: the CLI on PATH, the SDK beside this package, and Python."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata

from ens_provider.cli.doctor.report import Check, failed, ok, warning

OLDEST_CLI = (3, 259)
"""The oldest Pulumi CLI that is tested."""

OLDEST_SDK = (3, 219)
"""The oldest SDK that works: requirements.txt says why."""

_SECONDS = 60
_INSTALL = "Install the Pulumi CLI: https://www.pulumi.com/docs/install/"
_UPGRADE_SDK = "Run `pip install --upgrade pulumi` in the environment of the program"


def pulumi_checks(*, installed: Callable[[str], str] = metadata.version) -> list[Check]:
    """Return the checks of the CLI, the SDK and Python.

    Args:
        installed: Returns the version of an installed distribution, or raises
            `PackageNotFoundError`. Default: of those that this Python sees.
    """
    return [_cli(), _sdk(installed), ok("python", platform.python_version())]


def _cli() -> Check:
    path = shutil.which("pulumi")
    if path is None:
        found = "there is no `pulumi` on PATH, so nothing can be deployed from here"
        return warning("pulumi", found, remedy=f"{_INSTALL}.")
    printed = _printed_version(path)
    version = _version(printed)
    if version is None:
        found = "the `pulumi` on PATH does not tell its version"
        return warning("pulumi", found, remedy=f"Run `pulumi version`. {_INSTALL}.")
    return _judged("pulumi", printed.lstrip("v"), oldest=OLDEST_CLI, upgrade=_INSTALL)


def _printed_version(path: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 -- the CLI, with an argument and without a shell
            [path, "version"], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip().split("\n")[0]


def _sdk(installed: Callable[[str], str]) -> Check:
    try:
        version = installed("pulumi")
    except metadata.PackageNotFoundError:
        found = "the Pulumi SDK is not installed where this Python looks for packages"
        remedy = f"Run doctor with the Python of the program's environment. {_UPGRADE_SDK}."
        return warning("sdk", found, remedy=remedy)
    return _judged("sdk", version, oldest=OLDEST_SDK, upgrade=_UPGRADE_SDK)


def _judged(name: str, text: str, *, oldest: tuple[int, int], upgrade: str) -> Check:
    version = _version(text)
    supported = f"{oldest[0]}.{oldest[1]} and newer {oldest[0]}.x are supported"
    if version is None or version[0] > oldest[0]:
        return warning(name, f"{text}: {supported}", remedy="Run the tests of your program first.")
    if version < oldest:
        return failed(name, f"{text} is too old: {supported}", remedy=f"{upgrade}.")
    return ok(name, text)


def _version(text: str) -> tuple[int, int] | None:
    match = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None
