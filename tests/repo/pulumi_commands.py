"""The commands of the Pulumi CLI that documents show."""

from __future__ import annotations

import re
import shlex

_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_TYPED = re.compile(r"^\s*\$ pulumi (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`pulumi ([^`]+)`")


def typed(text: str) -> list[list[str]]:
    """Return the arguments of each `$ pulumi …` in the console blocks of a text, in order."""
    blocks = _CONSOLE.findall(text)
    return [shlex.split(line) for block in blocks for line in _TYPED.findall(block)]


def shown(text: str) -> list[list[str]]:
    """Return the arguments of each `pulumi …` of a text, in its blocks and in its sentences."""
    inline = [re.sub(r"\s+", " ", each).split(" ") for each in _INLINE.findall(text)]
    return [*typed(text), *inline]
