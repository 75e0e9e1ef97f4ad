"""The table of operations: route, repeatability, statuses and permission of each."""

from __future__ import annotations

from ens_provider.api.operations import ENS_OPERATIONS, TOKEN_CONTEXT


def test_the_documented_operations() -> None:
    """The 12 operations stand in the table as the service documents them."""
    assert [(o.method, o.path, o.repeatable, o.not_modified, o.scope) for o in ENS_OPERATIONS] == [
        ("POST", "/platform/v1/ens-callbacks", False, True, "event_notification_callback_create"),
        ("GET", "/platform/v1/ens-callbacks", True, False, "event_notification_callback_read"),
        ("GET", "/platform/v1/ens-callbacks/{id}", True, False, "event_notification_callback_read"),
        ("PUT", "/platform/v1/ens-callbacks", True, True, "event_notification_callback_update"),
        ("DELETE", "/platform/v1/ens-callbacks/{id}", True, False,
         "event_notification_callback_delete"),
        ("POST", "/platform/v1/ens-verify", True, False, "event_notification_callback_update"),
        ("PUT", "/platform/v1/ens-regenerate", True, False, "event_notification_callback_update"),
        ("POST", "/platform/v1/ens-subscriptions", False, True,
         "event_notification_subscription_create"),
        ("GET", "/platform/v1/ens-subscriptions/{id}", True, False,
         "event_notification_subscription_read"),
        ("GET", "/platform/v1/ens-subscriptions-by-cb/{id}", True, False,
         "event_notification_subscription_read"),
        ("PUT", "/platform/v1/ens-subscriptions", True, True,
         "event_notification_subscription_update"),
        ("DELETE", "/platform/v1/ens-subscriptions/{id}", True, False,
         "event_notification_subscription_delete"),
    ]  # fmt: skip


def test_permissions_are_named_as_setup_shows_them() -> None:
    """Each permission names the same right as its scope."""
    for operation in ENS_OPERATIONS:
        _, kind, right = operation.permission.split(" > ")
        scope = f"event_notification_{kind.removesuffix('s').lower()}_{right.lower()}"
        assert operation.scope == scope


def test_creation_waits_for_the_probe() -> None:
    """Only the creation that probes an endpoint may keep silent for longer."""
    silent = {o.name: o.read_timeout_seconds for o in (*ENS_OPERATIONS, TOKEN_CONTEXT)}

    assert silent.pop("create callback") == 90.0
    assert set(silent.values()) == {60.0}


def test_the_context_of_a_token_needs_no_permission() -> None:
    """Every token may be asked whom it belongs to."""
    assert (TOKEN_CONTEXT.scope, TOKEN_CONTEXT.success) == ("", frozenset({200, 202}))
