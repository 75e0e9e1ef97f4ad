"""What a captured delivery tells: how the signature key is read."""

from __future__ import annotations

from ens_provider.cli.captured_delivery import CapturedDelivery
from ens_provider.cli.discover.findings import Outcome, found, not_settled
from ens_provider.receiver.signature import KeyReading, SignatureError, find_fit

_SHOWS = {
    KeyReading.DECODED: "the signature fits the bytes that the key is the base64 of",
    KeyReading.UTF8: "the signature fits the text of the key",
}


def signature_key_encoding(captured: CapturedDelivery, key: str) -> Outcome:
    """Return how the service reads a signature key, by a delivery that was captured.

    Args:
        captured: The delivery, its body byte for byte as it came.
        key: The signature key of the callback.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        fit = find_fit(captured.file.read_bytes(), captured.signature, [key])
    except SignatureError as error:
        return not_settled(f"{error} `python -m ens_provider verify` says more.")
    return found(fit.reading.value, _SHOWS[fit.reading])
