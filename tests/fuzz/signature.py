"""The check of a delivery's signature.

An input is three lines, keys (separated by blanks), header and the body, which may hold lines of
its own. A header of `sign` or `sign-text` stands for the genuine one of the first key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from ens_provider.receiver.signature import SignatureError, find_fit, verify


def check_signature(data: bytes) -> None:
    """Either `verify` returns a key whose HMAC the header is, or it raises its one exception."""
    keys_line, _, rest = data.partition(b"\n")
    header_line, _, body = rest.partition(b"\n")
    keys = keys_line.decode("utf-8", "surrogateescape").split(" ")
    header = _header(header_line, keys[0], body)
    genuine = header.strip() in {made for key in keys for made in _signatures(key, body)}
    fitting = _fitting_key(body, header, keys)
    assert genuine == (fitting is not None), "genuine and refused, or accepted and made by no key"
    if fitting is not None:
        assert fitting in keys
        assert find_fit(body, header, keys).key == fitting


def _fitting_key(body: bytes, header: str, keys: list[str]) -> str | None:
    try:
        return verify(body, header, keys)
    except SignatureError:
        return None


def _header(line: bytes, first_key: str, body: bytes) -> str:
    made = _signatures(first_key, body)
    if line == b"sign" and made:
        return made[0]
    if line == b"sign-text" and made:
        return made[-1]
    return line.decode("utf-8", "surrogateescape")


def _signatures(key: str, body: bytes) -> list[str]:
    """Return the signatures that a key may make, by the standard library alone."""
    if key.strip().startswith("NO-SIGNATURE-KEY"):
        return []
    try:
        text = key.strip().encode()
    except UnicodeEncodeError:
        return []
    candidates = [_decoded(text), text]
    return [_signature(each, body) for each in candidates if each and each.strip(b"\0")]


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _signature(key: bytes, body: bytes) -> str:
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
