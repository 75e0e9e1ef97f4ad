"""Previews: no network and no credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi.output import UNKNOWN

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, declared
from tests.plugin.service import MID, Service

GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
STATE = {
    **declared(known_signature_key="a2V5"),
    "mid": MID,
    "changed_at": "2026-11-24T07:29:00Z",
    "signature_key": "a2V5",
}


def _preview(plugin: Plugin) -> None:
    """Ask what a preview asks: about a new, an unchanged, a changed and a replaced callback."""
    state_inputs = declared(known_signature_key="a2V5")
    assert plugin.check(declared()) == (declared(), [])
    assert plugin.check(declared(), state_inputs) == (state_inputs, [])
    assert plugin.diff(GUID, STATE, state_inputs) == []
    assert plugin.diff(GUID, STATE, {**state_inputs, "max_batch_size": 500}) == []
    moved = {**state_inputs, "url": "https://receiver.test/new"}
    assert plugin.check(moved, state_inputs) == (moved, [])
    assert plugin.diff(GUID, STATE, moved) == ["url"]
    assert plugin.diff(GUID, STATE, {**state_inputs, "url": UNKNOWN}) == ["url"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SFMC_CLIENT_ID": "client"},
        {"SFMC_SUBDOMAIN": "not a subdomain"},
        {"SFMC_ACCOUNT_ID": MID},
        {"SFMC_REST_URL": "http://production.example", "SFMC_AUTH_URL": "ftp://x"},
    ],
    ids=["nothing", "half", "malformed", "unit", "unusable"],
)
def test_a_preview_needs_no_configuration(
    new_plugin: NewPlugin, environment: dict[str, str]
) -> None:
    """What is missing or wrong is an error of the first call that needs it."""
    _preview(new_plugin(service=None, extra=environment))


def test_a_preview_needs_no_service(new_plugin: NewPlugin, service: Service) -> None:
    """Nobody listens at the address."""
    nobody = service.nobody()
    access = replace(service.access(), auth_url=f"http://{nobody}", rest_url=f"http://{nobody}")
    _preview(new_plugin(service=access))


def test_a_preview_with_everything_at_hand_makes_no_call(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Not even for a token."""
    _preview(new_plugin(service=service.access(account_id=None)))
    assert service.calls() == []
