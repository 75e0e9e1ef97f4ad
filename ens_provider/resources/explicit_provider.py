"""`Provider`: a further business unit beside the one that the stack is configured for.

It is an explicit instance of the package that all dynamic resources belong to, so that the engine
runs a plugin process of its own for it, with its own configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

import pulumi

from ens_provider.lifecycle.setting_sources import (
    ENV_PREFIX_KEY,
    KEYS,
    PROVIDER_KEY,
    SECRET_KEYS,
    argument_of,
    require_env_prefix,
)
from ens_provider.lifecycle.settings import is_parallel
from ens_provider.resources.declaration import declared

# The package of every dynamic resource of a Python program.
_PACKAGE = "pulumi-python"


@dataclass(kw_only=True)
class ProviderArgs:
    """The settings of a `Provider`.

    Attributes:
        subdomain: The part of the API addresses before ``.auth.`` and ``.rest.``.
        client_id: Id of the installed package's server-to-server integration.
        client_secret: Its secret.
        client_secret_next: Its staged secret, tried when ENS no longer knows the first.
        account_id: MID of the business unit. Default: the one that owns the package.
        auth_url: Address of the token route, instead of the subdomain.
        rest_url: Address of the REST API, instead of the subdomain.
        env_prefix: What this business unit's environment variables begin with, ``SFMC_EMEA_`` for
            ``SFMC_EMEA_CLIENT_SECRET``. They win over what is given here, since refresh and
            destroy use what the last ``up`` stored. Default: none are read; those of the stack
            (``SFMC_…``) never are.
        parallel: How many calls its plugin process serves at a time, 4 to 32. Default: 4.
    """

    subdomain: pulumi.Input[str] | None = None
    client_id: pulumi.Input[str] | None = None
    client_secret: pulumi.Input[str] | None = None
    client_secret_next: pulumi.Input[str] | None = None
    account_id: pulumi.Input[str] | None = None
    auth_url: pulumi.Input[str] | None = None
    rest_url: pulumi.Input[str] | None = None
    env_prefix: str | None = None
    parallel: int | None = None


class Provider(pulumi.ProviderResource):
    """A further business unit: give it to resources or components as their `provider`.

    ::

        emea = ens.Provider("emea", account_id="7654321", env_prefix="SFMC_EMEA_")
        ens.Callback("orders", url=…, opts=pulumi.ResourceOptions(provider=emea))

    It serves every dynamic resource that it is given to, of other packages too.
    """

    @overload
    def __init__(
        self, resource_name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        subdomain: pulumi.Input[str] | None = None,
        client_id: pulumi.Input[str] | None = None,
        client_secret: pulumi.Input[str] | None = None,
        client_secret_next: pulumi.Input[str] | None = None,
        account_id: pulumi.Input[str] | None = None,
        auth_url: pulumi.Input[str] | None = None,
        rest_url: pulumi.Input[str] | None = None,
        env_prefix: str | None = None,
        parallel: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: ProviderArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **settings: Any,
    ) -> None:
        """Declare a further business unit.

        Args:
            resource_name: The name of the provider in the program.
            args: The settings; or give each of them by its name.
            opts: Options of the provider.
            **settings: The settings by name, as in `ProviderArgs`.

        Raises:
            TypeError: There is no setting of that name.
            ValueError: `env_prefix` or `parallel` cannot be one.
        """
        given = declared(ProviderArgs, resource_name, args=args, opts=opts, inputs=settings)
        self._settings = _settings(resource_name, given.props)
        props = {f"ens:{key}": _prop(key, value) for key, value in self._settings.items()}
        super().__init__(_PACKAGE, resource_name, props, given.opts)

    def settings(self) -> Mapping[str, pulumi.Input[str]]:
        """Return what the provider is configured with, by key of the namespace ``ens``."""
        return self._settings


def _settings(resource_name: str, props: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: props[argument_of(key)] for key in (*KEYS, ENV_PREFIX_KEY)}
    given = {key: value for key, value in named.items() if value is not None}
    if ENV_PREFIX_KEY in given:
        require_env_prefix(given[ENV_PREFIX_KEY])
    if "parallel" in given:
        _require_parallel(given["parallel"])
    # A MID may come as a number, which the engine would hand over as a float.
    texts = {key: str(v) if isinstance(v, int) else v for key, v in given.items()}
    return {PROVIDER_KEY: resource_name} | texts


def _require_parallel(parallel: object) -> None:
    if type(parallel) is not int or not is_parallel(parallel):
        raise ValueError(
            f"parallel is {parallel!r}; write a whole number from 4 to 32, or leave it out for 4"
        )


def _prop(key: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
    return pulumi.Output.secret(value) if key in SECRET_KEYS else value
