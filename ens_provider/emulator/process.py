"""The emulator as a child process, for tests, demonstrations and benchmarks."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ens_provider.emulator.administered import AdministeredEmulator, EmulatorError

__all__ = ["EmulatorError", "EmulatorOptions", "EmulatorProcess"]

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
_START_SECONDS = 30.0
_END_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class EmulatorOptions:
    """The command line of the emulator. `resolve` holds `HOST=ADDR:PORT` texts.

    `switches` win over those of `switches_file`, a JSON object of names and values. `rate_limit` is
    `REQUESTS/SECONDS`.
    """

    port: int = 0
    resolve: Sequence[str] = ()
    ca_file: str | Path | None = None
    state_file: str | Path | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    switches_file: str | Path | None = None
    latency_ms: int = 0
    probe_timeout_seconds: float = 30.0
    rate_limit: str | None = None

    def arguments(self) -> list[str]:
        """Return the options as the command takes them."""
        given = [f"--port={self.port}", f"--latency-ms={self.latency_ms}"]
        given.append(f"--end-with-parent={os.getpid()}")
        given.append(f"--probe-timeout-seconds={self.probe_timeout_seconds}")
        given += [f"--resolve={entry}" for entry in self.resolve]
        given += [f"--set={name}={value}" for name, value in self.switches.items()]
        given += [f"--set-file={self.switches_file}"] if self.switches_file else []
        given += [f"--ca-file={self.ca_file}"] if self.ca_file else []
        given += [f"--state={self.state_file}"] if self.state_file else []
        given += [f"--rate-limit={self.rate_limit}"] if self.rate_limit else []
        return given


class EmulatorProcess(AdministeredEmulator):
    """`python -m ens_provider emulator` as a child, with its administration as methods.

    The context manager starts it and ends it. `auth_url` and `rest_url` are good while it runs.
    """

    def __init__(
        self,
        options: EmulatorOptions | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options or EmulatorOptions()
        self.auth_url = ""
        self.rest_url = ""
        self.pid = 0
        self._sleep = sleep
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "EmulatorProcess":  # noqa: PYI034 -- Self needs Python 3.11
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the emulator and wait until it answers.

        Raises:
            EmulatorError: it ended, or did not answer within 30 s; the sentence has its output.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="ens-emulator-")
        ready_file = Path(self._folder.name, "ready.json")
        command = [sys.executable, "-m", "ens_provider", "emulator"]
        with Path(self._folder.name, "output").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                [*command, f"--ready-file={ready_file}", *self.options.arguments()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
            )
        try:
            self._wait_until_ready(ready_file)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the emulator as a person would (SIGTERM); nothing happens if it has ended."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(_END_SECONDS)
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def kill(self) -> None:
        """End the emulator at once (SIGKILL), as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_SECONDS)

    def send_signal(self, number: int) -> int:
        """Send a signal that ends the emulator; wait for its end and return its exit code.

        Raises:
            EmulatorError: the emulator does not run.
            subprocess.TimeoutExpired: it did not end within 10 s.
        """
        if self._process is None:
            raise EmulatorError("The emulator does not run: start it first.")
        self._process.send_signal(number)
        return self._process.wait(_END_SECONDS)

    def output(self) -> str:
        """Return what the emulator printed."""
        if self._folder is None:
            return ""
        return Path(self._folder.name, "output").read_text(encoding="utf-8", errors="replace")

    def _wait_until_ready(self, ready_file: Path) -> None:
        until = self._clock() + _START_SECONDS
        while not ready_file.exists():
            ended = self._process is None or self._process.poll() is not None
            if ended or self._clock() > until:
                reason = "ended" if ended else f"did not answer within {_START_SECONDS:.0f} s"
                raise EmulatorError(f"The emulator {reason}: {self.output().strip()}")
            self._sleep(0.02)
        ready = json.loads(ready_file.read_text(encoding="utf-8"))
        self.auth_url, self.rest_url = ready["auth_url"], ready["rest_url"]
        self.pid = ready["pid"]


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(_PACKAGE_PARENT), "PYTHONUNBUFFERED": "1"}
