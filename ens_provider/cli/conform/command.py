"""`python -m ens_provider conform`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ens_provider.cli.ca_file_option import trusting
from ens_provider.cli.callback_url import callback_url
from ens_provider.cli.conform.catalogue import NAMES, selected
from ens_provider.cli.conform.check import BUDGET_SECONDS, Bench, Keys
from ens_provider.cli.conform.junit import write_junit
from ens_provider.cli.conform.lines import conclusion, document, print_result
from ens_provider.cli.conform.marked_events import MARK
from ens_provider.cli.conform.run import Report, run
from ens_provider.cli.conform.sending import EndpointSender, Target
from ens_provider.cli.console import console
from ens_provider.cli.exit_codes import CONFIGURATION, RESOURCE, CommandError
from ens_provider.cli.key_file import key_in
from ens_provider.cli.resolve_option import addresses
from ens_provider.receiver.signature import KeyReading, SignatureKeyError, sign

KEY_VARIABLE = "ENS_SIGNATURE_KEY"

_KEY_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.command()
@click.argument("url")
@click.option(
    "--key",
    envvar=KEY_VARIABLE,
    metavar="KEY",
    help=f"The signature key that the receiver holds. Rather set {KEY_VARIABLE} or give "
    "--key-file: other users of this machine see arguments.",
)
@click.option("--key-file", type=_KEY_FILE, help="A file that holds it.")
@click.option(
    "--previous-key-file", type=_KEY_FILE, help="A file with a key that is still accepted."
)
@click.option(
    "--retired-key-file", type=_KEY_FILE, help="A file with a key that is accepted no more."
)
@click.option(
    "--reading",
    type=click.Choice([reading.value for reading in KeyReading]),
    default=KeyReading.DECODED.value,
    show_default=True,
    help="What the HMAC key is: the bytes that the signature key is the base64 of, or its text.",
)
@click.option(
    "--callback-id",
    type=click.UUID,
    metavar="ID",
    help="The callback that the key belongs to; a forged probe of it is sent as well.",
)
@click.option(
    "--resolve",
    multiple=True,
    metavar="HOST=ADDR:PORT",
    callback=addresses,
    help="Where the URL's host is reached, instead of its own address and port 443.",
)
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False, exists=True),
    help="A CA (PEM) that is trusted beside those of this machine. ENS will not trust it.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=BUDGET_SECONDS,
    show_default=True,
    help="How long the answer to a delivery may take.",
)
@click.option(
    "--only", multiple=True, metavar="NAME", type=click.Choice(NAMES), help="Make this check."
)
@click.option(
    "--skip", multiple=True, metavar="NAME", type=click.Choice(NAMES), help="Leave it out."
)
@click.option("--strict", is_flag=True, help="Let a warning count as a failure.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the results as JUnit's XML.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def conform(*, url: str, as_json: bool, **options: Any) -> None:
    """Try whether a receiver, in whatever language, is as ENS needs it.

    URL is that of its callback: https://host/path. It is sent what ENS sends, and what ENS never
    sends: the first has to be acknowledged in time, the second refused.

    The events go through the receiver's real processing. Their keys begin with "ens-conform".

    Exits with 0 if all is as it should be, with 2 if an option cannot be used, with 4 if a check
    failed.
    """
    bench, canonical = _bench(url, options)
    checks = selected(only=options["only"], skip=options["skip"])
    click.echo(_warning(canonical), err=True)
    screen = console()
    results = run(
        checks,
        bench,
        tell=(lambda _: None) if as_json else (lambda result: print_result(result, screen)),
    )
    report = Report(url=canonical, results=tuple(results), strict=options["strict"])
    click.echo(json.dumps(document(report), indent=2) if as_json else conclusion(report))
    _write(report, options["junit"])
    if report.bad:
        raise click.exceptions.Exit(RESOURCE)


def _bench(url: str, options: dict[str, Any]) -> tuple[Bench, str]:
    target = _target(callback_url(url), options)
    sender = EndpointSender(target)
    callback_id = options["callback_id"]
    bench = Bench(
        sender=sender,
        reach=sender.reach,
        keys=_keys(options),
        callback_id=None if callback_id is None else str(callback_id),
        seconds=options["seconds"],
    )
    return bench, target.url


def _target(url: str, options: dict[str, Any]) -> Target:
    host = url.split("/")[2]
    for other in options["resolve"]:
        if other != host:
            raise click.UsageError(f"--resolve is for {other}, but the URL's host is {host}.")
    resolved = options["resolve"].get(host)
    return Target(url=url, context=trusting(options["ca_file"]), resolved=resolved)


def _keys(options: dict[str, Any]) -> Keys:
    reading = KeyReading(options["reading"])
    return Keys(
        current=_current_key(options, reading),
        previous=_key_of(options["previous_key_file"], reading),
        retired=_key_of(options["retired_key_file"], reading),
        reading=reading,
    )


def _current_key(options: dict[str, Any], reading: KeyReading) -> str:
    in_file = _key_of(options["key_file"], reading)
    if in_file is not None:
        # A variable may be set for other runs; an option that is given twice is a mistake.
        if click.get_current_context().get_parameter_source("key") is ParameterSource.COMMANDLINE:
            raise click.UsageError("The key is given twice: leave --key or --key-file out.")
        return in_file
    if not options["key"]:
        raise click.UsageError(f"The receiver's key is needed: set {KEY_VARIABLE}, or --key-file.")
    return _usable(options["key"], reading, source=f"{KEY_VARIABLE} or --key")


def _key_of(path: Path | None, reading: KeyReading) -> str | None:
    return None if path is None else _usable(key_in(path), reading, source=f"file {path}")


def _usable(key: str, reading: KeyReading, *, source: str) -> str:
    try:
        sign(b"", key, reading=reading)
    except SignatureKeyError as error:
        sentence = f"{error} It came from {source}."
        raise CommandError(sentence, exit_code=CONFIGURATION) from None
    return key


def _warning(url: str) -> str:
    return (
        f"This sends signed events to {url}, which go through the receiver's real processing. "
        f'Their keys begin with "{MARK}".'
    )


def _write(report: Report, path: Path | None) -> None:
    if path is None:
        return
    try:
        write_junit(report, path)
    except OSError as error:
        sentence = f"The file {path} cannot be written: {error.strerror or error}."
        raise CommandError(sentence) from None
