"""The tree of errors: as drawn, with fields, on one line, copied without loss."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from ens_provider.api import errors
from ens_provider.api.errors import ConnectionLostError, ENSError, RateLimitedError, ServiceError


def all_errors() -> list[type[ENSError]]:
    """Return the root and everything below it."""
    found = [ENSError]
    for kind in found:
        found.extend(kind.__subclasses__())
    ours = [kind for kind in found if hasattr(errors, kind.__name__)]
    assert len(ours) == 14
    return ours


def test_the_tree_is_drawn() -> None:
    """The docstring shows each class under its parent."""
    drawn: list[tuple[int, str]] = []
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"^((?:[|` ] {0,2}-? ?)*)(\w+Error)\s", line):
            depth = len(match.group(1))
            drawn = [entry for entry in drawn if entry[0] < depth]
            if drawn:
                parents[match.group(2)] = drawn[-1][1]
            drawn.append((depth, match.group(2)))

    assert parents == {
        kind.__name__: kind.__bases__[0].__name__ for kind in all_errors() if kind is not ENSError
    }


@pytest.mark.parametrize("kind", all_errors())
def test_errors_print_under_their_public_name(kind: type[ENSError]) -> None:
    """People read the name of the package, wherever the file lies."""
    assert kind.__module__ == "ens_provider"


@pytest.mark.parametrize("kind", all_errors())
def test_outcomes(kind: type[ENSError]) -> None:
    """A lost answer and a failed service leave the outcome unknown, nothing else does."""
    assert kind("text").outcome_unknown is (kind in {ConnectionLostError, ServiceError})


def test_an_error_is_one_line() -> None:
    """Line ends in a sentence become blanks."""
    assert str(ENSError("one\n  two\r\nthree")) == "one two three"


def test_a_copy_keeps_everything() -> None:
    """Errors are copied between threads and processes without losing a field."""
    error = RateLimitedError(
        "text",
        operation="create callback",
        subject="callback 'orders'",
        status=429,
        errorcode=50100,
        service_text="slow down",
        body="{}",
        retry_after_seconds=5.0,
    )
    error.outcome_unknown = True

    for copied in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(copied) is RateLimitedError
        assert str(copied) == "text"
        assert vars(copied) == vars(error)


def test_the_body_is_bounded_and_not_shown() -> None:
    """A body is kept up to 64 KiB and never printed."""
    error = ENSError("text", body="x" * 70_000)

    assert len(error.body) == 65_536
    assert repr(error) == "ENSError('text')"
