"""A small engine: what the real one asks of the plugin, in its order, without its processes.

It keeps a state, registers what a program declares one by one, lets `check` and `diff` decide,
replaces by deleting first, with what depends on it, deletes what is no longer declared, and tries a
creation again that is not ready yet, as the program's retry hook does; the emulator's clock moves
instead of anybody waiting. Each run has a plugin process of its own, and what a killed run has begun
goes on in it. What it leaves out (parallel steps, previews, files, locks) the CLI level has.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.output import UNKNOWN

from ens_provider.resources.retry_hook import pause
from tests.faults.engine import Known, Run
from tests.faults.forked_plugin import ForkedPlugin, PluginGoneError
from tests.faults.goals import Goal, Ref, Waiting, goals_of, urn_of
from tests.faults.kills import armed
from tests.faults.plugin_host import PluginHost
from tests.faults.schedule import Kill, Program
from tests.faults.stage import Stage
from tests.plugin.driver import Created, PluginError, ResourceType

_WAITS_FOR = ("NotReadyYet", "ProbeFailed", "NotYetVerified")
_DELETES_FIRST = ("Callback", "Subscription")


class _EndedError(Exception):
    """The run ends here: a step failed, or something killed it."""


@dataclass
class Entry:
    """A resource in the state. A doomed one has no object any more and waits for its successor."""

    kind: str
    urn: str
    id: str
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    needs: tuple[str, ...] = ()
    doomed: bool = False


class SmallEngine:
    """A stack that the small engine brings up.

    Args:
        stage: Where the schedule plays.
        host: Forks the plugins.
        log: A file for what the plugins write.
    """

    def __init__(self, stage: Stage, host: PluginHost, log: Path) -> None:
        self._stage = stage
        self._host = host
        self._log = log
        self._environment = {**stage.access().variables(), **stage.environment()}
        self._state: list[Entry] = []
        self._plugins: list[ForkedPlugin] = []
        self._sentences: list[str] = []
        self._errors: list[str] = []
        self._interrupted = self._killed = False

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        replace: Sequence[str] = (),
        kill: Kill | None = None,
    ) -> Run:
        """Bring the stack up to a program."""
        forced = {urn_of("Callback", name) for name in replace}

        def steps() -> None:
            if refresh:
                self._refresh_all()
            registered = [self._registered(goal, forced=forced) for goal in self._goals(program)]
            self._delete([entry for entry in self._state if entry not in registered])

        return self._run(steps, kill)

    def refresh(self, *, kill: Kill | None = None) -> Run:
        """Refresh the state."""
        return self._run(self._refresh_all, kill)

    def destroy(self, *, kill: Kill | None = None) -> Run:
        """Destroy everything."""
        return self._run(lambda: self._delete(list(self._state)), kill)

    def unlock(self) -> None:
        """End the plugins that outlived their run."""
        self.close()

    def changes(self, program: Program) -> list[str]:
        """Ask the plugin what a program would change; nothing is called."""
        with self._plugin():
            goals = self._goals(program)
            changed = [change for goal in goals for change in self._change(goal)]
        declared = {goal.urn for goal in goals}
        return [*changed, *(f"delete {e.urn}" for e in self._state if e.urn not in declared)]

    def known(self) -> list[Known]:
        """Return the state's resources."""
        return [
            Known(kind=e.kind, resource=e.urn.split("::")[1], id=e.id, outputs=e.outputs)
            for e in self._state
            if not e.doomed
        ]

    def told(self) -> str:
        """Return the sentences and the plugins' logs."""
        logged = self._log.read_text("utf-8") if self._log.exists() else ""
        return "\n".join([*self._sentences, logged])

    def close(self) -> None:
        """End every plugin."""
        for plugin in self._plugins:
            plugin.kill()
            plugin.hang_up()
        self._plugins = []

    def _run(self, steps: Callable[[], None], kill: Kill | None) -> Run:
        self._errors = []
        self._interrupted = self._killed = False
        succeeded = False
        with self._plugin(), armed(self._stage.emulator, kill, self._end_by), suppress(_EndedError):
            steps()
            succeeded = True
        self._sentences += self._errors
        return Run(succeeded=succeeded, errors=tuple(self._errors), killed=self._killed)

    @contextmanager
    def _plugin(self) -> Iterator[None]:
        plugin = ForkedPlugin(self._host, self._log, self._environment)
        self._plugins.append(plugin)
        self._current = plugin
        yield
        if not self._killed:
            self._plugins.remove(plugin)
            plugin.kill()
            plugin.hang_up()

    def _end_by(self, what: str) -> None:
        self._killed = True
        if what == "interrupt":
            self._interrupted = True
        elif what == "plugin":
            self._current.kill()
        else:
            # Whoever waited for the answer is gone; the plugin goes on with what it has begun.
            if what == "interrupt-twice":
                os.kill(self._current.pid, signal.SIGINT)
            self._current.hang_up()

    def _goals(self, program: Program) -> list[Goal]:
        url = self._stage.receivers.verification_key_url
        waiting = Waiting(seconds=self._stage.waits_seconds, verification_key_url=url)
        return goals_of(program, waiting)

    def _of(self, kind: str) -> ResourceType:
        return self._current.of(kind)

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Let a failure of the plugin end the run."""
        if self._interrupted:
            raise _EndedError
        try:
            yield
        except PluginError as error:
            self._errors.append(str(error).strip())
            raise _EndedError from None
        except (PluginGoneError, ValueError) as error:
            # gRPC refuses calls over a connection that was given up with a ValueError.
            if not self._killed:
                raise
            raise _EndedError from error

    def _refresh_all(self) -> None:
        for entry in [each for each in self._state if not each.doomed]:
            with self._step():
                read, inputs = self._of(entry.kind).read(entry.id, entry.outputs)
                if not read.id:
                    self._state.remove(entry)
                    continue
                entry.outputs = read.outputs
                self._of(entry.kind).diff(entry.id, entry.outputs, entry.inputs)
                entry.inputs = inputs or entry.inputs

    def _registered(self, goal: Goal, *, forced: set[str]) -> Entry:
        entry = self._entry_of(goal)
        news = self._resolved(goal)
        if entry is None or entry.doomed:
            return self._created(goal, self._checked(goal, news, {}), instead_of=entry)
        inputs = self._checked(goal, news, entry.inputs)
        self._renamed(entry, goal.urn)
        entry.needs = goal.needs
        if self._is_void(entry, inputs):
            return self._updated(entry, inputs)
        if goal.urn in forced or self._replaces(entry, inputs):
            return self._replaced(goal, entry, self._checked(goal, news, {}))
        return entry if inputs == entry.inputs else self._updated(entry, inputs)

    def _is_void(self, entry: Entry, inputs: dict[str, Any]) -> bool:
        """Tell whether the provider says that an entry has changed, though no input has."""
        if entry.kind != "SignatureKey":
            return False
        with self._step():
            return self._of(entry.kind).says_changed(entry.id, entry.outputs, inputs)

    def _updated(self, entry: Entry, inputs: dict[str, Any]) -> Entry:
        with self._step():
            updated = self._of(entry.kind).update(entry.id, entry.outputs, inputs)
            entry.inputs, entry.outputs = inputs, updated.outputs
        return entry

    def _entry_of(self, goal: Goal) -> Entry | None:
        by_urn = {entry.urn: entry for entry in self._state}
        return next((by_urn[urn] for urn in (goal.urn, *goal.known_as) if urn in by_urn), None)

    def _renamed(self, entry: Entry, urn: str) -> None:
        """Give an entry, found by an alias, the name that it has now, also where others need it."""
        for each in self._state:
            each.needs = tuple(urn if needed == entry.urn else needed for needed in each.needs)
        entry.urn = urn

    def _resolved(self, goal: Goal) -> dict[str, Any]:
        return {
            name: self._value(value) if isinstance(value, Ref) else value
            for name, value in goal.inputs.items()
        }

    def _value(self, ref: Ref) -> Any:
        [entry] = [each for each in self._state if each.urn == ref.urn and not each.doomed]
        return entry.id if ref.output == "id" else entry.outputs[ref.output]

    def _checked(self, goal: Goal, news: dict[str, Any], olds: dict[str, Any]) -> dict[str, Any]:
        with self._step():
            inputs, failures = self._of(goal.kind).check(news, olds)
            if failures:
                self._errors.append(f"{goal.urn} has a problem: {failures}")
                raise _EndedError
            return inputs

    def _replaces(self, entry: Entry, inputs: dict[str, Any]) -> list[str]:
        with self._step():
            return self._of(entry.kind).diff(entry.id, entry.outputs, inputs)

    def _replaced(self, goal: Goal, entry: Entry, inputs: dict[str, Any]) -> Entry:
        if goal.kind not in _DELETES_FIRST:
            # Verification and key delete nothing, whichever comes first.
            return self._created(goal, inputs, instead_of=entry)
        for each in [*_dependents_first(self._replaced_with(entry)), entry]:
            with self._step():
                self._of(each.kind).delete(each.id, each.outputs)
                each.doomed = True
        return self._created(goal, inputs, instead_of=entry)

    def _replaced_with(self, root: Entry) -> list[Entry]:
        """Return what has to be replaced with an entry, as the engine finds it: by `diff`."""
        replaced = [root]
        for each in replaced:
            # The list grows while it is gone through: what depends on what depends on it.
            replaced += [
                entry
                for entry in self._state
                if each.urn in entry.needs
                and not entry.doomed
                and entry not in replaced
                and self._depends_on_value(entry)
            ]
        return replaced[1:]

    def _depends_on_value(self, entry: Entry) -> bool:
        unknown = {**entry.inputs, "callback_id": UNKNOWN}
        return bool(self._replaces(entry, unknown))

    def _created(self, goal: Goal, inputs: dict[str, Any], *, instead_of: Entry | None) -> Entry:
        created = self._tried(goal, inputs)
        if instead_of is not None:
            self._state.remove(instead_of)
        entry = Entry(
            kind=goal.kind,
            urn=goal.urn,
            id=created.id,
            inputs=inputs,
            outputs=created.outputs,
            needs=goal.needs,
        )
        self._state.append(entry)
        return entry

    def _tried(self, goal: Goal, inputs: dict[str, Any]) -> Created:
        waited, attempts = 0.0, 0
        while True:
            with self._step():
                try:
                    return self._of(goal.kind).create(inputs)
                except PluginError as error:
                    if waited >= self._stage.waits_seconds or not _is_worth_waiting(str(error)):
                        raise
                    self._sentences.append(str(error))
            attempts += 1
            seconds = min(pause(attempts), self._stage.waits_seconds - waited)
            self._stage.emulator.move_clock(seconds)
            waited += seconds

    def _delete(self, entries: list[Entry]) -> None:
        for entry in _dependents_first(entries):
            if not entry.doomed:
                with self._step():
                    self._of(entry.kind).delete(entry.id, entry.outputs)
            self._state.remove(entry)

    def _change(self, goal: Goal) -> list[str]:
        entry = self._entry_of(goal)
        if entry is None or entry.doomed:
            return [f"create {goal.urn}"]
        news = self._resolved(goal)
        inputs = self._checked(goal, news, entry.inputs)
        replaces = self._replaces(entry, inputs)
        if replaces:
            return [f"replace {goal.urn}: {', '.join(replaces)}"]
        changed = [
            name
            for name in {**inputs, **entry.inputs}
            if inputs.get(name) != entry.inputs.get(name)
        ]
        return [f"update {goal.urn}: {', '.join(changed)}"] if changed else []


def _dependents_first(entries: list[Entry]) -> list[Entry]:
    ordered: list[Entry] = []
    left = entries[::-1]
    while left:
        needed = {urn for entry in left for urn in entry.needs}
        free = [entry for entry in left if entry.urn not in needed]
        ordered += free
        left = [entry for entry in left if entry not in free]
    return ordered


def _is_worth_waiting(sentence: str) -> bool:
    return sentence.startswith(tuple(f"ens_provider.{name}:" for name in _WAITS_FOR))
