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
        NotYetAccepted,
        NotYetSettled,
        NotYetVerified,
        ProbeFailed,
        SelfTestFailed,
        StillSubscribed,
        SubscriptionLimit,
        VerificationRefused,
        WrongBusinessUnit,
    )
    from ens_provider.lifecycle.event_types import EventType
    from ens_provider.resources.callback import Callback, CallbackArgs, CallbackProvider
    from ens_provider.resources.callback_verification import (
        CallbackVerification,
        CallbackVerificationArgs,
        CallbackVerificationProvider,
    )
    from ens_provider.resources.endpoint_slots import (
        EndpointSlot,
        EndpointSubscriptionArgs,
        EndpointVerificationArgs,
        NotificationEndpointArgs,
    )
    from ens_provider.resources.explicit_provider import Provider, ProviderArgs
    from ens_provider.resources.lookup_results import GetCallbackResult, GetSubscriptionResult
    from ens_provider.resources.lookups import (
        get_callback,
        get_callback_output,
        get_callbacks,
        get_callbacks_output,
        get_subscriptions,
        get_subscriptions_output,
    )
    from ens_provider.resources.notification_endpoint import NotificationEndpoint
    from ens_provider.resources.provider import InternalError
    from ens_provider.resources.self_test import SelfTest, SelfTestArgs, SelfTestProvider
    from ens_provider.resources.settled import Settled, SettledArgs, SettledProvider
    from ens_provider.resources.signature_key import (
        SignatureKey,
        SignatureKeyArgs,
        SignatureKeyProvider,
    )
    from ens_provider.resources.subscription import (
        Subscription,
        SubscriptionArgs,
        SubscriptionProvider,
    )

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
        "NotYetAccepted",
        "NotYetSettled",
        "NotYetVerified",
        "ProbeFailed",
        "SelfTestFailed",
        "StillSubscribed",
        "SubscriptionLimit",
        "VerificationRefused",
        "WrongBusinessUnit",
    ),
    "ens_provider.lifecycle.event_types": ("EventType",),
    "ens_provider.resources.callback": ("Callback", "CallbackArgs", "CallbackProvider"),
    "ens_provider.resources.callback_verification": (
        "CallbackVerification",
        "CallbackVerificationArgs",
        "CallbackVerificationProvider",
    ),
    "ens_provider.resources.endpoint_slots": (
        "EndpointSlot",
        "EndpointSubscriptionArgs",
        "EndpointVerificationArgs",
        "NotificationEndpointArgs",
    ),
    "ens_provider.resources.explicit_provider": ("Provider", "ProviderArgs"),
    "ens_provider.resources.lookup_results": ("GetCallbackResult", "GetSubscriptionResult"),
    "ens_provider.resources.lookups": (
        "get_callback",
        "get_callback_output",
        "get_callbacks",
        "get_callbacks_output",
        "get_subscriptions",
        "get_subscriptions_output",
    ),
    "ens_provider.resources.notification_endpoint": ("NotificationEndpoint",),
    "ens_provider.resources.provider": ("InternalError",),
    "ens_provider.resources.self_test": ("SelfTest", "SelfTestArgs", "SelfTestProvider"),
    "ens_provider.resources.settled": ("Settled", "SettledArgs", "SettledProvider"),
    "ens_provider.resources.signature_key": (
        "SignatureKey",
        "SignatureKeyArgs",
        "SignatureKeyProvider",
    ),
    "ens_provider.resources.subscription": (
        "Subscription",
        "SubscriptionArgs",
        "SubscriptionProvider",
    ),
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
    "CallbackVerification",
    "CallbackVerificationArgs",
    "CallbackVerificationProvider",
    "ConfigurationError",
    "ConflictError",
    "ConnectionLostError",
    "DeletedOutside",
    "ENSError",
    "EndpointSlot",
    "EndpointSubscriptionArgs",
    "EndpointVerificationArgs",
    "EventType",
    "GetCallbackResult",
    "GetSubscriptionResult",
    "InternalError",
    "NotFoundError",
    "NotReadyYet",
    "NotYetAccepted",
    "NotYetSettled",
    "NotYetVerified",
    "NotificationEndpoint",
    "NotificationEndpointArgs",
    "PermissionDeniedError",
    "ProbeFailed",
    "Provider",
    "ProviderArgs",
    "RateLimitedError",
    "SelfTest",
    "SelfTestArgs",
    "SelfTestFailed",
    "SelfTestProvider",
    "ServiceError",
    "Settled",
    "SettledArgs",
    "SettledProvider",
    "SignatureKey",
    "SignatureKeyArgs",
    "SignatureKeyProvider",
    "StillSubscribed",
    "Subscription",
    "SubscriptionArgs",
    "SubscriptionLimit",
    "SubscriptionProvider",
    "TemporarilyBlockedError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "VerificationRefused",
    "WrongBusinessUnit",
    "__version__",
    "get_callback",
    "get_callback_output",
    "get_callbacks",
    "get_callbacks_output",
    "get_subscriptions",
    "get_subscriptions_output",
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
