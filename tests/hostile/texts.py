"""Texts that somebody interprets: a terminal, a formatter, a shell, a template."""

from __future__ import annotations

import unicodedata

HOSTILE = {
    "escape": "a\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "c1-escape": "a\x9b31mred",
    "bell-and-backspace": "a\x07\x08\x08b",
    "line-ends": "a\nDiagnostics:\r\n  error: b\u2028c\u2029d\x0be\x85f",
    "turned": "a\u202egnp.exe\u202c\u2066b\u2069\u200f",
    "zero": "a\x00b",
    "half-a-character": "a\ud800b",
    "quotes": "a'b\"c`d",
    "percent": "100%s %d %(name)s %n",
    "braces": "{0} {subject} {error.__class__} {{",
    "dollar": "${HOME} $(id) `id`",
    "markup": "[red]a[/red] <b>b</b> **c**",
    "not-latin": "Bestellungen für Zoë 注文 🛒",
}
"""By what they hold."""

# Control characters, invisible ones that turn a line, ends of lines, halves of characters.
_INTERPRETED = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def interpreted(text: str) -> list[str]:
    """Return the characters of a text that a terminal would act on instead of showing them."""
    return [each for each in text if unicodedata.category(each) in _INTERPRETED]
