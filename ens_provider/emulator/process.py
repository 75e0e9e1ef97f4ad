"""The emulator as a child process, for tests, demonstrations and benchmarks."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ens_provider.command_process import CommandProcess
from ens_provider.emulator.administered import AdministeredEmulator, EmulatorError
from ens_provider.emulator.live_callback import (
    CallbackRequest,
    LiveCallback,
    create_live_callback,
)
from ens_provider.emulator.samples.catalogue import SAMPLES

__all__ = ["EmulatorError", "EmulatorOptions", "EmulatorProcess", "LiveCallback"]


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
        self._process = CommandProcess("emulator", error=EmulatorError, sleep=sleep, clock=clock)

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
        try:
            ready = self._process.start(self.options.arguments())
        except BaseException:
            self._process.forget()
            raise
        self.auth_url, self.rest_url = ready["auth_url"], ready["rest_url"]
        self.pid = ready["pid"]

    def stop(self) -> None:
        """End the emulator as a person would (SIGTERM); nothing happens if it has ended."""
        self._process.stop()
        self._process.forget()

    def live_callback(
        self,
        url: str,
        *,
        name: str = "under-test",
        event_types: Sequence[str] = tuple(SAMPLES),
        max_batch_size: int = 1000,
    ) -> LiveCallback:
        """Create a callback in business unit 1234567, verify it, and subscribe it.

        What answers at `url` is probed meanwhile, and gets the events of `event_types`, all 36
        types unless given, once `send_events` lets them happen.

        Raises:
            EmulatorError: the service refuses it: the probe failed, the name or URL is taken, or
                `max_batch_size` is not 100 to 1000; the sentence has its answer.
        """
        wanted = CallbackRequest(
            url=url, name=name, event_types=event_types, max_batch_size=max_batch_size
        )
        return create_live_callback(self, self.auth_url, wanted)

    def kill(self) -> None:
        """End the emulator at once (SIGKILL), as a crash would."""
        self._process.kill()

    def send_signal(self, number: int) -> int:
        """Send a signal that ends the emulator; wait for its end and return its exit code.

        Raises:
            EmulatorError: the emulator does not run.
            subprocess.TimeoutExpired: it did not end within 10 s.
        """
        return self._process.send_signal(number)

    def output(self) -> str:
        """Return what the emulator printed."""
        return self._process.output()
