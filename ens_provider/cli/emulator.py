"""`python -m ens_provider emulator`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.cli.extras import MissingExtraError, require
from ens_provider.cli.resolve_option import addresses

if TYPE_CHECKING:
    from ens_provider.emulator.running import Settings

_FILE = click.Path(dir_okay=False, path_type=Path)


def _assignments(
    _context: click.Context, _parameter: click.Parameter, entries: tuple[str, ...]
) -> dict[str, str]:
    for entry in entries:
        if "=" not in entry:
            raise click.BadParameter(f"'{entry}' is not SWITCH=VALUE.")
    return {entry.partition("=")[0]: entry.partition("=")[2] for entry in entries}


def _rate(
    _context: click.Context, _parameter: click.Parameter, entry: str | None
) -> tuple[int, float] | None:
    if entry is None:
        return None
    requests, _, seconds = entry.partition("/")
    try:
        rate = int(requests), float(seconds)
    except ValueError:
        rate = (-1, 0.0)
    if not (rate[0] >= 0 and 0 < rate[1] < math.inf):
        raise click.BadParameter(f"'{entry}' is not REQUESTS/SECONDS.")
    return rate


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free port.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to answer at. Anything but loopback lets other machines in.",
)
@click.option("--ready-file", type=_FILE, help="Written once the emulator answers.")
@click.option(
    "--resolve",
    multiple=True,
    metavar="HOST=ADDR:PORT",
    callback=addresses,
    help="Where probes of callbacks on HOST, and deliveries to them, go.",
)
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False),
    help="A CA (PEM) that is trusted as well, from the time that the file is there.",
)
@click.option("--state", type=_FILE, help="Keep the state in this file, across restarts.")
@click.option(
    "--set",
    "switches",
    multiple=True,
    metavar="SWITCH=VALUE",
    callback=_assignments,
    help="Set what nobody knows of the service.",
)
@click.option(
    "--set-file",
    "switches_file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Set switches as this file says, a JSON object of names and values; --set wins over it.",
)
@click.option("--latency-ms", type=click.FloatRange(0), default=0, help="Wait before every answer.")
@click.option(
    "--rate-limit",
    metavar="REQUESTS/SECONDS",
    callback=_rate,
    help="Answer 429 after so many requests, until so many seconds after the first of them.",
)
@click.option(
    "--probe-timeout-seconds",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    help="How long an endpoint may take to answer the probe.",
)
@click.option(
    "--allow-network", is_flag=True, help="Reach names and addresses outside this machine too."
)
@click.option(
    "--end-with-parent",
    type=int,
    metavar="PID",
    help="End when the process of this id, which started the emulator, is gone.",
)
def emulator(**options: Any) -> None:
    """Stand in for the Event Notification Service.

    The client is "client" with the secret "secret", its business units 1234567 and 7654321.
    """
    try:
        require("aiohttp", extra="emulator", purpose="The emulator's HTTP server and probe")
        require("re2", extra="emulator", purpose="The filters of the emulator's subscriptions")
    except MissingExtraError as error:
        raise CommandError(str(error)) from None
    ca_file = options["ca_file"]
    if ca_file is not None and not Path(ca_file).exists():
        click.echo(f"{ca_file} is not there yet; it is trusted as soon as it is.", err=True)
    _run(options)


def _run(options: dict[str, Any]) -> None:
    import asyncio  # noqa: PLC0415 -- the imports wait for the check of the extra

    from ens_provider.emulator.running import run  # noqa: PLC0415 - needs the extra
    from ens_provider.emulator.state_file import StateFileError  # noqa: PLC0415 - needs the extra
    from ens_provider.emulator.switches import UnknownSwitchError  # noqa: PLC0415 - needs the extra
    from ens_provider.emulator.switches_file import SwitchesFileError  # noqa: PLC0415 - as above

    try:
        asyncio.run(run(_settings(options)))
    except (SwitchesFileError, UnknownSwitchError) as error:
        raise CommandError(str(error), exit_code=CONFIGURATION) from None
    except (OSError, StateFileError) as error:
        raise CommandError(str(error)) from None


def _settings(options: dict[str, Any]) -> "Settings":
    from ens_provider.emulator.https_post import ConnectionOptions  # noqa: PLC0415 - needs the extra
    from ens_provider.emulator.rate_limit import RateLimit  # noqa: PLC0415 - as above
    from ens_provider.emulator.running import Settings  # noqa: PLC0415 - needs the extra

    rate = options["rate_limit"]
    return Settings(
        host=options["host"],
        port=options["port"],
        ready_file=options["ready_file"],
        state_file=options["state"],
        switches=_switches(options["switches_file"]) | options["switches"],
        latency_seconds=options["latency_ms"] / 1000,
        parent_pid=options["end_with_parent"],
        probe_timeout_seconds=options["probe_timeout_seconds"],
        rate_limit=RateLimit(requests=rate[0], seconds=rate[1]) if rate else None,
        connections=ConnectionOptions(
            resolve=options["resolve"],
            ca_file=options["ca_file"],
            allow_network=options["allow_network"],
        ),
    )


def _switches(path: Path | None) -> dict[str, object]:
    from ens_provider.emulator.switches_file import read_switches  # noqa: PLC0415 - needs the extra

    return {} if path is None else read_switches(path)
