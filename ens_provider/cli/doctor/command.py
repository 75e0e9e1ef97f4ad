"""The command: it makes the checks and prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ens_provider.api.errors import ConfigurationError
from ens_provider.cli.account import AccountOptions, account_options
from ens_provider.cli.console import console
from ens_provider.cli.doctor import configuration
from ens_provider.cli.doctor.account import NAMES as ACCOUNT_NAMES
from ens_provider.cli.doctor.account import account_checks
from ens_provider.cli.doctor.lines import print_report
from ens_provider.cli.doctor.pulumi_side import pulumi_checks
from ens_provider.cli.doctor.report import Check, Purpose, Report, Status, skipped

if TYPE_CHECKING:
    from ens_provider.lifecycle.settings import Settings


@click.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.UP.value,
    show_default=True,
    help="What machine and account are to be ready for: a preview, a deployment, or a scheduled "
    "look for drift, which only reads.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the checks as one JSON document.")
@account_options
def doctor(*, account_options: AccountOptions, purpose: str, as_json: bool) -> None:
    """Look at what deployments need, and say what to do about what is missing.

    Pulumi, configuration, token, permissions, business unit, clock, ENS: every check is made, also
    after one that failed, and none changes anything. Exits with 0 if none failed, otherwise with
    what failed first of: 2 configuration, clock or Pulumi, 3 token, permissions or business unit,
    4 ENS answered with an error, 1 ENS could not be reached.
    """
    report = _report(account_options, Purpose(purpose))
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        print_report(report, console())
    raise click.exceptions.Exit(report.exit_code)


def _report(options: AccountOptions, purpose: Purpose) -> Report:
    checks = pulumi_checks()
    try:
        settings = options.settings()
    except ConfigurationError as error:
        checks += configuration.unreadable(error)
        checks += skipped(ACCOUNT_NAMES, because="the configuration cannot be read")
    else:
        checks += _checks(settings, purpose, prefix=options.env_prefix)
    return Report(purpose=purpose, checks=tuple(checks))


def _checks(settings: Settings, purpose: Purpose, *, prefix: str) -> list[Check]:
    checks = configuration.configuration_checks(settings, purpose=purpose, prefix=prefix)
    if not purpose.calls_ens:
        return [*checks, *skipped(ACCOUNT_NAMES, because="a preview does not call ENS")]
    if any(check.status is Status.FAILED for check in checks):
        return [*checks, *skipped(ACCOUNT_NAMES, because="the configuration does not suffice")]
    config = settings.client_config()
    return [*checks, *account_checks(config, purpose=purpose, prefix=prefix)]
