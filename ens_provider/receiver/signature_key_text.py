"""The text that signature keys are handed over in: a variable's value, or the content of a secret.

{"65b885ab-c2b4-46fe-85d0-d6cb8be8057d": ["the current key", "the one before it"]}
"""

from collections.abc import Sequence
from typing import Any

from ens_provider.receiver.bodies import BodyError, guid, parsed
from ens_provider.receiver.stores import KeyStoreError

_LONGEST_KEY = 512


def signature_keys_in(text: str, *, place: str) -> dict[str, tuple[str, ...]]:
    """Return the keys of each callback, by its id in lower case; none of a blank text.

    A callback with one key may have it as a text instead of a list, as forms for names and values
    write it.

    Args:
        text: An object in JSON.
        place: What holds the text, as a sentence names it: "The variable ENS_SIGNATURE_KEYS".

    Raises:
        KeyStoreError: the text is something else; the sentence names the place and quotes nothing.
    """
    if not text.strip():
        return {}
    try:
        content = parsed(text.encode("utf-8", "replace"))
    except BodyError:
        content = None
    if not isinstance(content, dict):
        raise KeyStoreError(
            f'{place} does not hold signature keys: put {{"callback id": [current key, previous '
            "keys]} there, in JSON."
        )
    found: dict[str, tuple[str, ...]] = {}
    for callback_id, keys in content.items():
        _add(found, callback_id, keys, place=place)
    return found


def usable_keys(keys: Sequence[object], *, place: str) -> tuple[str, ...]:
    """Return keys of one callback.

    Raises:
        KeyStoreError: one is no text, empty, longer than 512 characters, or holds a blank.
    """
    if not all(isinstance(key, str) and _is_word(key) for key in keys):
        raise KeyStoreError(
            f"{place} holds a signature key that is none: a key is a text without blanks, of at "
            f"most {_LONGEST_KEY} characters, as ENS or ens.SignatureKey gave it."
        )
    return tuple(str(key) for key in keys)


def _add(found: dict[str, tuple[str, ...]], callback_id: str, keys: Any, *, place: str) -> None:
    try:
        lower = guid(callback_id)
    except BodyError as error:
        raise KeyStoreError(
            f"{place} holds keys of something else than a callback. {error}"
        ) from None
    if lower in found:
        raise KeyStoreError(f"{place} holds callback {lower} twice: leave one of them.")
    listed = [keys] if isinstance(keys, str) else keys
    if not isinstance(listed, list):
        raise KeyStoreError(f"{place} holds no list of keys for callback {lower}: make it one.")
    found[lower] = usable_keys(listed, place=place)


def _is_word(key: str) -> bool:
    return 0 < len(key) <= _LONGEST_KEY and key.isprintable() and not any(map(str.isspace, key))
