"""What a run found: as a table, as JSON, and as the file for the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ens_provider.cli.discover.cleaning import Left
from ens_provider.cli.discover.findings import Finding, Result

if TYPE_CHECKING:
    from rich.console import Console


def switches_of(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the values that were found, by switch."""
    return {
        finding.switch: finding.outcome.value
        for finding in findings
        if finding.outcome.result is Result.FOUND and finding.outcome.value is not None
    }


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print a table of all switches, without the blanks that fill its last column."""
    from rich.table import Table  # noqa: PLC0415 -- slow to import, and only for people
    from rich.text import Text  # noqa: PLC0415 -- as above

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Switch", no_wrap=True)
    table.add_column("Value", no_wrap=True)
    table.add_column("How it shows", overflow="fold")
    for finding in findings:
        # A text of the service is no markup.
        table.add_row(finding.switch, Text(_value(finding)), Text(finding.outcome.shows))
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().split("\n")]
    console.file.write("\n".join(lines).rstrip("\n") + "\n")


def document(
    findings: Sequence[Finding], *, left: Sequence[Left], about: Mapping[str, object]
) -> dict[str, object]:
    """Return everything as one JSON object; `about` is put in front."""
    return {
        **about,
        "findings": [
            {
                "switch": finding.switch,
                "result": finding.outcome.result.value,
                "value": finding.outcome.value,
                "shows": finding.outcome.shows,
            }
            for finding in findings
        ],
        "switches": switches_of(findings),
        "left": [
            {
                "kind": each.kind,
                "id": each.object_id,
                "name": each.name,
                "url": each.url,
                "why": each.why,
            }
            for each in left
        ],
    }


def write_switches(path: Path, findings: Sequence[Finding], *, force: bool) -> None:
    """Write the values that were found, for `emulator --set-file`.

    Raises:
        FileExistsError: The file is there, and `force` is not set.
        OSError: It cannot be written.
    """
    with path.open("w" if force else "x", encoding="utf-8") as file:
        file.write(json.dumps(switches_of(findings), indent=2) + "\n")


def _value(finding: Finding) -> str:
    outcome = finding.outcome
    if outcome.result is not Result.FOUND:
        return f"({outcome.result.value})"
    return outcome.value or "'' (empty)"
