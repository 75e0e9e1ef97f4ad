"""`python -m ens_provider completion`: completion of commands and options in shells."""

import click
from click.shell_completion import get_completion_class

from ens_provider.cli.commands import COMPLETE_VARIABLE, commands

PROGRAM = "ens-provider"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a SHELL's script that completes the commands of ens-provider.

    ens-provider is python -m ens_provider under a name of its own, installed with the package; a
    shell can complete that one only. In bash: eval "$(ens-provider completion bash)".
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"There is no completion for {shell}.")
    click.echo(kind(commands, {}, PROGRAM, COMPLETE_VARIABLE).source())
