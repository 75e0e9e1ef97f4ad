"""Where the service is and with which client to talk to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ens_provider.api.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class ClientConfig:
    """One account of the service: addresses and client credentials.

    Equal configurations are the same account; the value is hashable and shows no secret.

    Attributes:
        client_id: The id of the installed package's server-to-server component.
        client_secret: Its secret.
        client_secret_next: The secret to try when the service no longer knows the first one, so
            that a rotation of secrets is uneventful. Default: none.
        account_id: The MID of the business unit to work in. Default: the one owning the package.
        auth_url: Scheme and host of the token route; a trailing slash is dropped.
        rest_url: Scheme and host of the service; a trailing slash is dropped.

    Raises:
        ConfigurationError: A value is empty, a URL is unusable, or plain http leads away from this
            machine.
    """

    client_id: str
    client_secret: str = field(repr=False)
    client_secret_next: str | None = field(default=None, repr=False)
    account_id: str | None = None
    auth_url: str
    rest_url: str

    def __post_init__(self) -> None:
        for name in ("client_secret_next", "account_id"):
            object.__setattr__(self, name, getattr(self, name) or None)
        for name in ("client_id", "client_secret", "client_secret_next", "account_id"):
            _check_word(_setting(name), getattr(self, name))
        for name in ("auth_url", "rest_url"):
            object.__setattr__(self, name, _usable_url(_setting(name), getattr(self, name)))


def _check_word(setting: str, value: str | None) -> None:
    if value == "":
        raise ConfigurationError(f"ENS cannot be used: {setting} is empty. Set it.")
    if value and any(c.isspace() or not c.isprintable() for c in value):
        raise ConfigurationError(
            f"ENS cannot be used: {setting} holds a blank, a line end or another character that "
            "cannot be seen. Set it again without."
        )


def _setting(field_name: str) -> str:
    """Return the name under which a person configured a field."""
    first, *rest = field_name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _usable_url(setting: str, url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _unusable(setting, "is not of the form https://host")
    if parts.username is not None or parts.password is not None:
        raise _unusable(setting, "holds a user name or password, which belongs in no URL")
    if parts.query or parts.fragment:
        raise _unusable(setting, "has a query or fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise _unusable(setting, f"is plain http to {parts.hostname}, which would show secrets")
    return url.rstrip("/")


def _split(url: str) -> SplitResult | None:
    # urlsplit drops tabs and line ends in silence; whoever reads the URL next may not.
    if any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _unusable(setting: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"ENS cannot be used: {setting} {why}. Use https://host; plain http only for this machine."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
