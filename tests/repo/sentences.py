"""The sentences that the package's code can say to a person, found in its source."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.repo.files import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

# The code whose sentences reach the users of a stack.
SOURCES = (
    "ens_provider/api/*.py",
    "ens_provider/lifecycle/*.py",
    "ens_provider/resources/*.py",
    "receiver_key.py",
)
GAP = "…"

# Arguments that name things for programs, or parts that other sentences are made of.
_NO_SENTENCES = {"name", "operation", "permission", "phrase", "scope", "subject"}
# Log lines that nobody sees, patterns, and formats of times.
_SILENT = {"debug", "info", "compile", "strftime", "strptime"}
_PLACEHOLDER = re.compile(r"%s|\{(?:status|subject)\}")
_FEWEST_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A text of the source, with gaps for what is filled in.

    Attributes:
        place: File and line.
        text: The text on one line; each gap is `…`.
        error: Name of the class whose constructor it is given to, or empty.
    """

    place: str
    text: str
    error: str = ""

    @property
    def parts(self) -> list[str]:
        """What must be found to know the text again: parts with three words, or all of it."""
        parts = [part.strip() for part in self.text.split(GAP)]
        return [part for part in parts if _is_said(part)] or [self.text]


def sentences() -> list[Sentence]:
    """Return every text of three words and more that is no docstring, name or silent log line."""
    return [
        sentence
        for pattern in SOURCES
        for path in sorted(REPOSITORY.glob(pattern))
        for sentence in _sentences_in(
            path.read_text(encoding="utf-8"), path.relative_to(REPOSITORY).as_posix()
        )
    ]


def one_line(text: str) -> str:
    """Return a text without line breaks, and without the marks of quotations."""
    return " ".join(re.sub(r"^ *> ?", "", text, flags=re.MULTILINE).split())


def pieces(text: str) -> list[str]:
    """Return what a quoted sentence consists of: parts of three words between its marks and gaps."""
    split = re.split(rf"{GAP}|[.:;,)] | [(]|\.$", text)
    return [piece.strip() for piece in split if _is_said(piece)]


def _is_said(text: str) -> bool:
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    return len(words) >= _FEWEST_WORDS


def _sentences_in(source: str, place: str) -> Iterator[Sentence]:
    tree = ast.parse(source)
    errors = dict(_first_arguments(tree))
    passed_over = set(_passed_over(tree))
    for node in ast.walk(tree):
        text = "" if node in passed_over else one_line(_text(node))
        if _is_said(text.replace(GAP, " ")):
            line = getattr(node, "lineno", 0)
            yield Sentence(place=f"{place}:{line}", text=text, error=errors.get(node, ""))


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        parts = (str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
        text = "".join(parts)
    else:
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return _PLACEHOLDER.sub(GAP, text)


def _first_arguments(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            yield node.args[0], node.func.id


def _passed_over(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.keyword) and node.arg in _NO_SENTENCES:
            yield from ast.walk(node.value)
        elif _is_silent(node):
            yield from ast.walk(node)


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.AnnAssign):
        return "TypeAlias" in ast.unparse(node.annotation)
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in _SILENT
