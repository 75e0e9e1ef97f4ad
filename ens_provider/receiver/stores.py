"""Where a receiver keeps its keys: the protocols, and stores in memory.

A store is used by several threads at once, and by several processes if it lies outside of them.
Ids of callbacks are GUIDs in lower case.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

MOST_VERIFICATION_KEYS = 1000
"""How many keys of probes a folder keeps: each new one looks at all of them."""

MOST_VERIFICATION_KEYS_IN_MEMORY = 10_000


class KeyStoreError(Exception):
    """A store cannot be read or written; the sentence names the place, never a key."""


class SignatureKeySource(Protocol):
    """Where the signature keys of each callback are read, the current one first, older ones after it.

    This is all that checking deliveries needs. A source that cannot be read raises
    `KeyStoreError`, whose sentence may be logged, or anything else, of which only the kind is.
    """

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none."""
        ...

    def all(self) -> Mapping[str, tuple[str, ...]]:
        """Return the keys of every callback."""
        ...


class SignatureKeyStore(SignatureKeySource, Protocol):
    """A source of signature keys that can be changed from here, too."""

    def put(self, callback_id: str, keys: Sequence[str]) -> None:
        """Keep these keys of a callback in place of those it had."""
        ...

    def delete(self, callback_id: str) -> None:
        """Forget the keys of a callback, if it has any."""
        ...


class VerificationKeyStore(Protocol):
    """The keys that probes brought, by callback: bounded, since anybody can send a probe."""

    def setdefault(self, callback_id: str, key: str) -> str:
        """Keep the key unless the callback has one; return the one that it has now."""
        ...

    def get(self, callback_id: str) -> str | None:
        """Return the key of a callback, if one is held."""
        ...

    def delete(self, callback_id: str) -> None:
        """Forget the key of a callback, if one is held."""
        ...


class MemorySignatureKeys:
    """Signature keys in memory, for one process: `MemorySignatureKeys({callback_id: [key]})`."""

    def __init__(self, keys: Mapping[str, Sequence[str]] | None = None) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[str, ...]] = {}
        for callback_id, those in (keys or {}).items():
            self.put(callback_id, those)

    def put(self, callback_id: str, keys: Sequence[str]) -> None:
        """Keep these keys of a callback in place of those it had.

        Raises:
            TypeError: `keys` is one text instead of a list of them.
        """
        with self._lock:
            self._keys[callback_id.lower()] = key_tuple(keys)

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none."""
        with self._lock:
            return self._keys.get(callback_id.lower(), ())

    def delete(self, callback_id: str) -> None:
        """Forget the keys of a callback, if it has any."""
        with self._lock:
            self._keys.pop(callback_id.lower(), None)

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of every callback."""
        with self._lock:
            return dict(self._keys)


class MemoryVerificationKeys:
    """Verification keys in memory; beyond `most` (10,000) of them the oldest is forgotten.

    Forgetting the oldest, not refusing the newest: who floods the receiver with probes must then
    keep at it, and send `most` of them in the seconds between a genuine probe and its
    verification, instead of a few at any time. Nothing tells a forged probe from a genuine one.
    """

    def __init__(self, *, most: int = MOST_VERIFICATION_KEYS_IN_MEMORY) -> None:
        self._lock = threading.Lock()
        self._most = at_least_one(most)
        self._keys: dict[str, str] = {}

    def setdefault(self, callback_id: str, key: str) -> str:
        """Keep the key unless the callback has one; return the one that it has now."""
        with self._lock:
            held = self._keys.setdefault(callback_id.lower(), key)
            while len(self._keys) > self._most:
                del self._keys[next(iter(self._keys))]
            return held

    def get(self, callback_id: str) -> str | None:
        """Return the key of a callback, if one is held."""
        with self._lock:
            return self._keys.get(callback_id.lower())

    def delete(self, callback_id: str) -> None:
        """Forget the key of a callback, if one is held."""
        with self._lock:
            self._keys.pop(callback_id.lower(), None)


def key_tuple(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys as a store keeps them.

    Raises:
        TypeError: they are one text, whose characters would each become a key.
    """
    if isinstance(keys, (str, bytes)) or not all(isinstance(key, str) for key in keys):
        raise TypeError("keys is not a list of texts: pass a list of signature keys.")
    return tuple(keys)


def at_least_one(most: int) -> int:
    """Return the bound of a store.

    Raises:
        ValueError: it would keep nothing.
    """
    if most < 1:
        raise ValueError(f"A store keeps at least one key, not {most}.")
    return most
