"""The operations of the service as a table: route, what may be repeated, what each needs.

Source: pages "Event Notification Service" (routes and statuses) and "REST Permissions and Scopes"
of the Marketing Cloud Engagement documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ens_provider.api.errors import ConfigurationError

READ_TIMEOUT_SECONDS = 60.0
"""How long an answer may keep silent."""

PROBE_READ_TIMEOUT_SECONDS = 90.0
"""The same for a creation: the service probes the endpoint for up to 30 s before it answers."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the service.

    Attributes:
        name: What it does, such as `create callback`.
        phrase: The same with `{subject}` for use in a sentence.
        method: HTTP method.
        path: Path under the REST address; `{id}` stands for a percent-quoted id.
        repeatable: Whether it may be sent again after an unknown outcome. A creation may not:
            every one that took effect leaves another object behind.
        success: The statuses that mean done.
        not_modified: Whether 304 is an answer of this operation.
        permission: What Setup calls the permission that it needs; empty if none.
        scope: The scope of that permission.
        missing: What a 404 means, as far as it is not the subject itself.
        read_timeout_seconds: How long its answer may keep silent.
    """

    name: str
    phrase: str
    method: str
    path: str
    repeatable: bool = True
    success: frozenset[int] = frozenset({200})
    not_modified: bool = False
    permission: str = ""
    scope: str = ""
    missing: str = "It does not exist for this business unit"
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS

    @property
    def changes(self) -> bool:
        """Whether the operation changes something on the service."""
        return self.method != "GET"

    def path_for(self, object_id: str | None) -> str:
        """Return the path for an object.

        Raises:
            ConfigurationError: `object_id` cannot stand in a path: it would name another route.
        """
        if object_id is None:
            return self.path
        if object_id.strip() in {"", ".", ".."}:
            raise ConfigurationError(
                f"{object_id!r} is no id to {self.name} with. Give the id that ENS shows.",
                operation=self.name,
            )
        return self.path.format(id=quote(object_id, safe="", errors="replace"))


_WRITTEN = frozenset({200, 201})
_DONE = frozenset({200, 201, 202, 204})

CREATE_CALLBACK = Operation(
    name="create callback",
    phrase="create {subject}",
    method="POST",
    path="/platform/v1/ens-callbacks",
    repeatable=False,
    success=_WRITTEN,
    not_modified=True,
    permission="Event Notifications > Callbacks > Create",
    scope="event_notification_callback_create",
    read_timeout_seconds=PROBE_READ_TIMEOUT_SECONDS,
)
LIST_CALLBACKS = Operation(
    name="list callbacks",
    phrase="list the callbacks",
    method="GET",
    path="/platform/v1/ens-callbacks",
    permission="Event Notifications > Callbacks > Read",
    scope="event_notification_callback_read",
)
GET_CALLBACK = Operation(
    name="read callback",
    phrase="read {subject}",
    method="GET",
    path="/platform/v1/ens-callbacks/{id}",
    permission="Event Notifications > Callbacks > Read",
    scope="event_notification_callback_read",
)
UPDATE_CALLBACK = Operation(
    name="update callback",
    phrase="update {subject}",
    method="PUT",
    path="/platform/v1/ens-callbacks",
    success=_WRITTEN,
    not_modified=True,
    permission="Event Notifications > Callbacks > Update",
    scope="event_notification_callback_update",
)
DELETE_CALLBACK = Operation(
    name="delete callback",
    phrase="delete {subject}",
    method="DELETE",
    path="/platform/v1/ens-callbacks/{id}",
    success=_DONE,
    permission="Event Notifications > Callbacks > Delete",
    scope="event_notification_callback_delete",
)
VERIFY_CALLBACK = Operation(
    name="verify callback",
    phrase="verify {subject}",
    method="POST",
    path="/platform/v1/ens-verify",
    success=_DONE,
    permission="Event Notifications > Callbacks > Update",
    scope="event_notification_callback_update",
    missing="The callback or the verification key is not known for this business unit",
)
REGENERATE_SIGNATURE_KEY = Operation(
    name="regenerate signature key",
    phrase="regenerate the signature key of {subject}",
    method="PUT",
    path="/platform/v1/ens-regenerate",
    success=_WRITTEN,
    permission="Event Notifications > Callbacks > Update",
    scope="event_notification_callback_update",
)
CREATE_SUBSCRIPTION = Operation(
    name="create subscription",
    phrase="create {subject}",
    method="POST",
    path="/platform/v1/ens-subscriptions",
    repeatable=False,
    success=_WRITTEN,
    not_modified=True,
    permission="Event Notifications > Subscriptions > Create",
    scope="event_notification_subscription_create",
    missing="Its callback does not exist for this business unit",
)
GET_SUBSCRIPTION = Operation(
    name="read subscription",
    phrase="read {subject}",
    method="GET",
    path="/platform/v1/ens-subscriptions/{id}",
    permission="Event Notifications > Subscriptions > Read",
    scope="event_notification_subscription_read",
)
LIST_SUBSCRIPTIONS = Operation(
    name="list subscriptions",
    phrase="list the subscriptions of {subject}",
    method="GET",
    path="/platform/v1/ens-subscriptions-by-cb/{id}",
    permission="Event Notifications > Subscriptions > Read",
    scope="event_notification_subscription_read",
)
UPDATE_SUBSCRIPTION = Operation(
    name="update subscription",
    phrase="update {subject}",
    method="PUT",
    path="/platform/v1/ens-subscriptions",
    success=_WRITTEN,
    not_modified=True,
    permission="Event Notifications > Subscriptions > Update",
    scope="event_notification_subscription_update",
)
DELETE_SUBSCRIPTION = Operation(
    name="delete subscription",
    phrase="delete {subject}",
    method="DELETE",
    path="/platform/v1/ens-subscriptions/{id}",
    success=_DONE,
    permission="Event Notifications > Subscriptions > Delete",
    scope="event_notification_subscription_delete",
)
TOKEN_CONTEXT = Operation(
    name="read token context",
    phrase="read the business unit of the token",
    method="GET",
    path="/platform/v1/tokenContext",
    # The sample of the documentation shows 202.
    success=frozenset({200, 202}),
)
GET_TOKEN = Operation(
    name="get token",
    phrase="give out a token for {subject}",
    method="POST",
    path="/v2/token",
)

ENS_OPERATIONS = (
    CREATE_CALLBACK,
    LIST_CALLBACKS,
    GET_CALLBACK,
    UPDATE_CALLBACK,
    DELETE_CALLBACK,
    VERIFY_CALLBACK,
    REGENERATE_SIGNATURE_KEY,
    CREATE_SUBSCRIPTION,
    GET_SUBSCRIPTION,
    LIST_SUBSCRIPTIONS,
    UPDATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
)
"""The 12 operations that the service documents."""
