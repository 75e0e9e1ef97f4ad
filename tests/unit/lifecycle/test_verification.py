"""A verification as a value: where the key is fetched, and what must not be shown of it."""

from __future__ import annotations

import pytest

from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle.verification import DesiredVerification, is_verified

GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "hush-hush-token"


def shown(status: str) -> CallbackRecord:
    fields = {"callbackId": GUID, "callbackName": "orders", "url": "https://receiver.test/"}
    return CallbackRecord.from_wire({**fields, "status": status})


@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        ("https://receiver.test/keys/{callback_id}", f"https://receiver.test/keys/{GUID}"),
        ("https://a.test/{callback_id}?of={callback_id}", f"https://a.test/{GUID}?of={GUID}"),
        ("https://receiver.test/key", "https://receiver.test/key"),
    ],
)
def test_the_id_is_filled_into_the_address(declared: str, asked: str) -> None:
    """Wherever it stands there, and nowhere if it does not."""
    desired = DesiredVerification(
        callback_id=GUID, verification_key_url=declared, verification_key_token=TOKEN
    )
    source = desired.source
    assert source is not None
    assert (source.url, source.callback_id, source.token) == (asked, GUID, TOKEN)


def test_without_an_address_nothing_is_fetched() -> None:
    """The key is at hand, or somebody else verifies the callback."""
    assert DesiredVerification(callback_id=GUID).source is None
    assert DesiredVerification(callback_id=GUID, verification_key=KEY).source is None


def test_key_and_token_are_not_shown() -> None:
    """In what a log or a debugger prints of it, and of the source that it becomes."""
    desired = DesiredVerification(
        callback_id=GUID,
        verification_key=KEY,
        verification_key_url="https://receiver.test/",
        verification_key_token=TOKEN,
    )
    for text in (repr(desired), str(desired), repr(desired.source)):
        assert GUID in text
        assert KEY not in text
        assert TOKEN not in text


@pytest.mark.parametrize(
    ("status", "verified"),
    [
        ("verified", True),
        ("Verified", True),
        ("unverified", False),
        ("created", False),
        ("", False),
        ("suspended", False),
        ("verified ", False),
    ],
)
def test_the_one_status_that_counts(status: str, verified: bool) -> None:
    """Whatever is not that word is not ready."""
    assert is_verified(shown(status)) is verified
