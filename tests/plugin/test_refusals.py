"""Refusals that have nothing to do with callbacks: tokens, permissions, limits, blocks."""

from __future__ import annotations

from dataclasses import replace

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, declared, refusal
from tests.plugin.service import CREATE, LIST, TOKEN, URL, Service

PROBE = f"PROBE {URL} 200"
BLOCKED = {"message": "Your requests are temporarily blocked.", "errorcode": 50200}


def test_a_creation_that_is_turned_away_waits_as_long_as_asked(
    new_plugin: NewPlugin, service: Service
) -> None:
    """429 took no effect: the creation is repeated outright, not before the service's time."""
    slow_down = {"message": "Rate limit exceeded", "errorcode": 50100, "retryAfter": 1}
    service.emulator.add_fault(
        route=CREATE, do="status", status=429, body=slow_down, headers={"Retry-After": "1"}
    )
    new_plugin().create(declared())
    first, second = [
        call["at"] for call in service.emulator.calls() if call["path"].endswith("ens-callbacks")
    ]
    assert second - first >= 1
    assert service.calls() == [
        "POST token 200",
        "POST ens-callbacks 429",
        "POST ens-callbacks 201",
        PROBE,
    ]


def test_a_refused_token_is_replaced_once(new_plugin: NewPlugin, service: Service) -> None:
    """A 401 took no effect: one new token, one more request."""
    plugin = new_plugin()
    service.emulator.add_fault(route=CREATE, do="status", status=401)
    plugin.create(declared())
    assert service.calls() == [
        "POST token 200",
        "POST ens-callbacks 401",
        "POST token 200",
        "POST ens-callbacks 201",
        PROBE,
    ]


def test_a_token_that_ended_is_replaced(plugin: Plugin, service: Service) -> None:
    """Tokens live 20 minutes on the service's clock."""
    service.emulator.move_clock(1201)
    plugin.create(declared())
    assert service.calls() == [
        "POST ens-callbacks 401",
        "POST token 200",
        "POST ens-callbacks 201",
        PROBE,
    ]


def test_a_token_that_is_refused_again_is_an_error(plugin: Plugin, service: Service) -> None:
    """A second new token would not help."""
    service.emulator.add_fault(route=CREATE, do="status", status=401, times=None)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.AuthenticationError: ENS refused to create callback 'orders' (401, errorcode "
        "0): Not Authorized. A new token was not accepted either: check that the installed package "
        "is enabled for this business unit."
    )
    assert service.calls() == ["POST ens-callbacks 401", "POST token 200", "POST ens-callbacks 401"]
    assert service.callbacks() == {}


def test_wrong_credentials(new_plugin: NewPlugin, service: Service) -> None:
    """The token route's words, what to check, and nothing sent after it."""
    access = replace(service.access(), client_secret="not-the-right-one")
    assert refusal(new_plugin(service=access).create, declared()) == (
        "ens_provider.AuthenticationError: ENS refused to give out a token for client 'client' "
        "(401, invalid_client): Client authentication failed. Make sure that the client ID and "
        "client secret are valid and that the package is installed and enabled. Check clientId "
        "and accountId and that the installed package is enabled; if they are right, clientSecret is "
        "wrong, expired (180 days after it was generated) or replaced by a staged secret that was "
        "activated: generate one in Setup > Installed Packages, wait 5 minutes, and set it as "
        "clientSecret."
    )
    assert service.calls() == ["POST token 401"]


def test_the_next_secret_is_tried_once_the_first_is_refused(
    new_plugin: NewPlugin, service: Service
) -> None:
    """So that the rotation of client secrets is uneventful."""
    service.emulator.set_client("client", client_secret="changed")
    plugin = new_plugin(extra={"SFMC_CLIENT_SECRET_NEXT": "changed"})
    plugin.create(declared())
    assert service.calls() == ["POST token 401", "POST token 200", "POST ens-callbacks 201", PROBE]


def test_a_missing_permission_is_named(new_plugin: NewPlugin, service: Service) -> None:
    """One request, and the permission as Setup calls it."""
    service.emulator.set_client(
        "client", client_secret="secret", scopes=["event_notification_callback_read"]
    )
    assert refusal(new_plugin().create, declared()) == (
        "ens_provider.PermissionDeniedError: ENS refused to create callback 'orders' (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Callbacks > Create (scope event_notification_callback_create) in "
        "Setup; a new token shows it after up to 5 minutes."
    )
    assert service.calls() == ["POST token 200", "POST ens-callbacks 403"]


def test_a_block_stops_everything_at_once(new_plugin: NewPlugin, service: Service) -> None:
    """Asking again prolongs it: neither this request nor another one of the process is sent."""
    plugin = new_plugin()
    service.emulator.add_fault(route=CREATE, do="status", status=429, body=BLOCKED)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.TemporarilyBlockedError: ENS refused to create callback 'orders' (429, "
        "errorcode 50200): Your requests are temporarily blocked. Nothing is sent for 5 minutes, "
        "since asking again prolongs the block; run `pulumi up` after that, and ask Salesforce "
        "Support if it stays."
    )
    assert service.calls() == ["POST token 200", "POST ens-callbacks 429"]
    other = declared(callback_name="other", url="https://receiver.test/other")
    assert refusal(plugin.create, other).startswith(
        "ens_provider.TemporarilyBlockedError: ENS was not asked to create callback 'other': it "
        "blocks this client (429: Your requests are temporarily blocked.). Nothing is sent for "
        "another "
    )
    assert service.calls() == []


def test_a_block_during_a_look_up_stops_it(new_plugin: NewPlugin, service: Service) -> None:
    """The creation is not sent again after an outcome that is unknown."""
    plugin = new_plugin()
    service.emulator.add_fault(route=CREATE, do="drop")
    service.emulator.add_fault(route=LIST, do="status", status=403, body=BLOCKED)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.TemporarilyBlockedError: ENS refused to list the callbacks (403, errorcode "
        "50200): Your requests are temporarily blocked. Nothing is sent for 5 minutes, since asking "
        "again prolongs the block; run `pulumi up` after that, and ask Salesforce Support if it "
        "stays."
    )
    assert service.calls() == ["POST token 200", "POST ens-callbacks -", "GET ens-callbacks 403"]


def test_a_token_route_that_fails_leaves_nothing_behind(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Nothing else was sent, so nothing is looked up, and the sentence says so."""
    service.emulator.add_fault(route=TOKEN, do="status", status=404)
    assert refusal(new_plugin().create, declared()) == (
        "ens_provider.AuthenticationError: ENS refused to give out a token for client 'client' "
        "(404, errorcode 404): Not Found. Check authUrl or subdomain."
    )
    assert service.calls() == ["POST token 404"]


def test_a_redirect_is_not_followed(plugin: Plugin, service: Service) -> None:
    """A request with a token goes nowhere else."""
    service.emulator.add_fault(
        route=CREATE, do="status", status=302, body="", headers={"Location": "/elsewhere"}
    )
    assert refusal(plugin.create, declared()) == (
        "ens_provider.UnexpectedAnswerError: ENS refused to create callback 'orders' (302). "
        "Redirects are not followed: check restUrl or subdomain."
    )
    assert service.calls() == ["POST ens-callbacks 302"]
