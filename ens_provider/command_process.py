"""A command of this package that serves, as a child process: the emulator's, the receiver's.

The command answers somewhere, writes a file once it does, and ends with its parent.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
END_SECONDS = 10.0

_PACKAGE_PARENT = Path(__file__).resolve().parents[1]
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
_SECONDS_BETWEEN_LOOKS = 0.02


class CommandProcess:
    """`python -m ens_provider NAME` as a child, which can be started again once it has ended.

    Args:
        name: The command.
        error: What is raised if it does not start, or does not run when it should.
        sleep: Waits some seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        error: type[Exception],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._error = error
        self._sleep = sleep
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def path(self, name: str) -> Path:
        """Return the path of a file in the process's own folder, which `forget` removes."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix=f"ens-{self._name}-")
        return Path(self._folder.name, name)

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Any:
        """Start it, wait until it answers, and return what its ready file says.

        The child sees `environment` beside PATH and the like; it inherits nothing else, so that no
        credentials of the shell reach it.

        Raises:
            Exception: The kind that was given: it ended, or did not answer within 30 s. The
                sentence has its output.
        """
        ready_file = self.path("ready.json")
        ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "ens_provider", self._name]
        given = [f"--ready-file={ready_file}", f"--end-with-parent={os.getpid()}", *arguments]
        with self.path("output").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                [*command, *given],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_seen_by_child() | dict(environment or {}),
            )
        try:
            self._wait_for(ready_file)
        except BaseException:
            self.stop()
            raise
        return json.loads(ready_file.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End it as a person would (SIGTERM); nothing happens if it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(END_SECONDS)
        self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would; nothing happens if it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS)
            self._process = None

    def send_signal(self, number: int) -> int:
        """Send a signal that ends it; wait for its end and return its exit code.

        Raises:
            Exception: The kind that was given: it does not run.
            subprocess.TimeoutExpired: It did not end within 10 s.
        """
        if self._process is None:
            raise self._error(f"The {self._name} does not run: start it first.")
        self._process.send_signal(number)
        code = self._process.wait(END_SECONDS)
        self._process = None
        return code

    def output(self) -> str:
        """Return what it printed, over all its starts; nothing before the first."""
        if self._folder is None:
            return ""
        return self.path("output").read_text(encoding="utf-8", errors="replace")

    def forget(self) -> None:
        """Remove its folder, with its output and what it kept there."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _wait_for(self, ready_file: Path) -> None:
        until = self._clock() + START_SECONDS
        while not ready_file.exists():
            ended = self._process is None or self._process.poll() is not None
            if ended or self._clock() > until:
                reason = "ended" if ended else f"did not answer within {START_SECONDS:.0f} s"
                raise self._error(f"The {self._name} {reason}: {self.output().strip()}")
            self._sleep(_SECONDS_BETWEEN_LOOKS)


def _seen_by_child() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(_PACKAGE_PARENT), "PYTHONUNBUFFERED": "1"}
