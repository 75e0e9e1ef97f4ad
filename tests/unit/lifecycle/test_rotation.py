"""A signature key as a value: what tells keys apart, what is remembered and what is not shown."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConnectionLostError
from ens_provider.api.records import CallbackRecord, TokenContext
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.errors import AlreadyPresent
from ens_provider.lifecycle.rotation import ManagedKey, create_key, forget_keys, rotate_key

GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
NOW = 1_700_000_000.0


class Client:
    """Gives out the keys `key-1`, `key-2` …; loses the answer of the next call if told to."""

    def __init__(self) -> None:
        """Begin with no key given out."""
        self.given_out = 0
        self.loses_next = False

    def now(self) -> float:
        """Return the service's time."""
        return NOW

    def list_callbacks(self) -> list[CallbackRecord]:
        """List nothing: making a key needs no list."""
        raise NotImplementedError

    def token_context(self) -> TokenContext:
        """Tell nothing: the business unit is configured."""
        raise NotImplementedError

    def regenerate_signature_key(self, callback_id: str) -> CallbackRecord:
        """Make a key."""
        self.given_out += 1
        if self.loses_next:
            self.loses_next = False
            raise ConnectionLostError("it closed the connection.")
        fields = {"callbackId": callback_id, "callbackName": "orders", "url": "https://a.test/"}
        return CallbackRecord.from_wire({**fields, "signatureKey": f"key-{self.given_out}"})


def account_of(client: Client) -> Account:
    config = ClientConfig(
        client_id="client",
        client_secret="secret",
        account_id="1234567",
        auth_url="http://127.0.0.1:1",
        rest_url="http://127.0.0.1:1",
    )
    return Account(config, client=cast("ENSClient", client))


def managed(key: str, *previous: str) -> ManagedKey:
    return ManagedKey(
        callback_id=GUID, key=key, previous_keys=previous, rotated_at="", mid="1234567"
    )


@pytest.mark.parametrize(
    ("key", "fingerprint"),
    [
        ("V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M=", "94ed70916ed5a56a"),
        ("KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0=", "898703ba823bdcc4"),
    ],
)
def test_the_fingerprint_is_the_beginning_of_the_digest_of_the_keys_text(
    key: str, fingerprint: str
) -> None:
    """As `printf %s KEY | sha256sum` prints it."""
    assert managed(key).fingerprint == fingerprint


def test_no_key_is_shown() -> None:
    """In what a log or a debugger prints."""
    text = repr(managed("key-2", "key-1", "key-0"))
    assert GUID in text
    assert "key-" not in text


@pytest.mark.parametrize(
    ("keep", "kept"), [(3, ("c", "b", "a")), (2, ("c", "b")), (1, ("c",)), (0, ())]
)
def test_forgetting_keeps_the_newest(keep: int, kept: tuple[str, ...]) -> None:
    """And the present key and its time in any case."""
    current = managed("d", "c", "b", "a")
    assert forget_keys(current, keep_previous=keep) == managed("d", *kept)


def test_a_lost_answer_takes_the_claim_back() -> None:
    """The next attempt of the same resource is not taken for a second one."""
    client = Client()
    account = account_of(client)
    client.loses_next = True
    with pytest.raises(ConnectionLostError):
        create_key(account, GUID, known_key=None, keep_previous=2)
    assert create_key(account, GUID, known_key=None, keep_previous=2).key == "key-2"
    with pytest.raises(AlreadyPresent):
        create_key(account, GUID, known_key=None, keep_previous=2)
    assert client.given_out == 2


@given(
    known=st.none() | st.just("known"),
    first=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4))),
)
def test_what_is_remembered_after_any_changes(
    known: str | None, first: int, steps: list[tuple[bool, bool, int]]
) -> None:
    """The present key is the last one made; the previous ones are those that were in the state.

    Each step is a rotation or a change of how many are kept; an answer of a rotation may be lost,
    which leaves the state as it is, and is asked for again.
    """
    client = Client()
    account = account_of(client)
    current = create_key(account, GUID, known_key=known, keep_previous=first)
    expected = [known][:first] if known else []
    for rotates, is_lost, keep in steps:
        before = current.key
        if not rotates:
            current = forget_keys(current, keep_previous=keep)
            expected = expected[:keep]
            continue
        if is_lost:
            client.loses_next = True
            with pytest.raises(ConnectionLostError):
                rotate_key(account, current, keep_previous=keep)
        current = rotate_key(account, current, keep_previous=keep)
        expected = [before, *expected][:keep]
        assert current.key == f"key-{client.given_out}"
        assert current.rotated_at == "2023-11-14T22:13:20Z"
    assert list(current.previous_keys) == expected
    assert current.key not in current.previous_keys
