"""What the service answers: the 12 documented operations, the token context and the token."""

from dataclasses import dataclass

from ens_provider.emulator import operations
from ens_provider.emulator.operations import Operation

TOKEN_ROUTE = "POST /v2/token"  # noqa: S105 -- a route, not a secret


@dataclass(frozen=True)
class Route:
    """A method and path template, the scope that its token needs ("" for none), what it does."""

    method: str
    path: str
    scope: str
    operation: Operation
    has_body: bool = False

    @property
    def key(self) -> str:
        """The name of the route in faults: `GET /platform/v1/ens-callbacks/{callbackId}`."""
        return f"{self.method} {self.path}"


_CALLBACKS = "/platform/v1/ens-callbacks"
_ONE_CALLBACK = _CALLBACKS + "/{callbackId}"
_SUBSCRIPTIONS = "/platform/v1/ens-subscriptions"
_ONE_SUBSCRIPTION = _SUBSCRIPTIONS + "/{subscriptionId}"
_BY_CALLBACK = "/platform/v1/ens-subscriptions-by-cb/{callbackId}"
_CB = "event_notification_callback_"
_SUB = "event_notification_subscription_"

ROUTES = (
    Route("POST", _CALLBACKS, _CB + "create", operations.create_callbacks, has_body=True),
    Route("GET", _CALLBACKS, _CB + "read", operations.list_callbacks),
    Route("GET", _ONE_CALLBACK, _CB + "read", operations.get_callback),
    Route("PUT", _CALLBACKS, _CB + "update", operations.update_callbacks, has_body=True),
    Route("DELETE", _ONE_CALLBACK, _CB + "delete", operations.delete_callback),
    Route(
        "POST",
        "/platform/v1/ens-verify",
        _CB + "update",
        operations.verify_callback,
        has_body=True,
    ),
    Route(
        "PUT",
        "/platform/v1/ens-regenerate",
        _CB + "update",
        operations.regenerate_keys,
        has_body=True,
    ),
    Route("POST", _SUBSCRIPTIONS, _SUB + "create", operations.create_subscriptions, has_body=True),
    Route("GET", _ONE_SUBSCRIPTION, _SUB + "read", operations.get_subscription),
    Route("GET", _BY_CALLBACK, _SUB + "read", operations.list_subscriptions),
    Route("PUT", _SUBSCRIPTIONS, _SUB + "update", operations.update_subscriptions, has_body=True),
    Route("DELETE", _ONE_SUBSCRIPTION, _SUB + "delete", operations.delete_subscription),
    Route("GET", "/platform/v1/tokenContext", "", operations.token_context),
)

ROUTE_KEYS = (TOKEN_ROUTE, *(route.key for route in ROUTES))
