"""Signature keys that are handed in, and the deliveries that prove them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ens_provider.api.records import CallbackRecord
from ens_provider.cli.captured_delivery import CapturedDelivery
from ens_provider.cli.exit_codes import CONFIGURATION, CommandError
from ens_provider.cli.importing.account_contents import one_of
from ens_provider.cli.signature_advice import advice
from ens_provider.lifecycle.values import base64_key
from ens_provider.receiver.signature import KeyReading, SignatureError, find_fit


@dataclass(frozen=True, kw_only=True)
class HandedKey:
    """A signature key out of an environment variable.

    Attributes:
        callback: The callback's name or id, as it was given.
        variable: The variable's name.
        key: The key.
        proved_as: How it has to be read to fit a delivery; None if none was there to check it.
    """

    callback: str
    variable: str
    key: str = field(repr=False)
    proved_as: KeyReading | None = None


def handed_keys(
    assignments: Sequence[str], *, environment: Mapping[str, str] = os.environ
) -> list[HandedKey]:
    """Return the keys of ``NAME|ID=VARIABLE`` texts.

    Raises:
        CommandError: A variable is not set or holds no key, or two hold the same one.
    """
    keys = [_handed(*_split(each), environment=environment) for each in assignments]
    for position, each in enumerate(keys):
        for other in keys[:position]:
            if each.key == other.key:
                raise _unusable(
                    f"The environment variables {other.variable} and {each.variable} hold the same "
                    "signature key, but every callback has its own"
                )
    return keys


def proved(keys: Sequence[HandedKey], proofs: Sequence[CapturedDelivery]) -> list[HandedKey]:
    """Return the keys with what the deliveries say of them.

    Raises:
        CommandError: A delivery cannot be read, or does not fit exactly one of the keys.
    """
    result = list(keys)
    for proof in proofs:
        body = _body(proof)
        fitting = [n for n, each in enumerate(result) if _reading(body, proof, each) is not None]
        if len(fitting) != 1:
            raise _unproved(proof, body, result, fits=len(fitting))
        [number] = fitting
        key = result[number]
        result[number] = replace(key, proved_as=_reading(body, proof, key))
    return result


def by_callback(
    keys: Sequence[HandedKey], records: Sequence[CallbackRecord]
) -> dict[str, HandedKey]:
    """Return the keys by the ids of their callbacks.

    Raises:
        CommandError: A key is for none of the callbacks, or two are for the same one.
    """
    found: dict[str, HandedKey] = {}
    for key in keys:
        callback_id = one_of(records, key.callback).callback_id
        if callback_id in found:
            raise _unusable(
                f"Two signature keys are given for callback {callback_id}: {found[callback_id].variable} "
                f"and {key.variable}"
            )
        found[callback_id] = key
    return found


def _split(assignment: str) -> tuple[str, str]:
    # Names of callbacks may hold the sign, names of variables cannot.
    callback, equals, variable = assignment.rpartition("=")
    if not (callback and equals and variable):
        raise ValueError(f"'{assignment}' is not NAME|ID=VARIABLE")
    return callback, variable


def _handed(callback: str, variable: str, *, environment: Mapping[str, str]) -> HandedKey:
    value = environment.get(variable)
    if value is None:
        raise _unusable(f"The environment variable {variable} is not set")
    try:
        key = base64_key(value)
    except ValueError as error:
        raise _unusable(
            f"The environment variable {variable} holds no signature key: {error}"
        ) from None
    return HandedKey(callback=callback, variable=variable, key=key)


def _body(proof: CapturedDelivery) -> bytes:
    try:
        return proof.file.read_bytes()
    except OSError as error:
        raise _unusable(
            f"The body of the delivery, {proof.file}, cannot be read ({error.strerror})"
        ) from None


def _reading(body: bytes, proof: CapturedDelivery, key: HandedKey) -> KeyReading | None:
    try:
        return find_fit(body, proof.signature, [key.key]).reading
    except SignatureError:
        return None


def _unproved(
    proof: CapturedDelivery, body: bytes, keys: Sequence[HandedKey], *, fits: int
) -> CommandError:
    if fits:
        return _unusable(f"The delivery in {proof.file} fits {fits} of the signature keys")
    texts = [each.key for each in keys]
    try:
        find_fit(body, proof.signature, texts)
        why = ""
    except SignatureError as error:
        why = " ".join([str(error), *advice(body, proof.signature, texts)]).rstrip(".")
    return _unusable(f"The delivery in {proof.file} proves none of the signature keys. {why}")


def _unusable(what: str) -> CommandError:
    return CommandError(f"{what}. Nothing was written.", exit_code=CONFIGURATION)
