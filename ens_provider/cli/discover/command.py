"""The command: it asks, lets the experiments run, and tells what they found."""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ens_provider.api.exchanges import Exchanges
from ens_provider.api.verification_key_source import fetch_verification_key
from ens_provider.cli.account import AccountOptions, account_options
from ens_provider.cli.callback_url import callback_url
from ens_provider.cli.captured_delivery import CapturedDelivery
from ens_provider.cli.console import console
from ens_provider.cli.discover.account import Pace, Unit
from ens_provider.cli.discover.bench import WAIT_SECONDS, Bench
from ens_provider.cli.discover.delivery import signature_key_encoding
from ens_provider.cli.discover.findings import Finding, not_visible
from ens_provider.cli.discover.interruption import interruptions
from ens_provider.cli.discover.keys import KeyPlace
from ens_provider.cli.discover.names import RunName
from ens_provider.cli.discover.preparation import (
    Confirm,
    asked,
    confirm_start,
    mid_of,
    remove_earlier,
    require_scopes,
)
from ens_provider.cli.discover.report import document, print_findings, switches_of, write_switches
from ens_provider.cli.discover.run import Discovered, left_sentence, look, run_experiments
from ens_provider.cli.exit_codes import CONFIGURATION, RESOURCE, CommandError
from ens_provider.lifecycle.values import receiver_url

_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command was asked for.

    Attributes:
        url: The endpoint's URL in canonical form.
        keys: Where verification keys are, or None.
        delivery: The outcome for the captured delivery; none if there is none.
        wait_seconds: How long a write is waited for.
        confirm: What asks a person.
        pace: Time.
    """

    url: str
    keys: KeyPlace | None = None
    delivery: tuple[Finding, ...] = ()
    wait_seconds: float = WAIT_SECONDS
    confirm: Confirm = field(default=asked)
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a run is told by: the business unit, the findings, what is left."""

    mid: str
    url: str
    findings: list[Finding]
    discovered: Discovered


@click.command()
@click.argument("url")
@click.option(
    "--out", type=_FILE, help="Write the values that were found, for emulator --set-file."
)
@click.option("--force", is_flag=True, help="Overwrite that file if it is there.")
@click.option(
    "--verification-key-url",
    metavar="URL",
    help="Where the endpoint hands out verification keys; {callback_id} stands for the id.",
)
@click.option(
    "--verification-key-token-env",
    metavar="NAME",
    help="The environment variable that holds the bearer token for that address.",
)
@click.option(
    "--delivery",
    metavar="BODY_FILE,HEADER",
    help="A captured delivery: its body, and the value of its header x-sfmc-ens-signature.",
)
@click.option(
    "--signature-key-env",
    metavar="NAME",
    help="The environment variable that holds the signature key of that delivery.",
)
@click.option(
    "--timeout-seconds",
    type=click.FloatRange(0, min_open=True),
    default=WAIT_SECONDS,
    show_default=True,
    help="How long to wait until reads show a change.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@account_options
def discover(*, account_options: AccountOptions, url: str, **options: Any) -> None:
    """Find out which value of each of the emulator's switches a business unit shows.

    For a sandbox: callbacks and subscriptions named ens-discover-… are made and removed, on URL,
    an endpoint of yours that answers creation probes, and below it. Nothing else is touched, and
    what was made is removed whatever happens.

    Exits with 0 if the run was complete, with 1 if it was interrupted or the answer was no, with 2
    if an option, the URL or the file cannot be used or there is nobody to ask, with 3 if token or
    permissions do not suffice, with 4 if ENS or the endpoint refuses, or if something could not be
    removed, which is named then.
    """
    path: Path | None = options["out"]
    if path is not None and path.exists() and not options["force"]:
        raise CommandError(
            f"Nothing was done: {path} is there already. Name another file, or say --force.",
            exit_code=CONFIGURATION,
        )
    wishes = _wishes(url, options)
    with closing(Exchanges(account_options.settings().client_config())) as exchanges:
        told = discover_unit(exchanges, wishes)
    if path is not None:
        _write(path, told, force=options["force"])
    _print(told, path, as_json=options["as_json"])
    if told.discovered.left:
        raise CommandError(left_sentence(told.discovered.left), exit_code=RESOURCE)


def discover_unit(exchanges: Exchanges, wishes: Wishes) -> Told:
    """Run every experiment in the business unit of a token.

    Raises:
        CommandError: It was not begun, or ended early.
        ENSError: The service refused, or could not be reached; nothing is left.
        click.Abort: A person said no; nothing was done.
    """
    unit = Unit(exchanges)
    run = RunName.new()
    mid = mid_of(exchanges)
    require_scopes(exchanges)
    found = look(unit)
    found = remove_earlier(unit, found, mid=mid, confirm=wishes.confirm)
    found.require_free(wishes.url)
    confirm_start(found, mid=mid, url=wishes.url, run=run, confirm=wishes.confirm)
    bench = Bench(
        unit=unit,
        url=wishes.url,
        run=run,
        keys=wishes.keys,
        pace=wishes.pace,
        wait_seconds=wishes.wait_seconds,
        unit_was_empty=found.emptiness,
    )
    with interruptions(_tell) as taken:
        discovered = run_experiments(bench, tell=_tell, may_end=taken.may_end)
    findings = _sorted([*discovered.findings, *wishes.delivery])
    return Told(mid=mid, url=wishes.url, findings=findings, discovered=discovered)


def _sorted(findings: list[Finding]) -> list[Finding]:
    """Put what can never be seen last, unless a captured delivery settled it."""
    settled = {finding.switch for finding in findings}
    return findings + [finding for finding in not_visible() if finding.switch not in settled]


def _wishes(url: str, options: dict[str, Any]) -> Wishes:
    return Wishes(
        url=callback_url(url),
        keys=_keys(options["verification_key_url"], options["verification_key_token_env"]),
        delivery=_delivery(options["delivery"], options["signature_key_env"]),
        wait_seconds=options["timeout_seconds"],
        confirm=_agreed if options["yes"] else asked,
    )


def _keys(url: str | None, token_name: str | None) -> KeyPlace | None:
    if url is None:
        if token_name is not None:
            raise click.UsageError("--verification-key-token-env needs --verification-key-url.")
        return None
    try:
        place = receiver_url(url)
    except ValueError as error:
        raise click.UsageError(f"--verification-key-url cannot be used: {error}.") from None
    token = None if token_name is None else _variable(token_name)
    return KeyPlace(url=place, token=token, fetch=fetch_verification_key)


def _delivery(delivery: str | None, key_name: str | None) -> tuple[Finding, ...]:
    if delivery is None and key_name is None:
        return ()
    if delivery is None or key_name is None:
        raise click.UsageError("--delivery and --signature-key-env belong together.")
    try:
        captured = CapturedDelivery.parse(delivery)
    except ValueError:
        raise click.UsageError("--delivery is BODY_FILE,HEADER.") from None
    try:
        outcome = signature_key_encoding(captured, _variable(key_name))
    except OSError:
        raise click.UsageError(f"The body file {captured.file} cannot be read.") from None
    return (Finding(switch="signature_key_encoding", outcome=outcome),)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise click.UsageError(f"The environment variable {name} is not set.")
    return value


def _agreed(_question: str) -> None:
    return None


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _write(path: Path, told: Told, *, force: bool) -> None:
    try:
        write_switches(path, told.findings, force=force)
    except OSError as error:
        values = json.dumps(switches_of(told.findings))
        raise CommandError(
            f"{path} could not be written ({error.strerror}). It would hold {values}"
        ) from None


def _print(told: Told, path: Path | None, *, as_json: bool) -> None:
    if as_json:
        about = {"mid": told.mid, "url": told.url, "file": str(path) if path else None}
        shown = document(told.findings, left=told.discovered.left, about=about)
        click.echo(json.dumps(shown, indent=2))
        return
    print_findings(told.findings, console())
    if path is not None:
        number = len(switches_of(told.findings))
        click.echo(
            f"\n{path} holds the {number} values that were found: emulator --set-file {path}"
        )
