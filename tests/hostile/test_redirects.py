"""Redirects: whoever they lead to gets no request, and so no token and no secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.errors import ENSError, UnexpectedAnswerError
from ens_provider.api.records import SubscriptionUpdate
from ens_provider.api.verification_key_source import KeySource, fetch_verification_key
from tests.hostile.raw_service import TOKEN_ROUTE, RawService, answer

ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
CALLS: dict[str, Callable[[ENSClient], object]] = {
    "POST /platform/v1/ens-callbacks": lambda c: c.create_callback(
        callback_name="orders", url="https://a.b"
    ),
    "GET /platform/v1/ens-callbacks": lambda c: c.list_callbacks(),
    f"GET /platform/v1/ens-callbacks/{ID}": lambda c: c.get_callback(ID),
    "PUT /platform/v1/ens-callbacks": lambda c: c.update_callback(
        callback_id=ID, callback_name="orders"
    ),
    f"DELETE /platform/v1/ens-callbacks/{ID}": lambda c: c.delete_callback(ID),
    "POST /platform/v1/ens-verify": lambda c: c.verify_callback(
        callback_id=ID, verification_key=KEY
    ),
    "PUT /platform/v1/ens-regenerate": lambda c: c.regenerate_signature_key(ID),
    "POST /platform/v1/ens-subscriptions": lambda c: c.create_subscription(
        callback_id=ID, subscription_name="mails", event_category_types=["A.B"]
    ),
    f"GET /platform/v1/ens-subscriptions/{ID}": lambda c: c.get_subscription(ID),
    f"GET /platform/v1/ens-subscriptions-by-cb/{ID}": lambda c: c.list_subscriptions(ID),
    "PUT /platform/v1/ens-subscriptions": lambda c: c.update_subscription(
        SubscriptionUpdate(subscription_id=ID, event_category_types=("A.B",))
    ),
    f"DELETE /platform/v1/ens-subscriptions/{ID}": lambda c: c.delete_subscription(ID),
    "GET /platform/v1/tokenContext": lambda c: c.token_context(),
}


def moved(to: str, status: str = "307 Temporary Redirect") -> bytes:
    """Return a redirect to somewhere."""
    return answer("", status=status, headers={"Location": to})


@pytest.mark.parametrize("route", CALLS)
def test_no_operation_follows(
    route: str, service: RawService, elsewhere: RawService, client: ENSClient
) -> None:
    """A redirect of an operation is an error that says so, and its target hears nothing."""
    service.on(route, moved(f"{elsewhere.url}/platform/v1/ens-callbacks"))

    with pytest.raises(UnexpectedAnswerError, match="Redirects are not followed"):
        CALLS[route](client)

    assert service.routes == [route]
    assert elsewhere.asked == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "308 Permanent"])
@pytest.mark.parametrize(
    "place", ["{url}/a", "//{host}/a", "/platform/v1/other", "http://", "\\", ""]
)
def test_no_kind_of_redirect_is_followed(
    status: str, place: str, service: RawService, elsewhere: RawService, client: ENSClient
) -> None:
    """Neither to another host, however it is spelled, nor to another route of the same."""
    to = place.format(url=elsewhere.url, host=elsewhere.url.removeprefix("http://"))
    service.on("GET /platform/v1/ens-callbacks", moved(to, status))

    with pytest.raises(UnexpectedAnswerError, match="Redirects are not followed"):
        client.list_callbacks()

    assert service.routes == ["GET /platform/v1/ens-callbacks"]
    assert elsewhere.asked == []


def test_token_route_is_not_followed(
    service: RawService, elsewhere: RawService, client: ENSClient
) -> None:
    """The client's secret goes to the configured host alone."""
    service.on(TOKEN_ROUTE, moved(f"{elsewhere.url}/v2/token"))

    with pytest.raises(UnexpectedAnswerError, match="Check authUrl or subdomain"):
        client.list_callbacks()

    assert elsewhere.asked == []


def test_url_in_the_answer_of_the_token_route_is_not_used(
    service: RawService, elsewhere: RawService, client: ENSClient
) -> None:
    """The token goes to the configured host, whatever `rest_instance_url` says."""
    given = {"access_token": "a", "expires_in": 1079, "rest_instance_url": f"{elsewhere.url}/"}
    service.on(TOKEN_ROUTE, answer(given))
    service.on("GET /platform/v1/ens-callbacks", answer([]))

    assert client.list_callbacks() == []
    assert elsewhere.asked == []


def test_verification_key_url_is_not_followed(service: RawService, elsewhere: RawService) -> None:
    """A receiver's token goes to the declared URL alone."""
    service.on("GET /keys", moved(f"{elsewhere.url}/keys"))
    source = KeySource(url=f"{service.url}/keys", callback_id=ID, token="the-receivers-token")

    with pytest.raises(ENSError, match="has to answer 200 there, without a redirect"):
        fetch_verification_key(source)

    assert "Authorization: Bearer the-receivers-token" in service.asked[0][1]
    assert elsewhere.asked == []
