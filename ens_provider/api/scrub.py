"""Takes secrets out of text that the service wrote, before anybody can see it."""

from __future__ import annotations

import html
import json
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[hidden]"
"""What stands in the place of a secret."""

# Signature and verification keys: base64 of 32 bytes, as it stands or escaped for JSON or a URL.
_KEY = re.compile(r"(?:[A-Za-z0-9+/_-]|\\/|\\u002[bBfF]|%2[bBfF]){43}(?:=|\\u003[dD]|%3[dD])")


class Scrubber:
    """Knows the secrets of one client; safe to use from several threads."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._lock = threading.Lock()
        self._spellings: tuple[str, ...] = ()
        for secret in secrets:
            self.learn(secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def learn(self, secret: str | None) -> None:
        """Hide this text from now on; None and empty text are nothing to hide."""
        if not secret:
            return
        with self._lock:
            known = {*self._spellings, *_spellings(secret)}
            # A secret that contains another one goes first, or its rest would stay.
            self._spellings = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str, *, also: Iterable[str] = ()) -> str:
        """Return `text` without any secret learned, those in `also`, or anything like a key."""
        extra = [spelling for secret in also if secret for spelling in _spellings(secret)]
        for spelling in (*sorted(extra, key=len, reverse=True), *self._spellings):
            text = text.replace(spelling, HIDDEN)
        return _KEY.sub(HIDDEN, text)


def _spellings(secret: str) -> set[str]:
    """Return a secret as it may stand in plain text, on one line, in JSON, HTML and a URL."""
    escaped = json.dumps(secret)[1:-1]
    quoted = quote(secret, safe="", errors="replace")
    spellings = {secret, " ".join(secret.split()), html.escape(secret), quoted}
    return {*spellings, escaped, escaped.replace("/", "\\/")} - {""}
