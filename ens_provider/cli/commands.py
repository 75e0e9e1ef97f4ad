"""The group of all commands."""

import click

from ens_provider._version import __version__
from ens_provider.cli.emulator import emulator
from ens_provider.cli.receiver import receiver
from ens_provider.cli.send import send
from ens_provider.cli.signing import sign_command, verify_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ens_provider")
def commands() -> None:
    """Salesforce Marketing Cloud's Event Notification Service, on your machine."""


commands.add_command(emulator)
commands.add_command(receiver)
commands.add_command(sign_command)
commands.add_command(verify_command)
commands.add_command(send)
