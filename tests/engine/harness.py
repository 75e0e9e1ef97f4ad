"""A stack in a folder of its own, driven by the real `pulumi` through programs edited in steps."""

from __future__ import annotations

import itertools
import json
import textwrap
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.engine.new_stack import begin_stack
from tools.engine.cli import CommandResult, PulumiCLI, RunningCommand
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment
from tools.engine.events import Diagnostic, Events, Step
from tools.engine.processes import end_processes_of, plugins_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import psutil

_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run of the engine ended, what it printed and what it did.

    Attributes:
        command: Exit status and output.
        events: What the engine did, by its own record.
    """

    command: CommandResult
    events: Events = field(repr=False)

    @property
    def code(self) -> int:
        """Exit status of the CLI."""
        return self.command.code

    @property
    def stdout(self) -> str:
        """Standard output, whole."""
        return self.command.stdout

    @property
    def stderr(self) -> str:
        """Standard error, whole."""
        return self.command.stderr

    @property
    def text(self) -> str:
        """Standard output, then standard error."""
        return self.command.text

    @property
    def operations(self) -> dict[str, int]:
        """Succeeded operations that changed something, `{"create": 1}`; without stack and providers."""
        return self.events.operations

    @property
    def steps(self) -> tuple[Step, ...]:
        """Operations on resources in order, unchanged ones and failed ones included."""
        return tuple(step for step in self.events.steps if step.custom)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Messages in order, ephemeral ones included."""
        return self.events.diagnostics

    @property
    def errors(self) -> tuple[str, ...]:
        """The messages of severity `error`, in order."""
        return tuple(d.message for d in self.diagnostics if d.severity == "error")


class RunningStack:
    """A run of the engine in the background, to be interrupted and killed."""

    def __init__(self, stack: Stack, command: RunningCommand, event_log: Path) -> None:
        self._stack = stack
        self._command = command
        self._event_log = event_log

    @property
    def command(self) -> RunningCommand:
        """The CLI's process; `wait_for_text`, `text`, `pid` and `running` are there."""
        return self._command

    def interrupt(self) -> None:
        """Send one Ctrl-C to the CLI."""
        self._command.interrupt()

    def kill_cli(self) -> None:
        """Kill the CLI with -9; its plugins live on."""
        self._command.kill()

    def kill_plugin(self) -> None:
        """Kill the plugin that serves the dynamic resources with -9."""
        plugin = self.plugin()
        plugin.kill()
        plugin.wait()

    def plugin(self, *, timeout_seconds: float = 20.0) -> psutil.Process:
        """Wait for the plugin that serves the dynamic resources and return its process.

        Raises:
            TimeoutError: There is none within `timeout_seconds`.
        """
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end:
            found = self._stack.plugins()
            if found:
                return found[0]
            time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"no plugin started; the engine printed:\n{self._command.text}")

    def wait(self, *, timeout_seconds: float = 120.0) -> RunResult:
        """Wait for the end of the CLI."""
        result = self._command.wait(timeout_seconds=timeout_seconds)
        return RunResult(command=result, events=Events.read(self._event_log))


class Stack:
    """A project, its program and one stack `dev`, with a backend and a PULUMI_HOME of their own.

    Args:
        folder: An empty folder for all of it.
        pulumi: Path of the CLI.
        service: The emulator; None for an engine without credentials and addresses.
        project: Name of the project.
        extra: Further environment variables.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pulumi: Path,
        service: ServiceAccess | None = None,
        project: str = "trial",
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        self.urn_prefix = f"urn:pulumi:dev::{project}::"
        self._numbers = itertools.count(1)
        self._logs = folder / "events"
        self._logs.mkdir()
        self._home = EngineFolders.below(folder)
        self._running: list[RunningCommand] = []
        self.file("Pulumi.yaml", f"name: {project}\nruntime: python\n")
        environment = child_environment(self._home, service=service, extra=extra)
        self.cli = PulumiCLI(binary=pulumi, cwd=self.folder, environment=environment)
        begin_stack(self.cli, project=project, folders=self._home)

    def with_environment(self, *without: str, **variables: str) -> None:
        """Change the environment of the runs to come: drop variables and set others."""
        kept = {k: v for k, v in self.cli.environment.items() if k not in without}
        self.cli = PulumiCLI(binary=self.cli.binary, cwd=self.folder, environment=kept | variables)

    def program(self, text: str) -> None:
        """Write `__main__.py`; the common indentation is taken off."""
        self.file("__main__.py", text)

    def file(self, name: str, text: str) -> None:
        """Write a file of the project; the common indentation is taken off."""
        (self.folder / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def config(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set a configuration value of the stack, `ens:clientId` for instance."""
        kind = "--secret" if secret else "--plaintext"
        self.cli.run("config", "set", kind, key, "--", value, check=True)

    def up(self, *flags: str) -> RunResult:
        """Run `pulumi up` without a preview before it."""
        return self.start_up(*flags).wait()

    def preview(self, *flags: str) -> RunResult:
        """Run `pulumi preview`."""
        return self._start("preview", *flags).wait()

    def refresh(self, *flags: str) -> RunResult:
        """Run `pulumi refresh` without a preview before it."""
        return self._start("refresh", "--yes", "--skip-preview", *flags).wait()

    def destroy(self, *flags: str) -> RunResult:
        """Run `pulumi destroy` without a preview before it."""
        return self.start_destroy(*flags).wait()

    def start_destroy(self, *flags: str) -> RunningStack:
        """Start `pulumi destroy` in the background."""
        return self._start("destroy", "--yes", "--skip-preview", *flags)

    def start_up(self, *flags: str) -> RunningStack:
        """Start `pulumi up` in the background."""
        return self._start("up", "--yes", "--skip-preview", *flags)

    def cancel(self) -> CommandResult:
        """Run `pulumi cancel`, which takes the lock of a killed run away."""
        return self.cli.run("cancel", "--yes")

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the whole state."""
        flags = ["--show-secrets"] if show_secrets else []
        printed = self.cli.run("stack", "export", *flags, check=True).stdout
        exported: dict[str, Any] = json.loads(printed)
        return exported

    def import_state(self, state: Mapping[str, Any]) -> None:
        """Replace the whole state."""
        file = self._logs / f"state-{next(self._numbers)}.json"
        file.write_text(json.dumps(state), encoding="utf-8")
        self.cli.run("stack", "import", "--file", str(file), check=True)

    def state(self, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Return the state's resources, without the stack and the providers."""
        resources = self.export(show_secrets=show_secrets)["deployment"].get("resources", [])
        left_out = ("pulumi:pulumi:Stack", "pulumi:providers:")
        return [each for each in resources if not each["type"].startswith(left_out)]

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs; secrets read `[secret]` unless asked for."""
        flags = ["--show-secrets"] if show_secrets else []
        printed = self.cli.run("stack", "output", "--json", *flags, check=True).stdout
        outputs: dict[str, Any] = json.loads(printed)
        return outputs

    def plugins(self) -> list[psutil.Process]:
        """Return the running plugins for dynamic resources, also those that outlived their CLI."""
        return plugins_of(self._home)

    def close(self) -> None:
        """End every process that this stack started, plugins that outlived their CLI included."""
        for command in self._running:
            command.kill()
        end_processes_of(self._home)

    def _start(self, *arguments: str) -> RunningStack:
        event_log = self._logs / f"{next(self._numbers)}.json"
        command = self.cli.start(*arguments, "--event-log", str(event_log))
        self._running.append(command)
        return RunningStack(self, command, event_log)
