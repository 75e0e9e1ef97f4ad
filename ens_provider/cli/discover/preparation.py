"""What is looked at, and asked of a person, before anything is made."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from ens_provider.api import operations as op
from ens_provider.api import readers
from ens_provider.api.exchanges import Exchanges
from ens_provider.cli.counted import counted
from ens_provider.cli.discover.account import Pace, Unit
from ens_provider.cli.discover.cleaning import Cleaner, Left
from ens_provider.cli.discover.names import RunName
from ens_provider.cli.discover.run import Found, left_sentence
from ens_provider.cli.exit_codes import (
    AUTHENTICATION,
    CONFIGURATION,
    ERROR,
    RESOURCE,
    CommandError,
)

Confirm = Callable[[str], None]
"""What asks a person, and raises an error if the answer is no."""

_NEEDED = (
    op.CREATE_CALLBACK,
    op.LIST_CALLBACKS,
    op.DELETE_CALLBACK,
    op.CREATE_SUBSCRIPTION,
    op.LIST_SUBSCRIPTIONS,
    op.DELETE_SUBSCRIPTION,
)


def mid_of(exchanges: Exchanges) -> str:
    """Return the MID of the business unit that the token is for.

    Raises:
        ENSError: The service does not tell it.
    """
    return readers.token_context(exchanges.send(op.TOKEN_CONTEXT)).mid


def require_scopes(exchanges: Exchanges) -> None:
    """Refuse to make what could not be removed again.

    Raises:
        CommandError: The token lacks a permission.
    """
    granted = exchanges.granted_scopes()
    missing = [] if granted is None else [each for each in _NEEDED if each.scope not in granted]
    if missing:
        raise CommandError(
            "Nothing was done: the token lacks "
            f"{', '.join(dict.fromkeys(each.permission for each in missing))}. Give the installed "
            "package these permissions in Setup; a new token shows them after up to 5 minutes.",
            exit_code=AUTHENTICATION,
        )


def confirm_start(found: Found, *, mid: str, url: str, run: RunName, confirm: Confirm) -> None:
    """Say what is going to happen where, and ask for consent."""
    there = counted(len(found.records), "callback")
    confirm(
        f"In business unit {mid}, which holds {there}, "
        f"callbacks and subscriptions named {run.prefix}-… are going to be made and removed: one "
        f"callback on {url} for the whole run, up to 5 for a moment each on that URL, below it "
        "and on a host that does not exist, and up to 5 subscriptions on them. Nothing else is "
        "touched. Go on?"
    )


def remove_earlier(unit: Unit, found: Found, *, mid: str, confirm: Confirm) -> Found:
    """Offer to remove what an earlier run left behind, and do so.

    Raises:
        CommandError: Something of it cannot be removed.
    """
    leftovers = found.leftovers
    if not leftovers:
        return found
    names = ", ".join(
        f"'{each.get('callbackName')}' ({each.get('callbackId')})" for each in leftovers
    )
    confirm(f"An earlier run left this behind in business unit {mid}: {names}. Remove it?")
    cleaner = Cleaner(unit, pace=Pace())
    left: list[Left] = []
    for record in leftovers:
        left += cleaner.remove_callback(record)
    if left:
        raise CommandError(left_sentence(left), exit_code=RESOURCE)
    return found.without(leftovers)


def asked(question: str) -> None:
    """Ask a person, and go on only after a yes.

    Raises:
        click.Abort: The question was broken off.
        CommandError: The answer was no, or there is nobody to ask.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        raise CommandError(
            "Nothing was done: there is no terminal to ask at. Say --yes to go on without a "
            "question.",
            exit_code=CONFIGURATION,
        ) from None
    if not agreed:
        raise CommandError("Nothing was done.", exit_code=ERROR)
