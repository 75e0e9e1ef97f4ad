"""`python -m ens_provider sign` and `verify`: signatures of deliveries, from the command line."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import click

from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.cli.key_file import key_in
from ens_provider.cli.signature_advice import advice
from ens_provider.receiver.signature import (
    SIGNATURE_HEADER,
    KeyReading,
    SignatureError,
    SignatureKeyError,
    find_fit,
    sign,
)

_KEY_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_READ_AS = {
    KeyReading.DECODED: "its base64 is decoded (reading 'decoded')",
    KeyReading.UTF8: "its text is the key (reading 'utf8')",
}
_body = click.argument("body", type=click.File("rb"), default="-")
_key_names = click.option(
    "--key-env",
    "key_names",
    multiple=True,
    metavar="NAME",
    help="An environment variable that holds a signature key.",
)
_key_files = click.option(
    "--key-file", "key_files", multiple=True, type=_KEY_FILE, help="A file that holds one."
)


@dataclass(frozen=True, kw_only=True)
class NamedKey:
    """A signature key, and where it came from."""

    source: str
    text: str = field(repr=False)


@click.command(name="sign")
@_body
@_key_names
@_key_files
@click.option(
    "--reading",
    type=click.Choice([reading.value for reading in KeyReading]),
    default=KeyReading.DECODED.value,
    show_default=True,
    help="What the HMAC key is: the bytes that the signature key is the base64 of, or its text.",
)
def sign_command(
    body: BinaryIO, key_names: tuple[str, ...], key_files: tuple[Path, ...], reading: str
) -> None:
    """Print the signature of a delivery: the value of its header x-sfmc-ens-signature.

    BODY is a file with the bytes of the body; "-", the default, is standard input.
    """
    keys = _keys(key_names, key_files)
    if len(keys) != 1:
        raise click.UsageError(
            "A delivery is signed with one key: give one --key-env or --key-file."
        )
    try:
        click.echo(sign(body.read(), keys[0].text, reading=KeyReading(reading)))
    except SignatureKeyError as error:
        sentence = f"{error} It came from {keys[0].source}."
        raise CommandError(sentence, exit_code=CONFIGURATION) from None


@click.command(name="verify")
@_body
@click.option("--signature", required=True, help=f"The value of the header {SIGNATURE_HEADER}.")
@_key_names
@_key_files
def verify_command(
    body: BinaryIO, signature: str, key_names: tuple[str, ...], key_files: tuple[Path, ...]
) -> None:
    """Check the signature of a delivery, and say which key fits and how it is read.

    BODY is a file with the bytes of the body; "-", the default, is standard input.
    """
    keys = _keys(key_names, key_files)
    content = body.read()
    texts = [key.text for key in keys]
    try:
        fit = find_fit(content, signature, texts)
    except SignatureError as error:
        raise click.ClickException(
            " ".join([str(error), *advice(content, signature, texts)])
        ) from None
    source = keys[fit.number - 1].source
    click.echo(f"The signature fits key {fit.number} ({source}): {_READ_AS[fit.reading]}.")


def _keys(names: tuple[str, ...], files: tuple[Path, ...]) -> list[NamedKey]:
    keys = [NamedKey(source=f"variable {name}", text=_variable(name)) for name in names]
    keys += [NamedKey(source=f"file {path}", text=key_in(path)) for path in files]
    if not keys:
        raise click.UsageError("A signature key is needed: give --key-env or --key-file.")
    return keys


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise CommandError(f"The environment variable {name} is not set.", exit_code=CONFIGURATION)
    return value
