"""The core story, told under one assignment: what a program does with the service, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.unknowns import (
    creating,
    delivering,
    refreshing,
    replacing,
    rotating,
    subscribing,
    taking_over,
    verifying,
)
from tests.unknowns.assignments import Assignment
from tests.unknowns.instead import INSTEAD
from tests.unknowns.rig import Rig
from tests.unknowns.scene import Scene

Stage = Callable[[Scene], None]

STAGES: tuple[Stage, ...] = (
    creating.failed_probe,
    creating.lost_answer,
    creating.killed_run,
    taking_over.live_one,
    taking_over.one_in_the_way,
    verifying.key_from_receiver,
    verifying.verified_in_probe,
    verifying.key_by_hand,
    verifying.lost_verification,
    rotating.keys,
    subscribing.before_verification,
    subscribing.present_already,
    subscribing.names_taken,
    subscribing.changes,
    subscribing.without_filters,
    refreshing.nothing_changed,
    refreshing.changed_outside,
    refreshing.deleted_outside,
    replacing.another_url,
    replacing.another_name,
    delivering.signed_events,
    delivering.suspended,
    verifying.lapse,
)
"""Each creates what it needs and destroys it: the account is afterwards as it was before."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A stage that did not go as expected.

    Attributes:
        assignment: The values of the switches.
        stage: The stage, such as `verifying.lapse`.
        message: What was expected, and what it was.
    """

    assignment: Assignment
    stage: str
    message: str

    def __str__(self) -> str:
        return f"{self.stage}: {self.message}\n    again: {self.assignment.replay()}"


def tell(rig: Rig, assignment: Assignment, *, stages: Sequence[Stage] = STAGES) -> list[Violation]:
    """Tell the story; return what did not go as expected, each stage by itself."""
    scene = Scene(rig, assignment)
    violations: list[Violation] = []
    for stage in stages:
        try:
            _play(stage, scene)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is to be reported, by stage
            message = f"{type(error).__name__}: {error}"
            violations.append(_violation(assignment, stage, message))
            scene.close()
            scene = Scene(rig, assignment)
    scene.close()
    return violations or _never_met(scene)


def _play(stage: Stage, scene: Scene) -> None:
    before = scene.state()
    stage(scene)
    scene.expect("the account afterwards", scene.state(), before)
    scene.expect_writes()


def _never_met(scene: Scene) -> list[Violation]:
    """Return a violation for each entry of the table that applies and changed no expectation."""
    applying = [each for each in INSTEAD if each.applies_to(scene.assignment)]
    message = "this is in the table, and no stage met it: "
    return [
        Violation(assignment=scene.assignment, stage="story", message=message + each.holds)
        for each in applying
        if each not in scene.met
    ]


def _violation(assignment: Assignment, stage: Stage, message: str) -> Violation:
    name = f"{stage.__module__.rpartition('.')[2]}.{stage.__name__}"
    return Violation(assignment=assignment, stage=name, message=message)
