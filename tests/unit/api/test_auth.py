"""The token: when it is asked for, with what, by whom, and what is said when none is given out."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ens_provider.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    ENSError,
    RateLimitedError,
    ServiceError,
    UnexpectedAnswerError,
    UnreachableError,
)
from tests.unit.api.followers import wait_for_followers
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, dropped, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.client import ENSClient
    from tests.unit.api.conftest import FakeClock
    from tests.unit.api.scripted_server import ScriptedServer

LIST = "GET /platform/v1/ens-callbacks"
INVALID_CLIENT = reply(
    {
        "error": "invalid_client",
        "error_description": "Client authentication failed.",
        "error_uri": "https://developer.salesforce.com/docs",
    },
    status=401,
)


def test_the_request_for_a_token(client: ENSClient, server: ScriptedServer) -> None:
    """Credentials go in a JSON body, never in a header, and no scope means all of them."""
    server.on(LIST, reply([]))

    client.list_callbacks()

    assert server.tokens_asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "client-1",
            "client_secret": "s3cret-of-client-1",
        }
    ]
    assert "Authorization" not in server.asked[0].headers
    assert server.asked[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("given", "sent"), [("1234567", 1234567), ("abc", "abc"), ("٣", "٣")])
def test_the_account_id(
    given: str, sent: object, make_client: Callable[..., ENSClient], server: ScriptedServer
) -> None:
    """The business unit is sent as the number that it is."""
    server.on(LIST, reply([]))

    make_client(account_id=given).list_callbacks()

    assert server.tokens_asked[0]["account_id"] == sent


@pytest.mark.parametrize(
    ("expires_in", "used_until"),
    [(1079, 959), ("1079", 959), (600, 480), (100, 90), (1, 0.9), (None, 960)],
)
def test_a_token_is_renewed_before_its_end(
    expires_in: object,
    used_until: float,
    client: ENSClient,
    server: ScriptedServer,
    clock: FakeClock,
) -> None:
    """A token is used until 120 s before its end, a short-lived one for nine tenths of its life."""
    server.on(TOKEN_ROUTE, reply({"access_token": "token-1", "expires_in": expires_in}))
    server.on(LIST, reply([]))
    client.list_callbacks()

    clock.pass_by(used_until - 0.01)
    client.list_callbacks()
    assert len(server.tokens_asked) == 1

    clock.pass_by(0.01)
    client.list_callbacks()
    assert len(server.tokens_asked) == 2


def test_many_threads_share_one_request(client: ENSClient, server: ScriptedServer) -> None:
    """Eight threads that need a token at once ask for it once."""
    ready = threading.Barrier(8)
    server.on(LIST, reply([]))

    def call(_: int) -> object:
        ready.wait()
        return client.list_callbacks()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [[]] * 8

    assert len(server.tokens_asked) == 1
    assert len(server.routes) == 8


def test_many_threads_share_one_failure(client: ENSClient, server: ScriptedServer) -> None:
    """Threads that wait for a token get the error of the one that asked, and do not ask again."""
    with ThreadPoolExecutor(3) as pool:
        server.on(
            TOKEN_ROUTE,
            Reply(status=401, body=INVALID_CLIENT.body, wait_for=lambda: two_wait(client)),
        )
        calls = [pool.submit(client.list_callbacks) for _ in range(3)]
        errors = [call.exception(timeout=30) for call in calls]

    assert [type(error) for error in errors] == [AuthenticationError] * 3
    assert len({str(error) for error in errors}) == 1
    assert len({id(error) for error in errors}) == 3
    assert len(server.tokens_asked) == 1


def two_wait(client: ENSClient) -> None:
    """Return when two threads wait for the token that another one fetches."""
    flight = client._caller._tokens._flight
    assert flight is not None
    wait_for_followers(flight, 2)


def test_the_next_secret(
    make_client: Callable[..., ENSClient],
    server: ScriptedServer,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where the first secret is no longer known the next one is tried, and kept from then on."""
    caplog.set_level(logging.INFO, logger="ens_provider")
    server.on(TOKEN_ROUTE, INVALID_CLIENT, reply({"access_token": "token-1", "expires_in": 1079}))
    server.on(LIST, reply([]))
    client = make_client(client_secret_next="the-next-s3cret")

    client.list_callbacks()
    clock.pass_by(1079)
    client.list_callbacks()

    assert [asked["client_secret"] for asked in server.tokens_asked] == [
        "s3cret-of-client-1",
        "the-next-s3cret",
        "the-next-s3cret",
    ]
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        "ENS does not accept clientSecret of client client-1 any more; clientSecretNext was used. "
        "Move it to clientSecret."
    )


def test_the_next_secret_is_not_needed_yet(
    make_client: Callable[..., ENSClient],
    server: ScriptedServer,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While both secrets are accepted one line, which is for the user, says which was used."""
    caplog.set_level(logging.INFO, logger="ens_provider")
    server.on(TOKEN_ROUTE, reply({"access_token": "token-1", "expires_in": 1079}))
    server.on(LIST, reply([]))
    client = make_client(client_secret_next="the-next-s3cret")

    client.list_callbacks()
    clock.pass_by(1079)
    client.list_callbacks()

    assert [asked["client_secret"] for asked in server.tokens_asked] == ["s3cret-of-client-1"] * 2
    [record] = caplog.records
    assert record.getMessage() == (
        "ENS accepted clientSecret of client client-1; clientSecretNext was not needed. Activate "
        "the staged secret in Setup when all that use it have it."
    )
    assert (record.levelname, record.for_the_user) == ("INFO", True)  # type: ignore[attr-defined] # set by `extra`


def test_one_secret_alone_is_no_news(
    client: ENSClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a next secret nothing is said about which was used."""
    caplog.set_level(logging.INFO, logger="ens_provider")
    server.on(LIST, reply([]))

    client.list_callbacks()

    assert caplog.records == []


def test_both_secrets_refused(
    make_client: Callable[..., ENSClient], server: ScriptedServer
) -> None:
    """Each secret is tried once, and the sentence names all that may be wrong."""
    server.on(TOKEN_ROUTE, INVALID_CLIENT)

    with pytest.raises(AuthenticationError) as caught:
        make_client(client_secret_next="the-next-s3cret", account_id="7").list_callbacks()

    assert [asked["client_secret"] for asked in server.tokens_asked] == [
        "s3cret-of-client-1",
        "the-next-s3cret",
    ]
    assert str(caught.value) == (
        "ENS refused to give out a token for client 'client-1' (401, invalid_client): Client "
        "authentication failed. Check clientId and accountId and that the installed package is "
        "enabled; if they are right, clientSecret and clientSecretNext are wrong, expired (180 days "
        "after it was generated) or replaced by a staged secret that was activated: generate one in "
        "Setup > Installed Packages, wait 5 minutes, and set it as clientSecret."
    )


def test_both_secrets_are_tried_again(
    make_client: Callable[..., ENSClient], server: ScriptedServer
) -> None:
    """A next secret that is refused is not kept: the call after starts with the first one."""
    token = reply({"access_token": "token-1", "expires_in": 1079})
    server.on(TOKEN_ROUTE, INVALID_CLIENT, INVALID_CLIENT, token)
    server.on(LIST, reply([]))
    client = make_client(client_secret_next="the-next-s3cret")
    with pytest.raises(AuthenticationError):
        client.list_callbacks()

    client.list_callbacks()

    assert [asked["client_secret"] for asked in server.tokens_asked] == [
        "s3cret-of-client-1",
        "the-next-s3cret",
        "s3cret-of-client-1",
    ]


def test_other_refusals_do_not_use_the_next_secret(
    make_client: Callable[..., ENSClient], server: ScriptedServer
) -> None:
    """Only a client that is not known makes the next secret worth a try."""
    server.on(TOKEN_ROUTE, reply({"error": "invalid_scope"}, status=400))

    with pytest.raises(AuthenticationError):
        make_client(client_secret_next="the-next-s3cret").list_callbacks()

    assert len(server.tokens_asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (INVALID_CLIENT, AuthenticationError,
         ("ENS refused to give out a token for client 'client-1' (401, invalid_client): Client "
         "authentication failed. Check clientId and that the installed package is enabled; if they "
         "are right, clientSecret is wrong, expired (180 days after it was generated) or replaced by "
         "a staged secret that was activated: generate one in Setup > Installed Packages, wait 5 "
         "minutes, and set it as clientSecret.")),
        (reply({"message": "Too many", "errorcode": 50100}, status=429), RateLimitedError,
         ("ENS refused to give out a token for client 'client-1' (429, errorcode 50100): Too many. "
         "Nothing else was sent. Run `pulumi up` again in 20 minutes: ENS counts tokens per "
         "client.")),
        (reply(status=503), ServiceError,
         ("ENS could not give out a token for client 'client-1' (503). Nothing else was sent. "
         "Run `pulumi up` again.")),
        (reply(status=404), AuthenticationError,
         ("ENS refused to give out a token for client 'client-1' (404). Check authUrl or "
         "subdomain.")),
        (reply(status=302, Location="https://elsewhere.example"), UnexpectedAnswerError,
         ("ENS refused to give out a token for client 'client-1' (302). Check authUrl or "
         "subdomain.")),
    ],
    ids=["invalid_client", "429", "503", "404", "302"],
)  # fmt: skip
def test_no_token(
    answer: Reply, kind: type[ENSError], sentence: str, client: ENSClient, server: ScriptedServer
) -> None:
    """Without a token nothing else is sent, and the sentence says what to do."""
    server.on(TOKEN_ROUTE, answer)

    with pytest.raises(kind) as caught:
        client.create_callback(callback_name="orders", url="https://a.b")

    assert str(caught.value) == sentence
    assert not caught.value.outcome_unknown
    assert server.routes == []


@pytest.mark.parametrize(
    ("answer", "tries"), [(dropped(), 4), (reply(status=500), 4), (INVALID_CLIENT, 1)]
)
def test_how_often_a_token_is_asked_for(
    answer: Reply, tries: int, client: ENSClient, server: ScriptedServer
) -> None:
    """The tries for a token are not multiplied by those of the call that needs it."""
    server.on(TOKEN_ROUTE, answer)

    with pytest.raises((ConnectionLostError, ServiceError, AuthenticationError)) as caught:
        client.list_callbacks()

    assert len(server.tokens_asked) == tries
    assert not caught.value.outcome_unknown


def test_an_auth_host_that_is_away(make_client: Callable[..., ENSClient]) -> None:
    """The sentence names the host that could not be reached."""
    client = make_client(auth_url="http://127.0.0.1:1")

    with pytest.raises(UnreachableError) as caught:
        client.list_callbacks()

    assert str(caught.value) == (
        "127.0.0.1:1 could not be reached to give out a token for client 'client-1': it refused "
        "the connection. Nothing was sent. Check the network, the proxy and the address of ENS, "
        "then run the command again."
    )


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<html>", "no access_token"),
        (b"[]", "no access_token"),
        (b'"token"', "no access_token"),
        (b'{"access_token": null}', "no access_token"),
        (b'{"access_token": 7}', "no access_token"),
        (b'{"access_token": ""}', "no access_token"),
        (b'{"access_token": "a b"}', "an access_token that is none"),
        (b'{"access_token": "a\\nX: y"}', "an access_token that is none"),
        (b'{"access_token": "\\u00e9"}', "an access_token that is none"),
        (
            b'{"access_token": "t", "expires_in": true}',
            "an expires_in that is no number of seconds",
        ),
        (b'{"access_token": "t", "expires_in": -1}', "an expires_in that is no number of seconds"),
        (b'{"access_token": "t", "expires_in": NaN}', "an expires_in that is no number of seconds"),
        (b'{"access_token": "t", "expires_in": []}', "an expires_in that is no number of seconds"),
    ],
)
def test_token_answers_that_hold_none(
    body: bytes, what: str, client: ENSClient, server: ScriptedServer
) -> None:
    """An answer without a usable token is told without quoting it."""
    server.on(TOKEN_ROUTE, Reply(body=body))

    with pytest.raises(AuthenticationError) as caught:
        client.list_callbacks()

    assert str(caught.value) == (
        f"The token route of ENS answered 200 with {what}. Check authUrl or subdomain."
    )
    assert caught.value.body == ""
    assert server.routes == []


def test_a_failure_is_not_kept(client: ENSClient, server: ScriptedServer) -> None:
    """The call after one that got no token asks again."""
    server.on(TOKEN_ROUTE, INVALID_CLIENT, reply({"access_token": "token-1"}))
    server.on(LIST, reply([]))
    with pytest.raises(AuthenticationError):
        client.list_callbacks()

    assert client.list_callbacks() == []


def test_the_address_in_the_answer_is_not_used(client: ENSClient, server: ScriptedServer) -> None:
    """The token goes to the configured address, wherever the answer points."""
    token = {"access_token": "token-1", "rest_instance_url": "http://127.0.0.1:1/"}
    server.on(TOKEN_ROUTE, reply(token))
    server.on(LIST, reply([]))

    assert client.list_callbacks() == []


@pytest.mark.parametrize(
    ("told", "scopes"),
    [
        (
            "event_notification_callback_read email_read",
            {"event_notification_callback_read", "email_read"},
        ),
        ("", set()),
        (None, None),
        (["event_notification_callback_read"], None),
    ],
)
def test_scopes_of_the_token(
    told: object, scopes: set[str] | None, client: ENSClient, server: ScriptedServer
) -> None:
    """The scopes are those of the token that is in use, and asking for them costs no call more."""
    server.on(TOKEN_ROUTE, reply({"access_token": "t-1", "expires_in": 1079, "scope": told}))
    server.on(LIST, reply([]))

    assert client.granted_scopes() == scopes
    client.list_callbacks()
    assert client.granted_scopes() == scopes
    assert len(server.tokens_asked) == 1
