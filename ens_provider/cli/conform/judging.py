"""Judging answers: acknowledged, refused, or neither."""

from __future__ import annotations

from collections.abc import Sequence

from ens_provider.cli.conform import consequences
from ens_provider.cli.conform.check import OLDER_BUDGET_SECONDS, Finding, Status
from ens_provider.cli.conform.sending import Answer

ACKNOWLEDGING = range(200, 205)
"""What ENS takes for an acknowledgement."""

_SUCCESSES = range(200, 300)
_REFUSALS = range(400, 600)
_MILLISECONDS = 1000
_MOST_NAMED = 5

Labelled = tuple[str, Answer]
"""What was sent, in a few words, and how it was answered."""


def came(answer: Answer) -> str:
    """Return what came back, as the end of a sentence."""
    if answer.status is None:
        return answer.met or "no answer came"
    leads = f", which leads to {answer.place}" if answer.place else ""
    return f"it was answered with {answer.status}{leads}"


def acknowledged(answers: Sequence[Labelled], *, advice: str = "") -> Finding:
    """Judge answers that all have to acknowledge.

    Args:
        answers: At least one.
        advice: What to do if one does not.
    """
    bad = [each for each in answers if each[1].status not in ACKNOWLEDGING]
    if bad:
        told = advice or "Answer 200 to 204 once the events are safe"
        remedy = f"{told}. {consequences.NOT_ACKNOWLEDGED}."
        return Finding(status=Status.FAILED, found=_named(answers, bad), remedy=remedy)
    slowest = max(answer.seconds for _, answer in answers)
    if slowest > OLDER_BUDGET_SECONDS:
        return Finding(
            status=Status.WARNING,
            found=f"it was acknowledged after {slowest:.1f} s",
            remedy=f"Answer before any slow work. {consequences.OLDER_BUDGET}.",
        )
    return Finding(status=Status.PASSED, found=_taken(answers, slowest))


def acknowledged_or_warned(answers: Sequence[Labelled], *, why: str) -> Finding:
    """Judge answers that ought to acknowledge, though it is not known whether ENS sends such."""
    finding = acknowledged(answers)
    if finding.status is not Status.FAILED:
        return finding
    return Finding(status=Status.WARNING, found=finding.found, remedy=f"{why}.")


def refused(answers: Sequence[Labelled], *, advice: str) -> Finding:
    """Judge answers that all have to refuse.

    Args:
        answers: At least one.
        advice: What to do if one does not.
    """
    passed = [each for each in answers if each[1].status in _SUCCESSES]
    if passed:
        remedy = f"{advice}. {consequences.ACCEPTED}."
        return Finding(status=Status.FAILED, found=_named(answers, passed), remedy=remedy)
    silent = [each for each in answers if each[1].status is None]
    if silent:
        remedy = f"Refuse it with 4xx or 5xx, at once. {consequences.HUNG}."
        return Finding(status=Status.FAILED, found=_named(answers, silent), remedy=remedy)
    odd = [each for each in answers if each[1].status not in _REFUSALS]
    if odd:
        remedy = f"Refuse it with 4xx or 5xx. {consequences.NEITHER}."
        return Finding(status=Status.WARNING, found=_named(answers, odd), remedy=remedy)
    statuses = sorted({str(answer.status) for _, answer in answers})
    return Finding(status=Status.PASSED, found=f"refused with {', '.join(statuses)}")


def _taken(answers: Sequence[Labelled], slowest: float) -> str:
    statuses = ", ".join(sorted({str(answer.status) for _, answer in answers}))
    milliseconds = f"{slowest * _MILLISECONDS:.0f} ms"
    if len(answers) == 1:
        return f"acknowledged with {statuses} after {milliseconds}"
    return f"{len(answers)} acknowledged with {statuses}, the slowest after {milliseconds}"


def _named(answers: Sequence[Labelled], bad: Sequence[Labelled]) -> str:
    if len(answers) == 1:
        return came(bad[0][1])
    told = [f"{label}: {came(answer)}" for label, answer in bad[:_MOST_NAMED]]
    more = len(bad) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")
