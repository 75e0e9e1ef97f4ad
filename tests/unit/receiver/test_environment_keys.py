"""Signature keys in an environment variable."""

from __future__ import annotations

import json

import pytest

from ens_provider.receiver import KeyStoreError, Receiver, sign
from ens_provider.receiver.environment import EnvironmentSignatureKeys
from tests.unit.receiver.world import BODY, KEY, MAILS, OLD_KEY, ORDERS, SECRETS

ALONE = (
    "does not hold an object in JSON. A key alone does not tell whose it is: write "
    '{"callback id": ["key"]}, or give the receiver the callback_id.'
)
NO_KEYS = 'does not hold signature keys: put {"callback id": [current key, previous keys]} there, in JSON.'
NO_CALLBACK = (
    "holds keys of something else than a callback. The id of a callback is a GUID, such as "
    "65b885ab-c2b4-46fe-85d0-d6cb8be8057d."
)
TWICE = f"holds callback {ORDERS} twice: leave one of them."
NO_LIST = f"holds no list of keys for callback {ORDERS}: make it one."
NO_KEY = (
    "holds a signature key that is none: a key is a text without blanks, of at most 512 "
    "characters, as ENS or ens.SignatureKey gave it."
)


def test_keys_of_several_callbacks() -> None:
    """Ids count in any case; a lone key needs no list; a callback without keys has none."""
    text = json.dumps({ORDERS.upper(): [KEY, OLD_KEY], MAILS: KEY})
    keys = EnvironmentSignatureKeys(environ={"ENS_SIGNATURE_KEYS": text})

    assert keys.all() == {ORDERS: (KEY, OLD_KEY), MAILS: (KEY,)}
    assert keys.get(ORDERS.upper()) == (KEY, OLD_KEY)
    assert keys.get("00000000-0000-4000-8000-000000000000") == ()


@pytest.mark.parametrize("environ", [{}, {"ENS_SIGNATURE_KEYS": ""}, {"ENS_SIGNATURE_KEYS": " \n"}])
def test_no_keys_yet(environ: dict[str, str]) -> None:
    """Before the first key there is none, and the probe is answered all the same."""
    keys = EnvironmentSignatureKeys(environ=environ)
    probe = json.dumps({"callbackId": ORDERS, "verificationKey": KEY}).encode()
    answered = Receiver(lambda _delivery: None, signature_keys=keys).handle("POST", "/", {}, probe)

    assert (keys.all(), keys.get(ORDERS)) == ({}, ())
    assert answered.status == 200


def test_keys_of_one_callback_as_they_are() -> None:
    """Who says whose they are may write keys without JSON."""
    environ = {"KEYS": f" {KEY}, {OLD_KEY}\n"}
    keys = EnvironmentSignatureKeys("KEYS", environ=environ, callback_id=ORDERS.upper())

    assert keys.all() == {ORDERS: (KEY, OLD_KEY)}


def test_change_counts_at_once() -> None:
    """The variable is read for each delivery."""
    environ = {"ENS_SIGNATURE_KEYS": json.dumps({ORDERS: [OLD_KEY]})}
    keys = EnvironmentSignatureKeys(environ=environ)
    receiver = Receiver(lambda _delivery: None, signature_keys=keys)
    signed = {"x-sfmc-ens-signature": sign(BODY, KEY)}

    before = receiver.handle("POST", "/", signed, BODY).status
    environ["ENS_SIGNATURE_KEYS"] = json.dumps({ORDERS: [KEY, OLD_KEY]})

    assert (before, receiver.handle("POST", "/", signed, BODY).status) == (503, 200)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (KEY, ALONE),
        ("[1]", ALONE),
        ('{"a": ', NO_KEYS),
        (json.dumps({KEY: [KEY]}), NO_CALLBACK),
        (json.dumps({ORDERS: [KEY], ORDERS.upper(): [OLD_KEY]}), TWICE),
        (json.dumps({ORDERS: {"key": KEY}}), NO_LIST),
        *(
            (json.dumps({ORDERS: [KEY, wrong]}), NO_KEY)
            for wrong in ("", 5, None, f"{KEY} {OLD_KEY}", "k" * 513)
        ),
    ],
)
def test_something_else_than_keys(text: str, sentence: str) -> None:
    """What is wrong is said in a sentence that quotes no key."""
    keys = EnvironmentSignatureKeys(environ={"ENS_SIGNATURE_KEYS": text})

    with pytest.raises(KeyStoreError) as caught:
        keys.all()

    assert str(caught.value) == f"The variable ENS_SIGNATURE_KEYS {sentence}"
    assert [secret for secret in SECRETS if secret in str(caught.value)] == []
    # Nor may a traceback lead to it.
    assert caught.value.__cause__ is None


def test_blank_among_the_keys_of_one_callback() -> None:
    """Keys that nothing parts but a blank are no key."""
    keys = EnvironmentSignatureKeys(
        "KEYS", environ={"KEYS": f"{KEY} {OLD_KEY}"}, callback_id=ORDERS
    )

    with pytest.raises(KeyStoreError, match="a signature key that is none"):
        keys.all()


def test_callback_id_that_is_none() -> None:
    """A wrong id is told when the receiver is made."""
    with pytest.raises(ValueError, match="The id of a callback is a GUID"):
        EnvironmentSignatureKeys(callback_id="orders")


def test_unreadable_keys_acknowledge_nothing() -> None:
    """While the keys cannot be read, a delivery is refused and comes again."""
    keys = EnvironmentSignatureKeys(environ={"ENS_SIGNATURE_KEYS": "{"})
    receiver = Receiver(lambda _delivery: None, signature_keys=keys)
    signed = {"x-sfmc-ens-signature": sign(BODY, KEY)}

    assert receiver.handle("POST", "/", signed, BODY).status == 500
