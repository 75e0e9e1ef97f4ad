"""What every call about a subscription keeps to: calls, previews, one line, and no secret."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, PluginError, ResourceType, refusal
from tests.plugin.service import (
    MID,
    PUT_SUBSCRIPTION,
    SUBSCRIBE,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    UNSUBSCRIBE,
    Service,
)
from tests.plugin.subscriptions import (
    SENT,
    Warned,
    declaration,
    inputs_of,
    outputs_of,
    two_minutes_later,
    verified,
)

CALLBACK = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
OTHER = "14e2ee5b-8c01-4f9d-916d-29e329945619"
GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
STATE = {**outputs_of(declaration(CALLBACK)), "changed_at": "2026-11-24T07:29:00Z"}
CLIENT_SECRET = 'q"7/Hush+Hush&=='
TOKEN_BEGINS = "eyJhbGciOi"
NO_ADDRESS = (
    "ens_provider.ConfigurationError: The stack configuration ens:subdomain is not set, and ENS "
    "cannot be called without it. Set SFMC_SUBDOMAIN in the environment, or run `pulumi config set "
    "ens:subdomain`: the part of your REST base URI before .rest.marketingcloudapis.com."
)
Action = Callable[[ResourceType, Created], object]
ACTIONS: dict[str, Action] = {
    "create": lambda s, c: s.create(inputs_of(c, subscription_name="letters")),
    "adopt": lambda s, c: s.create(inputs_of(c, adopt_id=GUID)),
    "read": lambda s, c: s.read(c.id, c.outputs),
    "update": lambda s, c: s.update(c.id, c.outputs, inputs_of(c, filters=["a=1"])),
    "delete": lambda s, c: s.delete(c.id, c.outputs),
}
ROUTES = {
    "create": SUBSCRIBE,
    "adopt": SUBSCRIPTION,
    "read": SUBSCRIPTIONS,
    "update": PUT_SUBSCRIPTION,
    "delete": UNSUBSCRIBE,
}
STATUSES = (400, 403, 409, 415, 418, 302, 596)


def _preview(subscription: ResourceType) -> None:
    """Ask what a preview asks: about a new, an unchanged, a changed and a replaced one."""
    inputs = declaration(CALLBACK)
    assert subscription.check(inputs) == (inputs, [])
    assert subscription.check(inputs, inputs) == (inputs, [])
    assert subscription.diff(GUID, STATE, inputs) == []
    assert subscription.diff(GUID, STATE, {**inputs, "paused": True}) == []
    moved = declaration(OTHER)
    assert subscription.check(moved, inputs) == (moved, [])
    assert subscription.diff(GUID, STATE, moved) == ["callback_id"]
    assert subscription.diff(GUID, STATE, {**inputs, "callback_id": UNKNOWN}) == ["callback_id"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SFMC_CLIENT_ID": "client"},
        {"SFMC_SUBDOMAIN": "no subdomain"},
        {"SFMC_ACCOUNT_ID": MID},
    ],
    ids=["nothing", "half", "malformed", "unit"],
)
def test_a_preview_needs_no_configuration(
    new_plugin: NewPlugin, environment: dict[str, str]
) -> None:
    """What is missing or wrong is an error of the first call that needs it."""
    _preview(new_plugin(service=None, extra=environment).of("Subscription"))


def test_a_preview_makes_no_call(new_plugin: NewPlugin, service: Service) -> None:
    """Not even for a token."""
    _preview(new_plugin(service=service.access(account_id=None)).of("Subscription"))
    assert service.calls() == []


def test_without_credentials_each_call_says_so(new_plugin: NewPlugin) -> None:
    """One line, and what to configure."""
    subscription = new_plugin(service=None).of("Subscription")
    created = Created(id=GUID, outputs=STATE, secrets=frozenset())
    for action in ACTIONS.values():
        assert refusal(action, subscription, created) == NO_ADDRESS


@pytest.mark.parametrize("account_id", [MID, None], ids=["unit-configured", "unit-asked-for"])
def test_creating_n_takes_one_token_and_n_calls(
    new_plugin: NewPlugin, service: Service, account_id: str | None
) -> None:
    """Nothing is read back, also when four threads create at once."""
    orders = verified(service)
    service.forget_calls()
    create = new_plugin(service=service.access(account_id)).of("Subscription").create
    inputs = [declaration(orders, subscription_name=f"s{number}") for number in range(6)]
    with ThreadPoolExecutor(4) as threads:
        created = list(threads.map(create, inputs))
    asked = [] if account_id else ["GET tokenContext 200"]
    assert service.calls() == ["POST token 200", *asked, *(["POST ens-subscriptions 201"] * 6)]
    assert len({each.id for each in created}) == 6


def test_warnings_reach_the_engine_once_per_process(
    new_plugin: NewPlugin, service: Service
) -> None:
    """However often the same inputs are checked."""
    plugin = new_plugin(service=None)
    warned = Warned(plugin, service)
    inputs = declaration(CALLBACK, event_category_types=["A.EmailSend", SENT], filters=["x=1"])
    for _ in range(3):
        assert plugin.of("Subscription").check(inputs) == (inputs, [])
    assert warned.lines() == [
        (
            "Subscription 'mails': event type 'A.EmailSend' is not among those that ENS is known to "
            "have; it is sent as it is. Did you mean 'TransactionalSendEvents.EmailSent'?"
        ),
        f"Subscription 'mails': filter key 'x' is not listed for {SENT}; it is sent as it is.",
    ]


def test_numbers_reach_a_filter_as_they_were_written(new_plugin: NewPlugin) -> None:
    """The engine hands every number over as a float."""
    subscription = new_plugin(service=None).of("Subscription")
    inputs, failures = subscription.check(declaration(CALLBACK, filters={"statusCode": 47}))
    assert failures == []
    assert inputs["filters"] == ["statusCode=47"]


@pytest.mark.parametrize("debugging", ["", "1"], ids=["plain", "debugging"])
def test_no_error_holds_a_secret(new_plugin: NewPlugin, service: Service, debugging: str) -> None:
    """For each call and each way to refuse it, by a service that quotes what it was told."""
    service.emulator.set_client("telling", client_secret=CLIENT_SECRET)
    access = replace(service.access(), client_id="telling", client_secret=CLIENT_SECRET)
    plugin = new_plugin(service=access, extra={"ENS_PROVIDER_DEBUG": debugging})
    orders = verified(service)
    created = plugin.of("Subscription").create(declaration(orders))
    keys = [service.key_of(orders), service.verification_key_of(orders)]
    secrets = [CLIENT_SECRET, TOKEN_BEGINS, *keys]
    echo = {"message": f"{CLIENT_SECRET} and more", "errorcode": CLIENT_SECRET}
    two_minutes_later(service)
    for action, status in product(ACTIONS, STATUSES):
        service.emulator.clear_faults()
        fault: dict[str, Any] = {"do": "status", "status": status, "body": echo}
        service.emulator.add_fault(route=ROUTES[action], times=None, **fault)
        said = _said(partial(ACTIONS[action], plugin.of("Subscription"), created))
        assert "ens_provider." in said
        assert [secret for secret in secrets if secret in said] == []
        assert debugging or len(said.splitlines()) == 1
    assert [secret for secret in secrets if secret in plugin.log_text()] == []


def _said(action: Callable[[], object]) -> str:
    with pytest.raises(PluginError) as error:
        action()
    return str(error.value)
