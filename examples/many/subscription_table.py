"""Reads the table of subscriptions, and says of each mistake in it where it stands."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ens_provider as ens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# ENS takes no more subscriptions for one callback.
MOST_ROWS = 200
COLUMNS = ("name", "sends", "events", "filters")
# The event types that ENS can filter by definition key.
_WITH_DEFINITION_KEY = (
    ens.EventType.EMAIL_SENT,
    ens.EventType.EMAIL_NOT_SENT,
    ens.EventType.EMAIL_BOUNCED,
    ens.EventType.SMS_SENT,
    ens.EventType.SMS_NOT_SENT,
)
_MORE = "more"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class TableError(Exception):
    """The table has mistakes; the text has a sentence for each."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A subscription as the table has it.

    Attributes:
        name: Its name in the program; ENS is told `{project}-{stack}-{name}`.
        events: What it asks for.
        filters: What has to match, beside the environment's definition keys.
        own_sends: Whether it hears of this environment's sends alone.
    """

    name: str
    events: tuple[ens.EventType, ...]
    filters: Mapping[str, str]
    own_sends: bool

    def filters_for(self, definition_keys: str) -> dict[str, str]:
        """Return the filters that it has in the environment of these definition keys."""
        own = {"definitionKey": definition_keys} if self.own_sends else {}
        return own | dict(self.filters)


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table, in its order.

    Raises:
        TableError: It cannot be read, or has mistakes.
    """
    mistakes: list[str] = []
    rows: dict[str, Row] = {}
    for line, cells in _lines(path):
        try:
            _add(rows, _row(cells))
        except TableError as error:
            mistakes.append(f"{path.name}, line {line}: {error}.")
    if len(rows) > MOST_ROWS:
        mistakes.append(
            f"{path.name}: {len(rows)} rows are more than the {MOST_ROWS} subscriptions that ENS "
            "takes for one callback. Put events with the same filters into one row, or give some "
            "rows a callback of their own."
        )
    if mistakes:
        raise TableError("\n".join([*mistakes, "Nothing was changed."]))
    return list(rows.values())


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its line; blank lines are left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey=_MORE, restval="", strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise TableError(
                    f"{path.name}, line 1: the columns have to be {','.join(COLUMNS)}."
                )
            for cells in reader:
                yield reader.line_num, cells
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name} cannot be read: {error}.") from None


def _add(rows: dict[str, Row], row: Row) -> None:
    if row.name in rows:
        raise TableError(f"the name '{row.name}' stands in a row above already")
    rows[row.name] = row


def _row(cells: Mapping[str, str]) -> Row:
    if _MORE in cells:
        raise TableError("there are more cells than columns; a comma within one needs quotes")
    name, sends, events, filters = (cells[column].strip() for column in COLUMNS)
    if not _NAME.fullmatch(name):
        raise TableError(f"the name '{name}' has to be of a-z, 0-9 and -")
    if sends not in ("own", "all"):
        raise TableError(f"sends has to be own or all, and is '{sends}'")
    row = Row(
        name=name, events=_events(events), filters=_filters(filters), own_sends=sends == "own"
    )
    _require_definition_keys(row)
    return row


def _events(text: str) -> tuple[ens.EventType, ...]:
    names = text.split()
    unknown = [name for name in names if name not in ens.EventType.__members__]
    if unknown:
        raise TableError(f"there is no event type '{unknown[0]}'; ens.EventType has their names")
    if not names:
        raise TableError("events is empty")
    return tuple(ens.EventType[name] for name in names)


def _filters(text: str) -> dict[str, str]:
    filters: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise TableError(f"the filter '{each}' is not NAME=VALUE")
        if name in filters:
            raise TableError(f"the filter {name} is there twice")
        filters[name] = value
    return filters


def _require_definition_keys(row: Row) -> None:
    if not row.own_sends:
        return
    if "definitionKey" in row.filters:
        raise TableError("with sends own the definitionKey is the environment's: take it out")
    without = [each.name for each in row.events if each not in _WITH_DEFINITION_KEY]
    if without:
        raise TableError(
            f"{without[0]} has no definition key, so that ENS cannot tell whose send it was: put it "
            "into a row with sends all"
        )
