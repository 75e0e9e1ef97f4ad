"""Each operation over real HTTP: the request that leaves and the record that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ens_provider.api.errors import (
    ConfigurationError,
    ConnectionLostError,
    NotFoundError,
    UnexpectedAnswerError,
)
from ens_provider.api.records import (
    CallbackRecord,
    CallbackUpdate,
    NotModified,
    SubscriptionRecord,
    SubscriptionUpdate,
    TokenContext,
)
from tests.unit.api.scripted_server import Reply, reply

if TYPE_CHECKING:
    from ens_provider.api.client import ENSClient
    from tests.unit.api.scripted_server import ScriptedServer

CALLBACK_ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
SUBSCRIPTION_ID = "d89c87c4-70f8-43d6-be1e-f01dce97fe4c"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="

CREATED = {
    "callbackName": "cb1",
    "callbackId": CALLBACK_ID,
    "url": "https://example.com/",
    "signatureKey": KEY,
    "maxBatchSize": 1000,
}
READ = {
    "callbackId": CALLBACK_ID,
    "callbackName": "cb1",
    "url": "https://example.com/",
    "maxBatchSize": 1000,
    "status": "verified",
    "statusReason": "none",
}
SUBSCRIPTION = {
    "callbackId": CALLBACK_ID,
    "callbackName": "cb1",
    "subscriptionName": "sub1",
    "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"],
    "subscriptionId": SUBSCRIPTION_ID,
    "filters": ["definitionKey=12345"],
    "status": "active",
}
SUBSCRIPTION_RECORD = SubscriptionRecord(
    subscription_id=SUBSCRIPTION_ID,
    subscription_name="sub1",
    callback_id=CALLBACK_ID,
    callback_name="cb1",
    event_category_types=("TransactionalSendEvents.EmailSent",),
    filters=("definitionKey=12345",),
    status="active",
)


def the_request(server: ScriptedServer) -> tuple[str, object]:
    """Return route and body of the only request beside the one for a token."""
    [asked] = [asked for asked in server.asked if "/v2/token" not in asked.route]
    return asked.route, asked.body


def test_create_callback(client: ENSClient, server: ScriptedServer) -> None:
    """A creation sends an array of one and returns the record with its key."""
    server.on("POST /platform/v1/ens-callbacks", reply([CREATED], status=201))

    record = client.create_callback(
        callback_name="cb1", url="https://example.com/", max_batch_size=1000, auth_id="auth-7"
    )

    assert the_request(server) == (
        "POST /platform/v1/ens-callbacks",
        [
            {
                "callbackName": "cb1",
                "url": "https://example.com/",
                "maxBatchSize": 1000,
                "authId": "auth-7",
            }
        ],
    )
    assert record == CallbackRecord(
        callback_id=CALLBACK_ID,
        callback_name="cb1",
        url="https://example.com/",
        max_batch_size=1000,
        signature_key=KEY,
    )


def test_create_callback_leaves_out_what_is_not_given(
    client: ENSClient, server: ScriptedServer
) -> None:
    """What the caller leaves open is left to the service."""
    server.on("POST /platform/v1/ens-callbacks", reply([CREATED], status=201))

    client.create_callback(callback_name="cb1", url="https://example.com/")

    assert the_request(server)[1] == [{"callbackName": "cb1", "url": "https://example.com/"}]


def test_create_callback_takes_a_bare_object(client: ENSClient, server: ScriptedServer) -> None:
    """An object in the place of an array of one is read all the same."""
    server.on("POST /platform/v1/ens-callbacks", reply(CREATED, status=201))

    record = client.create_callback(callback_name="cb1", url="https://example.com/")

    assert isinstance(record, CallbackRecord)
    assert record.signature_key == KEY


def test_create_callback_without_key_is_lost(client: ENSClient, server: ScriptedServer) -> None:
    """A creation whose answer shows no key has an unknown outcome, and is not sent again."""
    keyless = {key: value for key, value in CREATED.items() if key != "signatureKey"}
    server.on("POST /platform/v1/ens-callbacks", reply([keyless], status=201))

    with pytest.raises(ConnectionLostError) as caught:
        client.create_callback(callback_name="cb1", url="https://example.com/")

    assert caught.value.outcome_unknown
    host = server.url.removeprefix("http://")
    assert str(caught.value) == (
        f"No complete answer came from {host} when asked to create callback 'cb1': its answer 201 "
        "cannot be read, signatureKey is missing. It may have taken effect. "
        "Run `pulumi up --refresh`."
    )
    assert server.routes == ["POST /platform/v1/ens-callbacks"]


@pytest.mark.parametrize(
    "obj",
    [[], [CREATED, CREATED], "text", 7, [[CREATED]]],
    ids=["none", "two", "text", "7", "deep"],
)
def test_create_callback_with_another_shape_is_lost(
    obj: object, client: ENSClient, server: ScriptedServer
) -> None:
    """An answer that is not one callback leaves the outcome unknown."""
    server.on("POST /platform/v1/ens-callbacks", reply(obj, status=201))

    with pytest.raises(ConnectionLostError):
        client.create_callback(callback_name="cb1", url="https://example.com/")


def test_not_modified_is_an_answer(client: ENSClient, server: ScriptedServer) -> None:
    """304 is returned by every operation that documents it."""
    for route in ("POST", "PUT"):
        server.on(f"{route} /platform/v1/ens-callbacks", reply(status=304))
        server.on(f"{route} /platform/v1/ens-subscriptions", reply(status=304))

    answers = [
        client.create_callback(callback_name="cb1", url="https://example.com/"),
        client.update_callback(callback_id=CALLBACK_ID, callback_name="cb1"),
        client.create_subscription(
            callback_id=CALLBACK_ID, subscription_name="sub1", event_category_types=["A.B"]
        ),
        client.update_subscription(
            SubscriptionUpdate(subscription_id=SUBSCRIPTION_ID, event_category_types=("A.B",))
        ),
    ]

    assert answers == [NotModified.NOT_MODIFIED] * 4


def test_not_modified_where_it_has_no_meaning(client: ENSClient, server: ScriptedServer) -> None:
    """304 to an operation that does not document it is an error."""
    server.on("PUT /platform/v1/ens-regenerate", reply(status=304))

    with pytest.raises(UnexpectedAnswerError):
        client.regenerate_signature_key(CALLBACK_ID)


def test_list_callbacks(client: ENSClient, server: ScriptedServer) -> None:
    """The list is a bare array."""
    other = {**READ, "callbackId": "id-2", "callbackName": "cb2", "maxBatchSize": 750}
    server.on("GET /platform/v1/ens-callbacks", reply([READ, other]))

    records = client.list_callbacks()

    assert the_request(server) == ("GET /platform/v1/ens-callbacks", None)
    assert [(r.callback_name, r.max_batch_size, r.status, r.status_reason) for r in records] == [
        ("cb1", 1000, "verified", "none"),
        ("cb2", 750, "verified", "none"),
    ]


def test_lists_that_are_not_found_are_empty(client: ENSClient, server: ScriptedServer) -> None:
    """404 to a list means that it is empty."""
    server.on("GET /platform/v1/ens-callbacks", reply({"message": "Not Found"}, status=404))
    server.on(f"GET /platform/v1/ens-subscriptions-by-cb/{CALLBACK_ID}", reply(status=404))

    assert client.list_callbacks() == []
    assert client.list_subscriptions(CALLBACK_ID) == []


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'[{"callbackName": "no id"}]'])
def test_list_that_cannot_be_read_is_not_empty(
    body: bytes, client: ENSClient, server: ScriptedServer
) -> None:
    """An unreadable list is an error after every try, since an empty one would be believed."""
    server.on("GET /platform/v1/ens-callbacks", Reply(body=body))

    with pytest.raises(ConnectionLostError):
        client.list_callbacks()

    assert server.routes == ["GET /platform/v1/ens-callbacks"] * 4


def test_get_callback(client: ENSClient, server: ScriptedServer) -> None:
    """One callback is read as a bare object."""
    server.on(f"GET /platform/v1/ens-callbacks/{CALLBACK_ID}", reply(READ))

    assert client.get_callback(CALLBACK_ID) == CallbackRecord(
        callback_id=CALLBACK_ID,
        callback_name="cb1",
        url="https://example.com/",
        max_batch_size=1000,
        status="verified",
        status_reason="none",
    )
    assert the_request(server)[1] is None


def test_ids_are_quoted(client: ENSClient, server: ScriptedServer) -> None:
    """An id cannot lead to another route."""
    server.on("DELETE /platform/v1/ens-callbacks/a%2Fb%3Fc%23d%20%25%C3%A9", reply({}))

    client.delete_callback("a/b?c#d %é")

    assert server.routes == ["DELETE /platform/v1/ens-callbacks/a%2Fb%3Fc%23d%20%25%C3%A9"]


@pytest.mark.parametrize("bad", ["", " ", ".", ".."])
def test_ids_that_name_another_route(bad: str, client: ENSClient, server: ScriptedServer) -> None:
    """An id that a path cannot carry is refused before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        client.delete_callback(bad)

    assert str(caught.value) == (
        f"{bad!r} is no id to delete callback with. Give the id that ENS shows."
    )
    assert server.asked == []


def test_list_that_breaks_off_is_not_empty(client: ENSClient, server: ScriptedServer) -> None:
    """A list that is cut off is an error, even where what came of it can be read."""
    cut_off = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[]")
    server.on("GET /platform/v1/ens-callbacks", cut_off)

    with pytest.raises(ConnectionLostError, match="cannot be read, the answer broke off"):
        client.list_callbacks()


@pytest.mark.parametrize(("status", "created"), [(200, False), (201, True)])
def test_update_callback(
    client: ENSClient, server: ScriptedServer, *, status: int, created: bool
) -> None:
    """An update sends id and name in an array, and tells whether the callback is a new one."""
    answered = {key: READ[key] for key in ("callbackId", "callbackName", "url", "maxBatchSize")}
    server.on("PUT /platform/v1/ens-callbacks", reply([answered], status=status))

    update = client.update_callback(
        callback_id=CALLBACK_ID, callback_name="cb1", max_batch_size=500
    )

    assert the_request(server) == (
        "PUT /platform/v1/ens-callbacks",
        [{"callbackId": CALLBACK_ID, "callbackName": "cb1", "maxBatchSize": 500}],
    )
    assert update == CallbackUpdate(
        record=CallbackRecord(
            callback_id=CALLBACK_ID,
            callback_name="cb1",
            url="https://example.com/",
            max_batch_size=1000,
        ),
        created=created,
    )


@pytest.mark.parametrize("body", [b"{}", b"", b"whatever"])
def test_delete_and_verify_need_no_body(
    body: bytes, client: ENSClient, server: ScriptedServer
) -> None:
    """What answers a deletion or a verification is not documented and not read."""
    server.on(f"DELETE /platform/v1/ens-callbacks/{CALLBACK_ID}", Reply(body=body))
    server.on(f"DELETE /platform/v1/ens-subscriptions/{SUBSCRIPTION_ID}", Reply(body=body))
    server.on("POST /platform/v1/ens-verify", Reply(body=body))

    client.delete_callback(CALLBACK_ID)
    client.delete_subscription(SUBSCRIPTION_ID)
    client.verify_callback(callback_id=CALLBACK_ID, verification_key=KEY)

    assert [asked.body for asked in server.asked[1:]] == [
        None,
        None,
        {"callbackId": CALLBACK_ID, "verificationKey": KEY},
    ]


def test_regenerate_signature_key(client: ENSClient, server: ScriptedServer) -> None:
    """A new key comes with everything but a batch size."""
    answered = {key: CREATED[key] for key in ("callbackId", "callbackName", "url", "signatureKey")}
    server.on("PUT /platform/v1/ens-regenerate", reply([answered]))

    record = client.regenerate_signature_key(CALLBACK_ID)

    assert the_request(server)[1] == [{"callbackId": CALLBACK_ID}]
    assert (record.signature_key, record.max_batch_size) == (KEY, None)


def test_create_subscription(client: ENSClient, server: ScriptedServer) -> None:
    """A subscription is created with an array of one."""
    server.on("POST /platform/v1/ens-subscriptions", reply([SUBSCRIPTION], status=201))

    record = client.create_subscription(
        callback_id=CALLBACK_ID,
        subscription_name="sub1",
        event_category_types=("TransactionalSendEvents.EmailSent",),
        filters=("definitionKey=12345",),
    )

    assert the_request(server)[1] == [
        {
            "callbackId": CALLBACK_ID,
            "subscriptionName": "sub1",
            "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"],
            "filters": ["definitionKey=12345"],
        }
    ]
    assert record == SUBSCRIPTION_RECORD


def test_get_and_list_subscriptions(client: ENSClient, server: ScriptedServer) -> None:
    """One subscription is an object, those of a callback are a bare array."""
    server.on(f"GET /platform/v1/ens-subscriptions/{SUBSCRIPTION_ID}", reply(SUBSCRIPTION))
    server.on(f"GET /platform/v1/ens-subscriptions-by-cb/{CALLBACK_ID}", reply([SUBSCRIPTION] * 2))

    assert client.get_subscription(SUBSCRIPTION_ID) == SUBSCRIPTION_RECORD
    assert client.list_subscriptions(CALLBACK_ID) == [SUBSCRIPTION_RECORD] * 2


def test_update_subscription(client: ENSClient, server: ScriptedServer) -> None:
    """An update carries the whole object: no filters means that there shall be none."""
    server.on("PUT /platform/v1/ens-subscriptions", reply([SUBSCRIPTION]))

    record = client.update_subscription(
        SubscriptionUpdate(
            subscription_id=SUBSCRIPTION_ID,
            subscription_name="sub1",
            event_category_types=("TransactionalSendEvents.EmailSent",),
            status="paused",
            status_reason="by the program",
        )
    )

    assert the_request(server)[1] == [
        {
            "subscriptionId": SUBSCRIPTION_ID,
            "subscriptionName": "sub1",
            "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"],
            "filters": [],
            "status": "paused",
            "statusReason": "by the program",
        }
    ]
    assert record == SUBSCRIPTION_RECORD


@pytest.mark.parametrize("status", [200, 202])
def test_token_context(status: int, client: ENSClient, server: ScriptedServer) -> None:
    """Ids of the context are text; the documentation shows 202."""
    server.on(
        "GET /platform/v1/tokenContext",
        reply(
            {"enterprise": {"id": 10}, "organization": {"id": 1234567}, "user": {"id": "u"}},
            status=status,
        ),
    )

    assert client.token_context() == TokenContext(enterprise_id="10", mid="1234567", user_id="u")


def test_headers_of_a_call(client: ENSClient, server: ScriptedServer) -> None:
    """Each call carries the token and says that it speaks JSON, reads included."""
    server.on("GET /platform/v1/ens-callbacks", reply([]))

    client.list_callbacks()

    headers = server.asked[-1].headers
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"] == "pulumi-sfmc-ens"


def test_making_a_client_sends_nothing(client: ENSClient, server: ScriptedServer) -> None:
    """The constructor uses no network."""
    assert server.asked == []


def test_get_that_is_not_found(client: ENSClient, server: ScriptedServer) -> None:
    """A missing object is told in one sentence that names the business unit."""
    server.on(
        f"GET /platform/v1/ens-callbacks/{CALLBACK_ID}",
        reply({"message": "Not Found", "errorcode": 30003}, status=404),
    )

    with pytest.raises(NotFoundError) as caught:
        client.get_callback(CALLBACK_ID)

    assert str(caught.value) == (
        f"ENS refused to read callback {CALLBACK_ID} (404, errorcode 30003): Not Found. "
        "It does not exist for this business unit: run `pulumi up --refresh` if it was deleted "
        "outside, otherwise check accountId."
    )
    assert server.routes == [f"GET /platform/v1/ens-callbacks/{CALLBACK_ID}"]
