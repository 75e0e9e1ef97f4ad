"""A signature key in a file."""

from pathlib import Path

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError


def key_in(path: Path) -> str:
    """Return the text of a key file.

    Raises:
        CommandError: It cannot be read as text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CommandError(
            f"The key file {path} cannot be read as text.", exit_code=CONFIGURATION
        ) from None
