"""As whom a receiver calls the service, and what of that is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from ens_provider.lifecycle.setting_sources import KEYS
from ens_provider.receiver.self_verification import SelfVerification
from ens_provider.receiver.service_account import ServiceAccount

SUBDOMAIN = "mc563885gzs27c5t9-63k636ttgm"
ENVIRONMENT = {
    "SFMC_CLIENT_ID": "the-id",
    "SFMC_CLIENT_SECRET": "tiger",
    "SFMC_CLIENT_SECRET_NEXT": "lion",
    "SFMC_ACCOUNT_ID": "1234567",
    "SFMC_SUBDOMAIN": SUBDOMAIN,
}


def account(**changes: Any) -> ServiceAccount:
    """Return an account that is whole, but for the changes."""
    usual = {"client_id": "the-id", "client_secret": "tiger", "subdomain": SUBDOMAIN}
    return ServiceAccount(**{**usual, **changes})


def test_account_of_the_environment() -> None:
    """The variables are those that the provider reads; the addresses follow from the subdomain."""
    found = ServiceAccount.from_environment(ENVIRONMENT)

    assert found.auth_url == f"https://{SUBDOMAIN}.auth.marketingcloudapis.com"
    assert found.rest_url == f"https://{SUBDOMAIN}.rest.marketingcloudapis.com"
    assert found.client_secret_next == "lion"
    assert found.token_request("tiger") == {
        "grant_type": "client_credentials",
        "client_id": "the-id",
        "client_secret": "tiger",
        "account_id": 1234567,
    }
    assert {f"SFMC_{suffix}" for suffix in KEYS.values()} == {
        *ENVIRONMENT,
        "SFMC_AUTH_URL",
        "SFMC_REST_URL",
        # Of the plugin, which a receiver has none of.
        "SFMC_PARALLEL",
    }


def test_addresses_before_the_subdomain() -> None:
    """Given addresses count; a slash at their end does not, and an empty variable is none."""
    urls = {"SFMC_AUTH_URL": "http://127.0.0.1:81/", "SFMC_REST_URL": "http://localhost:82"}
    found = ServiceAccount.from_environment({**ENVIRONMENT, **urls, "SFMC_ACCOUNT_ID": ""})

    assert (found.auth_url, found.rest_url) == ("http://127.0.0.1:81", "http://localhost:82")
    assert "account_id" not in found.token_request("tiger")


def test_variables_that_are_missing() -> None:
    """What the environment lacks is named."""
    with pytest.raises(
        ValueError,
        match=r"^A receiver that verifies itself needs SFMC_CLIENT_ID and SFMC_CLIENT_SECRET\.$",
    ):
        SelfVerification.from_environment({"SFMC_SUBDOMAIN": SUBDOMAIN, "SFMC_CLIENT_ID": ""})


def test_secrets_are_not_shown() -> None:
    """Neither secret stands in the text of an account or of what verifies with it."""
    verification = SelfVerification.from_environment(ENVIRONMENT)

    assert repr(verification) == (
        "SelfVerification(client_id='the-id', account_id='1234567', "
        f"subdomain='{SUBDOMAIN}', auth_url='https://{SUBDOMAIN}.auth.marketingcloudapis.com', "
        f"rest_url='https://{SUBDOMAIN}.rest.marketingcloudapis.com')"
    )


FORM = "is no address of the form https://host"
PLAIN = "is plain http to another machine, which would show secrets"
PARTS = "has a user, a query or a fragment, which belong in no address"
BLANK = "holds a blank, a line end or another character that is not seen"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_id": ""}, "client_id (SFMC_CLIENT_ID) is empty or no text"),
        ({"client_secret": "ti ger"}, f"client_secret (SFMC_CLIENT_SECRET) {BLANK}"),
        ({"client_secret_next": "a\n"}, f"client_secret_next (SFMC_CLIENT_SECRET_NEXT) {BLANK}"),
        ({"account_id": "x1"}, "account_id (SFMC_ACCOUNT_ID) is not a MID, which is a number"),
        ({"account_id": 1234567}, "account_id (SFMC_ACCOUNT_ID) is empty or no text"),
        (
            {"subdomain": ""},
            "subdomain (SFMC_SUBDOMAIN) is missing, and so are auth_url and rest_url",
        ),
        (
            {"subdomain": "https://x"},
            "subdomain (SFMC_SUBDOMAIN) is not the part before .rest.marketingcloudapis.com",
        ),
        (
            {"rest_url": "https://a"},
            "auth_url (SFMC_AUTH_URL) goes together with rest_url, and one of them is missing",
        ),
        ({"auth_url": "http://a.test"}, f"auth_url (SFMC_AUTH_URL) {PLAIN}"),
        ({"auth_url": "ftp://a.test"}, f"auth_url (SFMC_AUTH_URL) {FORM}"),
        ({"auth_url": "https://a.test:x"}, f"auth_url (SFMC_AUTH_URL) {FORM}"),
        ({"auth_url": "https://a.te\nst"}, f"auth_url (SFMC_AUTH_URL) {FORM}"),
        ({"auth_url": "https://u:tiger@a.test"}, f"auth_url (SFMC_AUTH_URL) {PARTS}"),
        ({"auth_url": "https://a.test?x"}, f"auth_url (SFMC_AUTH_URL) {PARTS}"),
    ],
)
def test_unusable_account(changes: dict[str, Any], sentence: str) -> None:
    """Each mistake is told when the receiver is made, without any value."""
    both = {"rest_url": "https://b.test"} if "auth_url" in changes else {}

    with pytest.raises(ValueError, match="receiver cannot verify itself") as caught:
        account(**both, **changes)

    assert str(caught.value) == f"A receiver cannot verify itself: {sentence}."
