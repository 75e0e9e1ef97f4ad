"""The SDK's mocks for tests of what a program declares."""

from __future__ import annotations

import asyncio

import pytest
from pulumi.runtime import mocks

from tests.unit.resources.mock_engine import Engine


@pytest.fixture(scope="session")
def loop() -> asyncio.AbstractEventLoop:
    """Give one loop to all tests.

    It stays open: the SDK's mocks leave a loop of their own in each of its worker threads, and
    those would be reported as never closed once the threads end.
    """
    return asyncio.new_event_loop()


@pytest.fixture
def engine(loop: asyncio.AbstractEventLoop) -> Engine:
    """Give the mocks of project `shop`, stack `dev`, and the event loop that the SDK asks for."""
    asyncio.set_event_loop(loop)
    engine = Engine()
    mocks.set_mocks(engine, project="shop", stack="dev", preview=False)
    return engine
