"""The group of all commands, each imported when it is asked for."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from ens_provider._version import __version__
from ens_provider.api.errors import ENSError
from ens_provider.cli.exit_codes import CommandError, exit_code_of

COMPLETE_VARIABLE = "_ENS_PROVIDER_COMPLETE"
"""The variable in which a shell asks for completions."""

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "completion": ("completion", "completion"),
        "conform": ("conform.command", "conform"),
        "discover": ("discover.command", "discover"),
        "doctor": ("doctor.command", "doctor"),
        "emulator": ("emulator", "emulator"),
        "import": ("importing.command", "import_command"),
        "list": ("listing.command", "list_command"),
        "probe": ("probe.command", "probe"),
        "receiver": ("receiver", "receiver"),
        "send": ("send", "send"),
        "sign": ("signing", "sign_command"),
        "verify": ("signing", "verify_command"),
    }
)
"""Every command: the module of this folder that has it, and its name there."""


class CommandGroup(click.Group):
    """Finds commands by name, and turns errors of the package into sentences and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names of all commands, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        """Import the command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"ens_provider.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the package ends it as the table of exit codes says."""
        try:
            return super().invoke(ctx)
        except ENSError as error:
            raise CommandError(str(error), exit_code=exit_code_of(error)) from None


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ens_provider")
def commands() -> None:
    """Salesforce Marketing Cloud's Event Notification Service: accounts and your own machine."""
