"""The results as lines for people, and as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ens_provider.cli import check_lines
from ens_provider.cli.check_lines import CheckLine
from ens_provider.cli.conform.catalogue import NAMES
from ens_provider.cli.conform.check import Status
from ens_provider.cli.conform.run import Report, Result
from ens_provider.cli.counted import counted

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    Status.PASSED: "green",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
}
_NAMES_WIDTH = max(len(name) for name in NAMES)


def print_result(result: Result, console: Console) -> None:
    """Print a result: mark, name and what was found, below it what to do."""
    from rich.text import Text  # noqa: PLC0415 -- only for people, not for `--json`

    line = CheckLine(
        mark=result.status.value,
        name=result.check.name,
        found=result.finding.found,
        remedy=result.finding.remedy,
    )
    lines = check_lines.lines_of(line, names=_NAMES_WIDTH, width=console.width)
    for number, each in enumerate(lines):
        text = Text(each)
        if number == 0:
            text.stylize(_STYLES[result.status], 0, len(result.status.value))
        console.print(text, soft_wrap=True)


def conclusion(report: Report) -> str:
    """Return the sentence that the report comes to."""
    if report.bad:
        return f"Not as ENS needs it: {', '.join(each.check.name for each in report.bad)}."
    made = [each for each in report.results if each.status is not Status.SKIPPED]
    warned = ", with warnings" if report.warned else ""
    return f"The receiver is as ENS needs it{warned}: {counted(len(made), 'check')}."


def document(report: Report) -> dict[str, object]:
    """Return the document that `--json` prints."""
    checks = [
        {
            "name": each.check.name,
            "claim": each.check.claim,
            "status": each.status.value,
            "found": each.finding.found,
            "remedy": each.finding.remedy,
            "seconds": round(each.seconds, 3),
        }
        for each in report.results
    ]
    return {"url": report.url, "ok": not report.bad, "checks": checks}
