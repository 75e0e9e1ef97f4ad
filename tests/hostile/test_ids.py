"""Ids that are none: nobody could find an object by them, or they would name another route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.errors import ConnectionLostError, ENSError
from tests.hostile.raw_service import RawService, answer

ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
OTHER = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
CALLBACK = {
    "callbackName": "orders",
    "url": "https://a.b",
    "maxBatchSize": 1000,
    "signatureKey": KEY,
}
SUBSCRIPTION = {
    "subscriptionName": "mails",
    "callbackId": ID,
    "eventCategoryTypes": ["A.B"],
    "filters": [],
}
USELESS: dict[str, Any] = {
    "parent": "../ens-callbacks",
    "dots": "..",
    "dot": ".",
    "quoted dots": "%2e%2e",
    "quoted slash": f"{ID}%2f",
    "slash": f"{ID}/x",
    "back slash": f"{ID}\\x",
    "query": f"{ID}?x=1",
    "fragment": f"{ID}#x",
    "blank": f"{ID} x",
    "blanks": "   ",
    "line end": f"{ID}\n",
    "zero": f"{ID}\x00",
    "not ASCII": "\uff165b885ab",
    "empty": "",
    "none": None,
    "long": "a" * 10_000,
    "list": [ID],
    "object": {"id": ID},
    "true": True,
    "half a number": 1.5,
}


def create(client: ENSClient) -> object:
    """Create a callback."""
    return client.create_callback(callback_name="orders", url="https://a.b")


def subscribe(client: ENSClient) -> object:
    """Create a subscription."""
    return client.create_subscription(
        callback_id=ID, subscription_name="mails", event_category_types=["A.B"]
    )


CALLS: dict[str, tuple[str, Callable[[ENSClient], object], str, dict[str, Any]]] = {
    "create": ("POST /platform/v1/ens-callbacks", create, "callbackId", CALLBACK),
    "list": (
        "GET /platform/v1/ens-callbacks",
        lambda c: c.list_callbacks(),
        "callbackId",
        CALLBACK,
    ),
    "regenerate": (
        "PUT /platform/v1/ens-regenerate",
        lambda c: c.regenerate_signature_key(ID),
        "callbackId",
        CALLBACK,
    ),
    "put": (
        "PUT /platform/v1/ens-callbacks",
        lambda c: c.update_callback(callback_id=ID, callback_name="orders"),
        "callbackId",
        CALLBACK,
    ),
    "subscribe": (
        "POST /platform/v1/ens-subscriptions",
        subscribe,
        "subscriptionId",
        SUBSCRIPTION,
    ),
    "subscriptions": (
        f"GET /platform/v1/ens-subscriptions-by-cb/{ID}",
        lambda c: c.list_subscriptions(ID),
        "subscriptionId",
        SUBSCRIPTION,
    ),
}


@pytest.mark.parametrize("useless", USELESS)
@pytest.mark.parametrize("name", CALLS)
def test_useless_id(name: str, useless: str, service: RawService, client: ENSClient) -> None:
    """An answer with a useless id is none: the sentence says why, and the outcome is unknown."""
    route, call, key, record = CALLS[name]
    service.on(route, answer([{**record, key: USELESS[useless]}], status="201 Created"))
    if name in {"list", "subscriptions"}:
        service.on(route, answer([{**record, key: USELESS[useless]}]))

    with pytest.raises(
        ConnectionLostError, match=rf"cannot be read, {key} is (missing|no id|not text)\."
    ) as caught:
        call(client)

    assert caught.value.outcome_unknown
    assert KEY not in str(caught.value)
    assert service.routes == [route]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (7, "7"),
        (7.0, "7"),
        ("A_b-1.c~d", "A_b-1.c~d"),
        (ID.upper(), ID.upper()),
        ("a" * 128, "a" * 128),
    ],
)
def test_unusual_id(sent: object, read: str, service: RawService, client: ENSClient) -> None:
    """An id that is no GUID and yet one is kept as it is."""
    service.on("POST /platform/v1/ens-callbacks", answer([{**CALLBACK, "callbackId": sent}]))

    record = client.create_callback(callback_name="orders", url="https://a.b")

    assert getattr(record, "callback_id", None) == read


@pytest.mark.parametrize("name", ["get", "regenerate", "subscription"])
def test_answer_about_another_object(name: str, service: RawService, client: ENSClient) -> None:
    """Another object's record, or its key, is no answer to the question about ours."""
    callback, subscription = (
        {**CALLBACK, "callbackId": OTHER},
        {**SUBSCRIPTION, "subscriptionId": OTHER},
    )
    service.on(f"GET /platform/v1/ens-callbacks/{ID}", answer(callback))
    service.on("PUT /platform/v1/ens-regenerate", answer([callback]))
    service.on(f"GET /platform/v1/ens-subscriptions/{ID}", answer(subscription))
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: client.get_callback(ID),
        "regenerate": lambda: client.regenerate_signature_key(ID),
        "subscription": lambda: client.get_subscription(ID),
    }

    with pytest.raises(
        ConnectionLostError, match="it shows another object than the one that was asked for"
    ):
        calls[name]()


@pytest.mark.parametrize("key", ["", " ", "\n\t", None])
def test_blank_signature_key(key: str | None, service: RawService, client: ENSClient) -> None:
    """A blank key is none: a callback without a key would be useless."""
    record = {**CALLBACK, "callbackId": ID, "signatureKey": key}
    service.on("POST /platform/v1/ens-callbacks", answer([record], status="201 Created"))

    with pytest.raises(ConnectionLostError, match="signatureKey is missing"):
        create(client)


@pytest.mark.parametrize(
    "typed", ["../ens-subscriptions/x", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é\n"]
)
def test_typed_id_names_no_other_route(typed: str, service: RawService, client: ENSClient) -> None:
    """What a person passes as an id stays one part of the path."""
    for call in (client.get_callback, client.delete_callback, client.list_subscriptions):
        with pytest.raises(ENSError):
            call(typed)

    assert len(service.routes) == 3
    for route in service.routes:
        place = route.partition(" /platform/v1/")[2]
        assert place.count("/") == 1
        assert not set("?# \n") & set(place.partition("/")[2])
