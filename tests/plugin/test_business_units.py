"""Two business units: nothing of one is touched, or taken for gone, under a token of the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import (
    Created,
    Plugin,
    declared,
    declared_key,
    declared_verification,
    refusal,
)
from tests.plugin.service import MID, OTHER_MID, Service

SENTENCE = (
    "ens_provider.WrongBusinessUnit: The {subject} belongs to business unit 1234567, but the "
    "credentials are for business unit 7654321; nothing was changed. Use the credentials of 1234567 "
    "(client id, secret and accountId), or destroy the resource there before you move it."
)
OPERATIONS = [
    pytest.param(lambda p, c: p.read(c.id, c.outputs), id="read"),
    pytest.param(lambda p, c: p.update(c.id, c.outputs, declared(max_batch_size=500)), id="update"),
    pytest.param(lambda p, c: p.delete(c.id, c.outputs), id="delete"),
]
Operation = Callable[[Plugin, Created], object]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_configured_unit_that_is_another_makes_no_call(
    plugin: Plugin, new_plugin: NewPlugin, service: Service, operation: Operation
) -> None:
    """Both units are named, and nothing is sent."""
    created = plugin.create(declared())
    service.label(created.id, "orders")
    before = service.emulator.state()
    service.forget_calls()
    elsewhere = new_plugin(service=service.access(OTHER_MID))
    sentence = service.labelled(refusal(operation, elsewhere, created))
    assert sentence == SENTENCE.format(subject="callback 'orders' (orders)")
    assert service.calls() == []
    assert service.emulator.state() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_unit_that_the_service_tells_is_compared_as_well(
    plugin: Plugin, new_plugin: NewPlugin, service: Service, operation: Operation
) -> None:
    """Without an account id the token's own unit counts; nothing else is asked."""
    created = plugin.create(declared())
    service.label(created.id, "orders")
    before = service.emulator.state()
    service.forget_calls()
    service.emulator.set_client("client", client_secret="secret", mids=[int(OTHER_MID)])
    elsewhere = new_plugin(service=service.access(account_id=None))
    sentence = service.labelled(refusal(operation, elsewhere, created))
    assert sentence == SENTENCE.format(subject="callback 'orders' (orders)")
    assert service.calls() == ["POST token 200", "GET tokenContext 200"]
    assert service.emulator.state() == before


@pytest.mark.parametrize("source", ["environment", "stack"])
def test_a_difference_of_units_stops_a_preview(
    new_plugin: NewPlugin, service: Service, source: str
) -> None:
    """Diff compares a configured unit, from either place, without a call or credentials."""
    environment = {"SFMC_ACCOUNT_ID": OTHER_MID} if source == "environment" else None
    stack = {"ens:accountId": OTHER_MID} if source == "stack" else None
    plugin = new_plugin(service=None, config=stack, extra=environment)
    state = {**declared(), "mid": MID, "changed_at": "", "signature_key": "a2V5"}
    callback_id = service.label("08b67f0e-5be8-4673-97e9-682c133f778c", "orders")
    sentence = service.labelled(refusal(plugin.diff, callback_id, state, declared()))
    assert sentence == SENTENCE.format(subject="callback orders")
    assert service.calls() == []


def test_the_unit_of_a_new_callback_is_the_tokens(new_plugin: NewPlugin, service: Service) -> None:
    """As text, and asked for where it is not configured."""
    plugin = new_plugin(service=service.access(account_id=None))
    created = plugin.create(declared())
    assert created.outputs["mid"] == MID
    assert [callback["mid"] for callback in service.callbacks().values()] == [int(MID)]


def test_the_unit_that_is_configured_is_the_one_that_is_used(
    new_plugin: NewPlugin, service: Service
) -> None:
    """The token is asked for that unit, so nothing has to be looked up."""
    created = new_plugin(service=service.access(OTHER_MID)).create(declared())
    assert created.outputs["mid"] == OTHER_MID
    assert [callback["mid"] for callback in service.callbacks().values()] == [int(OTHER_MID)]


def test_a_unit_that_cannot_be_told_leaves_nothing_behind(
    new_plugin: NewPlugin, service: Service
) -> None:
    """It is asked for before anything is created."""
    route = "GET /platform/v1/tokenContext"
    service.emulator.add_fault(route=route, do="status", status=403)
    plugin = new_plugin(service=service.access(account_id=None))
    assert refusal(plugin.create, declared()) == (
        "ens_provider.PermissionDeniedError: ENS refused to read the business unit of the token "
        "(403): Insufficient privileges to complete this action. Check the permissions of the "
        "installed package in Setup."
    )
    assert service.calls() == ["POST token 200", "GET tokenContext 403"]


def test_callbacks_of_the_same_name_and_url_in_two_units_are_two(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Units do not know of each other."""
    here = new_plugin().create(declared())
    there = new_plugin(service=service.access(OTHER_MID)).create(declared())
    assert here.id != there.id
    assert len(service.callbacks()) == 2


MORE = "https://receiver.test/more"
CREATIONS = [
    pytest.param("Callback", lambda _: declared(callback_name="more", url=MORE), id="callback"),
    pytest.param("CallbackVerification", declared_verification, id="verification"),
    pytest.param("SignatureKey", declared_key, id="key"),
    pytest.param(
        "Subscription",
        lambda callback_id: {
            "callback_id": callback_id,
            "subscription_name": "more",
            "event_category_types": ["TransactionalSendEvents.EmailSent"],
        },
        id="subscription",
    ),
]


@pytest.mark.parametrize(("kind", "inputs"), CREATIONS)
def test_nothing_is_created_beside_a_resource_of_another_unit(
    plugin: Plugin,
    new_plugin: NewPlugin,
    service: Service,
    kind: str,
    inputs: Callable[[str], dict[str, Any]],
) -> None:
    """What the engine compared before tells where the stack lives, whatever type is created."""
    created = plugin.create(declared())
    service.label(created.id, "orders")
    before = service.emulator.state()
    service.emulator.set_client("client", client_secret="secret", mids=[int(OTHER_MID)])
    service.forget_calls()
    elsewhere = new_plugin(service=service.access(account_id=None))
    elsewhere.diff(created.id, created.outputs, declared())

    sentence = service.labelled(refusal(elsewhere.of(kind).create, inputs(created.id)))

    assert sentence == SENTENCE.format(subject="callback orders")
    assert service.calls() == ["POST token 200", "GET tokenContext 200"]
    assert service.emulator.state() == before


EMEA = {
    "ens:provider": "emea",
    "ens:clientId": "emea",
    "ens:clientSecret": "emea-secret",
}


def test_explicit_provider_works_in_its_own_unit(new_plugin: NewPlugin, service: Service) -> None:
    """What it is configured with counts, and none of the variables of the stack's own unit."""
    service.emulator.set_client("emea", client_secret="emea-secret", mids=[int(OTHER_MID)])
    access = service.access()
    addresses = {"ens:authUrl": access.auth_url, "ens:restUrl": access.rest_url}

    created = new_plugin(config={**EMEA, **addresses}).create(declared())

    assert created.outputs["mid"] == OTHER_MID
    assert [callback["mid"] for callback in service.callbacks().values()] == [int(OTHER_MID)]


def test_explicit_provider_with_an_environment_of_its_own(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Its variables win over what it is configured with, a rotated secret above all."""
    service.emulator.set_client("emea", client_secret="rotated", mids=[int(OTHER_MID)])
    access = service.access()
    addresses = {"ens:authUrl": access.auth_url, "ens:restUrl": access.rest_url}
    own = {"SFMC_EMEA_CLIENT_ID": "emea", "SFMC_EMEA_CLIENT_SECRET": "rotated"}
    config = {**EMEA, **addresses, "ens:envPrefix": "SFMC_EMEA_"}

    assert new_plugin(config=config, extra=own).create(declared()).outputs["mid"] == OTHER_MID


def test_explicit_provider_without_an_address(new_plugin: NewPlugin, service: Service) -> None:
    """The error names the provider's argument, though the stack's variables hold an address."""
    assert refusal(new_plugin(config=EMEA).create, declared()) == (
        "ens_provider.ConfigurationError: The argument subdomain of ens.Provider('emea') is not "
        "set, and ENS cannot be called without it. Give it to ens.Provider('emea'): the part of "
        "your REST base URI before .rest.marketingcloudapis.com."
    )
    assert service.calls() == []
