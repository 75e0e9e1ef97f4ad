"""Signing and verifying one delivery, without HTTP."""

from __future__ import annotations

import pytest

from ens_provider.receiver.signature import (
    SIGNATURE_HEADER,
    Fit,
    KeyReading,
    SignatureError,
    SignatureKeyError,
    find_fit,
    sign,
    verify,
)

BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent","timestampUTC":1600698608530,'
    b'"mid":1447640,"eid":1447640}]'
)
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
DECODED = "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="
UTF8 = "FWZ0g8vQx9TY22ekXNIpgyuWvfS5fm3l/wjqp8D860s="
NO_FIT = (
    "The signature fits none of the keys: it was made with another key, or the body is not "
    "the one that was signed."
)
UNREADABLE = "The signature is not the base64 of 32 bytes."
NO_KEY = "There is no signature key to check the signature with."


def test_vector_of_the_decoded_key() -> None:
    """A key is base64 of the HMAC key unless told otherwise."""
    assert sign(BODY, KEY) == DECODED
    assert sign(BODY, KEY, reading=KeyReading.DECODED) == DECODED


def test_vector_of_the_key_as_text() -> None:
    """The text of a key can be the HMAC key."""
    assert sign(BODY, KEY, reading=KeyReading.UTF8) == UTF8


def test_name_of_the_header() -> None:
    """The header is the service's."""
    assert SIGNATURE_HEADER == "x-sfmc-ens-signature"


@pytest.mark.parametrize("header", [DECODED, UTF8, f" {DECODED}\r\n"])
def test_either_reading_is_accepted(header: str) -> None:
    """A signature passes under both readings of the key."""
    assert verify(BODY, header, [KEY]) == KEY


@pytest.mark.parametrize("keys", [[KEY], [OTHER_KEY, KEY], ["", KEY], (OTHER_KEY, "?", KEY)])
def test_any_of_several_keys_is_accepted(keys: list[str]) -> None:
    """The key that fitted is returned, whichever it is."""
    assert verify(BODY, DECODED, keys) == KEY


def test_fit_tells_number_and_reading() -> None:
    """The numbers count from 1, unusable keys included; the key is in no repr."""
    fit = find_fit(BODY, UTF8, ["", OTHER_KEY, KEY])

    assert fit == Fit(number=3, key=KEY, reading=KeyReading.UTF8)
    assert repr(fit) == f"Fit(number=3, reading={KeyReading.UTF8!r})"


def test_key_with_blanks_around_it() -> None:
    """A key read from a file may end with a line break; it is returned as it was given."""
    assert sign(BODY, f" {KEY}\n") == DECODED
    assert verify(BODY, DECODED, [f"{KEY}\n"]) == f"{KEY}\n"


@pytest.mark.parametrize(
    ("header", "keys", "sentence"),
    [
        (None, [KEY], "There is no header x-sfmc-ens-signature."),
        ("", [KEY], UNREADABLE),
        ("nonsense", [KEY], UNREADABLE),
        ("é" * 44, [KEY], UNREADABLE),
        ("\ud800", [KEY], UNREADABLE),
        (DECODED[:-1], [KEY], UNREADABLE),
        (DECODED + DECODED, [KEY], UNREADABLE),
        # The same 32 bytes, written with another last character.
        (DECODED[:-2] + "F=", [KEY], UNREADABLE),
        (DECODED, [OTHER_KEY], NO_FIT),
        (DECODED, ["not base64"], NO_FIT),
        (DECODED, [], NO_KEY),
        (DECODED, ["", "  ", "\n"], NO_KEY),
    ],
)
def test_refused(header: str | None, keys: list[str], sentence: str) -> None:
    """Each way to be wrong has its sentence."""
    with pytest.raises(SignatureError) as refused:
        verify(BODY, header, keys)

    assert str(refused.value) == sentence


def test_changed_body_is_refused() -> None:
    """One byte more, and the signature fits no longer."""
    with pytest.raises(SignatureError, match="not the one that was signed"):
        verify(BODY + b"\n", DECODED, [KEY])


def test_signature_of_an_empty_key_is_refused() -> None:
    """What anybody can compute, the HMAC under an empty key, never passes."""
    anybodys = "gLu1jFayEV/dox+sIG3Ej9HUqAmqkGBTEaEvwcUrwYg="

    with pytest.raises(SignatureError):
        verify(BODY, anybodys, ["", "=", "====", "AA==", "\0"])


@pytest.mark.parametrize("keys", [KEY, KEY.encode()])
def test_one_text_is_no_list_of_keys(keys: str) -> None:
    """A key in place of a list is refused before its characters are tried as keys."""
    with pytest.raises(TypeError, match="pass a list of signature keys"):
        verify(BODY, DECODED, keys)


def test_key_that_is_not_configured() -> None:
    """A missing key is told as what it is."""
    with pytest.raises(TypeError, match="is a key not configured"):
        verify(BODY, DECODED, [KEY, None])  # type: ignore[list-item] # the mistake tested


def test_text_is_no_body() -> None:
    """A body that was decoded is refused, since its bytes may have been others."""
    with pytest.raises(TypeError, match="before any parsing"):
        verify(BODY.decode(), DECODED, [KEY])  # type: ignore[arg-type] # the mistake tested


@pytest.mark.parametrize(
    ("key", "reading", "sentence"),
    [
        ("", KeyReading.DECODED, "The signature key is empty."),
        (" \n", KeyReading.UTF8, "The signature key is empty."),
        ("AAAA", KeyReading.DECODED, "The signature key is empty."),
        ("not base64", KeyReading.DECODED, "The signature key is not base64."),
        ("clé", KeyReading.DECODED, "The signature key is not base64."),
        ("\ud800", KeyReading.UTF8, "The signature key is not base64."),
    ],
)
def test_unusable_key(key: str, reading: KeyReading, sentence: str) -> None:
    """Signing tells what is wrong with a key without showing it."""
    with pytest.raises(SignatureKeyError) as refused:
        sign(BODY, key, reading=reading)

    assert str(refused.value) == sentence
    assert isinstance(refused.value, ValueError)
