"""The configuration of a client: what is accepted, what is refused and what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConfigurationError


def config(**overrides: Any) -> ClientConfig:
    """Return a configuration that is accepted as it is."""
    settings = {
        "client_id": "client-1",
        "client_secret": "s3cret",
        "auth_url": "https://mc1.auth.marketingcloudapis.com",
        "rest_url": "https://mc1.rest.marketingcloudapis.com",
    }
    return ClientConfig(**{**settings, **overrides})


def test_secrets_are_not_shown() -> None:
    """The repr reads like the constructor, without the secrets."""
    assert repr(config(client_secret_next="n3xt", account_id="7")) == (
        "ClientConfig(client_id='client-1', account_id='7', "
        "auth_url='https://mc1.auth.marketingcloudapis.com', "
        "rest_url='https://mc1.rest.marketingcloudapis.com')"
    )


def test_equal_configurations_are_one_account() -> None:
    """A configuration is the key of the account that a process shares."""
    assert len({config(), config(client_secret_next=""), config(account_id="")}) == 1
    assert config() != config(client_secret="another")


def test_trailing_slashes_are_dropped() -> None:
    """The addresses that the service itself hands out end in a slash."""
    assert config(rest_url="https://a.b/").rest_url == "https://a.b"


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:5"]
)
def test_plain_http_to_this_machine(url: str) -> None:
    """The emulator needs no certificate."""
    assert config(auth_url=url).auth_url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://ens.example", "is plain http to ens.example, which would show secrets"),
        ("http://localhost.ens.example", ("is plain http to localhost.ens.example, which would "
                                         "show secrets")),
        ("http://0.0.0.0:80", "is plain http to 0.0.0.0, which would show secrets"),
        ("ens.example", "is not of the form https://host"),
        ("ftp://ens.example", "is not of the form https://host"),
        ("https://", "is not of the form https://host"),
        ("", "is not of the form https://host"),
        ("https://ens.example:port", "is not of the form https://host"),
        ("https://ens.example\n", "is not of the form https://host"),
        ("https://[ens", "is not of the form https://host"),
        ("https://me:pa55@ens.example", "holds a user name or password, which belongs in no URL"),
        ("https://ens.example?a=b", "has a query or fragment"),
        ("https://ens.example#a", "has a query or fragment"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("field", "setting"), [("auth_url", "authUrl"), ("rest_url", "restUrl")])
def test_urls_that_are_refused(field: str, setting: str, url: str, why: str) -> None:
    """The sentence names the setting and what is wrong with it."""
    with pytest.raises(ConfigurationError) as caught:
        config(**{field: url})

    assert str(caught.value) == (
        f"ENS cannot be used: {setting} {why}. Use https://host; plain http only for this machine."
    )


@pytest.mark.parametrize(
    ("field", "setting"), [("client_id", "clientId"), ("client_secret", "clientSecret")]
)
def test_empty_credentials(field: str, setting: str) -> None:
    """Credentials that are empty are missed before the service is asked."""
    with pytest.raises(ConfigurationError) as caught:
        config(**{field: ""})

    assert str(caught.value) == f"ENS cannot be used: {setting} is empty. Set it."


@pytest.mark.parametrize("field", ["client_secret", "client_secret_next"])
def test_secret_with_a_line_end(field: str) -> None:
    """A line end that came along from a file is told without showing the secret."""
    with pytest.raises(ConfigurationError, match="holds a blank, a line end") as caught:
        config(**{field: "s3cret-from-a-file\n"})

    assert "s3cret-from-a-file" not in str(caught.value)
