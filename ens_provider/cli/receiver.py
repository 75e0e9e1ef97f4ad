"""`python -m ens_provider receiver`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.cli.extras import MissingExtraError, require

if TYPE_CHECKING:
    from ens_provider.receiver import Probe

TOKEN_VARIABLE = "ENS_RECEIVER_TOKEN"  # noqa: S105 -- the name of a variable

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free port.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to answer at. Anything but loopback lets other machines in.",
)
@click.option("--ready-file", type=_FILE, help="Written once the receiver answers.")
@click.option(
    "--token",
    envvar=TOKEN_VARIABLE,
    help=f"Lets its holder fetch and put keys. Rather set {TOKEN_VARIABLE}: other users of this "
    "machine see arguments.",
)
@click.option("--keys", type=_FOLDER, help="Keep keys and certificate here, across restarts.")
@click.option(
    "--host-name",
    "host_names",
    multiple=True,
    default=("receiver.test",),
    show_default=True,
    help="The name in the callback's URL and in the certificate; several may be given.",
)
@click.option(
    "--verify-self",
    is_flag=True,
    help="Verify each callback inside its probe, with the credentials of SFMC_*.",
)
@click.option(
    "--quarantine",
    is_flag=True,
    help="Hold deliveries that fit no key, and accept them once a key that fits is put.",
)
@click.option(
    "--end-with-parent",
    type=int,
    metavar="PID",
    help="End when the process of this id, which started the receiver, is gone.",
)
def receiver(**options: Any) -> None:
    """Receive notifications over TLS on this machine: probes, keys and events."""
    try:
        require("trustme", extra="receiver", purpose="The receiver's certificates")
    except MissingExtraError as error:
        raise click.ClickException(str(error)) from None
    if not options["token"]:
        raise click.UsageError(f"The receiver needs a token: set {TOKEN_VARIABLE}.")
    _run(options)


def _run(options: dict[str, Any]) -> None:
    # The imports wait for the check of the extra.
    from ens_provider.cli.receiver_running import Settings, run  # noqa: PLC0415 - needs the extra
    from ens_provider.receiver import KeyStoreError  # noqa: PLC0415 - belongs to the line above

    settings = Settings(
        host=options["host"],
        port=options["port"],
        token=options["token"],
        host_names=options["host_names"],
        ready_file=options["ready_file"],
        keys=options["keys"],
        verify_probe=_verification() if options["verify_self"] else None,
        quarantine=options["quarantine"],
        parent_pid=options["end_with_parent"],
    )
    try:
        run(settings)
    except (OSError, KeyStoreError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _verification() -> "Callable[[Probe], object]":
    # Only a receiver that verifies itself needs what calls the service.
    from ens_provider.receiver.self_verification import SelfVerification  # noqa: PLC0415 - see above

    try:
        verify = SelfVerification.from_environment()
    except ValueError as error:
        raise CommandError(f"--verify-self: {error}", exit_code=CONFIGURATION) from None

    def verify_and_tell(probe: "Probe") -> None:
        verify(probe)
        print(f"Verified callback {probe.callback_id}.", flush=True)

    return verify_and_tell
