"""Making checks one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ens_provider.cli.conform.check import Bench, Check, Finding, Status

_ENOUGH = (Status.PASSED, Status.WARNING)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a check ended, and how many seconds it took."""

    check: Check
    finding: Finding
    seconds: float

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.finding.status


@dataclass(frozen=True, kw_only=True)
class Report:
    """How all checks ended.

    Attributes:
        url: The endpoint.
        results: One for each check, in their order.
        strict: Whether a warning counts as a failure.
    """

    url: str
    results: tuple[Result, ...]
    strict: bool = False

    @property
    def bad(self) -> list[Result]:
        """The checks for which the receiver is not as ENS needs it."""
        return [each for each in self.results if self.counts_as_failure(each)]

    @property
    def warned(self) -> list[Result]:
        """The checks that ended with a warning."""
        return [each for each in self.results if each.status is Status.WARNING]

    def counts_as_failure(self, result: Result) -> bool:
        """Tell whether a result makes the whole fail."""
        warned = self.strict and result.status is Status.WARNING
        return warned or result.status is Status.FAILED


def run(
    checks: Sequence[Check],
    bench: Bench,
    *,
    tell: Callable[[Result], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Result]:
    """Make the checks; one whose needs did not hold is skipped.

    Args:
        checks: The checks, behind those that they need.
        bench: What they work with.
        tell: Called with each result once it is there.
        clock: Monotonic seconds.
    """
    held: set[str] = set()
    results = []
    for check in checks:
        began = clock()
        finding = _skipped(check, bench, held) or check.make(bench)
        if finding.status in _ENOUGH:
            held.add(check.name)
        result = Result(check=check, finding=finding, seconds=clock() - began)
        results.append(result)
        tell(result)
    return results


def _skipped(check: Check, bench: Bench, held: set[str]) -> Finding | None:
    lacking = [name for name in check.needs if name not in held]
    if lacking:
        because = f"because {lacking[0]} did not pass, without which this would prove nothing"
        return Finding(status=Status.SKIPPED, found=because)
    option = check.missing(bench)
    if option is not None:
        return Finding(status=Status.SKIPPED, found=f"because {option} is not given")
    return None
