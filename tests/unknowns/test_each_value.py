"""The core story under each value of each switch, the others at their defaults."""

from __future__ import annotations

import pytest

from tests.unknowns.assignments import VALUES, Assignment, each_value
from tests.unknowns.instead import OLD_SIGNATURE, ONE_CALLBACK_ONLY
from tests.unknowns.rig import Rig
from tests.unknowns.scene import HOST, Scene
from tests.unknowns.story import tell

# What a stage expects that forgets to delete.
_LEFT = "delete_nothing: UnexpectedError: the account afterwards: expected {'callbacks': "
_AGAIN = "\n    again: python -m tests.unknowns blank_filters=absent"


@pytest.mark.parametrize("assignment", each_value(), ids=str)
def test_story(rig: Rig, assignment: Assignment) -> None:
    """Every stage goes as the table says, and leaves the account as it was."""
    assert [str(violation) for violation in tell(rig, assignment)] == []


def test_every_value_has_its_story() -> None:
    """Each value of each switch stands in an assignment: 27 defaults and 34 others."""
    told = {pair for assignment in each_value() for pair in assignment.values.items()}
    assert told == {(switch, value) for switch, values in VALUES.items() for value in values}
    assert (len(told), len(each_value())) == (61, 35)


def test_stage_that_leaves_something_behind(rig: Rig) -> None:
    """It is a violation that names the stage and the command that replays it; the next is told."""
    went_on = []

    def delete_nothing(scene: Scene) -> None:
        scene.service.create("left", "left", f"{HOST}/left")

    def go_on(scene: Scene) -> None:
        went_on.append(scene.callbacks("left"))

    assignment = Assignment.read(["blank_filters=absent"])
    [violation] = tell(rig, assignment, stages=(delete_nothing, go_on))
    assert str(violation).startswith(f"test_each_value.{_LEFT}")
    assert str(violation).endswith(_AGAIN)
    assert went_on == [[]]


def test_table_that_no_stage_heeds(rig: Rig) -> None:
    """An entry that applies and changes no expectation is a violation, too."""
    violations = tell(rig, Assignment.read(["fan_out=one"]), stages=())
    unheeded = [violation.message for violation in violations]
    told = "this is in the table, and no stage met it: "
    assert f"{told}{ONE_CALLBACK_ONLY.holds}" in unheeded
    assert f"{told}{OLD_SIGNATURE.holds}" not in unheeded
