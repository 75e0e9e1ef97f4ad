"""The plugin and the account of the plugin tests, somebody else's callback in it, and a bench."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.bench import Bench
from tests.contracts.description import Description
from tests.plugin.conftest import (
    emulator_of_session,
    endpoint_of_session,
    new_plugin,
    plugin,
    plugin_of_session,
    service,
)
from tests.plugin.driver import Plugin
from tests.plugin.service import Service

__all__ = [
    "emulator_of_session",
    "endpoint_of_session",
    "new_plugin",
    "plugin",
    "plugin_of_session",
    "service",
]


@pytest.fixture
def bench(described: Description, plugin: Plugin, service: Service) -> Iterator[Bench]:
    """Give a bench for the type that a test is for; what belongs to others stays as it is."""
    foreign = service.create("foreign", "foreign", "https://receiver.test/foreign")
    service.subscribe(foreign, "theirs")
    before = _of(service, foreign)
    yield Bench(described, plugin, service)
    assert _of(service, foreign) == before


@pytest.fixture
def lookups(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lookup functions of this process find the account."""
    for name, value in service.access().variables().items():
        monkeypatch.setenv(name, value)


def _of(service: Service, callback_id: str) -> list[dict[str, object]]:
    state = service.emulator.state()
    return [
        each
        for each in (*state["callbacks"], *state["subscriptions"])
        if each["callbackId"] == callback_id
    ]
