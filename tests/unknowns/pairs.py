"""The story under all pairs of values, in several lanes side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from tests.unknowns.assignments import Assignment
from tests.unknowns.covering_array import all_together, covered_by, covering_assignments
from tests.unknowns.rig import Rig
from tests.unknowns.story import Violation, tell

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class PairsResult:
    """What became of the stories.

    Attributes:
        strength: How many values stand together: 2 for pairs.
        rows: How many assignments the story was told under.
        covered: How many combinations of that many values stood together in them.
        possible: How many there are.
        violations: What did not go as expected.
    """

    strength: int
    rows: int
    covered: int
    possible: int
    violations: tuple[Violation, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every combination was there and nothing went otherwise than expected."""
        return self.covered == self.possible and not self.violations

    def __str__(self) -> str:
        kind = {2: "pairs", 3: "triples"}.get(self.strength, f"{self.strength}-tuples")
        return (
            f"{self.covered} of {self.possible} {kind} of values in {self.rows} assignments, "
            f"{len(self.violations)} violations"
        )


def run_pairs(lanes: int, report: Report, *, strength: int = 2, seed: str = "") -> PairsResult:
    """Tell the story under a covering array.

    Args:
        lanes: How many stories are told at the same time, each with processes of its own.
        report: Is told each violation as it comes.
        strength: How many values have to stand together. Default: pairs.
        seed: Another text is another array.
    """
    assignments = covering_assignments(strength=strength, seed=seed)
    violations = tell_all(assignments, lanes=lanes, report=report)
    return PairsResult(
        strength=strength,
        rows=len(assignments),
        covered=len(covered_by(assignments, strength=strength)),
        possible=len(all_together(strength=strength)),
        violations=tuple(violations),
    )


def tell_all(assignments: Sequence[Assignment], *, lanes: int, report: Report) -> list[Violation]:
    """Tell the story under each assignment; return what did not go as expected."""
    waiting: SimpleQueue[Assignment] = SimpleQueue()
    for assignment in assignments:
        waiting.put(assignment)
    with ThreadPoolExecutor(lanes) as pool:
        futures = [pool.submit(_lane, waiting, report) for _ in range(lanes)]
        return [violation for future in futures for violation in future.result()]


def _lane(waiting: SimpleQueue[Assignment], report: Report) -> list[Violation]:
    violations: list[Violation] = []
    with Rig() as rig:
        while True:
            try:
                assignment = waiting.get_nowait()
            except Empty:
                return violations
            found = tell(rig, assignment)
            violations += found
            for violation in found:
                report(str(violation))
