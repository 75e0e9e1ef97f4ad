"""How commands end: exit codes in line with those of the Pulumi CLI."""

import click

from ens_provider.api.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ENSError,
    PermissionDeniedError,
)
from ens_provider.lifecycle.errors import WrongBusinessUnit

SUCCESS = 0
ERROR = 1
CONFIGURATION = 2
"""Also what click ends with for options and arguments that cannot be used."""

AUTHENTICATION = 3
RESOURCE = 4
CHANGES = 7
"""What was asked to be without differences has some."""

_CODES: tuple[tuple[type[ENSError], int], ...] = (
    (ConfigurationError, CONFIGURATION),
    (AuthenticationError, AUTHENTICATION),
    (PermissionDeniedError, AUTHENTICATION),
    (WrongBusinessUnit, AUTHENTICATION),
    (APIError, RESOURCE),
)


class CommandError(click.ClickException):
    """Ends a command with a sentence and an exit code."""

    def __init__(self, message: str, *, exit_code: int = ERROR) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click reads it from the instance


def exit_code_of(error: ENSError) -> int:
    """Return the exit code for an error of the package."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ERROR)
