r"""Signatures of deliveries: sign and verify, side by side.

The value of the header is the base64 of the HMAC-SHA256 of the body, of its bytes as they came:
the service escapes characters in its JSON (`\u003d`), so a body that was parsed and written
again has another signature.
"""

import base64
import enum
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SIGNATURE_HEADER = "x-sfmc-ens-signature"

_DIGEST_BYTES = 32
# What the text begins with that `python -m ens_provider import` leaves where it knows no key. As
# an HMAC key it would be one that everybody knows.
_NO_KEY = "NO-SIGNATURE-KEY"
_PLACEHOLDER = (
    "The signature key is the text that an import leaves where the key is not known: put the key "
    "in its place, or declare ens.SignatureKey, which makes a new one."
)


class SignatureError(Exception):
    """The signature of a delivery is missing, unreadable, or fits no key."""


class SignatureKeyError(ValueError):
    """A signature key cannot be used: it is empty, a placeholder, or not base64 where needed."""


class KeyReading(enum.Enum):
    """What the HMAC key is: the bytes whose base64 the signature key is, or its text as it stands.

    The service's documentation leaves it open. Receivers known to work with it decode the key.
    """

    DECODED = "decoded"
    UTF8 = "utf8"


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Which key fitted: its number among those given, from 1, the key as given, and its reading."""

    number: int
    key: str = field(repr=False)
    reading: KeyReading


def sign(body: bytes, key: str, *, reading: KeyReading = KeyReading.DECODED) -> str:
    """Return the value of the signature header for a body.

    Raises:
        SignatureKeyError: the key is empty, a placeholder, or not base64 where it is to be decoded.
    """
    return _encoded(hmac.digest(_hmac_key(key, reading), body, "sha256"))


def verify(body: bytes, header: str | None, keys: Sequence[str]) -> str:
    """Return the key that the signature of a body fits; of each key both readings are tried.

    Several keys let old deliveries pass while a key is replaced. `body` is the body as it came.

    Raises:
        SignatureError: there is no signature, it is unreadable, or it fits no key.
        TypeError: `keys` is not a list of texts, or `body` is no bytes.
    """
    return find_fit(body, header, keys).key


def find_fit(body: bytes, header: str | None, keys: Sequence[str]) -> Fit:
    """Return which key and reading the signature of a body fits, as `verify` does.

    Raises:
        SignatureError: there is no signature, it is unreadable, or it fits no key.
        TypeError: `keys` is not a list of texts, or `body` is no bytes.
    """
    _check_types(body, keys)
    given = _digest_in(header)
    tried = 0
    for fit, hmac_key in _candidates(keys):
        tried += 1
        if hmac.compare_digest(hmac.digest(hmac_key, body, "sha256"), given):
            return fit
    raise SignatureError(" ".join([_no_fit(tried), *([_PLACEHOLDER] if _no_keys(keys) else [])]))


def require_signature(header: str | None) -> None:
    """Refuse a header that holds no signature at all, which no key could fit.

    Raises:
        SignatureError: there is no signature, or it is unreadable.
    """
    _digest_in(header)


def could_fit(header: str | None) -> bool:
    """Return whether a header holds a signature at all, so that some key might fit it."""
    try:
        require_signature(header)
    except SignatureError:
        return False
    return True


def _check_types(body: bytes, keys: Sequence[str]) -> None:
    # Each character of a text would be tried as a key of its own, and one character is guessed.
    if isinstance(keys, (str, bytes)):
        raise TypeError("keys is one text: pass a list of signature keys.")
    if not all(isinstance(key, str) for key in keys):
        raise TypeError("keys holds something else than texts: is a key not configured?")
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise TypeError("body must be the bytes of the request as they came, before any parsing.")


def _no_fit(tried: int) -> str:
    if not tried:
        return "There is no signature key to check the signature with."
    return (
        "The signature fits none of the keys: it was made with another key, or the body is not "
        "the one that was signed."
    )


def _no_keys(keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key.strip().startswith(_NO_KEY)]


def _candidates(keys: Sequence[str]) -> Iterator[tuple[Fit, bytes]]:
    # The reading that is known to work goes first for all keys: each of hundreds, of as many callbacks,
    # costs a pass over the whole body.
    for reading in KeyReading:
        for number, key in enumerate(keys, 1):
            try:
                hmac_key = _hmac_key(key, reading)
            except SignatureKeyError:
                continue
            yield Fit(number=number, key=key, reading=reading), hmac_key


def _hmac_key(key: str, reading: KeyReading) -> bytes:
    if _no_keys([key]):
        raise SignatureKeyError(_PLACEHOLDER)
    try:
        text = key.strip().encode()
        decoded = base64.b64decode(text, validate=True) if reading is KeyReading.DECODED else text
    except ValueError:
        # Without the cause: its message may hold the key.
        raise SignatureKeyError("The signature key is not base64.") from None
    # HMAC fills short keys up with zeros: a key of zeros alone is the empty key, which anybody has.
    if not decoded.strip(b"\0"):
        raise SignatureKeyError("The signature key is empty.")
    return decoded


def _digest_in(header: str | None) -> bytes:
    if header is None:
        raise SignatureError(f"There is no header {SIGNATURE_HEADER}.")
    try:
        text = header.strip().encode("ascii")
        digest = base64.b64decode(text, validate=True)
    except (AttributeError, TypeError, ValueError):
        digest = b""
    # Only the one canonical text of a digest is a signature.
    if len(digest) != _DIGEST_BYTES or _encoded(digest).encode() != text:
        raise SignatureError("The signature is not the base64 of 32 bytes.")
    return digest


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
