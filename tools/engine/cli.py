"""Runs the real `pulumi` as a child process, to its end or in the background."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    LineSink = Callable[[str], None]

_RUN_SECONDS = 180.0
_LAST_LINES_SECONDS = 5.0


def heed_interrupts() -> None:
    """Let what is started from here be interrupted, although this process ignores interrupts.

    Shells start background jobs that way, and it is inherited: the engine then waits five seconds
    for each plugin that does not heed its interrupt. Called from the main thread.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class CommandFailedError(Exception):
    """A command that had to succeed did not; the message holds what it printed."""


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command printed and how it ended.

    Attributes:
        arguments: Those after `pulumi`.
        code: Exit status; negative is the number of the signal that ended it.
        stdout: Standard output, whole.
        stderr: Standard error, whole.
    """

    arguments: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything printed: standard output, then standard error."""
        return self.stdout + self.stderr


class RunningCommand:
    """A command in the background, leader of a process group of its own."""

    def __init__(
        self, process: subprocess.Popen[str], *, arguments: tuple[str, ...], echo: LineSink | None
    ) -> None:
        self._process = process
        self._arguments = arguments
        self._echo = echo
        self._news = threading.Condition()
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._open_streams = 2
        self._readers = [
            self._read(process.stdout, "stdout"),
            self._read(process.stderr, "stderr"),
        ]

    @property
    def pid(self) -> int:
        """Process id of the CLI."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the CLI has not ended yet."""
        return self._process.poll() is None

    @property
    def text(self) -> str:
        """What it has printed so far."""
        with self._news:
            return "".join(self._lines["stdout"] + self._lines["stderr"])

    def wait_for_text(self, text: str, *, timeout_seconds: float = 60.0) -> None:
        """Wait until the command has printed `text`.

        Raises:
            TimeoutError: It has not within `timeout_seconds`, or ended without it.
        """

        def over() -> bool:
            printed = "".join(self._lines["stdout"] + self._lines["stderr"])
            return text in printed or self._open_streams == 0

        with self._news:
            self._news.wait_for(over, timeout_seconds)
        if text not in self.text:
            raise TimeoutError(f"{self._name()} did not print {text!r} but:\n{self.text}")

    def wait(self, *, timeout_seconds: float = _RUN_SECONDS) -> CommandResult:
        """Wait for the end; after `timeout_seconds` the command is killed.

        Raises:
            TimeoutError: It was killed; the message holds what it printed.
        """
        # Waiting with a timeout looks every 50 ms, and blocking notices the end at once.
        waiter = threading.Thread(target=self._process.wait, daemon=True)
        waiter.start()
        try:
            waiter.join(timeout_seconds)
        except BaseException:
            self.kill()
            raise
        if waiter.is_alive():
            self.kill()
            raise TimeoutError(
                f"{self._name()} took more than {timeout_seconds} s and was killed; it printed:\n{self.text}"
            )
        code = self._process.wait()
        for reader in self._readers:
            reader.join(_LAST_LINES_SECONDS)
        with self._news:
            stdout, stderr = ("".join(self._lines[name]) for name in ("stdout", "stderr"))
        return CommandResult(arguments=self._arguments, code=code, stdout=stdout, stderr=stderr)

    def interrupt(self) -> None:
        """Send what a person's Ctrl-C sends."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill the CLI, which leaves its plugins to themselves, and wait for its end."""
        # Once it has been waited for, its number may belong to somebody else.
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _name(self) -> str:
        return shlex.join(("pulumi", *self._arguments))

    def _read(self, stream: IO[str] | None, name: str) -> threading.Thread:
        def read() -> None:
            for line in stream or ():
                with self._news:
                    self._lines[name].append(line)
                    self._news.notify_all()
                if self._echo:
                    self._echo(line)
            if stream:
                stream.close()
            with self._news:
                self._open_streams -= 1
                self._news.notify_all()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader


@dataclass(frozen=True, kw_only=True)
class PulumiCLI:
    """A `pulumi` binary with the folder and the environment that it runs in.

    Attributes:
        binary: Path of the CLI.
        cwd: The project's folder.
        environment: The whole environment of its processes; `child_environment` builds one.
    """

    binary: Path
    cwd: Path
    environment: Mapping[str, str]

    def start(self, *arguments: str, echo: LineSink | None = None) -> RunningCommand:
        """Start `pulumi ARGUMENTS` in the background.

        Args:
            arguments: Passed through.
            echo: Called with each line of output as it comes, from other threads.
        """
        command = [str(self.binary), "--non-interactive", "--color", "never", *arguments]
        process = subprocess.Popen(
            command,
            cwd=self.cwd,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        return RunningCommand(process, arguments=arguments, echo=echo)

    def run(
        self,
        *arguments: str,
        check: bool = False,
        echo: LineSink | None = None,
        timeout_seconds: float = _RUN_SECONDS,
    ) -> CommandResult:
        """Run `pulumi ARGUMENTS` to its end.

        Args:
            arguments: Passed through.
            check: Raise if it fails.
            echo: Called with each line of output as it comes, from other threads.
            timeout_seconds: Kill it after this time.

        Raises:
            CommandFailedError: It failed, and `check` is set.
            TimeoutError: It was killed.
        """
        result = self.start(*arguments, echo=echo).wait(timeout_seconds=timeout_seconds)
        if check and result.code:
            name = shlex.join(("pulumi", *arguments))
            raise CommandFailedError(f"{name} ended with {result.code}:\n{result.text}")
        return result
