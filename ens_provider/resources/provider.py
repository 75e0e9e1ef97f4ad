"""What the providers of all resources share: configuration, account and the error boundary."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from ens_provider.api.errors import ConfigurationError, ENSError
from ens_provider.lifecycle.account import Account, account_for, wrong_business_unit
from ens_provider.lifecycle.settings import LEAST_PARALLEL, Settings
from ens_provider.resources.engine_log import forward_warnings_to_engine
from ens_provider.resources.plugin_pool import THIS_PLUGIN
from ens_provider.resources.sdk_differences import answering_with_traceback

if TYPE_CHECKING:
    from ens_provider.lifecycle.callback import DeclaredCallback

_Method = TypeVar("_Method", bound=Callable[..., Any])
_log = logging.getLogger(__name__)


class InternalError(ENSError):
    """Raised for a mistake of this package; the original exception is logged at debug level."""


InternalError.__module__ = "ens_provider"


class ENSResourceProvider(ResourceProvider):
    """The base of the resources' providers.

    The rules are imported by the methods that call the service: neither a program nor a run without
    a change needs them, and each of the two processes of every run would wait for them.

    An instance is pickled into the state of every resource, so it holds nothing before
    `configure`, which the engine calls once per process.
    """

    # The pickle names an importable class and holds no data, so there is nothing to encrypt.
    serialize_as_secret_always = False

    _config: Config

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the stack's configuration; nothing is called and nothing is required yet."""
        self._config = req.config
        if not _is_debugging():
            # The engine shows the text of an exception; without this it is a whole traceback.
            sys.tracebacklimit = 0
        forward_warnings_to_engine()
        # A refresh and a destroy must not fail for what only makes them faster.
        with suppress(ConfigurationError):
            self._serve_in_parallel()

    def require_settings_of_plugin(self) -> None:
        """Refuse a malformed setting of the plugin itself; called where the program is checked.

        Raises:
            ConfigurationError: How many calls to serve at a time is malformed.
        """
        _ = self._parallel

    def account(self) -> Account:
        """Return the account of this process for the configured credentials.

        Raises:
            ConfigurationError: Something needed is missing or malformed.
        """
        return self._account

    def account_if_configured(self) -> Account | None:
        """Return the account; None in a preview without credentials, which changes nothing."""
        with suppress(ConfigurationError):
            return self.account()
        return None

    def account_to_create_in(self) -> Account:
        """Return the account for a creation, unless the stack lives in another business unit.

        Raises:
            ConfigurationError: Something needed is missing or malformed.
            WrongBusinessUnit: A resource that this process has seen belongs to another one.
        """
        account = self.account()
        account.require_met_mid()
        return account

    def require_configured_mid(self, mid: str | None, *, subject: str) -> None:
        """Refuse a resource of another business unit than the configured one, without a call.

        Raises:
            WrongBusinessUnit: Both are known and differ.
        """
        configured = self._account_id
        if mid and configured and mid != configured:
            raise wrong_business_unit(mid, configured, subject=subject)
        if (account := self.account_if_configured()) is not None:
            account.meet(mid, subject=subject)

    def claim(self, object_id: str, *, callback: DeclaredCallback | None = None) -> None:
        """Let no other resource take an object that the program declares for a leftover.

        Args:
            object_id: The object's id.
            callback: What it is declared as, if it is a callback.
        """
        if (account := self.account_if_configured()) is not None:
            account.claim(object_id)
            if callback is not None:
                account.declared_callbacks.setdefault(object_id, callback)

    def _serve_in_parallel(self) -> None:
        if self._parallel > LEAST_PARALLEL:
            THIS_PLUGIN.widen(self._parallel)

    # Each is asked for several times for every resource.
    @functools.cached_property
    def _account(self) -> Account:
        return account_for(self._settings.client_config())

    @functools.cached_property
    def _account_id(self) -> str | None:
        return self._settings.account_id()

    @functools.cached_property
    def _parallel(self) -> int:
        return self._settings.parallel()

    @functools.cached_property
    def _settings(self) -> Settings:
        """What environment and configuration hold; neither changes while the process lives."""
        config = self._config
        return Settings(environment=os.environ, stack=lambda key: config.get(f"ens:{key}"))


def boundary(method: _Method) -> _Method:
    """Let only one-line exceptions of this package out of a provider's method.

    Anything else would reach the user as a traceback, and an exception that is no `Exception`
    would leave the engine waiting for ever.
    """

    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except ENSError as error:
            if _is_debugging():
                raise
            _log.debug("%s failed", method.__name__, exc_info=True)
            raise error from None
        except BaseException as error:  # noqa: BLE001 -- see above
            _log.debug("%s failed", method.__name__, exc_info=True)
            failure = InternalError(
                f"An unexpected {type(error).__name__} stopped the {method.__name__} of a resource. "
                "This is a mistake of ens_provider: run again with ENS_PROVIDER_DEBUG=1 and report "
                "the traceback."
            )
            raise failure from (error if _is_debugging() else None)

    return answering_with_traceback(guarded)  # type: ignore[return-value] # functools.wraps keeps the signature


def _is_debugging() -> bool:
    return os.environ.get("ENS_PROVIDER_DEBUG", "") not in {"", "0"}
