"""What an import leaves where it knows no signature key is never used as one."""

from __future__ import annotations

import base64
import hmac

import pytest

from ens_provider.lifecycle.values import NO_KEY
from ens_provider.receiver.signature import KeyReading, SignatureError, SignatureKeyError, sign
from ens_provider.receiver.signature import verify as verified

BODY = b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent"}]'
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
PLACEHOLDER = "NO-SIGNATURE-KEY (write the key of callback 65b885ab here)"
SENTENCE = (
    "The signature key is the text that an import leaves where the key is not known: put the key "
    "in its place, or declare ens.SignatureKey, which makes a new one."
)


def forged(key: str) -> str:
    """Return the signature that anybody can make who knows the placeholder."""
    return base64.b64encode(hmac.digest(key.encode(), BODY, "sha256")).decode()


def test_both_sides_know_the_same_beginning() -> None:
    """The receiver, which shares no code with the import, refuses what the import writes."""
    assert NO_KEY == "NO-SIGNATURE-KEY"
    assert PLACEHOLDER.startswith(NO_KEY)


@pytest.mark.parametrize("key", [PLACEHOLDER, "NO-SIGNATURE-KEY", f" {PLACEHOLDER}\n"])
def test_signature_made_with_the_placeholder(key: str) -> None:
    """A delivery that is signed with the placeholder is refused, and the refusal says why."""
    with pytest.raises(SignatureError) as caught:
        verified(BODY, forged(key.strip()), [key])

    assert str(caught.value) == f"There is no signature key to check the signature with. {SENTENCE}"


def test_placeholder_beside_a_key() -> None:
    """Beside the right key it does no harm, and beside a wrong one it is told of."""
    assert verified(BODY, sign(BODY, KEY), [PLACEHOLDER, KEY]) == KEY
    with pytest.raises(SignatureError, match=r"fits none of the keys: .* ens\.SignatureKey"):
        verified(BODY, forged(PLACEHOLDER), [KEY, PLACEHOLDER])


@pytest.mark.parametrize("reading", list(KeyReading))
def test_nothing_is_signed_with_the_placeholder(reading: KeyReading) -> None:
    """It signs nothing either."""
    with pytest.raises(SignatureKeyError) as caught:
        sign(BODY, PLACEHOLDER, reading=reading)

    assert str(caught.value) == SENTENCE
