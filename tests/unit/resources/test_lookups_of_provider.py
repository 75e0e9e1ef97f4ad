"""Lookups in a further business unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

import ens_provider as ens
from tests.plugin.service import OTHER_MID, Service
from tests.unit.resources.mock_engine import Engine, run
from tests.unit.resources.test_lookups import _known, _no_configuration, service, service_of_module

# The fixtures of the lookups' tests.
__all__ = ["_no_configuration", "service", "service_of_module"]
URL = "https://receiver.test/orders"


@pytest.fixture
def orders(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the id of the callback `orders` of unit 7654321; variables lead to unit 1234567."""
    service.emulator.set_client("emea", client_secret="emea-secret", mids=[int(OTHER_MID)])
    for name, value in service.access().variables().items():
        monkeypatch.setenv(name, value)
    return service.create("orders", mid=OTHER_MID)


def _emea(service: Service, **settings: Any) -> ens.Provider:
    access = service.access()
    given = {
        "auth_url": access.auth_url,
        "rest_url": access.rest_url,
        "client_id": "emea",
        "client_secret": "emea-secret",
    }
    return ens.Provider("emea", **{**given, **settings})


def _asked(answer: Callable[[], Any]) -> Any:
    seen: list[Any] = []
    run(lambda: seen.append(answer()))
    [value] = seen
    return value


def test_provider_of_its_own(service: Service, orders: str) -> None:
    """The provider's business unit is asked, not the stack's."""

    def look() -> list[str]:
        found = ens.get_callbacks(pulumi.InvokeOptions(provider=_emea(service)))
        return [each.id for each in found]

    assert _asked(look) == [orders]
    assert _asked(ens.get_callbacks) == []


def test_provider_of_the_parent(service: Service, orders: str) -> None:
    """A component's provider serves the lookups with that parent."""

    def look() -> tuple[str, int]:
        emea = _emea(service)
        component = pulumi.ComponentResource(
            "shop:index:Endpoint", "inside", None, pulumi.ResourceOptions(provider=emea)
        )
        options = pulumi.InvokeOptions(parent=component)
        found = ens.get_callback(name="orders", opts=options)
        return found.id, len(ens.get_subscriptions(found.id, options))

    assert _asked(look) == (orders, 0)


def test_settings_that_are_outputs(service: Service, orders: str) -> None:
    """The `_output` form waits for them, and what it finds is no secret."""

    def options() -> pulumi.InvokeOptions:
        secret = pulumi.Output.secret("emea-secret")
        return pulumi.InvokeOptions(provider=_emea(service, client_secret=secret))

    [callback] = _known(lambda: ens.get_callbacks_output(options()))
    assert callback.id == orders
    assert _known(lambda: ens.get_callback_output(url=URL, opts=options())).id == orders
    assert _known(lambda: ens.get_subscriptions_output(orders, options())) == []


def test_answer_at_once_with_settings_that_are_outputs(service: Service, orders: str) -> None:
    """It is refused with the ways on, and nothing is called."""
    service.forget_calls()

    def look() -> None:
        secret = pulumi.Output.secret("emea-secret")
        options = pulumi.InvokeOptions(provider=_emea(service, client_secret=secret))
        ens.get_callback(id=orders, opts=options)

    with pytest.raises(ValueError, match="answers at once") as refusal:
        run(look)

    assert str(refusal.value) == (
        "get_callback() answers at once, and clientSecret of its provider is known later only; "
        "call get_callback_output(), or set it in the environment"
    )
    assert service.calls() == []


def test_answer_at_once_with_the_secret_in_the_environment(
    service: Service, orders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables of the provider's prefix are known at once."""
    monkeypatch.setenv("SFMC_EMEA_CLIENT_ID", "emea")
    monkeypatch.setenv("SFMC_EMEA_CLIENT_SECRET", "emea-secret")

    def look() -> str:
        secret = pulumi.Output.secret("not-the-right-one")
        emea = _emea(service, client_secret=secret, env_prefix="SFMC_EMEA_")
        return ens.get_callback(id=orders, opts=pulumi.InvokeOptions(provider=emea)).id

    assert _asked(look) == orders


def test_provider_of_something_else(engine: Engine) -> None:
    """A provider without these settings is a mistake of the program."""

    def look() -> None:
        other = pulumi.ProviderResource("aws", "other", {})
        ens.get_callbacks(pulumi.InvokeOptions(provider=other))

    with pytest.raises(TypeError) as refusal:
        run(look)

    assert str(refusal.value) == (
        "the provider of a lookup is an ens.Provider, not ProviderResource"
    )
    assert [each.typ for each in engine.registered] == ["pulumi:providers:aws"]
