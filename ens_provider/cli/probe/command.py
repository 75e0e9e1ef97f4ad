"""`python -m ens_provider probe`."""

from __future__ import annotations

import json
from typing import Any

import click

from ens_provider.cli.ca_file_option import trusting
from ens_provider.cli.callback_url import callback_url
from ens_provider.cli.exit_codes import RESOURCE, CommandError
from ens_provider.cli.probe.steps import (
    PROBE_TIMEOUT_SECONDS,
    Probed,
    Step,
    Target,
    probe_endpoint,
)
from ens_provider.cli.resolve_option import addresses

_MILLISECONDS = 1000


@click.command()
@click.argument("url")
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False, exists=True),
    help="A CA (PEM) that is trusted beside those of this machine. ENS will not trust it.",
)
@click.option(
    "--resolve",
    multiple=True,
    metavar="HOST=ADDR:PORT",
    callback=addresses,
    help="Where the URL's host is reached, instead of its own address and port 443.",
)
@click.option(
    "--timeout-seconds",
    type=click.FloatRange(0, min_open=True),
    default=PROBE_TIMEOUT_SECONDS,
    show_default=True,
    help="How long everything may take together.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def probe(*, url: str, as_json: bool, **options: Any) -> None:
    """Do with a URL what ENS does when a callback is created, and explain a failure.

    URL is that of a callback: https://host/path. It is looked up, connected to, checked for its
    certificate, and sent a POST that has to be answered with exactly 200 within 30 seconds.

    Exits with 0 if the endpoint answers so, with 2 if the URL cannot be a callback's, with 4 if
    ENS would refuse the endpoint.
    """
    target = _target(url, options)
    probed = probe_endpoint(target, tell=(lambda _: None) if as_json else _tell)
    if as_json:
        click.echo(json.dumps(_document(target, probed), indent=2))
    elif probed.failure is None:
        click.echo("ENS would take this endpoint.")
    if probed.posted and not as_json:
        click.echo(_note(probed), err=True)
    if probed.failure is not None:
        if as_json:
            raise click.exceptions.Exit(RESOURCE)
        raise CommandError(_sentence(target, probed), exit_code=RESOURCE)


def _target(url: str, options: dict[str, Any]) -> Target:
    canonical = callback_url(url)
    target = Target(
        url=canonical,
        context=trusting(options["ca_file"]),
        timeout_seconds=options["timeout_seconds"],
        resolved=options["resolve"].get(canonical.split("/")[2]),
    )
    for host in options["resolve"]:
        if host != target.host:
            raise click.UsageError(f"--resolve is for {host}, but the URL's host is {target.host}.")
    return target


def _tell(step: Step) -> None:
    state = "ok" if step.ok else "FAILED"
    time_taken = f"{step.seconds * _MILLISECONDS:.0f} ms"
    click.echo(f"{step.name:<5} {state:<7} {time_taken:>9}  {step.detail}")
    for warning in step.warnings:
        click.echo(f"{'':<5} WARNING {'':>9}  {warning}")


def _sentence(target: Target, probed: Probed) -> str:
    failure = probed.failure
    assert failure is not None  # noqa: S101 -- asked for after a failure only
    return f"ENS could not verify the endpoint {target.url} ({failure.quoted()}): {failure.explanation()}."


def _note(probed: Probed) -> str:
    return (
        f"The endpoint was sent a key for callback {probed.callback_id}, which does not exist: a "
        "receiver may keep that key, which is good for nothing."
    )


def _document(target: Target, probed: Probed) -> dict[str, object]:
    failure = probed.failure
    told = failure and {
        "status": failure.status,
        "detail": failure.detail,
        "explanation": failure.explanation(),
    }
    return {
        "url": target.url,
        "ok": failure is None,
        "callback_id": probed.callback_id,
        "steps": [
            {
                "step": step.name,
                "ok": step.ok,
                "seconds": round(step.seconds, 3),
                "detail": step.detail,
                "warnings": step.warnings,
            }
            for step in probed.steps
        ],
        "failure": told,
    }
