"""The receiver's command as a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ens_provider.receiver.process import ReceiverProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def receiver() -> Iterator[ReceiverProcess]:
    """Give a receiver that runs, for one test."""
    with ReceiverProcess() as process:
        yield process
