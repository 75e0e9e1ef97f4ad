"""A malformed number of calls at a time: told where the program is checked, and nowhere in the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.plugin.driver import declared, refusal
from tools.engine.environment import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import NewPlugin
    from tests.plugin.driver import Plugin
    from tests.plugin.service import Service

# Read by the plugin's Python before anything else: pools whose size is of another kind.
OTHER_PYTHON = """
from concurrent.futures import ThreadPoolExecutor


class Size(int):
    pass


class OtherPool(ThreadPoolExecutor):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._max_workers = Size(self._max_workers)


import concurrent.futures

concurrent.futures.ThreadPoolExecutor = OtherPool
"""
LEFT_ALONE = (
    "The plugin goes on serving 4 calls at a time, though parallel is 8: the threads that it serves "
    "them with are not where this version of ens_provider looks for them. Nothing else is wrong. "
    "Remove parallel, or report the versions of Python and of the Pulumi SDK as a mistake of "
    "ens_provider.\n"
)
KINDS = ("Callback", "CallbackVerification", "SignatureKey", "Subscription", "SelfTest", "Settled")
SENTENCE = (
    "ens_provider.ConfigurationError: The stack configuration ens:parallel is no whole number from 4 "
    "to 32. Give how many calls the plugin may serve at a time, or remove it: 4 are served in any "
    "case, and `pulumi up --parallel` is for fewer."
)


@pytest.fixture
def misled(new_plugin: NewPlugin) -> Plugin:
    """Start a plugin of a stack that asks for no number."""
    return new_plugin(config={"ens:parallel": "many"})


def test_check_refuses_it(misled: Plugin) -> None:
    """Each type of resource says so in a preview, before anything is called."""
    assert [refusal(misled.of(kind).check, {}) for kind in KINDS] == [SENTENCE] * 6


def test_refresh_and_destroy_go_on(misled: Plugin, plugin: Plugin, service: Service) -> None:
    """They use what the last run stored, which only the next run of the program puts right."""
    created = plugin.create(declared())
    service.label(created.id, "orders")
    service.forget_calls()

    read, _ = misled.read(created.id, created.outputs)
    misled.delete(created.id, created.outputs)

    assert read.id == created.id
    assert service.calls() == [
        "POST token 200",
        "GET ens-callbacks 200",
        "DELETE ens-callbacks/orders 200",
    ]
    assert misled.log_text() == ""


def test_plugin_of_another_shape(new_plugin: NewPlugin, service: Service, tmp_path: Path) -> None:
    """A plugin that is not built as expected works as ever, and says once that it is no wider."""
    (tmp_path / "sitecustomize.py").write_text(OTHER_PYTHON, encoding="utf-8")
    plugin = new_plugin(
        extra={"SFMC_PARALLEL": "8", "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    )

    created = plugin.create(declared())
    plugin.of("Settled").check({"callback_id": created.id})

    assert list(service.callbacks()) == [service.labelled(created.id)]
    assert plugin.log_text() == LEFT_ALONE
