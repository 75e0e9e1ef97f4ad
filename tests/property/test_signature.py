"""Signatures for any body, header and key: verifying returns a key or raises its one exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ens_provider.receiver.signature import (
    KeyReading,
    SignatureError,
    SignatureKeyError,
    sign,
    verify,
)

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="

bodies = st.binary(max_size=400)
base64_texts = st.text(alphabet="AZaz09+/=", max_size=48)
texts = st.one_of(st.text(max_size=60), base64_texts, st.text(st.characters(), max_size=60))
strange = st.one_of(st.binary(max_size=48), st.integers(), st.floats(), st.lists(st.text()))
headers = st.one_of(st.none(), texts, strange)
readings = st.sampled_from(KeyReading)
random_keys = st.lists(texts, max_size=4)


@given(body=bodies, header=headers, keys=random_keys)
def test_only_signature_errors_are_raised(body: bytes, header: Any, keys: list[str]) -> None:
    """Whatever comes in, a key of the list is returned or the one exception is raised."""
    try:
        fitted = verify(body, header, keys)
    except SignatureError:
        return

    assert fitted in keys


@given(body=bodies, header=headers)
def test_no_header_passes_without_the_key(body: bytes, header: Any) -> None:
    """Nothing that was made without the key is accepted."""
    with pytest.raises(SignatureError):
        verify(body, header, [KEY])


@given(body=bodies, key=texts, others=random_keys, reading=readings)
def test_what_is_signed_verifies(
    body: bytes, key: str, others: list[str], reading: KeyReading
) -> None:
    """Each key that signs verifies, in both readings and wherever it stands in the list."""
    try:
        header = sign(body, key, reading=reading)
    except SignatureKeyError:
        return

    assert verify(body, header, [key]) == key
    assert verify(body, header, [*others, key]) in {*others, key}


@given(body=bodies, other=bodies, reading=readings)
def test_another_body_does_not_verify(body: bytes, other: bytes, reading: KeyReading) -> None:
    """A signature belongs to the bytes of one body."""
    header = sign(body, KEY, reading=reading)
    if other == body:
        assert verify(other, header, [KEY]) == KEY
    else:
        with pytest.raises(SignatureError):
            verify(other, header, [KEY])
