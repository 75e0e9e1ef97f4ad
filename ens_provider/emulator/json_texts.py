"""JSON of what lists show, written once for as long as nothing in it changes."""

import json
from collections.abc import Callable, Iterable

_MOST_TEXTS = 10_000


class JSONTexts:
    """Texts by the id of what they show, each kept with what it was made of.

    Beyond `most` (10,000) of them all are forgotten, those of deleted objects among them.
    """

    def __init__(self, *, most: int = _MOST_TEXTS) -> None:
        self._most = most
        self._kept: dict[str, tuple[tuple[object, ...], str]] = {}

    def text(self, key: str, shown: Callable[..., object], *parts: object) -> str:
        """Return the JSON of `shown(*parts)`, which always shows equal parts alike."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == parts:
            return kept[1]
        if len(self._kept) >= self._most:
            self._kept.clear()
        text = json.dumps(shown(*parts))
        self._kept[key] = (parts, text)
        return text


def array_of(texts: Iterable[str]) -> str:
    """Return the JSON array of elements that are JSON already, as `json.dumps` writes it."""
    return f"[{', '.join(texts)}]"
