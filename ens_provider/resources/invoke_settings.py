"""Whose settings a lookup works with: the stack's, or those of the provider in its options."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import pulumi

from ens_provider.api.errors import ConfigurationError
from ens_provider.lifecycle.settings import client_config
from ens_provider.resources.explicit_provider import Provider

_TYPE = "pulumi-python:dynamic/ens:Callback"


def provider_of(opts: pulumi.InvokeOptions | None) -> Provider | None:
    """Return the provider that a lookup is given, by itself or through its parent; None if none.

    Raises:
        TypeError: It is a provider of something else.
    """
    provider = opts.provider if opts else None
    if provider is None and opts and opts.parent:
        provider = opts.parent.get_provider(_TYPE)
    if provider is not None and not isinstance(provider, Provider):
        raise TypeError(
            f"the provider of a lookup is an ens.Provider, not {type(provider).__name__}"
        )
    return provider


def stack_setting(key: str) -> str | None:
    """Return the value of a key of the stack configuration's namespace ``ens``; None if not set."""
    return pulumi.Config("ens").get(key)


def known_settings(provider: Provider | None, *, function: str) -> Callable[[str], str | None]:
    """Return how a lookup that answers at once asks for the value of a key.

    Args:
        provider: The provider, or None for the stack's own configuration.
        function: The lookup's name.

    Raises:
        ValueError: The lookup needs settings of the provider that are outputs.
    """
    if provider is None:
        return stack_setting
    given = provider.settings()
    plain = {key: value for key, value in given.items() if isinstance(value, str)}
    later = sorted(given.keys() - plain.keys())
    if later and not _suffice(plain):
        raise ValueError(
            f"{function}() answers at once, and {', '.join(later)} of its provider is known later "
            f"only; call {function}_output(), or set it in the environment"
        )
    return plain.get


def _suffice(settings: Mapping[str, str]) -> bool:
    try:
        client_config(environment=os.environ, stack=settings.get)
    except ConfigurationError:
        return False
    return True
