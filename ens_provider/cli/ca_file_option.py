"""The option `--ca-file PEM`: whom to trust beside the authorities of this machine."""

import ssl

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.cli.probe.connection import tls_context


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of this machine, and those of the file.

    Raises:
        CommandError: The file holds none.
    """
    try:
        return tls_context(ca_file)
    except OSError:
        raise CommandError(
            f"The CA file {ca_file} holds no certificate in PEM form.", exit_code=CONFIGURATION
        ) from None
