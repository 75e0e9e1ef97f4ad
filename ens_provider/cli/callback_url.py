"""The URL of a callback as an argument of a command."""

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.lifecycle.canonical import canonical_url


def callback_url(url: str) -> str:
    """Return the URL in canonical form.

    Raises:
        CommandError: It cannot be that of a callback. It is not repeated in the sentence: it may
            hold a password or a token.
    """
    try:
        return canonical_url(url)
    except ValueError as error:
        raise CommandError(
            f"The URL cannot be that of a callback: {error}.", exit_code=CONFIGURATION
        ) from None
