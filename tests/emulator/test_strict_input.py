"""What a client sends wrong is refused, so that a client's mistake cannot hide."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import (
    CALLBACKS,
    NOT_FOUND,
    REGENERATE,
    SUBSCRIPTIONS,
    UNKNOWN_ID,
    VERIFY,
    Caller,
    refusal,
)

AS_JSON = {"Content-Type": "application/json"}
CALLBACK = {"callbackName": "orders", "url": "https://receiver.test/orders"}
CHANGE = {"callbackId": UNKNOWN_ID, "callbackName": "orders"}
TYPES = ["TransactionalSendEvents.EmailSent"]
SUBSCRIPTION = {
    "callbackId": UNKNOWN_ID,
    "subscriptionName": "sent",
    "eventCategoryTypes": TYPES,
}
SUBSCRIPTION_CHANGE = {"subscriptionId": UNKNOWN_ID, "eventCategoryTypes": TYPES}


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The fields but one."""
    return {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize(
    ("item", "message", "errorcode"),
    [
        (CALLBACK | {"maxBatchsize": 5}, "maxBatchsize is not a known field.", 10000),
        (without(CALLBACK, "callbackName"), "callbackName is required.", 10002),
        (without(CALLBACK, "url"), "url is required.", 10002),
        (CALLBACK | {"callbackName": 5}, "callbackName must be a string.", 10001),
        (CALLBACK | {"callbackName": None}, "callbackName must be a string.", 10001),
        (CALLBACK | {"callbackName": " "}, "callbackName must not be blank.", 10005),
        (CALLBACK | {"authId": 5}, "authId must be a string.", 10001),
        (CALLBACK | {"maxBatchSize": "500"}, "maxBatchSize must be an integer.", 10001),
        (CALLBACK | {"maxBatchSize": 500.0}, "maxBatchSize must be an integer.", 10001),
        (CALLBACK | {"maxBatchSize": True}, "maxBatchSize must be an integer.", 10001),
        (CALLBACK | {"maxBatchSize": None}, "maxBatchSize must be an integer.", 10001),
        (CALLBACK | {"maxBatchSize": 99}, "maxBatchSize must be between 100 and 1000.", 10005),
        (CALLBACK | {"maxBatchSize": 1001}, "maxBatchSize must be between 100 and 1000.", 10005),
        (
            "orders",
            "An object with the fields callbackName, url, maxBatchSize, authId is expected.",
            10001,
        ),
    ],
)
def test_callback_to_create(
    caller: Caller, emulator: EmulatorProcess, item: object, message: str, errorcode: int
) -> None:
    """A refusal names the field, and nothing is created or probed."""
    answer = caller.post(CALLBACKS, [item])

    assert (answer.status_code, answer.json()) == (400, refusal(message, errorcode))
    assert emulator.state()["callbacks"] == []
    assert [call["kind"] for call in emulator.calls()] == ["request", "request"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://receiver.test/orders", "url must use https."),
        ("receiver.test/orders", "url must use https."),
        ("https:receiver.test", "url must use https."),
        ("https://receiver.test:443/orders", "url must not have a port."),
        ("https://receiver.test:/orders", "url must not have a port."),
        ("https://receiver.test/orders?key=1", "url must not have a query string."),
        ("https://receiver.test?", "url must not have a query string."),
        ("https://receiver.test/orders#top", "url must not have a fragment."),
        ("https://me@receiver.test/orders", "url must not have user information."),
        ("https://me:pw@receiver.test/", "url must not have user information."),
        ("https:///orders", "url is not a valid URL."),
        ("https://receiver .test/", "url is not a valid URL."),
        ("https://receiver.test/a b", "url is not a valid URL."),
        ("https://receiver.test/%zz", "url is not a valid URL."),
        ("https://receiver..test/", "url is not a valid URL."),
        ("https://-receiver.test/", "url is not a valid URL."),
        ("https://receiver.test/\n", "url is not a valid URL."),
    ],
)
def test_url_that_is_more_or_less_than_host_and_path(
    caller: Caller, url: str, message: str
) -> None:
    """A URL is https, a host and a path, in a change as well as in a creation."""
    created = caller.create(url=url)
    changed = caller.put(CALLBACKS, [CHANGE | {"url": url}])

    assert (created.status_code, created.json()) == (400, refusal(message, 10003))
    assert (changed.status_code, changed.json()) == (400, refusal(message, 10003))


@pytest.mark.parametrize(
    ("item", "message", "errorcode"),
    [
        (without(CHANGE, "callbackId"), "callbackId is required.", 10002),
        (without(CHANGE, "callbackName"), "callbackName is required.", 10002),
        (CHANGE | {"status": "verified"}, "status is not a known field.", 10000),
        (CHANGE | {"maxBatchSize": 1}, "maxBatchSize must be between 100 and 1000.", 10005),
    ],
)
def test_callback_to_update(caller: Caller, item: object, message: str, errorcode: int) -> None:
    """The body is checked before the id is looked up."""
    answer = caller.put(CALLBACKS, [item])

    assert (answer.status_code, answer.json()) == (400, refusal(message, errorcode))


@pytest.mark.parametrize(
    ("item", "message", "errorcode"),
    [
        (without(SUBSCRIPTION, "callbackId"), "callbackId is required.", 10002),
        (without(SUBSCRIPTION, "subscriptionName"), "subscriptionName is required.", 10002),
        (without(SUBSCRIPTION, "eventCategoryTypes"), "eventCategoryTypes is required.", 10002),
        (
            SUBSCRIPTION | {"eventCategoryTypes": "A.B"},
            "eventCategoryTypes must be an array of strings.",
            10001,
        ),
        (SUBSCRIPTION | {"eventCategoryTypes": []}, "eventCategoryTypes must not be empty.", 10005),
        (
            SUBSCRIPTION | {"eventCategoryTypes": ["EmailSent"]},
            "eventCategoryTypes must hold Category.Type, not 'EmailSent'.",
            10003,
        ),
        (SUBSCRIPTION | {"filters": None}, "filters must be an array of strings.", 10001),
        (SUBSCRIPTION | {"filters": [1]}, "filters must be an array of strings.", 10001),
        (
            SUBSCRIPTION | {"filters": ["definitionKey"]},
            "filters must hold name=value, not 'definitionKey'.",
            10003,
        ),
        (
            SUBSCRIPTION | {"filters": ["definitionKey=a", "definitionKey=("]},
            "filters must hold regular expressions, not 'definitionKey=(': missing ): (.",
            10003,
        ),
        (SUBSCRIPTION | {"status": "active"}, "status is not a known field.", 10000),
    ],
)
def test_subscription_to_create(caller: Caller, item: object, message: str, errorcode: int) -> None:
    """A refusal names the field."""
    answer = caller.post(SUBSCRIPTIONS, [item])

    assert (answer.status_code, answer.json()) == (400, refusal(message, errorcode))


@pytest.mark.parametrize(
    ("item", "message", "errorcode"),
    [
        (without(SUBSCRIPTION_CHANGE, "subscriptionId"), "subscriptionId is required.", 10002),
        (
            without(SUBSCRIPTION_CHANGE, "eventCategoryTypes"),
            "eventCategoryTypes is required.",
            10002,
        ),
        (
            SUBSCRIPTION_CHANGE | {"status": "deleted"},
            "status must be active or paused, not 'deleted'.",
            10005,
        ),
        (SUBSCRIPTION_CHANGE | {"callbackId": "x"}, "callbackId is not a known field.", 10000),
    ],
)
def test_subscription_to_update(caller: Caller, item: object, message: str, errorcode: int) -> None:
    """A refusal names the field."""
    answer = caller.put(SUBSCRIPTIONS, [item])

    assert (answer.status_code, answer.json()) == (400, refusal(message, errorcode))


@pytest.mark.parametrize(
    ("method", "path", "item"),
    [
        ("POST", CALLBACKS, CALLBACK),
        ("PUT", CALLBACKS, CHANGE),
        ("PUT", REGENERATE, {"callbackId": UNKNOWN_ID}),
        ("POST", SUBSCRIPTIONS, SUBSCRIPTION),
        ("PUT", SUBSCRIPTIONS, SUBSCRIPTION_CHANGE),
    ],
)
def test_object_where_an_array_belongs(
    caller: Caller, method: str, path: str, item: object
) -> None:
    """A bare object and an empty array are refused."""
    bare = caller.call(method, path, item)
    empty = caller.call(method, path, [])

    assert bare.status_code == 400
    assert bare.json() == refusal("The request body must be an array.", 10001)
    assert empty.status_code == 400
    assert empty.json() == refusal("The request body must not be an empty array.", 10005)


def test_array_where_an_object_belongs(caller: Caller) -> None:
    """A verification is the one body that is an object."""
    answer = caller.post(VERIFY, [{"callbackId": UNKNOWN_ID, "verificationKey": "key"}])

    assert answer.status_code == 400
    assert answer.json() == refusal(
        "An object with the fields callbackId, verificationKey is expected.", 10001
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff", b"[" * 100_000])
def test_body_that_is_not_json(caller: Caller, body: bytes) -> None:
    """What cannot be read is a 400 of its own code."""
    answer = caller.call("POST", CALLBACKS, data=body, headers=AS_JSON)

    assert answer.status_code == 400
    assert answer.json() == refusal("The request body is not valid JSON.", 10004)


def test_body_that_is_not_declared_as_json(caller: Caller) -> None:
    """Another media type is a 415."""
    answer = caller.call("POST", CALLBACKS, data=b"[]", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415
    assert answer.json() == refusal("Unsupported Media Type", 415)


def test_body_that_is_too_large(caller: Caller) -> None:
    """More than a mebibyte is a 413."""
    answer = caller.post(CALLBACKS, ["x" * (1024 * 1024)])

    assert answer.status_code == 413
    assert answer.json() == refusal("Request Entity Too Large", 413)


def test_unknown_query_parameter(caller: Caller) -> None:
    """There is no paging, so a parameter is a mistake."""
    answer = caller.get(f"{CALLBACKS}?page=2")

    assert answer.status_code == 400
    assert answer.json() == refusal("page is not a known query parameter.", 10000)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/platform/v1/ens-everything"),
        ("GET", SUBSCRIPTIONS),
        ("PATCH", CALLBACKS),
        ("DELETE", CALLBACKS),
        ("GET", "/v2/token"),
    ],
)
def test_unknown_route_of_the_platform(caller: Caller, method: str, path: str) -> None:
    """A route, or a method of a route, that does not exist is a 404."""
    answer = caller.call(method, path)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_path_of_no_service(caller: Caller) -> None:
    """A path outside the platform's services is a 596."""
    answer = caller.get("/elsewhere/v1/things")

    assert answer.status_code == 596
    assert answer.json() == refusal("Service Not Found", 596)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [*CALLBACK, *SUBSCRIPTION, "callbackId", "maxBatchSize", "filters", "status", "statusReason"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=st.dictionaries(NAMES, JSON, max_size=5) | JSON)
def test_any_json_is_refused_and_never_breaks_the_emulator(caller: Caller, item: object) -> None:
    """Whatever arrives is answered as the client's mistake, not as the emulator's."""
    for method, path in (
        ("POST", CALLBACKS),
        ("PUT", CALLBACKS),
        ("POST", SUBSCRIPTIONS),
        ("PUT", SUBSCRIPTIONS),
    ):
        answer = caller.call(method, path, [item])
        assert answer.status_code in {400, 404}, answer.text
    answer = caller.call("POST", VERIFY, data=json.dumps(item), headers=AS_JSON)
    assert answer.status_code in {400, 404}, answer.text
