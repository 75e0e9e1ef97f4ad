"""Manage Salesforce Marketing Cloud Event Notification Service (ENS) webhooks with Pulumi.

The public names are imported on first use, so that a part never costs another part's imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ens_provider._version import __version__

if TYPE_CHECKING:
    from ens_provider.api.errors import (
        APIError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        ConnectionLostError,
        ENSError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitedError,
        ServiceError,
        TemporarilyBlockedError,
        UnexpectedAnswerError,
        UnreachableError,
    )
    from ens_provider.lifecycle.errors import (
        AlreadyPresent,
        DeletedOutside,
        NotReadyYet,
        ProbeFailed,
        StillSubscribed,
        WrongBusinessUnit,
    )
    from ens_provider.resources.callback import Callback, CallbackArgs, CallbackProvider
    from ens_provider.resources.provider import InternalError

_MODULES = {
    "ens_provider.api.errors": (
        "APIError",
        "AuthenticationError",
        "BadRequestError",
        "ConfigurationError",
        "ConflictError",
        "ConnectionLostError",
        "ENSError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitedError",
        "ServiceError",
        "TemporarilyBlockedError",
        "UnexpectedAnswerError",
        "UnreachableError",
    ),
    "ens_provider.lifecycle.errors": (
        "AlreadyPresent",
        "DeletedOutside",
        "NotReadyYet",
        "ProbeFailed",
        "StillSubscribed",
        "WrongBusinessUnit",
    ),
    "ens_provider.resources.callback": ("Callback", "CallbackArgs", "CallbackProvider"),
    "ens_provider.resources.provider": ("InternalError",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "APIError",
    "AlreadyPresent",
    "AuthenticationError",
    "BadRequestError",
    "Callback",
    "CallbackArgs",
    "CallbackProvider",
    "ConfigurationError",
    "ConflictError",
    "ConnectionLostError",
    "DeletedOutside",
    "ENSError",
    "InternalError",
    "NotFoundError",
    "NotReadyYet",
    "PermissionDeniedError",
    "ProbeFailed",
    "RateLimitedError",
    "ServiceError",
    "StillSubscribed",
    "TemporarilyBlockedError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "WrongBusinessUnit",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import a public name on its first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'ens_provider' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, those not yet imported included."""
    return sorted(__all__)
