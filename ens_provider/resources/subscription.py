"""The resource `Subscription`: what a callback is told about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import pulumi
from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ens_provider.lifecycle.state_entries import StateEntries
from ens_provider.resources.callback_verification import callback_id_of
from ens_provider.resources.declaration import (
    declared,
    default_name,
    resource_options,
)
from ens_provider.resources.ens_resource import ENSResource
from ens_provider.resources.inputs import check_inputs, declared_inputs, replacing_inputs
from ens_provider.resources.provider import ENSResourceProvider, boundary
from ens_provider.resources.subscription_properties import (
    SUBSCRIPTION_INPUTS,
    catalogue_warnings,
    desired_subscription,
    managed_subscription,
    name_and_callback,
    subscription_outputs,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    from ens_provider.lifecycle.event_types import EventType
    from ens_provider.resources.callback_verification import VerifiedCallbackId

    EventTypes: TypeAlias = "pulumi.Input[Sequence[pulumi.Input[str | EventType]]]"
    Filters: TypeAlias = (
        "pulumi.Input[Mapping[str, pulumi.Input[str]]] | pulumi.Input[Sequence[pulumi.Input[str]]]"
    )


@dataclass(kw_only=True)
class SubscriptionArgs:
    """The inputs of a `Subscription`.

    Attributes:
        callback_id: The callback that is told: its `CallbackVerification`, so that the subscription
            waits for it, a `Callback`, or an id. A change replaces the subscription.
        event_category_types: The event types, as `EventType.EMAIL_SENT` or
            ``"TransactionalSendEvents.EmailSent"``; order and repetitions do not matter. An unknown
            one is a warning only.
        subscription_name: The name in Marketing Cloud, unique for the callback. Default:
            ``{project}-{stack}-{resource}``.
        filters: ``{"definitionKey": "welcome"}`` or ``["definitionKey=welcome"]``; all have to
            match, and a value may be an RE2 expression. Default: none.
        paused: Whether events are dropped for now; ENS sends none of them later. Default: False.
        pause_reason: The reason that ENS shows for a pause. Default: ``"paused by pulumi"``.
        adopt_id: Id of the subscription to take over instead of creating one. Acts at creation only.
    """

    callback_id: VerifiedCallbackId
    event_category_types: EventTypes
    subscription_name: pulumi.Input[str] | None = None
    filters: Filters | None = None
    paused: pulumi.Input[bool] | None = None
    pause_reason: pulumi.Input[str] | None = None
    adopt_id: pulumi.Input[str] | None = None


class SubscriptionProvider(ENSResourceProvider):
    """What the engine calls for a `Subscription`. Named in users' states: its name is permanent."""

    _entries: StateEntries
    _warned: set[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the stack's configuration."""
        super().configure(req)
        self._entries = StateEntries()
        self._warned = set()

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        result = check_inputs(SUBSCRIPTION_INPUTS, olds=_olds, news=news)
        if _olds:
            self._entries.checked(*name_and_callback(result.inputs))
        catalogue_warnings(result.inputs, said=self._warned)
        return result

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that another callback replaces the subscription."""
        self.require_configured_mid(_olds.get("mid"), subject=f"subscription {_id}")
        self._entries.seen(_id, _olds.get("changed_at", ""))
        replaces = replacing_inputs(SUBSCRIPTION_INPUTS, olds=_olds, news=_news)
        # A refresh asks for differences too, also of what the program no longer declares; but only
        # what a program declares is checked.
        if not replaces and self._entries.was_checked(*name_and_callback(_news)):
            self.claim(_id)
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=True)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the subscription, or take one over."""
        from ens_provider.lifecycle.subscription_creation import create_subscription

        created = create_subscription(self.account_to_create_in(), desired_subscription(props))
        return CreateResult(created.subscription_id, subscription_outputs(props, created))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the subscription for a refresh, or for `Subscription.get`."""
        from ens_provider.lifecycle import subscription_changes

        account = self.account()
        if "mid" not in props:
            found = subscription_changes.get_subscription(account, id_)
            return ReadResult(id_, subscription_outputs(props, found), {})
        current = subscription_changes.read_subscription(account, managed_subscription(id_, props))
        if current is None:
            return ReadResult("", {}, {})
        outputs = subscription_outputs(props, current)
        return ReadResult(id_, outputs, declared_inputs(SUBSCRIPTION_INPUTS, outputs))

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send the whole subscription, its pause included."""
        from ens_provider.lifecycle import subscription_changes

        updated = subscription_changes.update_subscription(
            self.account(), managed_subscription(_id, _olds), desired_subscription(_news)
        )
        return UpdateResult(subscription_outputs(_news, updated))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the subscription; one that is gone already is fine."""
        from ens_provider.lifecycle import subscription_changes

        current = managed_subscription(_id, _props)
        subscription_changes.delete_subscription(
            self.account(),
            current,
            held_by_another=self._entries.leaves_another(_id, current.changed_at),
        )


# The pickle in users' states names `ens_provider.SubscriptionProvider`.
SubscriptionProvider.__module__ = "ens_provider"


class Subscription(ENSResource, module="ens", name="Subscription"):
    """A subscription of a callback to event types.

    Attributes:
        callback_id: The callback's id.
        event_category_types: The event types, sorted.
        subscription_name: The name in Marketing Cloud.
        filters: ``name=value`` texts, sorted.
        paused: Whether events are dropped.
        pause_reason: The declared reason for a pause, if any.
        status: ``active``, ``paused``, or whatever else ENS shows.
        status_reason: The reason that ENS shows for the status.
        mid: MID of the business unit.
        changed_at: When this stack last changed the subscription, ISO 8601 in UTC.
    """

    callback_id: pulumi.Output[str]
    event_category_types: pulumi.Output[list[str]]
    subscription_name: pulumi.Output[str]
    filters: pulumi.Output[list[str]]
    paused: pulumi.Output[bool]
    pause_reason: pulumi.Output[str | None]
    adopt_id: pulumi.Output[str | None]
    status: pulumi.Output[str]
    status_reason: pulumi.Output[str]
    mid: pulumi.Output[str]
    changed_at: pulumi.Output[str]

    @overload
    def __init__(
        self, resource_name: str, args: SubscriptionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        callback_id: VerifiedCallbackId,
        event_category_types: EventTypes,
        subscription_name: pulumi.Input[str] | None = None,
        filters: Filters | None = None,
        paused: pulumi.Input[bool] | None = None,
        pause_reason: pulumi.Input[str] | None = None,
        adopt_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: SubscriptionArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a subscription.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `SubscriptionArgs`.

        Raises:
            TypeError: There is no input of that name, or a required one is missing.
        """
        given = declared(SubscriptionArgs, resource_name, args=args, opts=opts, inputs=inputs)
        props = given.props
        props["callback_id"] = callback_id_of(props["callback_id"])
        if props["subscription_name"] is None:
            props["subscription_name"] = default_name(resource_name)
        super().__init__(
            SubscriptionProvider(),
            resource_name,
            props,
            resource_options(given.opts),
        )

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 -- the name that every Pulumi resource uses
        opts: pulumi.ResourceOptions | None = None,
    ) -> Subscription:
        """Read a subscription that this program does not manage.

        Args:
            resource_name: The name of the resource in the program.
            id: The subscription's id.
            opts: Options of the resource.
        """
        props = dict.fromkeys(field.name for field in fields(SubscriptionArgs))
        read = cls.__new__(cls)
        ENSResource.__init__(
            read,
            SubscriptionProvider(),
            resource_name,
            props,
            pulumi.ResourceOptions.merge(resource_options(opts), pulumi.ResourceOptions(id=id)),
        )
        return read
