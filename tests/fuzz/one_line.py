"""What every sentence and every quoted text must be: one line that a terminal only shows."""

from __future__ import annotations

import unicodedata

# Control characters, invisible ones that turn the direction of a line, line ends, halves of
# characters.
_INTERPRETED = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def interpreted(text: str) -> list[str]:
    """Return the characters of a text that a terminal would act on instead of showing them."""
    return [character for character in text if unicodedata.category(character) in _INTERPRETED]
