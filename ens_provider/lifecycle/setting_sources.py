"""The places that hold settings: environment, stack configuration, and arguments of a provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

PLAIN_PREFIX = "SFMC_"
"""What the environment variables of a stack's own business unit begin with."""

PROVIDER_KEY = "provider"
"""The key by which an explicit provider is told from a stack: the provider's name."""

ENV_PREFIX_KEY = "envPrefix"
"""The key that holds what an explicit provider's environment variables begin with."""

_ENV_PREFIX = re.compile(r"[A-Z][A-Z0-9_]*_\Z")

KEYS = {
    "subdomain": "SUBDOMAIN",
    "clientId": "CLIENT_ID",
    "clientSecret": "CLIENT_SECRET",
    "clientSecretNext": "CLIENT_SECRET_NEXT",
    "accountId": "ACCOUNT_ID",
    "authUrl": "AUTH_URL",
    "restUrl": "REST_URL",
    "parallel": "PARALLEL",
}
"""Every key of the namespace ``ens``, and what its environment variable ends with."""

SECRET_KEYS = ("clientSecret", "clientSecretNext")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One place that settings come from.

    Attributes:
        values: What it holds, by key; nothing that is empty.
        place: Returns how a key is called there, "environment variable SFMC_CLIENT_ID".
        remedy: Returns how to set a key, as the beginning of a sentence.
    """

    values: Mapping[str, str]
    place: Callable[[str], str]
    remedy: Callable[[str], str]

    def has_any(self, keys: tuple[str, ...]) -> bool:
        """Tell whether it holds one of the keys."""
        return any(key in self.values for key in keys)

    def label(self, key: str) -> str:
        """Return how a sentence about a key begins."""
        return f"The {self.place(key)}"


def sources_of(
    *,
    environment: Mapping[str, str],
    stack: Callable[[str], str | None],
    prefix: str | None = None,
) -> tuple[Source, ...]:
    """Return the places to look in, the one that counts first.

    Args:
        environment: The process's environment.
        stack: Returns the value of a key of the namespace ``ens``, or None.
        prefix: What the environment variables begin with. Default: ``SFMC_``; for an explicit
            provider, which tells its own, none. With any other one, which belongs to a further
            business unit, the stack does not count.
    """
    provider = stack(PROVIDER_KEY)
    if provider:
        return _provider_sources(environment, stack, provider, stack(ENV_PREFIX_KEY))
    if prefix is not None and prefix != PLAIN_PREFIX:
        return (_environment_source(environment, prefix, partial(_variable, prefix)),)
    return _stack_sources(environment, stack)


def require_env_prefix(prefix: str) -> str:
    """Return what the environment variables of a further business unit begin with.

    Raises:
        ValueError: It cannot be the beginning of a variable, or is the one of the stack itself.
    """
    if prefix == PLAIN_PREFIX:
        raise ValueError(
            f"env_prefix is {PLAIN_PREFIX}, which belongs to the stack's own business unit; choose "
            "another one, SFMC_EMEA_ for instance"
        )
    if not _ENV_PREFIX.match(prefix):
        raise ValueError(
            f"env_prefix is {prefix!r}; write capital letters, digits and underscores with an "
            "underscore at the end, SFMC_EMEA_ for instance"
        )
    return prefix


def _variable(prefix: str, key: str) -> str:
    return f"Set {prefix}{KEYS[key]} in the environment"


def _stack_sources(
    environment: Mapping[str, str], stack: Callable[[str], str | None]
) -> tuple[Source, ...]:
    def remedy(key: str) -> str:
        flag = "--secret " if key in SECRET_KEYS else ""
        return f"{_variable(PLAIN_PREFIX, key)}, or run `pulumi config set {flag}ens:{key}`"

    return (
        _environment_source(environment, PLAIN_PREFIX, remedy),
        Source(
            values=_values(stack),
            place=lambda key: f"stack configuration ens:{key}",
            remedy=remedy,
        ),
    )


def _provider_sources(
    environment: Mapping[str, str],
    stack: Callable[[str], str | None],
    provider: str,
    prefix: str | None,
) -> tuple[Source, ...]:
    def remedy(key: str) -> str:
        way = f"Give it to ens.Provider('{provider}')"
        return f"{way}, or set {prefix}{KEYS[key]} in the environment" if prefix else way

    own = Source(
        values=_values(stack),
        place=lambda key: f"argument {argument_of(key)} of ens.Provider('{provider}')",
        remedy=remedy,
    )
    return (_environment_source(environment, prefix, remedy), own) if prefix else (own,)


def _environment_source(
    environment: Mapping[str, str], prefix: str, remedy: Callable[[str], str]
) -> Source:
    names = {key: prefix + suffix for key, suffix in KEYS.items()}
    # An empty variable is how shells and CI systems spell "not set".
    values = {key: environment[name] for key, name in names.items() if environment.get(name)}
    return Source(
        values=values, place=lambda key: f"environment variable {names[key]}", remedy=remedy
    )


def _values(stack: Callable[[str], str | None]) -> dict[str, str]:
    found = {key: stack(key) for key in KEYS}
    return {key: str(value) for key, value in found.items() if value}


def argument_of(key: str) -> str:
    """Return the argument of `Provider` that holds a key: ``client_id`` for ``clientId``."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
