"""The account that a command works in: options, environment and stack configuration."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ens_provider.api.errors import ConfigurationError
from ens_provider.cli.stack_configuration import is_in_project, stack_configuration
from ens_provider.lifecycle.account import Account, account_for
from ens_provider.lifecycle.setting_sources import PLAIN_PREFIX, require_env_prefix
from ens_provider.lifecycle.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class AccountOptions:
    """Where a command takes the account from.

    Attributes:
        stack: The stack whose configuration counts beside the environment; None is the selected
            one, if the environment does not suffice.
        folder: The folder of the Pulumi project.
        env_prefix: What the environment variables begin with; any but ``SFMC_`` is the prefix of
            an `ens.Provider`, for which the stack's own keys do not count.
    """

    stack: str | None
    folder: Path
    env_prefix: str

    def settings(self, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings of the account.

        Raises:
            ConfigurationError: The stack's configuration is needed and cannot be read.
        """
        alone = Settings(environment=environment, stack=_nothing, prefix=self.env_prefix)
        if self.env_prefix != PLAIN_PREFIX:
            return alone
        if self.stack is None and (_suffices(alone) or not is_in_project(self.folder)):
            return alone
        values = stack_configuration(self.folder, stack=self.stack)
        return Settings(environment=environment, stack=values.get, prefix=self.env_prefix)

    def account(self) -> Account:
        """Return the account.

        Raises:
            ConfigurationError: Something needed is missing or malformed.
        """
        return account_for(self.settings().client_config())


def account_options(command: _Command) -> _Command:
    """Give a command the options of `AccountOptions`; it takes them as `account_options`."""

    @click.pass_context
    def with_account(context: click.Context, /, **given: Any) -> Any:
        options = AccountOptions(
            stack=given.pop("stack"), folder=given.pop("folder"), env_prefix=given.pop("env_prefix")
        )
        if options.stack and options.env_prefix != PLAIN_PREFIX:
            raise click.UsageError(
                "Give --stack or --env-prefix: a further business unit is configured in the "
                "environment alone.",
                context,
            )
        return context.invoke(command, account_options=options, **given)

    with_account.__doc__ = command.__doc__
    with_account.__name__ = command.__name__
    with_account.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined] # click keeps options there
    for option in reversed(_OPTIONS):
        with_account = option(with_account)
    return with_account  # type: ignore[return-value] # click's decorators keep the signature


def _checked_prefix(_context: click.Context, _parameter: click.Parameter, prefix: str) -> str:
    if prefix == PLAIN_PREFIX:
        return prefix
    try:
        return require_env_prefix(prefix)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "-s",
        "--stack",
        metavar="NAME",
        help="Take what the environment does not hold from this stack's configuration. "
        "Default: the selected stack.",
    ),
    click.option(
        "-C",
        "--cwd",
        "folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        metavar="FOLDER",
        help="The folder of the Pulumi project. Default: this folder.",
    ),
    click.option(
        "--env-prefix",
        default=PLAIN_PREFIX,
        metavar="PREFIX",
        callback=_checked_prefix,
        show_default=True,
        help="What the environment variables begin with, for a further business unit.",
    ),
)


def _nothing(_key: str) -> None:
    return None


def _suffices(settings: Settings) -> bool:
    try:
        settings.client_config()
    except ConfigurationError:
        return False
    return True
