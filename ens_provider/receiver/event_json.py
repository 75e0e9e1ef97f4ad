r"""Events as the service writes them.

Samples of its documentation escape `=`, `&`, `<`, `>` and `'` in texts (`\u003d`), as Google's
Gson does by default. A receiver that parses and writes again before it checks the signature gets
other bytes, so the emulator has to write them like that too.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

_ESCAPED = re.compile("[=&<>'\u2028\u2029\ud800-\udfff]")
"""What Gson escapes, and halves of characters, which UTF-8 has no bytes for."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def written(events: Sequence[Mapping[str, object]]) -> bytes:
    """Return the body of a delivery: one JSON array, without spaces, in UTF-8.

    Raises:
        ValueError: an event holds a number that JSON has no text for.
    """
    text = _ENCODER.encode(events)
    # Outside of texts JSON has none of these marks, so what is replaced stands in texts.
    return _ESCAPED.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text).encode()


def written_event(event: Mapping[str, object]) -> bytes:
    """Return one event as it stands in the body of a delivery.

    Raises:
        ValueError: it holds a number that JSON has no text for.
    """
    return written([event])[1:-1]


def batch_of(texts: Iterable[bytes]) -> bytes:
    """Return the body of a delivery of events that are written already: what `written` returns."""
    return b"[" + b",".join(texts) + b"]"
