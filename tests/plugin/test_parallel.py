"""A malformed number of calls at a time: told where the program is checked, and nowhere in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.driver import declared, refusal

if TYPE_CHECKING:
    from tests.plugin.conftest import NewPlugin
    from tests.plugin.driver import Plugin
    from tests.plugin.service import Service

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
