"""`python -m ens_provider send`."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ens_provider.cli.counted import counted
from ens_provider.cli.emulator_access import (
    EmulatorUnusableError,
    address_of,
    administer,
    url_in,
)
from ens_provider.cli.event_types import (
    UnknownEventTypeError,
    UnsettableFieldError,
    resolved,
    set_field,
)
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.emulator.trouble import MOST_COPIES, ORDERS, TROUBLE_FIELDS

_MOST_EVENTS = 20_000


def _assignments(
    _context: click.Context, _parameter: click.Parameter, entries: tuple[str, ...]
) -> list[tuple[str, str]]:
    for entry in entries:
        if not entry.partition("=")[0] or "=" not in entry:
            raise click.BadParameter(f"'{entry}' is not NAME=VALUE.")
    return [(entry.partition("=")[0], entry.partition("=")[2]) for entry in entries]


def _list_types(context: click.Context, _parameter: click.Parameter, *, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo("\n".join(SAMPLES))
        context.exit()


@click.command()
@click.argument("type_name", metavar="TYPE")
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, parameter, value: _list_types(context, parameter, wanted=value),
    help="List the event types and exit.",
)
@click.option(
    "--count",
    type=click.IntRange(1, _MOST_EVENTS),
    default=1,
    show_default=True,
    help="How many events, each of another person and message.",
)
@click.option(
    "--first",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The number of the first event. The same number always makes the same event.",
)
@click.option("--definition-key", metavar="KEY", help="The definitionKey of the events.")
@click.option(
    "--set",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_assignments,
    help="Set a field of the events; dots lead into objects (info.statusCode=47).",
)
@click.option("--callback", metavar="NAME|ID", help="Deliver to this callback only.")
@click.option(
    "--copies",
    type=click.IntRange(1, MOST_COPIES),
    help="How often each batch is delivered: at least once, says the documentation.",
)
@click.option(
    "--order",
    type=click.Choice(ORDERS),
    help="In which order deliveries go out, and events stand in them.",
)
@click.option("--seed", type=int, help="Another number shuffles otherwise.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Do not wait for answers: the deliveries are on their way when the command ends.",
)
@click.option(
    "--emulator",
    "url",
    metavar="URL",
    help="Where the emulator answers; else --ready-file, else the variable ENS_EMULATOR_URL.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the emulator wrote its address into.",
)
def send(**options: Any) -> None:
    """Let events of a TYPE happen in a running emulator, which delivers them.

    TYPE is a full name (EngagementEvents.EmailOpen) or a short one that only one type has
    (EmailOpen). Exits with 0 if every event was delivered and acknowledged (or, with --no-wait, is
    on its way), else with 1.
    """
    address = _address(options["url"], options["ready_file"])
    events = _events(options)
    try:
        request: dict[str, object] = {"events": events, "wait": not options["no_wait"]}
        request |= {name: options[name] for name in TROUBLE_FIELDS if options[name] is not None}
        if options["callback"] is not None:
            request["callbackId"] = _callback_id(address, options["callback"])
        answer = administer(address, "POST", "events", request)
    except EmulatorUnusableError as error:
        raise click.ClickException(str(error)) from None
    _report(answer)


def _address(url: str | None, ready_file: Path | None) -> str:
    try:
        if url is None and ready_file is not None:
            return address_of(url_in(ready_file))
        if url or (url := os.environ.get("ENS_EMULATOR_URL")):
            return address_of(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    raise click.UsageError(
        "Say where the emulator is: --emulator URL, --ready-file FILE or the variable "
        "ENS_EMULATOR_URL."
    )


def _events(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    numbers = range(options["first"], options["first"] + options["count"])
    key = options["definition_key"]
    try:
        name = resolved(options["type_name"], SAMPLES)
        events = [sample_event(name, number=number, definition_key=key) for number in numbers]
        for event in events:
            for path, text in options["fields"]:
                set_field(event, path, text)
    except (UnknownEventTypeError, UnsettableFieldError) as error:
        raise click.UsageError(str(error)) from None
    return events


def _callback_id(address: str, wanted: str) -> str:
    callbacks: Sequence[Mapping[str, str]] = administer(address, "GET", "state", None)["callbacks"]
    found = [c["callbackId"] for c in callbacks if wanted in (c["callbackId"], c["callbackName"])]
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f"Several callbacks are called '{wanted}': give the id of one.")
    names = ", ".join(f"'{c['callbackName']}'" for c in callbacks)
    known = f"; there are {names}" if names else "; there is none"
    raise click.UsageError(f"There is no callback '{wanted}'{known}.")


def _report(answer: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for delivery in answer["deliveries"]:
        click.echo(_delivery_line(delivery))
    for miss in answer["unmatched"]:
        click.echo(
            f"{counted(miss['events'], 'event')} reached no callback: {miss['reason']}", err=True
        )
    if answer["unmatched"] or not all(map(_is_fine, answer["deliveries"])):
        raise click.exceptions.Exit(1)


def _delivery_line(delivery: Mapping[str, Any]) -> str:
    events = counted(delivery["events"], "event")
    where = f"{delivery['callbackName']} {delivery['url']}: {events}"
    copy = " (a copy)" if delivery["copyOf"] else ""
    return f"{where}{copy} {_outcome(delivery)}"


def _outcome(delivery: Mapping[str, Any]) -> str:
    if delivery["acknowledged"]:
        return f"acknowledged ({delivery['status']})"
    if delivery["reason"] is not None:
        return f"{delivery['state']}: {delivery['reason']}"
    if delivery["failure"] is not None:
        return f"not acknowledged, to be tried again: {delivery['failure']}"
    return "on the way"


def _is_fine(delivery: Mapping[str, Any]) -> bool:
    """Tell whether a delivery arrived, or is on the way to its first try."""
    on_the_way = delivery["reason"] is None and delivery["failure"] is None
    return bool(delivery["acknowledged"]) or on_the_way
