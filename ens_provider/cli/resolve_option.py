"""The option `--resolve HOST=ADDR:PORT`: where a host name leads to."""

import click


def addresses(
    _context: click.Context, _parameter: click.Parameter, entries: tuple[str, ...]
) -> dict[str, tuple[str, int]]:
    """Return address and port by host name in lower case, for click.

    Raises:
        click.BadParameter: An entry is not HOST=ADDR:PORT.
    """
    return dict(_address(entry) for entry in entries)


def _address(entry: str) -> tuple[str, tuple[str, int]]:
    name, equals, target = entry.partition("=")
    address, colon, port = target.rpartition(":")
    if not (name and equals and address and colon and port.isdecimal()):
        raise click.BadParameter(f"'{entry}' is not HOST=ADDR:PORT.")
    return name.lower(), (address.strip("[]"), int(port))
