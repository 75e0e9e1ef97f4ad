r"""Events as the service writes them.

Samples of its documentation escape `=`, `&`, `<`, `>` and `'` in texts (`\u003d`), as Google's
Gson does by default. A receiver that parses and writes again before it checks the signature gets
other bytes, so the emulator has to write them like that too.
"""

import json
import re
from collections.abc import Mapping, Sequence

_ESCAPED = re.compile("[=&<>'\u2028\u2029\ud800-\udfff]")
"""What Gson escapes, and halves of characters, which UTF-8 has no bytes for."""


def written(events: Sequence[Mapping[str, object]]) -> bytes:
    """Return the body of a delivery: one JSON array, without spaces, in UTF-8.

    Raises:
        ValueError: an event holds a number that JSON has no text for.
    """
    text = json.dumps(events, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Outside of texts JSON has none of these marks, so what is replaced stands in texts.
    return _ESCAPED.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text).encode()
