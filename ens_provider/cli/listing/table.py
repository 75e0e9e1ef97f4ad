"""An inventory as a table that can be read in 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ens_provider.cli.counted import counted
from ens_provider.cli.listing.inventory import (
    Inventory,
    ListedCallback,
    ListedSubscription,
    Ownership,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_INDENT = 2
_ID_WIDTH = 36
_FINE = ("verified", "active")
_NO_REASON = ("", "none")


def print_inventory(inventory: Inventory, console: Console) -> None:
    """Print the callbacks, each above its subscriptions, and what is missing."""
    console.print(_text(_heading(inventory)), soft_wrap=True)
    if inventory.callbacks:
        table = _table("Callback, subscription", "Status and settings")
        for callback in inventory.callbacks:
            _add_callback(table, callback)
        _print(console, table)
    if inventory.missing:
        console.print()
        console.print(_text("Missing: a state holds it, the account does not."), soft_wrap=True)
        table = _table("Name", "Held by")
        for holding in inventory.missing:
            held = f"{'read' if holding.only_reads else 'managed'} by {holding.named()}"
            title = f"{holding.kind} {holding.object_name}"
            table.add_row(_named(title, holding.object_id), _text(held))
            table.add_row()
        _print(console, table)


def _heading(inventory: Inventory) -> str:
    subscriptions = sum(len(callback.subscriptions) for callback in inventory.callbacks)
    callbacks = counted(len(inventory.callbacks), "callback")
    return f"Business unit {inventory.mid}: {callbacks}, {counted(subscriptions, 'subscription')}"


def _table(first: str, second: str) -> Table:
    from rich.table import Table  # noqa: PLC0415 -- slow to import, and only for people

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    # An id stays whole however narrow the window is.
    table.add_column(first, min_width=_ID_WIDTH + _INDENT, overflow="fold")
    table.add_column(second, overflow="fold")
    return table


def _print(console: Console, table: Table) -> None:
    """Print an empty line and a table, without the blanks that fill its last column."""
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().split("\n")]
    console.file.write("\n" + "\n".join(lines).rstrip("\n") + "\n")


def _add_callback(table: Table, callback: ListedCallback) -> None:
    record = callback.record
    batch = [] if record.max_batch_size is None else [f"batches of up to {record.max_batch_size}"]
    settings = _settings(
        _status(record.status, record.status_reason), [record.url, *batch], callback.ownership
    )
    table.add_row(_named(record.callback_name, record.callback_id), settings)
    for subscription in callback.subscriptions:
        _add_subscription(table, subscription)
    table.add_row()


def _add_subscription(table: Table, subscription: ListedSubscription) -> None:
    from rich.padding import Padding  # noqa: PLC0415 -- slow to import, and only for people

    record = subscription.record
    settings = _settings(
        _status(record.status, record.status_reason),
        [*record.event_category_types, *record.filters],
        subscription.ownership,
    )
    name = _named(record.subscription_name, record.subscription_id)
    table.add_row(Padding(name, (0, 0, 0, _INDENT)), settings)


def _settings(status: Text, lines: list[str], ownership: Ownership | None) -> Text:
    text = status
    for line in lines:
        text = text.append("\n").append_text(_text(line))
    return text if ownership is None else text.append("\n").append_text(_owners(ownership))


def _owners(ownership: Ownership) -> Text:
    if ownership.is_unmanaged:
        return _text("unmanaged", style="yellow")
    managed = [f"managed by {holding.named()}" for holding in ownership.managed_by]
    read = [f"read by {holding.named()}" for holding in ownership.read_by]
    only = [line.replace("read by", "read only by", 1) for line in read]
    return _text("; ".join([*managed, *(read if managed else only)]))


def _status(status: str, reason: str) -> Text:
    shown = status or "(no status)"
    full = shown if reason in _NO_REASON else f"{shown}: {reason}"
    return _text(full, style="green" if status in _FINE else "yellow")


def _named(name: str, object_id: str) -> Text:
    return _text(name or "(no name)", style="bold").append("\n").append_text(_text(object_id))


def _text(text: str, *, style: str = "") -> Text:
    """Return a text of which nothing moves the cursor or hides: names are made by anybody."""
    from rich.text import Text  # noqa: PLC0415 -- slow to import, and only for people

    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return Text(visible, style=style)
