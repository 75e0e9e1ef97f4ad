"""Where the demo plays: an emulator, an endpoint, and the project's own program under the CLI."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import trustme

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tools.endpoint import Endpoint
from tools.engine.cli import CommandResult, PulumiCLI, RunningCommand
from tools.engine.environment import (
    REPOSITORY,
    EngineFolders,
    ServiceAccess,
    child_environment,
)
from tools.engine.processes import end_processes_of, plugins_of

HOST = "receiver.test"
LATE_HOST = "late.receiver.test"
_ARRIVAL_SECONDS = 30.0
_POLL_SECONDS = 0.02
PROGRAM = ("__main__.py", "Pulumi.yaml", "requirements.txt")


class DemoError(Exception):
    """Something did not go as the demo says it does."""


class Stage:
    """An emulator, two endpoints and a stack in a temporary folder. A context manager.

    Args:
        engine: Path of the CLI.

    Attributes:
        emulator: Stands in for the service.
        endpoint: Answers the probe at once; its host is `HOST`.
        late: Does not listen until it is started; its host is `LATE_HOST`.
    """

    def __init__(self, engine: Path) -> None:
        self._engine = engine
        self._exits = ExitStack()
        self._calls: Counter[str] = Counter()

    def __enter__(self) -> Stage:  # noqa: PYI034 -- Self needs Python 3.11
        with ExitStack() as exits:
            self._set_up(exits)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def title(self, text: str) -> None:
        """Print the heading of a scene."""
        print(f"\n=== {text}", flush=True)

    def say(self, text: str) -> None:
        """Print a line of explanation."""
        print(f"--- {text}", flush=True)

    def pulumi(self, *arguments: str, fails: bool = False) -> CommandResult:
        """Run a command of the CLI, show it with its output, and hold it to success or failure."""
        self._show_command(arguments)
        result = self.cli.run(*arguments, echo=_print_line)
        expected = "a failure" if fails else "success"
        self.expect(bool(result.code) == fails, f"pulumi {arguments[0]} ends with {expected}")
        return result

    def start(self, *arguments: str) -> RunningCommand:
        """Start a command of the CLI and show it with its output as it comes."""
        self._show_command(arguments)
        return self.cli.start(*arguments, echo=_print_line)

    def config(self, key: str, value: str) -> None:
        """Set a value of the stack's configuration."""
        self.pulumi("config", "set", key, value)

    def expect(self, condition: object, claim: str) -> None:
        """Hold the demo to a claim.

        Raises:
            DemoError: It does not hold.
        """
        if not condition:
            raise DemoError(f"it is not so that {claim}.")
        self.say(f"shown: {claim}")

    def callbacks(self) -> list[dict[str, Any]]:
        """Return the callbacks that the service holds."""
        return self.emulator.state()["callbacks"]

    def take_calls(self) -> list[str]:
        """Return the calls since the last time, ids shortened to `ID`, and show them."""
        calls = self._look_at_calls()
        self.say(f"calls to the service: {', '.join(calls) if calls else 'none'}")
        return calls

    def show_end(self) -> None:
        """Show what the service holds at the end, and all calls that were made."""
        self._look_at_calls()
        self.say(f"the service holds: {json.dumps(self.emulator.state())}")
        for call, count in sorted(self._calls.items()):
            print(f"    {count:3} x {call}", flush=True)

    def _look_at_calls(self) -> list[str]:
        calls = [_call_text(call) for call in self.emulator.calls()]
        self.emulator.clear_calls()
        self._calls.update(calls)
        return calls

    def wait_until_held(self) -> None:
        """Wait until a call has arrived at a scripted fault that holds it.

        Raises:
            DemoError: None arrives within 30 s.
        """
        until = time.monotonic() + _ARRIVAL_SECONDS
        while not any(fault["held"] for fault in self.emulator.faults()):
            if time.monotonic() > until:
                raise DemoError("the call that was to be held did not arrive")
            time.sleep(_POLL_SECONDS)

    def kill_engine(self, command: RunningCommand) -> None:
        """Kill the CLI and its plugin with -9."""
        command.kill()
        for plugin in plugins_of(self._folders):
            plugin.kill()
            plugin.wait()

    def _set_up(self, exits: ExitStack) -> None:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="ens-demo-")))
        authority = trustme.CA()
        self.endpoint = exits.enter_context(Endpoint([HOST], authority=authority))
        self.late = exits.enter_context(Endpoint([LATE_HOST], authority=authority, listening=False))
        options = EmulatorOptions(
            ca_file=self.endpoint.ca_file, resolve=[*self.endpoint.resolve, *self.late.resolve]
        )
        self.emulator = exits.enter_context(EmulatorProcess(options))
        self._folders = EngineFolders.below(folder)
        exits.callback(end_processes_of, self._folders)
        self.cli = PulumiCLI(
            binary=self._engine,
            cwd=_project(folder / "project"),
            environment=child_environment(self._folders, service=self._service()),
        )

    def _service(self) -> ServiceAccess:
        return ServiceAccess(auth_url=self.emulator.auth_url, rest_url=self.emulator.rest_url)

    def _show_command(self, arguments: tuple[str, ...]) -> None:
        print(f"\n$ pulumi {' '.join(arguments)}", flush=True)


def _project(folder: Path) -> Path:
    """Copy the program that users copy into a folder, beside this interpreter's environment."""
    folder.mkdir()
    for name in PROGRAM:
        shutil.copy(REPOSITORY / name, folder / name)
    # The program asks for `.venv`; this is the one that the demo itself runs in.
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


def _call_text(call: dict[str, Any]) -> str:
    path = str(call["path"]).replace("/platform/v1/", "")
    head, slash, tail = path.rpartition("/")
    if head in {"ens-callbacks", "ens-subscriptions", "ens-subscriptions-by-cb"} and tail:
        path = f"{head}{slash}ID"
    kind = "probe" if call["kind"] == "probe" else call["method"]
    return f"{kind} {path} {call['status']}"


def _print_line(line: str) -> None:
    sys.stdout.write(f"    {line}" if line.strip() else os.linesep)
    sys.stdout.flush()
