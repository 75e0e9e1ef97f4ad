"""Where a story is set: the account under one assignment, other people's hands, what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.plugin.driver import PluginError
from tests.plugin.service import Service
from tests.unknowns.assignments import Assignment
from tests.unknowns.instead import Instead
from tests.unknowns.rig import Rig
from tests.unknowns.run import Run

HOST = "https://receiver.test"
SENT = "TransactionalSendEvents.EmailSent"
NOT_SENT = "TransactionalSendEvents.EmailNotSent"
TWO_MINUTES = 121
"""What is written may show this late; after it, reads are believed."""

_ERROR = re.compile(r"ens_provider\.(\w+): \S[^\n]*\n?")
# Reads, and what the service itself sends to endpoints.
_NO_WRITES = ("GET ", "POST token ", "PROBE ", "POST https://")
_UNNAMED = re.compile(r"#\d+")

State = dict[str, list[dict[str, Any]]]


class UnexpectedError(AssertionError):
    """Something is not as the story expects it under this assignment."""


class Scene:
    """An account with a live callback of somebody else's, under an assignment.

    Attributes:
        assignment: The values of the switches.
        service: The account and what reached it.
        theirs: Id of the callback that is somebody else's, older than everything of ours.
        met: What the story expected instead of something so far.
    """

    def __init__(self, rig: Rig, assignment: Assignment) -> None:
        rig.clear()
        rig.emulator.set_switches(**assignment.values)
        self.rig = rig
        self.assignment = assignment
        self.service = Service(rig.emulator, rig.endpoint)
        self.met: set[Instead] = set()
        self._shared: Run | None = None
        self.theirs = self.service.create("theirs", "theirs", f"{HOST}/theirs")
        self.service.subscribe(self.theirs, "their-mails")
        self.wait(TWO_MINUTES)

    @contextmanager
    def run(self) -> Iterator[Run]:
        """Give the process that the stages share: it remembers ids, and each stage has its own."""
        if self._shared is None:
            self._shared = self.rig.run()
        yield self._shared

    def later_run(self) -> Run:
        """Start a process that remembers nothing, as each further `pulumi up` does."""
        return self.rig.run()

    def close(self) -> None:
        """End the process that the stages share."""
        if self._shared is not None:
            self._shared.close()

    def holds(self, instead: Instead) -> bool:
        """Tell whether this is what holds under the assignment; it is noted down."""
        applies = instead.applies_to(self.assignment)
        if applies:
            self.met.add(instead)
        return applies

    def wait(self, seconds: float) -> None:
        """Let time pass on the service."""
        self.rig.emulator.move_clock(seconds)

    def let_it_show(self) -> None:
        """Let so much time pass that reads show what was written."""
        if self.assignment.lags:
            self.wait(self.assignment.lag_seconds)

    def expect(self, claim: str, actual: object, expected: object) -> None:
        """Compare.

        Raises:
            UnexpectedError: They differ; the message has the claim and both.
        """
        if actual != expected:
            raise UnexpectedError(f"{claim}: expected {expected!r}, but it is {actual!r}")

    def expect_writes(self, *expected: str) -> None:
        """Compare what was sent to change something since the last time, answers included.

        Ids are the labels that they were given, or `#`.
        """
        calls = self.service.calls()
        # The token runs out as time is moved: what was turned away for it was sent again.
        heeded = [call for call in calls if not call.endswith(" 401")]
        sent = [call for call in heeded if not call.startswith(_NO_WRITES)]
        self.expect("sent", [_UNNAMED.sub("#", call) for call in sent], list(expected))

    def expect_error(self, kind: str, call: Callable[..., object], *args: Any) -> str:
        """Compare the class of a call's error, which is one line; return it."""
        try:
            answer = call(*args)
        except PluginError as error:
            sentence = str(error)
        else:
            raise UnexpectedError(f"expected {kind}, but it was answered: {answer}")
        told = _ERROR.fullmatch(sentence)
        found = told[1] if told else "no error of one line"
        self.expect(f"error of {self.service.labelled(sentence)!r}", found, kind)
        return sentence

    @contextmanager
    def failing_probes(self, status: int) -> Iterator[None]:
        """Let the endpoint answer probes with this status."""
        self.rig.endpoint.answer(status)
        yield
        self.rig.endpoint.answer(200)

    def state(self) -> State:
        """Return everything that the account really holds."""
        return self.rig.emulator.state()

    def callbacks(self, name: str) -> list[dict[str, Any]]:
        """Return the callbacks of a name, whatever its case, oldest first."""
        held = self.state()["callbacks"]
        return [each for each in held if each["callbackName"].lower() == name.lower()]

    def subscriptions_of(self, callback_id: str) -> list[dict[str, Any]]:
        """Return the subscriptions of a callback, oldest first."""
        held = self.state()["subscriptions"]
        return [each for each in held if each["callbackId"] == callback_id]
