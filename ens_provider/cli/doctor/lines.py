"""The report of doctor as lines for people: the mark is a word, colour comes on top of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ens_provider.cli.doctor.report import Check, Report, Status

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
}
_MARK_WIDTH = len("WARNING")


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
    begin = f"{check.status.value:<{_MARK_WIDTH}}  {check.name:<{names}}  "
    indent = " " * len(begin)
    yield from _wrapped(check.found, width, begin, indent)
    if check.remedy:
        yield from _wrapped(check.remedy, width, f"{indent}-> ", f"{indent}   ")


def conclusion(report: Report) -> str:
    """Return the sentence that the report comes to."""
    command = f"`{report.purpose.command}`"
    failed = [check.name for check in report.failed]
    if failed:
        names = ", ".join(dict.fromkeys(failed))
        return f"Not ready for {command}: {names}."
    warned = any(check.status is Status.WARNING for check in report.checks)
    return f"Ready for {command}{', with warnings' if warned else ''}."


def _wrapped(text: str, width: int, begin: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        width=width,
        initial_indent=begin,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
