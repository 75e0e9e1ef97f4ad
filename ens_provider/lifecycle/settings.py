"""Where the address and the credentials of the service come from: environment or stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConfigurationError

_SUBDOMAIN = re.compile(r"[0-9a-z-]+\Z")
_MID = re.compile(r"[0-9]+\Z")

_KEYS = {
    "subdomain": "SUBDOMAIN",
    "clientId": "CLIENT_ID",
    "clientSecret": "CLIENT_SECRET",
    "clientSecretNext": "CLIENT_SECRET_NEXT",
    "accountId": "ACCOUNT_ID",
    "authUrl": "AUTH_URL",
    "restUrl": "REST_URL",
}
_CREDENTIALS = ("clientId", "clientSecret", "clientSecretNext")
_ADDRESSES = ("subdomain", "authUrl", "restUrl")


@dataclass(frozen=True, kw_only=True)
class _Source:
    """One place that settings come from, and how a key is called there."""

    values: Mapping[str, str]
    label: Callable[[str], str]

    def has_any(self, keys: tuple[str, ...]) -> bool:
        return any(key in self.values for key in keys)


def client_config(
    *, environment: Mapping[str, str], stack: Callable[[str], str | None], prefix: str = "SFMC_"
) -> ClientConfig:
    """Build the client's configuration from the environment and the stack configuration.

    The environment wins, since refresh and destroy use the configuration that the last ``up``
    stored. Values are taken in groups, so that an id of one source never meets a secret of the
    other: client id and secrets from one source, addresses from one source (the URLs before the
    subdomain).

    Args:
        environment: The process's environment.
        stack: Returns the value of a key of the namespace ``ens``, or None.
        prefix: What the environment variables' names begin with.

    Raises:
        ConfigurationError: Something needed is missing or malformed; the message names the keys.
    """
    sources = (_environment_source(environment, prefix), _stack_source(stack))
    credentials = _first_with(_CREDENTIALS, sources)
    addresses = _first_with(_ADDRESSES, sources)
    auth_url, rest_url = _urls(addresses)
    return ClientConfig(
        client_id=_required(credentials, "clientId"),
        client_secret=_required(credentials, "clientSecret"),
        client_secret_next=credentials.values.get("clientSecretNext"),
        account_id=configured_account_id(environment=environment, stack=stack, prefix=prefix),
        auth_url=auth_url,
        rest_url=rest_url,
    )


def configured_account_id(
    *, environment: Mapping[str, str], stack: Callable[[str], str | None], prefix: str = "SFMC_"
) -> str | None:
    """Return the configured business unit (MID), always as text, or None.

    Raises:
        ConfigurationError: It is not a number.
    """
    for source in (_environment_source(environment, prefix), _stack_source(stack)):
        account_id = source.values.get("accountId")
        if account_id is None:
            continue
        if not _MID.match(account_id):
            raise ConfigurationError(
                f"{source.label('accountId')} is not a MID: a business unit's MID is a number. "
                "Take it from Setup > Company Settings > Account Settings."
            )
        return account_id
    return None


def _environment_source(environment: Mapping[str, str], prefix: str) -> _Source:
    names = {key: prefix + suffix for key, suffix in _KEYS.items()}
    # An empty variable is how shells and CI systems spell "not set".
    values = {key: environment[name] for key, name in names.items() if environment.get(name)}
    return _Source(values=values, label=lambda key: f"The environment variable {names[key]}")


def _stack_source(stack: Callable[[str], str | None]) -> _Source:
    found = {key: stack(key) for key in _KEYS}
    values = {key: str(value) for key, value in found.items() if value}
    return _Source(values=values, label=lambda key: f"The stack configuration ens:{key}")


def _first_with(keys: tuple[str, ...], sources: tuple[_Source, ...]) -> _Source:
    return next((source for source in sources if source.has_any(keys)), sources[-1])


def _required(source: _Source, key: str) -> str:
    value = source.values.get(key)
    if value is None:
        raise ConfigurationError(
            f"{source.label(key)} is not set, and ENS cannot be called without it. Set "
            f"SFMC_{_KEYS[key]} in the environment, or run `pulumi config set "
            f"{'--secret ' if key == 'clientSecret' else ''}ens:{key}`; client id and secret "
            "are taken from one of the two places together."
        )
    return value


def _urls(source: _Source) -> tuple[str, str]:
    if "authUrl" in source.values or "restUrl" in source.values:
        return _required_url(source, "authUrl"), _required_url(source, "restUrl")
    subdomain = source.values.get("subdomain")
    if subdomain is None:
        raise ConfigurationError(
            f"{source.label('subdomain')} is not set, and ENS cannot be called without it. Run "
            "`pulumi config set ens:subdomain` with the part of your REST base URI before "
            ".rest.marketingcloudapis.com, or set SFMC_SUBDOMAIN."
        )
    if not _SUBDOMAIN.match(subdomain):
        raise ConfigurationError(
            f"{source.label('subdomain')} is not a subdomain: give only the part before "
            ".rest.marketingcloudapis.com, in lower-case letters, digits and hyphens."
        )
    host = "marketingcloudapis.com"
    return f"https://{subdomain}.auth.{host}", f"https://{subdomain}.rest.{host}"


def _required_url(source: _Source, key: str) -> str:
    value = source.values.get(key)
    if value is None:
        raise ConfigurationError(
            f"{source.label(key)} is not set: ens:authUrl and ens:restUrl go together. Set both, "
            "or neither and ens:subdomain."
        )
    return value.rstrip("/")
