"""The report of doctor as lines for people: the mark is a word, colour comes on top of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ens_provider.cli import check_lines
from ens_provider.cli.check_lines import CheckLine
from ens_provider.cli.doctor.report import Check, Report, Status

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
}


def print_report(report: Report, console: Console) -> None:
    """Print the checks and, as the last line, what they come to."""
    from rich.text import Text  # noqa: PLC0415 -- only for people, not for `--json`

    names = max(len(check.name) for check in report.checks)
    for check in report.checks:
        for number, line in enumerate(lines_of(check, names=names, width=console.width)):
            text = Text(line)
            if number == 0:
                text.stylize(_STYLES[check.status], 0, len(check.status.value))
            console.print(text, soft_wrap=True)
    console.print(Text(conclusion(report)), soft_wrap=True)


def lines_of(check: Check, *, names: int, width: int) -> Iterator[str]:
    """Yield the lines of a check: mark, name and what was found, below it what to do.

    Args:
        check: The check.
        names: How many characters the names take.
        width: How many characters a line may have.
    """
    line = CheckLine(
        mark=check.status.value, name=check.name, found=check.found, remedy=check.remedy
    )
    yield from check_lines.lines_of(line, names=names, width=width)


def conclusion(report: Report) -> str:
    """Return the sentence that the report comes to."""
    command = f"`{report.purpose.command}`"
    failed = [check.name for check in report.failed]
    if failed:
        names = ", ".join(dict.fromkeys(failed))
        return f"Not ready for {command}: {names}."
    warned = any(check.status is Status.WARNING for check in report.checks)
    return f"Ready for {command}{', with warnings' if warned else ''}."
