"""Inputs that the fuzzer found, or began with, each time the tests run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CASES = Path(__file__).parent / "cases"
FOUND = sorted(path.relative_to(CASES).as_posix() for path in CASES.glob("*/*") if path.is_file())


def test_every_target_has_cases_of_its_name() -> None:
    """No target is without cases, and no case without a target."""
    assert {name.partition("/")[0] for name in FOUND} == set(TARGETS)


@pytest.mark.parametrize("name", FOUND)
def test_case(name: str) -> None:
    """What broke a promise once, or comes close to it, breaks none."""
    TARGETS[name.partition("/")[0]]((CASES / name).read_bytes())
