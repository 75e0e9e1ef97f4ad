"""The array under which the soak tells the story, and the command that does it."""

from __future__ import annotations

import pytest

from tests.unknowns.__main__ import main
from tests.unknowns.assignments import VALUES, Assignment
from tests.unknowns.covering_array import all_together, covered_by, covering_assignments
from tests.unknowns.instead import INSTEAD, as_table
from tests.unknowns.pairs import PairsResult


@pytest.mark.parametrize(("strength", "possible", "most_rows"), [(2, 1788, 25), (3, 33530, 90)])
def test_all_combinations_are_covered(strength: int, possible: int, most_rows: int) -> None:
    """Every pair, or triple, of values of different switches stands in a few assignments."""
    rows = covering_assignments(strength=strength)
    wanted = all_together(strength=strength)
    assert len(wanted) == possible
    assert covered_by(rows, strength=strength) == wanted
    assert len(rows) <= most_rows


def test_seed() -> None:
    """The same seed is the same array, another one another array that covers as much."""
    one, other = covering_assignments(seed="1"), covering_assignments(seed="2")
    assert one == covering_assignments(seed="1") != other
    assert covered_by(other, strength=2) == all_together(strength=2)


def test_covered_counts_what_stands_together() -> None:
    """The defaults alone cover one pair of values for each pair of switches."""
    covered = covered_by([Assignment()], strength=2)
    assert len(covered) == len(VALUES) * (len(VALUES) - 1) // 2 == 351
    assert frozenset({("fan_out", "every_callback"), ("name_case", "sensitive")}) in covered
    assert frozenset({("fan_out", "one"), ("name_case", "sensitive")}) not in covered


@pytest.mark.parametrize("seed", ["", "1"])
def test_assignment_is_replayed_by_its_command(seed: str) -> None:
    """What the command is given is what the assignment is, blank values included."""
    for assignment in covering_assignments(seed=seed):
        command = assignment.replay()
        assert Assignment.read(command.split(" ")[3:]) == assignment
    blank = Assignment.of({"unverified_status": ""})
    assert blank.replay() == "python -m tests.unknowns unverified_status="


def test_unknown_switch(capsys: pytest.CaptureFixture[str]) -> None:
    """The command names what there is, and starts nothing."""
    with pytest.raises(SystemExit) as ended:
        main(["fan_out=two"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(
        "error: Switch 'fan_out' is one of 'every_callback', 'one', not 'two'.\n"
    )


def test_result_that_does_not_cover_everything() -> None:
    """It is not clean, whatever the stories said."""
    result = PairsResult(strength=2, rows=1, covered=325, possible=1670, violations=())
    assert not result.is_clean
    assert str(result) == "325 of 1670 pairs of values in 1 assignments, 0 violations"


def test_table_speaks_of_switches_that_exist() -> None:
    """Each entry names some of a switch's values, never all of them, and is a line of the table."""
    for each in INSTEAD:
        for switch, answers in each.answers.items():
            assert set(answers) < set(VALUES[switch]), each.promise
        assert each.holds in as_table()
    assert len(as_table().splitlines()) == len(INSTEAD) + 2
