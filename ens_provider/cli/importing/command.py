"""`python -m ens_provider import`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ens_provider.cli.account import AccountOptions, account_options
from ens_provider.cli.captured_delivery import CapturedDelivery
from ens_provider.cli.exit_codes import CommandError
from ens_provider.cli.extras import MissingExtraError, require
from ens_provider.cli.importing.account_contents import read_account
from ens_provider.cli.importing.files import refuse_existing, write_both
from ens_provider.cli.importing.handed_keys import (
    HandedKey,
    by_callback,
    handed_keys,
    proved,
)
from ens_provider.lifecycle.setting_sources import PLAIN_PREFIX

if TYPE_CHECKING:
    from ens_provider.cli.importing.plan import Plan


def _checked_name(
    _context: click.Context, _parameter: click.Parameter, name: str | None
) -> str | None:
    if name is not None and not re.fullmatch(r"[A-Za-z][\w.-]*", name, re.ASCII):
        raise click.BadParameter("it is a letter, then letters, digits, dots, dashes and _.")
    return name


@click.command(name="import")
@account_options
@click.option(
    "--callback",
    "wanted",
    multiple=True,
    metavar="NAME|ID",
    help="Import this callback and its subscriptions only; may be repeated. Default: all.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where import.json and __main__.py are written; neither may exist there.",
)
@click.option(
    "--signature-key",
    "assignments",
    multiple=True,
    metavar="NAME|ID=VARIABLE",
    help="The environment variable that holds the signature key of a callback.",
)
@click.option(
    "--proof",
    "proofs",
    multiple=True,
    metavar="BODY_FILE,HEADER",
    help="A captured delivery that a handed-in key has to fit: a file with the bytes of its body, "
    "and the value of its header x-sfmc-ens-signature.",
)
@click.option(
    "--provider",
    metavar="NAME",
    callback=_checked_name,
    help="Import for an ens.Provider of this name, whose variables begin with --env-prefix.",
)
def import_command(
    account_options: AccountOptions,
    wanted: tuple[str, ...],
    out: Path,
    assignments: tuple[str, ...],
    proofs: tuple[str, ...],
    provider: str | None,
) -> None:
    """Write what an account holds as a file for `pulumi import`, and the program that matches.

    Nothing is changed in the account, and nothing that exists is overwritten.
    """
    if provider and account_options.env_prefix == PLAIN_PREFIX:
        raise click.UsageError(
            "Give --env-prefix beside --provider: a provider never reads the variables of the stack."
        )
    _require_ruff()
    refuse_existing(out)
    keys = _keys(assignments, proofs)
    plan = _plan(account_options, wanted, keys, provider=provider)
    _say_what_is_left_out(plan)
    if not plan.callbacks:
        click.echo(
            f"There is no callback to import from business unit {plan.mid}: nothing was written."
        )
        return
    _write(plan, out)
    _report(plan, out, account_options)


def _require_ruff() -> None:
    try:
        require("ruff", extra="cli", purpose="The programs that `import` writes")
    except MissingExtraError as error:
        raise CommandError(str(error)) from None


def _keys(assignments: Sequence[str], proofs: Sequence[str]) -> list[HandedKey]:
    if proofs and not assignments:
        raise click.UsageError("Give --signature-key: --proof checks the keys that are given so.")
    try:
        keys = handed_keys(assignments)
        deliveries = [CapturedDelivery.parse(each) for each in proofs]
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    return proved(keys, deliveries)


def _plan(
    options: AccountOptions,
    wanted: Sequence[str],
    keys: Sequence[HandedKey],
    *,
    provider: str | None,
) -> "Plan":
    from ens_provider.cli.importing.plan import BusinessUnit, plan_import  # noqa: PLC0415 -- it imports Pulumi's SDK

    account = options.account()
    found = read_account(account, wanted)
    handed = by_callback(keys, [each.record for each in found])
    unit = BusinessUnit(
        mid=account.mid,
        found_at=account.written_at(),
        provider=provider,
        env_prefix=options.env_prefix,
    )
    return plan_import(found, unit=unit, keys=handed)


def _say_what_is_left_out(plan: "Plan") -> None:
    from ens_provider.cli.importing.report import left_out_lines  # noqa: PLC0415 -- as above

    for line in left_out_lines(plan.left_out):
        click.echo(line, err=True)


def _write(plan: "Plan", out: Path) -> None:
    from ens_provider.cli.importing.program import formatted, program_text  # noqa: PLC0415 -- as above
    from ens_provider.resources.import_document import import_document  # noqa: PLC0415 -- as above

    provider = None if plan.provider is None else plan.provider.entry
    document = import_document(plan.entries, provider=provider)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_both(out, document=text, program=formatted(program_text(plan)))


def _report(plan: "Plan", out: Path, options: AccountOptions) -> None:
    from ens_provider.cli.importing.report import next_steps, read_lines  # noqa: PLC0415 -- as above

    for line in (*read_lines(plan), *next_steps(plan, out, options)):
        click.echo(line)
