"""A check as lines for people: a mark, a name, what was found, and below it what to do."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

_MARK_WIDTH = len("WARNING")


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """What is said about one check; `remedy` is empty if nothing is to be done."""

    mark: str
    name: str
    found: str
    remedy: str = ""


def lines_of(line: CheckLine, *, names: int, width: int) -> Iterator[str]:
    """Yield the lines of a check.

    Args:
        line: What is said.
        names: How many characters the names take.
        width: How many characters a line may have.
    """
    begin = f"{line.mark:<{_MARK_WIDTH}}  {line.name:<{names}}  "
    indent = " " * len(begin)
    yield from _wrapped(line.found, width, begin, indent)
    if line.remedy:
        yield from _wrapped(line.remedy, width, f"{indent}-> ", f"{indent}   ")


def _wrapped(text: str, width: int, begin: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        width=width,
        initial_indent=begin,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
