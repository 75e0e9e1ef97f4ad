"""Fixtures and settings that every kind of test shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, settings

from tests.engine.harness import Stack
from tools.engine.cli import heed_interrupts
from tools.engine.obtain import obtain_engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tools.engine.environment import ServiceAccess

# In each worker, before anything is started: a run may be somebody's background job.
heed_interrupts()

# Timing is no property of ours: a busy machine must not fail a test.
settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def pulumi() -> Path:
    """Path of the real CLI; one process at a time obtains it if there is none."""
    return obtain_engine()


class NewStack(Protocol):
    """Makes a stack; the arguments are those of `Stack`."""

    def __call__(
        self,
        *,
        service: ServiceAccess | None = None,
        project: str = "trial",
        extra: Mapping[str, str] | None = None,
    ) -> Stack:
        """Make it."""


@pytest.fixture
def new_stack(pulumi: Path, tmp_path: Path) -> Iterator[NewStack]:
    """Make a `Stack` in a folder of its own; what it started is ended with the test."""
    made: list[Stack] = []

    def make(
        *,
        service: ServiceAccess | None = None,
        project: str = "trial",
        extra: Mapping[str, str] | None = None,
    ) -> Stack:
        folder = tmp_path / f"stack-{len(made)}"
        made.append(Stack(folder, pulumi=pulumi, service=service, project=project, extra=extra))
        return made[-1]

    yield make
    for stack in made:
        stack.close()


@pytest.fixture
def direct_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the proxies and CA bundles of this machine out of the test's environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
