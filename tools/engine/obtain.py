"""Finds a `pulumi` that the project can be tested with, or brings one onto the machine.

In this order: the one on PATH, one obtained earlier, the official installer, a build of the Go module
that `go.mod` in this folder names. What is obtained lies in `.cache/engine/<version>/` and nowhere else.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tools.engine.standin.install import install_standins

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = REPOSITORY / ".cache" / "engine"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
INSTALLER_URL = "https://get.pulumi.com/install.sh"

OLDEST_ON_PATH = "3.259.0"
"""The oldest engine that is taken from PATH: with no older one have the provider's rules been tried."""

_CONNECTION_SECONDS = 5.0
_INSTALL_SECONDS = 600.0
_PROGRESS_SECONDS = 20.0


class EngineMissingError(Exception):
    """No engine is here and none can be obtained; the message says what to do."""


def engine_version() -> str:
    """Return the version that is obtained, as `go.mod` names it: `3.274.1`."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v([0-9.]+)", (HERE / "go.mod").read_text())
    if found is None:
        raise EngineMissingError("tools/engine/go.mod does not name a version of the engine.")
    return found[1]


def obtain_engine(
    *,
    cache: Path = CACHE,
    path: str | None = None,
    installer_url: str = INSTALLER_URL,
    only_built: bool | None = None,
) -> Path:
    """Return the path of the CLI, obtaining it first if need be.

    Args:
        cache: Where obtained engines lie.
        path: Search path for `pulumi` and `go`; None is the process's.
        installer_url: What has to answer before the official installer is tried.
        only_built: Take none but one built here; None asks whether `ENS_ENGINE` is `built`.

    Raises:
        EngineMissingError: There is neither an engine nor a way to get one.
    """
    version = engine_version()
    if only_built is None:
        only_built = os.environ.get("ENS_ENGINE") == "built"
    on_path = shutil.which("pulumi", path=path)
    if on_path and not only_built and is_recent(version_of(Path(on_path)), minimum=OLDEST_ON_PATH):
        return Path(on_path)
    folder = cache / version
    with only_one(folder):
        ready = cached(folder, only_built=only_built)
        if ready is None and not only_built:
            ready = install(folder, version, installer_url=installer_url)
        return ready or build(folder, version, go=shutil.which("go", path=path))


def version_of(binary: Path) -> str:
    """Return what `pulumi version` prints, without the `v`; empty if it does not run."""
    command, environment = (
        [str(binary), "version"],
        {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v")


def is_recent(version: str, *, minimum: str) -> bool:
    """Tell whether `version` (`3.272.0`, `3.260.0-alpha.1`) is at least `minimum`, in the same major."""
    theirs, ours = (re.findall(r"\d+", text.split("-")[0]) for text in (version, minimum))
    if not theirs:
        return False
    numbers, needed = [int(n) for n in theirs], [int(n) for n in ours]
    return numbers[0] == needed[0] and numbers >= needed


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let one process at a time obtain the engine into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another process is obtaining the engine; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cached(folder: Path, *, only_built: bool = False) -> Path | None:
    """Return the engine obtained earlier, its stand-ins brought up to date, or None."""
    official, built = folder / "official" / "bin" / "pulumi", folder / "built" / "pulumi"
    if official.exists() and not only_built:
        return official
    if built.exists():
        install_standins(built.parent)
        return built
    return None


def install(folder: Path, version: str, *, installer_url: str) -> Path | None:
    """Run the official installer, and return its engine or None where it cannot be reached."""
    if not is_reachable(installer_url):
        return None
    _say(f"Installing pulumi v{version} with the official installer into {folder} ...")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        root = Path(scratch, "official")
        code = (
            "import sys; from semver import VersionInfo; from pulumi.automation import PulumiCommand; "
            "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
        )
        command = [sys.executable, "-c", code, str(root), version]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
        except (OSError, subprocess.SubprocessError):
            _say("The official installer failed; building the engine instead.")
            return None
        root.rename(folder / "official")
    return folder / "official" / "bin" / "pulumi"


def is_reachable(url: str, *, seconds: float = _CONNECTION_SECONDS) -> bool:
    """Tell whether `url` answers within `seconds`, slow name servers included."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310, a constant
                answers.append(answer.status == HTTPStatus.OK)
        except (OSError, urllib.error.URLError, ValueError):
            answers.append(False)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answers == [True]


def build(folder: Path, version: str, *, go: str | None) -> Path:
    """Build the engine from its Go module and put the stand-ins beside it.

    Raises:
        EngineMissingError: Go is missing, or the build failed.
    """
    if go is None:
        raise EngineMissingError(
            "There is no Pulumi engine on this machine: put the Pulumi CLI "
            f"(at least {OLDEST_ON_PATH}) on PATH, or install Go and connect to a network so that it can be built."
        )
    _say(f"Building pulumi v{version} from its Go module (about 3 minutes, once) ...")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        root = Path(scratch, "built")
        root.mkdir()
        _go_build(go, root / "pulumi", version)
        install_standins(root)
        root.rename(folder / "built")
    return folder / "built" / "pulumi"


def _go_build(go: str, binary: Path, version: str) -> None:
    name = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
    flags = f"-s -w -X {name}=v{version}"
    # -mod=readonly: a build never changes the tracked go.mod and go.sum.
    command = [go, "build", "-mod=readonly", "-o", str(binary), "-ldflags", flags, PACKAGE]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log)
        _wait_aloud(process)
        log.seek(0)
        if process.returncode:
            last = " / ".join(log.read().strip().splitlines()[-3:])
            raise EngineMissingError(
                f"Building the engine failed ({last}): put the Pulumi CLI (at least {OLDEST_ON_PATH}) on PATH, "
                "or make sure that Go can download modules."
            )


def _wait_aloud(process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    try:
        while not _ends_within(process, _PROGRESS_SECONDS):
            _say(f"  still building, {time.monotonic() - started:.0f} s")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is not None


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
