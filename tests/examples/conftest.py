"""AWS's stand-in, one for each worker and as new for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples.aws import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_aws() -> Iterator[StandIn]:
    """Run it."""
    with StandIn() as running:
        yield running


@pytest.fixture
def aws(shared_aws: StandIn) -> StandIn:
    """Give it, without anything in it."""
    shared_aws.reset()
    return shared_aws
