"""The receiver's process as a resource: `pulumi up` starts it, and `pulumi destroy` ends it.

It outlives the `pulumi up` that started it. The folder `receiver`, beside this file, is its own:
keys, certificate, log, and a lock that it holds for as long as it lives. The lock, and not a
process id that may have gone to somebody else, tells whether it runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi.dynamic import ConfigureRequest

# Relative to the project: that is where the engine runs providers.
_FOLDER = Path("receiver")
_LOCK = _FOLDER / "lock"
_LOG = _FOLDER / "log"
_READY = _FOLDER / "ready.json"
_START_SECONDS = 30.0
_END_SECONDS = 10.0
_POLL_SECONDS = 0.05
# Nothing else of this shell is kept alive in a process that outlives it: no credentials.
_PASSED_ON = ("HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")


class ReceiverProcessProvider(ResourceProvider):
    """Starts and ends `python -m ens_provider receiver`."""

    # The pickle names this class and holds no data, so there is nothing to encrypt.
    serialize_as_secret_always = False

    def configure(self, _req: ConfigureRequest) -> None:
        """Let errors be their sentence, without where in this file they came about."""
        sys.tracebacklimit = 0

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that a process which has ended is to be started again, whatever else changed."""
        return DiffResult(changes=None if _is_running() else True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Start it, with a token that nobody else knows.

        Raises:
            RuntimeError: It did not come up, or one runs in the folder already.
        """
        if _is_running():
            raise RuntimeError(
                f"A receiver that this stack does not know runs in {_FOLDER.resolve()} as process "
                f"{_LOCK.read_text()}: it belongs to another stack, or to a run that was cut off. "
                "Destroy that stack, or end the process; then run `pulumi up` again."
            )
        try:
            return CreateResult("receiver", _start(props, token=secrets.token_urlsafe(32)))
        except BaseException:
            shutil.rmtree(_FOLDER, ignore_errors=True)
            raise

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Tell whether it still runs."""
        return ReadResult(id_, {**props, "running": _is_running()})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Start it again, with the same token, keys and certificate.

        Raises:
            RuntimeError: It did not end, or did not come up.
        """
        _end()
        return UpdateResult(_start(news, token=olds["token"]))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """End it, and take its folder away.

        Raises:
            RuntimeError: It did not end.
        """
        _end()
        shutil.rmtree(_FOLDER, ignore_errors=True)


class ReceiverProcess(Resource, module="receiver", name="Process"):
    """A receiver on this machine, which goes on after `pulumi up`.

    Attributes:
        port: Where it answers on 127.0.0.1.
        host_name: The name in the URLs of its callbacks, and in its certificate.
        address: `127.0.0.1:port`.
        ca_file: The authority that signed its certificate.
        log: The file that it writes a line to for each delivery.
        token: What its routes ask for; a secret.
        pid: Its process id.
        running: Whether it was running when this was last looked at.
    """

    port: pulumi.Output[int]
    host_name: pulumi.Output[str]
    address: pulumi.Output[str]
    ca_file: pulumi.Output[str]
    log: pulumi.Output[str]
    token: pulumi.Output[str]
    pid: pulumi.Output[int]
    running: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        port: pulumi.Input[int],
        host_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare that a receiver runs."""
        computed = ("address", "ca_file", "log", "token", "pid", "running")
        props = {"port": port, "host_name": host_name, **dict.fromkeys(computed)}
        # There is one folder and one port: the old one has to go first.
        ours = pulumi.ResourceOptions(
            delete_before_replace=True, additional_secret_outputs=["token"]
        )
        merged = pulumi.ResourceOptions.merge(opts, ours)
        super().__init__(ReceiverProcessProvider(), resource_name, props, merged)


def _start(props: dict[str, Any], *, token: str) -> dict[str, Any]:
    """Start it, wait until it answers, and return its outputs."""
    port, host_name = int(props["port"]), props["host_name"]
    _FOLDER.mkdir(mode=0o700, exist_ok=True)
    _READY.unlink(missing_ok=True)
    options = [f"--port={port}", f"--host-name={host_name}", f"--ready-file={_READY}"]
    process = _detached([*options, f"--keys={_FOLDER}"], token=token)
    ready = _answers(process, port=port)
    return {
        "port": port,
        "host_name": host_name,
        "address": ready["address"],
        "ca_file": ready["ca_file"],
        "log": str(_LOG.resolve()),
        "token": token,
        "pid": process.pid,
        "running": True,
    }


def _detached(options: list[str], *, token: str) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with _LOCK.open("w") as lock, _LOG.open("ab") as log:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", "ens_provider", "receiver", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # In the environment: arguments are seen by everybody on the machine.
            env={**environment, "ENS_RECEIVER_TOKEN": token},
            # Neither Ctrl-C nor the end of the engine reaches it.
            start_new_session=True,
            # It inherits the lock, which stays locked until it ends.
            pass_fds=[lock.fileno()],
        )
        lock.write(str(process.pid))
    return process


def _answers(
    process: subprocess.Popen[bytes],
    *,
    port: int,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    until = clock() + _START_SECONDS
    while not _READY.exists():
        if process.poll() is not None:
            said = _LOG.read_text(errors="replace").strip().rpartition("\n")[2]
            raise RuntimeError(
                f"The receiver did not start on port {port}. It said: {said} If the port is taken, "
                "give it another one with `pulumi config set port`, and the emulator's --resolve, "
                "too."
            )
        if clock() > until:
            process.kill()
            process.wait()
            raise RuntimeError(
                f"The receiver did not answer within {_START_SECONDS:.0f} s of its start: see "
                f"{_LOG.resolve()}, and run `pulumi up` again."
            )
        sleep(_POLL_SECONDS)
    ready: dict[str, Any] = json.loads(_READY.read_text(encoding="utf-8"))
    return ready


def _is_running() -> bool:
    try:
        with _LOCK.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _end(*, patience_seconds: float = _END_SECONDS) -> None:
    """End the process that holds the lock: asked first, then told."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _is_running():
            with suppress(ProcessLookupError):
                os.kill(int(_LOCK.read_text()), number)
            _wait_for_the_end(patience_seconds)
    if _is_running():
        raise RuntimeError(
            f"The receiver, process {_LOCK.read_text()}, did not end: end it, then run this again."
        )


def _wait_for_the_end(
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    until = clock() + seconds
    while _is_running() and clock() < until:
        sleep(_POLL_SECONDS)
