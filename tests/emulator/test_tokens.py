"""The token route, tokens and the token context."""

import pytest
import requests

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import CALLBACKS, CONTEXT, Caller, refusal

ALL_SCOPES = (
    "event_notification_callback_create event_notification_callback_read "
    "event_notification_callback_update event_notification_callback_delete "
    "event_notification_subscription_create event_notification_subscription_read "
    "event_notification_subscription_update event_notification_subscription_delete"
)
FAILED_AUTHENTICATION = (
    "Client authentication failed. Make sure that the client ID and client secret are valid "
    "and that the package is installed and enabled."
)
ERROR_URI = "https://developer.salesforce.com/docs"


def test_token_answer_carries_what_clients_insist_on(
    caller: Caller, emulator: EmulatorProcess
) -> None:
    """The answer has six fields, the REST address with scheme, slash and the emulator behind it."""
    answer = caller.ask_token()
    body = answer.json()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert len(body.pop("access_token")) <= 512
    assert body == {
        "token_type": "Bearer",
        "expires_in": 1079,
        "scope": ALL_SCOPES,
        "soap_instance_url": emulator.rest_url + "/",
        "rest_instance_url": emulator.rest_url + "/",
    }


def test_token_request_as_a_form_is_granted(emulator: EmulatorProcess, caller: Caller) -> None:
    """The token route takes forms as well as JSON."""
    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret"}
    answer = requests.post(
        emulator.auth_url + "/v2/token", data=form | {"account_id": "7654321"}, timeout=20
    )
    authorization = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    context = requests.get(emulator.rest_url + CONTEXT, headers=authorization, timeout=20)

    assert answer.status_code == 200
    assert context.json()["organization"] == {"id": 7654321}


@pytest.mark.parametrize(
    ("fields", "status", "error", "description"),
    [
        (
            {"client_id": "nobody"},
            401,
            "invalid_client",
            "Invalid client ID. Use the client ID in Marketing Cloud Installed Packages.",
        ),
        (
            {"client_secret": "wrong"},
            401,
            "invalid_client",
            FAILED_AUTHENTICATION,
        ),
        (
            {"grant_type": "password"},
            400,
            "unsupported_grant_type",
            "grant_type must be client_credentials.",
        ),
        ({"client_secret": ""}, 400, "invalid_request", "client_secret is required."),
        ({"client_secret": 7}, 400, "invalid_request", "client_secret is required."),
        ({"colour": "red"}, 400, "invalid_request", "colour is not a known parameter."),
        (
            {"account_id": 5},
            400,
            "invalid_request",
            "account_id is not a business unit of this client.",
        ),
        ({"account_id": True}, 400, "invalid_request", "account_id must be a number."),
        ({"scope": None}, 400, "invalid_request", "scope must be a string."),
        (
            {"scope": "email_send"},
            400,
            "invalid_scope",
            "scope holds a permission the client lacks.",
        ),
    ],
)
def test_refused_token_request_says_why(
    caller: Caller, fields: dict[str, object], status: int, error: str, description: str
) -> None:
    """A refusal has the three fields of an OAuth error, word for word."""
    answer = caller.ask_token(**fields)

    assert answer.status_code == status
    assert answer.json() == {
        "error": error,
        "error_description": description,
        "error_uri": ERROR_URI,
    }


def test_token_request_that_is_no_object_is_refused(emulator: EmulatorProcess) -> None:
    """An array is no token request."""
    answer = requests.post(emulator.auth_url + "/v2/token", json=[], timeout=20)

    assert answer.status_code == 400
    assert answer.json()["error_description"] == "The request body must be an object."


@pytest.mark.parametrize("account_id", [7654321, "7654321"])
def test_account_id_chooses_the_business_unit(
    emulator: EmulatorProcess, account_id: int | str
) -> None:
    """A business unit is named by a number or by its text."""
    with Caller(emulator, account_id=account_id) as caller:
        context = caller.get(CONTEXT).json()

    assert context["organization"] == {"id": 7654321}


def test_token_context_names_the_default_business_unit(caller: Caller) -> None:
    """Without account_id the token belongs to the client's first business unit."""
    context = caller.get(CONTEXT).json()

    assert context == {
        "enterprise": {"id": 1230000},
        "organization": {"id": 1234567},
        "user": {"id": 509736166},
    }


def test_token_context_needs_no_scope(emulator: EmulatorProcess) -> None:
    """An empty scope makes a token without any, which still reads its context."""
    with Caller(emulator, scope="") as caller:
        assert caller.ask_token(scope="").json()["scope"] == ""
        assert caller.get(CONTEXT).status_code == 200
        assert caller.get(CALLBACKS).status_code == 403


def test_business_units_do_not_see_each_other(emulator: EmulatorProcess, caller: Caller) -> None:
    """The same name and URL are free in another unit, where the first one does not exist."""
    record = caller.created()
    path = f"{CALLBACKS}/{record['callbackId']}"
    with Caller(emulator, account_id=7654321) as other:
        assert other.get(path).status_code == 404
        assert other.delete(path).status_code == 404
        assert other.verify(record["callbackId"]).status_code == 404
        assert other.get(CALLBACKS).json() == []
        other.created()

    assert [callback["mid"] for callback in emulator.state()["callbacks"]] == [1234567, 7654321]


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer nonsense", "Bearer a.b.c", "Basic Y2xpZW50OnNlY3JldA=="],
)
def test_request_without_a_good_token_is_not_authorized(
    emulator: EmulatorProcess, authorization: str | None
) -> None:
    """A missing or bad token is a 401 with a challenge, before the body is looked at."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = requests.post(emulator.rest_url + CALLBACKS, data="{", headers=headers, timeout=20)

    assert answer.status_code == 401
    assert answer.json() == refusal("Not Authorized", 0)
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_token_in_the_address_is_not_authorized(caller: Caller) -> None:
    """A token does not belong into a URL."""
    answer = caller.get(f"{CALLBACKS}?access_token=anything")

    assert answer.status_code == 401
    assert answer.json() == refusal("Not Authorized", 40004)


def test_token_expires_twenty_minutes_after_it_was_made(
    emulator: EmulatorProcess, caller: Caller
) -> None:
    """A token is good for what it states and a little longer, then it is not."""
    caller.authorize()
    emulator.move_clock(1079)
    assert caller.get(CONTEXT).status_code == 200
    emulator.move_clock(121)
    assert caller.get(CONTEXT).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("event_notification_callback_create", "POST", CALLBACKS),
        ("event_notification_callback_read", "GET", CALLBACKS),
        ("event_notification_callback_read", "GET", f"{CALLBACKS}/x"),
        ("event_notification_callback_update", "PUT", CALLBACKS),
        ("event_notification_callback_delete", "DELETE", f"{CALLBACKS}/x"),
        ("event_notification_callback_update", "POST", "/platform/v1/ens-verify"),
        ("event_notification_callback_update", "PUT", "/platform/v1/ens-regenerate"),
        ("event_notification_subscription_create", "POST", "/platform/v1/ens-subscriptions"),
        ("event_notification_subscription_read", "GET", "/platform/v1/ens-subscriptions/x"),
        ("event_notification_subscription_read", "GET", "/platform/v1/ens-subscriptions-by-cb/x"),
        ("event_notification_subscription_update", "PUT", "/platform/v1/ens-subscriptions"),
        ("event_notification_subscription_delete", "DELETE", "/platform/v1/ens-subscriptions/x"),
    ],
)
def test_route_needs_its_one_scope(
    emulator: EmulatorProcess, scope: str, method: str, path: str
) -> None:
    """Every other scope is not enough, the one is, and both are told before the body is read."""
    others = " ".join(name for name in ALL_SCOPES.split() if name != scope)
    with Caller(emulator, scope=others) as caller:
        refused = caller.call(method, path, data=b"{")
    with Caller(emulator, scope=scope) as caller:
        allowed = caller.call(method, path, data=b"{")

    assert refused.status_code == 403
    assert refused.json() == {"message": "Insufficient privileges to complete this action."}
    assert allowed.status_code in {200, 404, 415}
