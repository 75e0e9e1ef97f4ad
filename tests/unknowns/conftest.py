"""What the stories need, once per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unknowns.rig import Rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Run emulator, endpoint, receiver, and what forks plugins."""
    with Rig() as running:
        yield running
