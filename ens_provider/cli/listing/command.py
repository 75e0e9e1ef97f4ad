"""`python -m ens_provider list`."""

from __future__ import annotations

import json

import click

from ens_provider.cli.account import AccountOptions, account_options
from ens_provider.cli.console import console
from ens_provider.cli.exit_codes import CHANGES, CommandError
from ens_provider.cli.listing.inventory import Inventory, take_inventory
from ens_provider.cli.listing.states import STANDARD_INPUT, holdings_in
from ens_provider.cli.listing.table import print_inventory


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="FILE",
    help="What `pulumi stack export` wrote, to mark what that stack manages; - is standard input. "
    "Several may be given. No key in it is looked at.",
)
@click.option(
    "--expect-managed",
    is_flag=True,
    help="End with 7 if something is in none of the states, or in a state and not in the account.",
)
@account_options
def list_command(
    *,
    account_options: AccountOptions,
    as_json: bool,
    states: tuple[str, ...],
    expect_managed: bool,
) -> None:
    """List the callbacks of a business unit and their subscriptions, with status.

    With --state each is marked with the resource that manages it; what the state holds and the
    account does not is listed as missing.
    """
    _check(states, expect_managed=expect_managed)
    holdings = holdings_in(states) if states else None
    inventory = take_inventory(account_options.account(), holdings)
    if as_json:
        click.echo(json.dumps(inventory.as_json(), indent=2))
    else:
        print_inventory(inventory, console())
    if expect_managed:
        _require_managed(inventory)


def _check(states: tuple[str, ...], *, expect_managed: bool) -> None:
    if expect_managed and not states:
        raise click.UsageError("--expect-managed compares with states: give at least one --state.")
    if states.count(STANDARD_INPUT) > 1:
        raise click.UsageError("Standard input is one state: give --state - once.")


def _require_managed(inventory: Inventory) -> None:
    missing = len(inventory.missing or ())
    if inventory.unmanaged or missing:
        raise CommandError(
            f"The account is not as the states say: {inventory.unmanaged} unmanaged, {missing} "
            "missing.",
            exit_code=CHANGES,
        )
