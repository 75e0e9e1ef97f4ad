"""The real `pulumi` as a schedule's engine: one stack, its runs, and what ends them in the middle."""

from __future__ import annotations

import itertools
import json
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.engine.harness import Stack
from tests.faults.engine import Known, Run
from tests.faults.kills import armed
from tests.faults.program_text import callback_urn, kind_and_resource, program_text
from tests.faults.schedule import Kill, Program
from tests.faults.stage import Stage
from tools.engine.cli import RunningCommand, heed_interrupts
from tools.engine.environment import EngineFolders
from tools.engine.events import Events

_RUN_SECONDS = 150.0
_HEEDED_SECONDS = 30.0
# As long as the engine gives its plugins.
_LAST_CALL_SECONDS = 5.0
# What the program's hook shows while it waits for another attempt.
_WAITS = "the next follows in"
_SENTENCE = re.compile(r"(?:^|\s)(ens_provider\.\w+: .*)")


class CLIEngine:
    """A new stack `dev` of the project `shop`, for one schedule.

    Args:
        stage: Where the schedule plays.
        folder: An empty folder for all that belongs to the stack.
        pulumi: Path of the CLI.
    """

    def __init__(self, stage: Stage, folder: Path, *, pulumi: Path) -> None:
        heed_interrupts()
        self._stage = stage
        self._emulator = stage.emulator
        self._stack = Stack(
            folder,
            pulumi=pulumi,
            service=stage.access(),
            project="shop",
            extra=stage.environment(),
        )
        self._folders = EngineFolders.below(folder)
        self._logs = folder / "events"
        self._numbers = itertools.count(1)
        self._told: list[str] = []
        self._known: list[Known] | None = []

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        replace: Sequence[str] = (),
        kill: Kill | None = None,
    ) -> Run:
        """Run `pulumi up`, with `--refresh` and `--replace` as asked for."""
        self._stack.program(program_text(program))
        flags = ["--refresh"] if refresh else []
        for one in program:
            replaces = one.resource in replace and self._has_callback(one.resource)
            flags += ["--replace", callback_urn(one)] if replaces else []
        return self._run("up", *flags, kill=kill)

    def refresh(self, *, kill: Kill | None = None) -> Run:
        """Run `pulumi refresh`."""
        return self._run("refresh", kill=kill)

    def destroy(self, *, kill: Kill | None = None) -> Run:
        """Run `pulumi destroy`."""
        return self._run("destroy", kill=kill)

    def unlock(self) -> None:
        """Let plugins that outlived their CLI finish, end them, and run `pulumi cancel` if needed."""
        for plugin in self._stack.plugins():
            _end(plugin)
        self._stack.close()
        if any(self._folders.backend.glob(".pulumi/locks/**/*.json")):
            self._told.append(self._stack.cancel().text)

    def changes(self, program: Program) -> list[str]:
        """Run `pulumi preview` and return its operations and resources but unchanged ones."""
        self._stack.program(program_text(program))
        log = self._log()
        result = self._start("preview", log).wait(timeout_seconds=_RUN_SECONDS)
        events = _events(log)
        self._told += [result.text, log.read_text("utf-8")]
        if result.code:
            return [f"the preview fails: {_sentences(events) or result.text}"]
        return [
            f"{step.op} {step.urn}" for step in events.steps if step.custom and step.op != "same"
        ]

    def known(self) -> list[Known]:
        """Return the state's resources, exported once after each run."""
        if self._known is None:
            exported = self._stack.export(show_secrets=True)
            resources = exported["deployment"].get("resources", [])
            self._known = [_known(each) for each in resources if _is_known(each)]
        return self._known

    def told(self) -> str:
        """Return what was printed, the event logs, and what lies in the backend."""
        written = (path for path in self._folders.backend.rglob("*") if path.is_file())
        return "\n".join([*self._told, *(path.read_text("utf-8") for path in written)])

    def close(self) -> None:
        """End every process of the stack."""
        self._stack.close()

    def _has_callback(self, resource: str) -> bool:
        # The engine refuses to replace what its state does not have; it is created anyway.
        return ("Callback", resource) in {(each.kind, each.resource) for each in self.known()}

    def _run(self, name: str, *flags: str, kill: Kill | None) -> Run:
        log = self._log()
        self._known = None
        command = self._start(name, log, "--yes", "--skip-preview", *flags)
        hand = _Hand(self._stack, command)
        with armed(self._emulator, kill, hand.act):
            result = command.wait(timeout_seconds=_RUN_SECONDS)
        hand.rethrow()
        self._told += [result.text, log.read_text("utf-8") if log.exists() else ""]
        return Run(succeeded=result.code == 0, errors=_sentences(_events(log)), killed=hand.acted)

    def _start(self, name: str, log: Path, *flags: str) -> RunningCommand:
        return self._stack.cli.start(
            name, *flags, "--event-log", str(log), echo=self._let_time_pass
        )

    def _let_time_pass(self, line: str) -> None:
        """Let the emulator's time pass where a resource waits: the two seconds here are short."""
        if _WAITS in line:
            self._emulator.move_clock(self._stage.waits_seconds)

    def _log(self) -> Path:
        return self._logs / f"run-{next(self._numbers)}.json"


class _Hand:
    """Does to a run what a kill says, while a call of it is held."""

    def __init__(self, stack: Stack, command: RunningCommand) -> None:
        self._stack = stack
        self._command = command
        self._failure: Exception | None = None
        self.acted = False

    def act(self, what: str) -> None:
        """Interrupt or kill; whatever fails here is kept, since the held call has to go on."""
        self.acted = True
        try:
            {
                "interrupt": self._interrupt,
                "interrupt-twice": self._interrupt_twice,
                "cli": self._command.kill,
                "plugin": self._kill_plugin,
            }[what]()
        except Exception as failure:  # noqa: BLE001 -- raised again where the run is waited for
            self._failure = failure

    def rethrow(self) -> None:
        """Raise what failed meanwhile."""
        if self._failure is not None:
            raise self._failure

    def _interrupt(self) -> None:
        self._command.interrupt()
        self._command.wait_for_text("cancel", timeout_seconds=_HEEDED_SECONDS)

    def _interrupt_twice(self) -> None:
        self._interrupt()
        self._command.interrupt()

    def _kill_plugin(self) -> None:
        plugins = self._stack.plugins()
        if not plugins:
            raise AssertionError("a call is held, but no plugin runs")
        for plugin in plugins:
            plugin.kill()
            plugin.wait()


def _end(plugin: psutil.Process) -> None:
    """End a plugin as the engine does: what it has begun may finish, for a while."""
    with suppress(psutil.NoSuchProcess):
        plugin.send_signal(signal.SIGINT)
        try:
            plugin.wait(_LAST_CALL_SECONDS)
        except psutil.TimeoutExpired:
            plugin.kill()
            plugin.wait()


def _events(log: Path) -> Events:
    """Read an event log whose last line may have been cut off by a kill."""
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return Events.of(_readable(lines))


def _readable(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return


def _sentences(events: Events) -> tuple[str, ...]:
    """Return what the provider said of what failed; where it said nothing, what the engine said."""
    errors = [each.message for each in events.diagnostics if each.severity == "error"]
    lines = (line for message in errors for line in message.splitlines())
    said = tuple(found[1] for line in lines if (found := _SENTENCE.search(line)))
    return said or tuple(errors)


def _is_known(resource: dict[str, Any]) -> bool:
    gone = resource.get("delete") or resource.get("pendingReplacement")
    return ":dynamic/ens:" in resource["type"] and not gone


def _known(resource: dict[str, Any]) -> Known:
    kind, name = kind_and_resource(resource["urn"])
    outputs = _revealed(resource.get("outputs", {}))
    return Known(kind=kind, resource=name, id=resource["id"], outputs=outputs)


def _revealed(value: Any) -> Any:
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {name: _revealed(each) for name, each in value.items()}
    return [_revealed(each) for each in value] if isinstance(value, list) else value
