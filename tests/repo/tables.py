"""The tables of the documents, read for the tests that hold them against the code."""

from __future__ import annotations

import re


def section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or above.

    Raises:
        ValueError: There is not exactly one such heading.
    """
    [found] = re.finditer(rf"^(#+) {re.escape(heading)}$", page, re.MULTILINE)
    rest = page[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table_below(page: str, heading: str, *, number: int = 0) -> list[dict[str, str]]:
    """Return a table below a heading: each row by the names of the columns.

    Args:
        page: The text of the document.
        heading: The heading's text.
        number: Which table of the section, from 0.

    Raises:
        IndexError: There is no such table.
        ValueError: A row has more or fewer cells than the table has columns.
    """
    table = re.findall(r"(?:^\|.*\|\n)+", section(page, heading), re.MULTILINE)[number]
    names, _, *rows = table.splitlines()
    return [dict(zip(cells_of(names), cells_of(row), strict=True)) for row in rows]


def cells_of(row: str) -> list[str]:
    """Return the cells of one row."""
    return [cell.strip() for cell in row.strip()[1:-1].split("|")]
