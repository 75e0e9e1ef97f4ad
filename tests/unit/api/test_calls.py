"""Tries, pauses, limits and renewed tokens of a call, over real HTTP with a clock of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionLostError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnreachableError,
)
from ens_provider.api.records import NotModified
from tests.unit.api.conftest import FakeClock
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, dropped, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.api.scripted_server import ScriptedServer

LIST = "GET /platform/v1/ens-callbacks"
CREATE = "POST /platform/v1/ens-callbacks"
UPDATE = "PUT /platform/v1/ens-callbacks"
DELETE = "DELETE /platform/v1/ens-callbacks/id-1"
VERIFY = "POST /platform/v1/ens-verify"
REGENERATE = "PUT /platform/v1/ens-regenerate"
SUBSCRIBE = "POST /platform/v1/ens-subscriptions"

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
CALLBACK = {
    "callbackId": "id-1",
    "callbackName": "orders",
    "url": "https://a.b",
    "signatureKey": KEY,
}
LIMITED = {"message": "Rate limit exceeded", "errorcode": 50100}
BLOCKED = reply(
    {"message": "Your requests are temporarily blocked.", "errorcode": 50200}, status=429
)
UNAUTHORIZED = reply({"errorcode": 0, "message": "Not Authorized"}, status=401)


def create(client: ENSClient) -> object:
    """Create the callback of these tests."""
    return client.create_callback(callback_name="orders", url="https://a.b")


def subscribe(client: ENSClient) -> object:
    """Create the subscription of these tests."""
    return client.create_subscription(
        callback_id="id-1", subscription_name="sub", event_category_types=["A.B"]
    )


@pytest.mark.parametrize("failure", [dropped(), reply(status=500), reply(status=503)])
def test_reads_are_tried_four_times(
    failure: Reply, client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """A read is tried again after whatever may pass, with doubling pauses."""
    server.on(LIST, failure)

    with pytest.raises((ConnectionLostError, ServiceError)):
        client.list_callbacks()

    assert server.routes == [LIST] * 4
    assert clock.pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("route", "operation", "success"),
    [
        (LIST, lambda c: c.list_callbacks(), reply([])),
        (UPDATE, lambda c: c.update_callback(callback_id="id-1", callback_name="orders"),
         reply([CALLBACK])),
        (DELETE, lambda c: c.delete_callback("id-1"), reply({})),
        (VERIFY, lambda c: c.verify_callback(callback_id="id-1", verification_key=KEY), reply({})),
        (REGENERATE, lambda c: c.regenerate_signature_key("id-1"), reply([CALLBACK])),
    ],
    ids=["list", "update", "delete", "verify", "regenerate"],
)  # fmt: skip
@pytest.mark.parametrize("failure", [dropped(), reply(status=502)], ids=["dropped", "502"])
def test_what_is_repeatable_is_repeated(
    route: str,
    operation: Callable[[ENSClient], object],
    success: Reply,
    failure: Reply,
    client: ENSClient,
    server: ScriptedServer,
) -> None:
    """Everything but a creation survives a lost answer."""
    server.on(route, failure, success)

    operation(client)

    assert server.routes == [route, route]


@pytest.mark.parametrize(("route", "operation"), [(CREATE, create), (SUBSCRIBE, subscribe)])
@pytest.mark.parametrize(
    "failure",
    [
        dropped(),
        reply(status=500),
        reply(status=504),
        Reply(status=201, body=b"[{"),
        Reply(raw=b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n[{"),
    ],
    ids=["dropped", "500", "504", "no JSON", "cut off"],
)
def test_creations_are_never_repeated_after_an_unknown_outcome(
    route: str,
    operation: Callable[[ENSClient], object],
    failure: Reply,
    client: ENSClient,
    server: ScriptedServer,
) -> None:
    """A creation that may have taken effect is sent once, and the error says so."""
    server.on(route, failure)

    with pytest.raises((ConnectionLostError, ServiceError)) as caught:
        operation(client)

    assert caught.value.outcome_unknown
    assert server.routes == [route]


def test_creations_are_repeated_after_429(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """A creation that was turned away took no effect."""
    limited = reply(LIMITED, status=429, Retry_After="7")
    server.on(CREATE, limited, reply([CALLBACK], status=201))

    create(client)

    assert server.routes == [CREATE, CREATE]
    assert clock.pauses == [7.0]


def test_refusals_are_final(client: ENSClient, server: ScriptedServer, clock: FakeClock) -> None:
    """What the service refuses is not asked again, and told with its words and its code."""
    answer = reply({"message": "The URL has a port.", "errorcode": 10005}, status=400)
    server.on(CREATE, answer)

    with pytest.raises(BadRequestError) as caught:
        create(client)

    assert str(caught.value) == (
        "ENS refused to create callback 'orders' (400, errorcode 10005): The URL has a port. "
        "Correct what it names, then run `pulumi up` again."
    )
    assert (caught.value.operation, caught.value.subject) == (
        "create callback",
        "callback 'orders'",
    )
    assert (caught.value.status, caught.value.errorcode) == (400, 10005)
    assert caught.value.service_text == "The URL has a port."
    assert caught.value.body == '{"message": "The URL has a port.", "errorcode": 10005}'
    assert not caught.value.outcome_unknown
    assert server.routes == [CREATE]
    assert clock.pauses == []


def test_update_repeated_after_a_lost_answer(client: ENSClient, server: ScriptedServer) -> None:
    """The first try may have done it all; then the second has nothing left to change."""
    server.on(UPDATE, dropped(), reply(status=304))

    answer = client.update_callback(callback_id="id-1", callback_name="orders")

    assert answer is NotModified.NOT_MODIFIED


def test_delete_repeated_after_a_lost_answer(client: ENSClient, server: ScriptedServer) -> None:
    """A deletion whose first try took effect ends in not found, outcome unknown."""
    server.on(DELETE, dropped(), reply(status=404))

    with pytest.raises(NotFoundError) as caught:
        client.delete_callback("id-1")

    assert caught.value.outcome_unknown


def test_unreachable_service(make_client: Callable[..., ENSClient], clock: FakeClock) -> None:
    """A creation is tried again while nothing can be sent, and the error says that nothing was."""
    client = make_client(rest_url="http://127.0.0.1:1")

    with pytest.raises(UnreachableError) as caught:
        create(client)

    assert str(caught.value) == (
        "127.0.0.1:1 could not be reached to create callback 'orders': it refused the connection. "
        "Nothing was sent. Check the network, the proxy and the address of ENS, then run the "
        "command again."
    )
    assert not caught.value.outcome_unknown
    assert clock.pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (reply(LIMITED, status=429, Retry_After="7"), 7.0),
        (reply({**LIMITED, "retryAfter": 9}, status=429), 9.0),
        (reply({**LIMITED, "retryAfter": 9}, status=429, Retry_After="5"), 9.0),
        # The local clock of the tests shows 2023-11-14 22:13:20.
        (reply(LIMITED, status=429, Retry_After="Tue, 14 Nov 2023 22:13:50 GMT"), 30.0),
        (reply(LIMITED, status=429, Retry_After="Tue, 14 Nov 2023 22:13:00 GMT"), 0.5),
        (reply(LIMITED, status=429, Retry_After="soon"), 0.5),
        (reply(LIMITED, status=429, Retry_After="nan"), 0.5),
        (reply(status=503, Retry_After="11"), 11.0),
    ],
    ids=["header", "body", "both", "date", "past date", "word", "nan", "503"],
)
def test_pauses_that_the_service_asks_for(
    answer: Reply, pause: float, client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """The longer wish of header and body is honoured; what is none is our own pause."""
    server.on(LIST, answer, reply([]))

    assert client.list_callbacks() == []
    assert clock.pauses == [pause]


def test_retry_date_is_read_on_the_clock_of_the_service(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """A date to wait for is compared with the date of the same answer, not with our clock."""
    limited = reply(
        LIMITED,
        status=429,
        Date="Fri, 01 Jan 2027 00:00:00 GMT",
        Retry_After="Fri, 01 Jan 2027 00:00:12 GMT",
    )
    server.on(LIST, limited, reply([]))

    client.list_callbacks()

    assert clock.pauses == [12.0]


def test_pauses_beyond_the_budget_of_a_call(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """A call waits 60 s altogether; a pause that goes beyond is not begun."""
    server.on(LIST, reply(LIMITED, status=429, Retry_After="25"))

    with pytest.raises(RateLimitedError) as caught:
        client.list_callbacks()

    assert clock.pauses == [25.0, 25.0]
    assert server.routes == [LIST] * 3
    assert caught.value.retry_after_seconds == 25.0
    assert str(caught.value) == (
        "ENS refused to list the callbacks (429, errorcode 50100): Rate limit exceeded. "
        "Run `pulumi up` again in a few minutes, with fewer resources at a time."
    )


def test_a_limit_holds_for_other_calls(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """After 429 no call of this client is sent before the time that the service named."""
    server.on(LIST, reply(LIMITED, status=429, Retry_After="100"))
    server.on(DELETE, reply({}))
    with pytest.raises(RateLimitedError):
        client.list_callbacks()

    with pytest.raises(RateLimitedError) as caught:
        client.delete_callback("id-1")

    assert str(caught.value) == (
        "ENS was not asked to delete callback id-1: it limits the requests of this client "
        "(429: Rate limit exceeded). Nothing is sent for another 100 s; run `pulumi up` after that."
    )
    assert server.routes == [LIST]

    clock.pass_by(50)
    client.delete_callback("id-1")

    assert clock.pauses == [50.0]
    assert server.routes == [LIST, DELETE]


def test_a_block_is_not_asked_again(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """50200 is raised at once, and for 300 s again by every call without a request."""
    server.on(LIST, BLOCKED)
    server.on(CREATE, reply([CALLBACK], status=201))

    with pytest.raises(TemporarilyBlockedError) as caught:
        client.list_callbacks()

    assert str(caught.value) == (
        "ENS refused to list the callbacks (429, errorcode 50200): Your requests are temporarily "
        "blocked. Nothing is sent for 5 minutes, since asking again prolongs the block; run "
        "`pulumi up` after that, and ask Salesforce Support if it stays."
    )
    clock.pass_by(299)
    with pytest.raises(TemporarilyBlockedError) as caught:
        create(client)
    assert str(caught.value) == (
        "ENS was not asked to create callback 'orders': it blocks this client (429: Your requests "
        "are temporarily blocked.). Nothing is sent for another 1 s; run `pulumi up` after that."
    )
    assert caught.value.errorcode == 50200
    assert server.routes == [LIST]
    assert clock.pauses == []

    clock.pass_by(1)
    create(client)

    assert server.routes == [LIST, CREATE]


def test_a_block_of_the_token_route(client: ENSClient, server: ScriptedServer) -> None:
    """50200 on the token route blocks the client too."""
    server.on(TOKEN_ROUTE, BLOCKED)

    for _ in range(2):
        with pytest.raises(TemporarilyBlockedError):
            client.list_callbacks()

    assert len(server.tokens_asked) == 1


def test_a_refused_token_is_renewed_once(client: ENSClient, server: ScriptedServer) -> None:
    """After 401 a creation is sent again with a new token, without a pause."""
    server.on(TOKEN_ROUTE, reply({"access_token": "token-1"}), reply({"access_token": "token-2"}))
    server.on(CREATE, UNAUTHORIZED, reply([CALLBACK], status=201))

    create(client)

    sent = [a.headers["Authorization"] for a in server.asked if a.route == CREATE]
    assert sent == ["Bearer token-1", "Bearer token-2"]


def test_a_token_refused_twice(client: ENSClient, server: ScriptedServer, clock: FakeClock) -> None:
    """The second 401 of a call is raised."""
    server.on(LIST, UNAUTHORIZED)

    with pytest.raises(AuthenticationError) as caught:
        client.list_callbacks()

    assert str(caught.value) == (
        "ENS refused to list the callbacks (401, errorcode 0): Not Authorized. A new token was not "
        "accepted either: check that the installed package is enabled for this business unit."
    )
    assert server.routes == [LIST, LIST]
    assert len(server.tokens_asked) == 2
    assert clock.pauses == []


def test_a_token_refused_between_failures(client: ENSClient, server: ScriptedServer) -> None:
    """A renewed token is used by the tries that follow, and renewed no second time."""
    server.on(LIST, UNAUTHORIZED, dropped(), UNAUTHORIZED)

    with pytest.raises(AuthenticationError):
        client.list_callbacks()

    assert server.routes == [LIST] * 3
    assert len(server.tokens_asked) == 2


def test_a_token_refused_to_many_threads(client: ENSClient, server: ScriptedServer) -> None:
    """Eight calls refused with the same token fetch one new one between them."""
    together = threading.Barrier(8)
    refusal = Reply(status=401, wait_for=together.wait)
    server.on(TOKEN_ROUTE, reply({"access_token": "token-1"}), reply({"access_token": "token-2"}))
    server.on(LIST, *[refusal] * 8, reply([]))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.list_callbacks(), range(8)))

    assert answers == [[]] * 8
    assert len(server.tokens_asked) == 2
    assert server.routes == [LIST] * 16


def test_now_follows_the_service(
    client: ENSClient, server: ScriptedServer, clock: FakeClock
) -> None:
    """The time is that of the newest dated answer, errors included, and runs on from there."""
    assert client.now() == 1_700_000_000.0

    server.on(DELETE, reply(status=404, Date="Thu, 01 Jan 2026 00:00:00 GMT"))
    with pytest.raises(NotFoundError):
        client.delete_callback("id-1")
    clock.pass_by(5)

    assert client.now() == 1_767_225_605.0

    server.on(LIST, reply([], Date="nonsense"))
    client.list_callbacks()

    assert client.now() == 1_767_225_605.0


def test_now_does_not_follow_the_token_route(client: ENSClient, server: ScriptedServer) -> None:
    """Only the host of the service tells the time of its objects."""
    token = reply({"access_token": "token-1"}, Date="Thu, 01 Jan 2026 00:00:00 GMT")
    server.on(TOKEN_ROUTE, token)
    server.on(LIST, reply([]))

    client.list_callbacks()

    assert client.now() == 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "obj", "sentence"),
    [
        (403, {"message": "Insufficient privileges to complete this action."},
         ("ENS refused to create callback 'orders' (403): Insufficient privileges to complete this "
         "action. Give the installed package the permission Event Notifications > Callbacks > "
         "Create (scope event_notification_callback_create) in Setup; a new token shows it after "
         "up to 5 minutes.")),
        (409, {"message": "In use", "errorcode": "30002"},
         ("ENS refused to create callback 'orders' (409, errorcode 30002): In use. Remove what is "
         "attached to it first.")),
        (500, {"message": "Boom", "errorcode": 30000},
         ("ENS could not create callback 'orders' (500, errorcode 30000): Boom. Run `pulumi up` "
         "again.")),
        (503, None,
         "ENS could not create callback 'orders' (503). Run `pulumi up` again."),
        (302, None,
         ("ENS refused to create callback 'orders' (302). Redirects are not followed: check restUrl "
         "or subdomain.")),
        (596, {"message": "Service not found"},
         ("ENS refused to create callback 'orders' (596): Service not found. Check restUrl or "
         "subdomain, and whether a proxy answered instead.")),
    ],
)  # fmt: skip
def test_sentences(
    status: int, obj: object, sentence: str, client: ENSClient, server: ScriptedServer
) -> None:
    """An error says what failed, on which object, what the service said and what to do."""
    server.on(CREATE, reply(obj, status=status))

    with pytest.raises(Exception, match="ENS") as caught:
        create(client)

    assert str(caught.value) == sentence
