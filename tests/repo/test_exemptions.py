"""Every exemption from a check gives its reason where it stands."""

from __future__ import annotations

import re

from tests.repo.files import REPOSITORY, repository_files, text_of

# An exemption is a comment; its reason stands after the codes.
_NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)")
_IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<rest>.*)")
_NOQA_REASON = re.compile(r":\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*\W+.*[a-z]{3}")
_IGNORE_REASON = re.compile(r"\[[\w\-, ]+\]\s*#.*[a-z]{3}")
_OPTION = re.compile(r'^    "[A-Z]+\d*",(?P<rest>.*)$')


def _without_reason(line: str) -> bool:
    noqa, ignore = _NOQA.search(line), _IGNORE.search(line)
    return bool(
        (noqa and not _NOQA_REASON.match(noqa["rest"]))
        or (ignore and not _IGNORE_REASON.match(ignore["rest"]))
    )


def test_every_exemption_in_code_has_a_reason() -> None:
    """Each `noqa` and each ignored type error names its codes and says why."""
    found = []
    for path in repository_files(".py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if path.name != "test_exemptions.py" and _without_reason(line):
                found.append(f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}")

    assert not found, "\n".join(found)


def test_exemptions_without_a_reason_are_found() -> None:
    """Bare exemptions and those without codes or without a reason are reported."""
    assert _without_reason("x = 1  # noqa")
    assert _without_reason("x = 1  # noqa: S310")
    assert _without_reason("x = 1  # noqa: S310, S311 --")
    assert _without_reason("x = 1  # type: ignore")
    assert _without_reason("x = 1  # type: ignore[misc]")
    assert not _without_reason("x = 1  # noqa: S310, a constant")
    assert not _without_reason("x = 1  # noqa: S310, ARG001 - a constant")
    assert not _without_reason("x = 1  # type: ignore[misc] # the SDK says so")


def test_every_exemption_in_pyproject_has_a_reason() -> None:
    """Each ignored rule of the linter has a comment on its line."""
    rules = [line for line in text_of("pyproject.toml").splitlines() if _OPTION.match(line)]

    assert len(rules) > 10
    assert [line for line in rules if not re.search(r"#\s*\S+\s+\S+", line)] == []


def test_every_override_of_mypy_has_a_reason() -> None:
    """Each section that loosens type checking begins with a comment."""
    sections = text_of("pyproject.toml").split("[[tool.mypy.overrides]]\n")[1:]

    assert sections != []
    assert [section for section in sections if not section.startswith("# ")] == []
