"""Requests whose answers are handed back as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ens_provider.api import operations as op
from ens_provider.api.calls import Clocks
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import (
    ConnectionLostError,
    ENSError,
    PermissionDeniedError,
    ServiceError,
    UnexpectedAnswerError,
)
from ens_provider.api.exchanges import Exchanges
from ens_provider.api.retry import RetryPolicy
from tests.unit.api.conftest import FakeClock
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, ScriptedServer, dropped, reply

CREATE = "POST /platform/v1/ens-callbacks"
UPDATE = "PUT /platform/v1/ens-callbacks"
LIST = "GET /platform/v1/ens-callbacks"
DELETE = "DELETE /platform/v1/ens-callbacks/id-1"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="


@pytest.fixture
def exchanges(server: ScriptedServer, clock: FakeClock) -> Iterator[Exchanges]:
    """Exchanges with the scripted server."""
    config = ClientConfig(
        client_id="client-1",
        client_secret="s3cret-of-client-1",
        auth_url=server.url,
        rest_url=server.url,
    )
    made = Exchanges(
        config,
        retry=RetryPolicy(jitter=lambda: 1.0),
        clocks=Clocks(monotonic=clock, sleep=clock.sleep),
    )
    yield made
    made.close()


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 404, 409, 415])
def test_answer_of_any_meaning(server: ScriptedServer, exchanges: Exchanges, status: int) -> None:
    """Status and bytes come back, also where a client's method would raise; nothing is repeated."""
    body = b"" if status in {204, 304} else b" not JSON\xff"
    server.on(CREATE, Reply(status=status, body=body))
    answer = exchanges.send(op.CREATE_CALLBACK, json=[{"callbackName": "orders"}])

    assert (answer.status, answer.raw) == (status, body)
    assert [asked.route for asked in server.asked] == [TOKEN_ROUTE, CREATE]
    assert server.asked[1].body == [{"callbackName": "orders"}]
    assert server.asked[1].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, UnexpectedAnswerError), (403, PermissionDeniedError), (500, ServiceError)],
)
def test_status_that_is_no_answer(
    server: ScriptedServer, exchanges: Exchanges, status: int, kind: type[ENSError]
) -> None:
    """A refused token or permission, and a service that failed, are errors as everywhere."""
    server.on(UPDATE, reply({"message": "No."}, status=status))
    with pytest.raises(kind):
        exchanges.send(op.UPDATE_CALLBACK, json=[])

    assert [asked.route for asked in server.asked] == [TOKEN_ROUTE, UPDATE]


def test_token_that_has_expired(server: ScriptedServer, exchanges: Exchanges) -> None:
    """A refused token is replaced, and the request is sent again under the new one."""
    server.on(UPDATE, reply({"message": "Not Authorized"}, status=401), reply([], status=200))

    assert exchanges.send(op.UPDATE_CALLBACK, json=[]).raw == b"[]"
    assert [asked.route for asked in server.asked] == [TOKEN_ROUTE, UPDATE, TOKEN_ROUTE, UPDATE]


def test_change_of_unknown_outcome(server: ScriptedServer, exchanges: Exchanges) -> None:
    """A change whose answer is lost is not sent again: the second one might be answered otherwise."""
    server.on(UPDATE, dropped(), reply([]))
    with pytest.raises(ConnectionLostError):
        exchanges.send(op.UPDATE_CALLBACK, json=[])

    assert [asked.route for asked in server.asked] == [TOKEN_ROUTE, UPDATE]


def test_what_may_be_repeated(server: ScriptedServer, exchanges: Exchanges) -> None:
    """A read or a deletion whose answer is lost is sent again."""
    server.on(LIST, dropped(), reply([]))
    server.on(DELETE, dropped(), reply({}, status=404))

    assert exchanges.send(op.LIST_CALLBACKS).raw == b"[]"
    assert exchanges.send(op.DELETE_CALLBACK, object_id="id-1").status == 404


def test_answer_that_is_cut(server: ScriptedServer, exchanges: Exchanges) -> None:
    """Half an answer is no answer."""
    cut = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\nhalf"
    server.on(CREATE, Reply(raw=cut))
    with pytest.raises(ConnectionLostError):
        exchanges.send(op.CREATE_CALLBACK, json=[])


def test_excerpt_without_secrets(server: ScriptedServer, exchanges: Exchanges) -> None:
    """What is shown of a body is one short line without keys, token and secret."""
    told = f"key {KEY}\n token-1 s3cret-of-client-1 " + "x" * 1000
    server.on(CREATE, Reply(status=400, body=told.encode()))
    excerpt = exchanges.excerpt(exchanges.send(op.CREATE_CALLBACK, json=[]))

    assert excerpt.startswith("key [hidden] [hidden] [hidden] xxx")
    assert len(excerpt) == 500


def test_excerpt_that_a_terminal_only_shows(server: ScriptedServer, exchanges: Exchanges) -> None:
    """Escape sequences and marks that turn a line are no part of what is shown."""
    server.on(CREATE, Reply(status=400, body="a\x1b[31mb\u202ec\x00\u2028d".encode()))

    assert exchanges.excerpt(exchanges.send(op.CREATE_CALLBACK, json=[])) == "a [31mb c d"


def test_secrets_stay_out_of_sight(exchanges: Exchanges) -> None:
    """Neither representation shows the secret."""
    assert "s3cret" not in repr(exchanges)
