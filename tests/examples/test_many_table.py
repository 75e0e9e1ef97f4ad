"""The table of `examples/many`: what is read of it, and each mistake in its words."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider import EventType
from ens_provider.lifecycle.event_types import FILTER_KEYS
from tests.examples.projects import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "name,sends,events,filters\n"


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """Give the example's module."""
    folder = str(EXAMPLES / "many")
    sys.path.insert(0, folder)
    yield import_module("subscription_table")
    sys.path.remove(folder)
    del sys.modules["subscription_table"]


def mistakes(example: Any, path: Path, content: str | bytes) -> list[str]:
    """Return the sentences about a table."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(example.TableError) as error:
        example.read_table(path)
    return str(error.value).splitlines()


def test_table_of_the_example(example: Any) -> None:
    """Rows hold names, events and filters, those of own sends the environment's as well."""
    rows = {each.name: each for each in example.read_table(EXAMPLES / "many/subscriptions.csv")}

    assert list(rows) == [
        "sent",
        "not-sent",
        "unknown-number",
        "hard-bounces",
        "read",
        "unsubscribed",
        "nightly-import",
    ]
    assert rows["sent"].events == (EventType.EMAIL_SENT, EventType.SMS_SENT)
    assert rows["hard-bounces"].filters_for("^dev-") == {
        "definitionKey": "^dev-",
        "bounceCode": "HARD",
    }
    assert rows["nightly-import"].filters_for("^dev-") == {
        "automationName": "Nightly.*",
        "automationType": "Schedule",
    }


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("Sent,own,EMAIL_SENT,", "the name 'Sent' has to be of a-z, 0-9 and -"),
        (",own,EMAIL_SENT,", "the name '' has to be of a-z, 0-9 and -"),
        ("sent,mine,EMAIL_SENT,", "sends has to be own or all, and is 'mine'"),
        ("sent", "sends has to be own or all, and is ''"),
        ("sent,own,,", "events is empty"),
        (
            "sent,own,EMAIL_SENT EmailOpen,",
            "there is no event type 'EmailOpen'; ens.EventType has their names",
        ),
        ("sent,all,EMAIL_SENT,HARD", "the filter 'HARD' is not NAME=VALUE"),
        ("sent,all,EMAIL_SENT,a=1;a=2", "the filter a is there twice"),
        (
            "sent,all,EMAIL_SENT,a=1,b=2",
            "there are more cells than columns; a comma within one needs quotes",
        ),
        (
            "sent,own,EMAIL_SENT,definitionKey=x",
            "with sends own the definitionKey is the environment's: take it out",
        ),
        (
            "sent,own,EMAIL_SENT EMAIL_OPEN,",
            (
                "EMAIL_OPEN has no definition key, so that ENS cannot tell whose send it was: put it "
                "into a row with sends all"
            ),
        ),
    ],
)
def test_mistake_in_a_row(example: Any, tmp_path: Path, row: str, sentence: str) -> None:
    """The sentence names file and line and says what is wrong, and each mistake is told."""
    said = mistakes(example, tmp_path / "rows.csv", f"{HEADER}ok,all,EMAIL_OPEN,\n\n{row}\n")

    assert said == [f"rows.csv, line 4: {sentence}.", "Nothing was changed."]


def test_names_of_several_rows(example: Any, tmp_path: Path) -> None:
    """A name that stands twice is told at its second place, beside the other mistakes."""
    rows = "a,all,EMAIL_OPEN,\nb,all,OPEN,\na,all,EMAIL_CLICK,\n"

    assert mistakes(example, tmp_path / "rows.csv", HEADER + rows) == [
        "rows.csv, line 3: there is no event type 'OPEN'; ens.EventType has their names.",
        "rows.csv, line 4: the name 'a' stands in a row above already.",
        "Nothing was changed.",
    ]


def test_as_many_rows_as_there_may_be(example: Any, tmp_path: Path) -> None:
    """ENS takes 200 subscriptions for one callback; one row more is told before it is asked."""
    rows = [f"row-{number},all,EMAIL_OPEN,\n" for number in range(201)]
    table = tmp_path / "rows.csv"
    table.write_text(HEADER + "".join(rows[:200]), encoding="utf-8")

    assert len(example.read_table(table)) == 200
    assert mistakes(example, table, HEADER + "".join(rows)) == [
        (
            "rows.csv: 201 rows are more than the 200 subscriptions that ENS takes for one callback. "
            "Put events with the same filters into one row, or give some rows a callback of their own."
        ),
        "Nothing was changed.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "rows.csv, line 1: the columns have to be name,sends,events,filters."),
        ("name;sends\n", "rows.csv, line 1: the columns have to be name,sends,events,filters."),
        (b"\xff\xfe", "rows.csv cannot be read: 'utf-8' codec can't decode byte 0xff in position"),
        (HEADER + 'a,all,"EMAIL', "rows.csv cannot be read: unexpected end of data."),
    ],
)
def test_file_that_is_no_table(
    example: Any, tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    """What is no table is told by the file."""
    assert mistakes(example, tmp_path / "rows.csv", content)[0].startswith(sentence)


def test_file_of_a_spreadsheet(example: Any, tmp_path: Path) -> None:
    """A byte order mark, line ends of Windows, quotes and blanks are read as they are meant."""
    table = tmp_path / "rows.csv"
    row = 'clicks,all," EMAIL_CLICK ","definitionKey=a,b; x=y=z "'
    table.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}{row}\n".replace("\n", "\r\n").encode())

    [read] = example.read_table(table)

    assert read.filters_for("") == {"definitionKey": "a,b", "x": "y=z"}


def test_no_file(example: Any, tmp_path: Path) -> None:
    """A table that is not there is told, too."""
    with pytest.raises(example.TableError, match=r"^rows\.csv cannot be read: .*No such file"):
        example.read_table(tmp_path / "rows.csv")


def test_types_with_a_definition_key(example: Any) -> None:
    """The types that can be told apart by their sends are those that the documentation lists."""
    listed = {kind for kind, keys in FILTER_KEYS.items() if "definitionKey" in keys}

    assert set(example._WITH_DEFINITION_KEY) == listed
