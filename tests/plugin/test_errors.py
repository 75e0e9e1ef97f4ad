"""What the engine gets of a failure: one line, and the call is always answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, PluginError, declared, refusal
from tests.plugin.service import CREATE, MID, Service

INTERNAL = (
    "ens_provider.InternalError: An unexpected {kind} stopped the {method} of a resource. This is a "
    "mistake of ens_provider: run again with ENS_PROVIDER_DEBUG=1 and report the traceback.\n"
)
GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
STATE: dict[str, Any] = {**declared(), "mid": MID, "changed_at": "", "signature_key": "a2V5"}


def _answer(plugin: Plugin) -> str:
    with pytest.raises(PluginError) as error:
        plugin.create(declared())
    return str(error.value)


def test_an_error_is_one_line_and_nothing_else(plugin: Plugin, service: Service) -> None:
    """No traceback, also not of the libraries below."""
    service.emulator.add_fault(route=CREATE, do="status", status=403)
    assert _answer(plugin) == (
        "ens_provider.PermissionDeniedError: ENS refused to create callback 'orders' (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Callbacks > Create (scope event_notification_callback_create) in "
        "Setup; a new token shows it after up to 5 minutes.\n"
    )


def test_what_the_service_says_on_many_lines_is_one_line(plugin: Plugin, service: Service) -> None:
    """The engine would cut the sentence at its first line."""
    body = {"message": "first line\r\nsecond\u2028third\x1b[31m red", "errorcode": 10005}
    service.emulator.add_fault(route=CREATE, do="status", status=400, body=body)
    assert _answer(plugin) == (
        "ens_provider.BadRequestError: ENS refused to create callback 'orders' (400, errorcode "
        "10005): first line second third [31m red. Correct what it names, then run `pulumi up` "
        "again.\n"
    )


@pytest.mark.parametrize("value", ["1", "yes"])
def test_debugging_brings_the_traceback(
    new_plugin: NewPlugin, service: Service, value: str
) -> None:
    """The last line stays the sentence, and what was behind it is shown."""
    plugin = new_plugin(extra={"ENS_PROVIDER_DEBUG": value})
    service.emulator.add_fault(route=CREATE, do="status", status=403)
    lines = _answer(plugin).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert any("in create_callback" in line for line in lines)
    assert lines[-1].startswith("ens_provider.PermissionDeniedError: ENS refused to create ")


@pytest.mark.parametrize("value", ["", "0"])
def test_debugging_can_be_switched_off_by_value(
    new_plugin: NewPlugin, service: Service, value: str
) -> None:
    """As in a shell or a CI system that always sets the variable."""
    plugin = new_plugin(extra={"ENS_PROVIDER_DEBUG": value})
    service.emulator.add_fault(route=CREATE, do="status", status=403)
    assert len(_answer(plugin).splitlines()) == 1


@pytest.mark.parametrize(
    ("method", "kind", "arguments"),
    [
        ("create", "KeyError", ({"url": "https://receiver.test/orders"},)),
        ("create", "ValueError", (declared(max_batch_size="many"),)),
        ("read", "ValueError", (GUID, {**STATE, "changed_at": "yesterday"})),
        ("update", "KeyError", (GUID, {"mid": MID}, declared())),
        ("delete", "KeyError", (GUID, {"mid": MID})),
    ],
)
def test_a_mistake_of_our_own_is_answered_in_one_line(
    plugin: Plugin, service: Service, method: str, kind: str, arguments: tuple[Any, ...]
) -> None:
    """Whatever happens, the engine gets an answer, and the next call works."""
    with pytest.raises(PluginError) as error:
        getattr(plugin, method)(*arguments)
    assert str(error.value) == INTERNAL.format(kind=kind, method=method)
    assert service.callbacks() == {}
    plugin.create(declared())
    assert len(service.callbacks()) == 1


def test_debugging_shows_where_a_mistake_of_our_own_is(new_plugin: NewPlugin) -> None:
    """The original exception and its place."""
    plugin = new_plugin(extra={"ENS_PROVIDER_DEBUG": "1"})
    with pytest.raises(PluginError) as error:
        plugin.create({"url": "https://receiver.test/orders"})
    text = str(error.value)
    assert "KeyError: 'callback_name'" in text
    assert text.endswith(INTERNAL.format(kind="KeyError", method="create"))


NOT_SET = "is not set, and ENS cannot be called without it. "
TOGETHER = "client id and secret are taken from one place together."
SUBDOMAIN = (
    f"ens_provider.ConfigurationError: The stack configuration ens:subdomain {NOT_SET}Set "
    "SFMC_SUBDOMAIN in the environment, or run `pulumi config set ens:subdomain`: the part of your "
    "REST base URI before .rest.marketingcloudapis.com."
)
ID = (
    f"ens_provider.ConfigurationError: The stack configuration ens:clientId {NOT_SET}Set "
    f"SFMC_CLIENT_ID in the environment, or run `pulumi config set ens:clientId`; {TOGETHER}"
)
SECRET = (
    f"{NOT_SET}Set SFMC_CLIENT_SECRET in the environment, or run `pulumi config set --secret "
    f"ens:clientSecret`; {TOGETHER}"
)
NO_SUBDOMAIN = (
    "ens_provider.ConfigurationError: The environment variable SFMC_SUBDOMAIN is not a "
    "subdomain: give only the part before .rest.marketingcloudapis.com, in lower-case "
    "letters, digits and hyphens."
)
NO_REST_URL = (
    "ens_provider.ConfigurationError: The environment variable SFMC_REST_URL is not set: "
    "authUrl and restUrl go together. Set both, or neither and the subdomain."
)
NO_MID = (
    "ens_provider.ConfigurationError: The environment variable SFMC_ACCOUNT_ID is not a "
    "MID: a business unit's MID is a number. Take it from Setup > Company Settings > "
    "Account Settings."
)


@pytest.mark.parametrize(
    ("environment", "stack", "sentence"),
    [
        ({}, {}, SUBDOMAIN),
        ({}, {"ens:subdomain": "mc123"}, ID),
        (
            {},
            {"ens:subdomain": "mc123", "ens:clientId": "client"},
            f"ens_provider.ConfigurationError: The stack configuration ens:clientSecret {SECRET}",
        ),
        (
            {"SFMC_CLIENT_ID": "client"},
            {"ens:subdomain": "mc123", "ens:clientSecret": "hush-hush"},
            "ens_provider.ConfigurationError: The environment variable SFMC_CLIENT_SECRET "
            + SECRET,
        ),
        (
            {"SFMC_SUBDOMAIN": "https://mc123.rest.marketingcloudapis.com"},
            {},
            NO_SUBDOMAIN,
        ),
        (
            {"SFMC_AUTH_URL": "http://127.0.0.1:1"},
            {},
            NO_REST_URL,
        ),
        (
            {"SFMC_ACCOUNT_ID": "mine"},
            {"ens:subdomain": "mc123", "ens:clientId": "c", "ens:clientSecret": "hush-hush"},
            NO_MID,
        ),
    ],
    ids=["all", "id", "secret", "mixed", "subdomain", "rest-url", "mid"],
)
def test_missing_configuration_names_the_key(
    new_plugin: NewPlugin, environment: dict[str, str], stack: dict[str, str], sentence: str
) -> None:
    """It is an error of the first call that needs it, and says where to set it."""
    plugin = new_plugin(service=None, config=stack, extra=environment)
    assert refusal(plugin.create, declared()) == sentence


def test_the_stack_configuration_is_enough(new_plugin: NewPlugin, service: Service) -> None:
    """No environment variable is needed."""
    stack = {
        "ens:authUrl": service.emulator.auth_url,
        "ens:restUrl": service.emulator.rest_url,
        "ens:clientId": "client",
        "ens:clientSecret": "secret",
        "ens:accountId": MID,
    }
    created = new_plugin(service=None, config=stack).create(declared())
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]


def test_an_address_that_nobody_listens_at(new_plugin: NewPlugin, service: Service) -> None:
    """Nothing was sent, and the sentence says so."""
    nobody = service.nobody()
    access = replace(service.access(), auth_url=f"http://{nobody}", rest_url=f"http://{nobody}")
    assert refusal(new_plugin(service=access).create, declared()) == (
        f"ens_provider.UnreachableError: {nobody} could not be reached to give out a token for "
        "client 'client': it refused the connection. Nothing was sent. Check the network, the proxy "
        "and the address of ENS, then run the command again."
    )
