"""Where the service is, and as whom a receiver calls it."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

# Variables of the environment, by field; the names are those of docs/configuration.md.
_VARIABLES = {
    "client_id": "SFMC_CLIENT_ID",
    "client_secret": "SFMC_CLIENT_SECRET",
    "client_secret_next": "SFMC_CLIENT_SECRET_NEXT",
    "account_id": "SFMC_ACCOUNT_ID",
    "subdomain": "SFMC_SUBDOMAIN",
    "auth_url": "SFMC_AUTH_URL",
    "rest_url": "SFMC_REST_URL",
}
_HOST = "marketingcloudapis.com"
_SUBDOMAIN = re.compile(r"[0-9a-z-]+")
_MID = re.compile(r"[0-9]+")
_REQUIRED = ("client_id", "client_secret")

Account = TypeVar("Account", bound="ServiceAccount")


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """The API integration of an installed package, and the addresses to call with it.

    Attributes:
        client_id: Id of the package's server-to-server integration.
        client_secret: Its secret.
        client_secret_next: Tried when the service no longer knows the first, so that a rotation
            of secrets is uneventful. Default: none.
        account_id: MID of the business unit. Default: the one that owns the package.
        subdomain: The part of the API addresses before `.auth.` and `.rest.`.
        auth_url: Address of the token route; together with `rest_url` it counts before the
            subdomain. Plain http is taken for this machine alone.
        rest_url: Address of the REST API.

    Raises:
        ValueError: something is missing or malformed; the sentence names it, and no value.
    """

    client_id: str
    client_secret: str = field(repr=False)
    client_secret_next: str | None = field(default=None, repr=False)
    account_id: str | None = None
    subdomain: str | None = None
    auth_url: str = ""
    rest_url: str = ""

    def __post_init__(self) -> None:
        for name in ("client_id", "client_secret", "client_secret_next", "account_id"):
            _require_word(name, getattr(self, name), optional=name not in _REQUIRED)
        if self.account_id and not _MID.fullmatch(self.account_id):
            raise _unusable("account_id", "is not a MID, which is a number")
        for name, url in zip(("auth_url", "rest_url"), self._addresses(), strict=True):
            _require_safe(name, url)
            object.__setattr__(self, name, url.rstrip("/"))

    @classmethod
    def from_environment(  # noqa: PYI019 -- Self needs Python 3.11, and nothing is installed here
        cls: type[Account], environ: Mapping[str, str] = os.environ
    ) -> Account:
        """Take all of it from `SFMC_CLIENT_ID`, `SFMC_CLIENT_SECRET`, `SFMC_ACCOUNT_ID` and so on.

        An empty variable counts as not set.

        Args:
            environ: The environment, or the same names with their values from somewhere else.

        Raises:
            ValueError: something is missing or malformed; the sentence names it, and no value.
        """
        missing = [_VARIABLES[name] for name in _REQUIRED if not environ.get(_VARIABLES[name])]
        if missing:
            raise ValueError(f"A receiver that verifies itself needs {' and '.join(missing)}.")
        found = {name: environ.get(variable) for name, variable in _VARIABLES.items()}
        return cls(**{name: value for name, value in found.items() if value})

    def token_request(self, secret: str) -> dict[str, object]:
        """Return the body that asks for a token with one of the secrets, for all scopes there are."""
        body: dict[str, object] = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": secret,
        }
        return body | ({"account_id": int(self.account_id)} if self.account_id else {})

    def _addresses(self) -> tuple[str, str]:
        if self.auth_url and self.rest_url:
            return self.auth_url, self.rest_url
        if self.auth_url or self.rest_url:
            raise _unusable("auth_url", "goes together with rest_url, and one of them is missing")
        if not self.subdomain:
            raise _unusable("subdomain", "is missing, and so are auth_url and rest_url")
        if not _SUBDOMAIN.fullmatch(self.subdomain):
            raise _unusable("subdomain", f"is not the part before .rest.{_HOST}")
        return f"https://{self.subdomain}.auth.{_HOST}", f"https://{self.subdomain}.rest.{_HOST}"


def _unusable(name: str, why: str) -> ValueError:
    variable = _VARIABLES[name]
    return ValueError(f"A receiver cannot verify itself: {name} ({variable}) {why}.")


def _require_word(name: str, value: str | None, *, optional: bool) -> None:
    if value is None and optional:
        return
    if not isinstance(value, str) or not value:
        raise _unusable(name, "is empty or no text")
    if not value.isprintable() or any(map(str.isspace, value)):
        raise _unusable(name, "holds a blank, a line end or another character that is not seen")


def _require_safe(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _unusable(name, "is no address of the form https://host") from None
    is_clean = url.isprintable() and not any(map(str.isspace, url))
    if not is_clean or parts.scheme not in ("http", "https") or not host:
        raise _unusable(name, "is no address of the form https://host")
    if parts.username is not None or parts.query or parts.fragment:
        raise _unusable(name, "has a user, a query or a fragment, which belong in no address")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise _unusable(name, "is plain http to another machine, which would show secrets")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
