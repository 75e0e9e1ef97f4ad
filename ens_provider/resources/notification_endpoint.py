"""The component `NotificationEndpoint`: endpoints that move and rotate without losing events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import pulumi

from ens_provider.resources.callback import Callback
from ens_provider.resources.callback_verification import CallbackVerification
from ens_provider.resources.declaration import declared, default_name
from ens_provider.resources.endpoint_slots import (
    EndpointSlot,
    EndpointSubscriptionArgs,
    EndpointVerificationArgs,
    NotificationEndpointArgs,
    delivered_resources,
    require_usable,
    slot_resource_name,
)
from ens_provider.resources.self_test import SelfTest
from ens_provider.resources.settled import Settled
from ens_provider.resources.signature_key import SignatureKey
from ens_provider.resources.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ens_provider.resources.endpoint_slots import DeliverKey

TYPE = "ens:index:NotificationEndpoint"
_OUTPUTS = ("callback_ids", "signature_keys", "subscription_ids", "settled_at")


class NotificationEndpoint(pulumi.ComponentResource):
    """One receiver of events behind one or several URLs, its slots.

    Each slot is a callback that is verified, whose key is handed over and tried out before
    its subscriptions are made, and which is in effect for certain at the end. A slot that is added
    changes nothing of the others; one that is removed only goes; one with another URL is
    created and proven before the old callback goes, and if it fails the old one stays.

    Attributes:
        callback_ids: The id of each slot's callback.
        signature_keys: The present key of each slot; a secret.
        subscription_ids: The ids of each slot's subscriptions by name.
        settled_at: When each slot's subscriptions were found in effect, by name; ISO 8601 in UTC.
    """

    callback_ids: pulumi.Output[dict[str, str]]
    signature_keys: pulumi.Output[dict[str, str]]
    subscription_ids: pulumi.Output[dict[str, dict[str, str]]]
    settled_at: pulumi.Output[dict[str, dict[str, str]]]

    @overload
    def __init__(
        self,
        resource_name: str,
        args: NotificationEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        endpoints: Mapping[str, pulumi.Input[str]],
        subscriptions: Mapping[str, EndpointSubscriptionArgs],
        retiring: Sequence[str] = (),
        verification: EndpointVerificationArgs | None = None,
        deliver_key: DeliverKey | None = None,
        signature_key_version: pulumi.Input[str] | None = None,
        keep_previous: pulumi.Input[int] | None = None,
        self_test: bool = True,
        self_test_urls: Mapping[str, pulumi.Input[str]] | None = None,
        self_test_timeout_seconds: pulumi.Input[int] | None = None,
        settle_seconds: pulumi.Input[int] | None = None,
        max_batch_size: pulumi.Input[int] | None = None,
        auth_id: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        probe_timeout_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: NotificationEndpointArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare the slots and all that belongs to them.

        Args:
            resource_name: The name of the component in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the component; a provider counts for all its resources.
            **inputs: The inputs by name, as in `NotificationEndpointArgs`.

        Raises:
            TypeError: There is no input of that name, a required one is missing, or one is of
                another kind.
            ValueError: The slots cannot be told apart or named.
        """
        given = declared(
            NotificationEndpointArgs, resource_name, args=args, opts=opts, inputs=inputs
        )
        arguments = NotificationEndpointArgs(**given.props)
        require_usable(resource_name, arguments)
        super().__init__(TYPE, resource_name, None, given.opts)
        slots = _Slots(component=self, name=resource_name, args=arguments).declared()
        self.callback_ids = _mapping({s: d.callback.id for s, d in slots.items()})
        self.signature_keys = pulumi.Output.secret(_mapping({s: d.key for s, d in slots.items()}))
        self.subscription_ids = _by_slot(slots, lambda slot: _ids(slot.subscriptions))
        self.settled_at = _by_slot(slots, lambda slot: _times(slot.settled))
        self.register_outputs({name: getattr(self, name) for name in _OUTPUTS})


@dataclass(frozen=True, kw_only=True)
class _DeclaredSlot:
    callback: Callback
    key: pulumi.Output[str]
    proof: Sequence[pulumi.Resource]
    subscriptions: Mapping[str, Subscription]
    settled: Mapping[str, Settled]


@dataclass(frozen=True, kw_only=True)
class _Slots:
    """Declares the slots of a component, one after the other."""

    component: NotificationEndpoint
    name: str
    args: NotificationEndpointArgs

    def declared(self) -> dict[str, _DeclaredSlot]:
        """Declare every slot; a rotation goes on to the next only after the last was proven."""
        slots: dict[str, _DeclaredSlot] = {}
        before: Sequence[pulumi.Resource] = ()
        for slot, url in self.args.endpoints.items():
            slots[slot] = self._slot(slot, url, before=before)
            before = slots[slot].proof
        return slots

    def _slot(
        self, slot: str, url: pulumi.Input[str], *, before: Sequence[pulumi.Resource]
    ) -> _DeclaredSlot:
        name = slot_resource_name(self.name, slot, url)
        callback = self._callback(name, url)
        verified = CallbackVerification(
            name, callback_id=callback, opts=self._opts(), **_given(self.args.verification)
        )
        key, keys = self._keys(name, callback, verified, before=before)
        described = EndpointSlot(
            name=slot,
            url=url,
            resource_name=name,
            callback_id=verified.callback_id,
            opts=self._opts(),
        )
        proof = self._proof(described, verified, key=key, keys=keys)
        is_retiring = slot in self.args.retiring
        subscriptions = {} if is_retiring else self._subscriptions(name, verified, after=proof)
        return _DeclaredSlot(
            callback=callback,
            key=key,
            proof=proof,
            subscriptions=subscriptions,
            settled=self._settled(name, callback, verified, subscriptions),
        )

    def _callback(self, name: str, url: pulumi.Input[str]) -> Callback:
        args = self.args
        return Callback(
            name,
            url=url,
            callback_name=default_name(name),
            max_batch_size=args.max_batch_size,
            auth_id=args.auth_id,
            force_destroy=args.force_destroy,
            probe_timeout_seconds=args.probe_timeout_seconds,
            opts=self._opts(),
        )

    def _keys(
        self,
        name: str,
        callback: Callback,
        verified: CallbackVerification,
        *,
        before: Sequence[pulumi.Resource],
    ) -> tuple[pulumi.Output[str], pulumi.Output[list[str]]]:
        if self.args.signature_key_version is None:
            return callback.signature_key, callback.signature_key.apply(lambda key: [key])
        made = SignatureKey(
            name,
            callback_id=verified,
            version=self.args.signature_key_version,
            keep_previous=self.args.keep_previous,
            known_signature_key=callback.signature_key,
            opts=self._opts(depends_on=before),
        )
        both = pulumi.Output.all(made.key, made.previous_keys)
        return made.key, both.apply(lambda keys: [keys[0], *keys[1]])

    def _proof(
        self,
        slot: EndpointSlot,
        verified: CallbackVerification,
        *,
        key: pulumi.Output[str],
        keys: pulumi.Output[list[str]],
    ) -> Sequence[pulumi.Resource]:
        """Declare what hands the key over and tries it; subscriptions depend on what is returned."""
        deliver = self.args.deliver_key
        delivered = None if deliver is None else deliver(slot, pulumi.Output.secret(keys))
        handed_over = delivered_resources(self.name, slot.name, delivered)
        if not self.args.self_test:
            return handed_over
        urls = self.args.self_test_urls or {}
        tested = SelfTest(
            slot.resource_name,
            callback_id=verified,
            url=urls.get(slot.name, slot.url),
            key=key,
            timeout_seconds=self.args.self_test_timeout_seconds,
            opts=self._opts(depends_on=handed_over),
        )
        return [*handed_over, tested]

    def _subscriptions(
        self, name: str, verified: CallbackVerification, *, after: Sequence[pulumi.Resource]
    ) -> dict[str, Subscription]:
        return {
            each: Subscription(
                f"{name}-{each}",
                callback_id=verified,
                opts=self._opts(depends_on=after),
                **_given(inputs),
            )
            for each, inputs in self.args.subscriptions.items()
        }

    def _settled(
        self,
        name: str,
        callback: Callback,
        verified: CallbackVerification,
        subscriptions: Mapping[str, Subscription],
    ) -> dict[str, Settled]:
        """Declare a wait for each subscription: one that is added later is waited for, too."""
        return {
            each: Settled(
                f"{name}-{each}",
                callback_id=verified,
                changed_at=pulumi.Output.all(callback.changed_at, subscription.changed_at),
                seconds=self.args.settle_seconds,
                opts=self._opts(depends_on=[subscription]),
            )
            for each, subscription in subscriptions.items()
        }

    def _opts(self, *, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self.component, depends_on=list(depends_on))


def _mapping(outputs: Mapping[str, pulumi.Output[Any]]) -> pulumi.Output[dict[str, Any]]:
    # Of no outputs the SDK makes a list.
    return pulumi.Output.all(**outputs) if outputs else pulumi.Output.from_input({})


def _by_slot(
    slots: Mapping[str, _DeclaredSlot],
    of_slot: Callable[[_DeclaredSlot], Mapping[str, pulumi.Output[str]]],
) -> pulumi.Output[dict[str, dict[str, str]]]:
    return _mapping({name: _mapping(of_slot(slot)) for name, slot in slots.items()})


def _ids(subscriptions: Mapping[str, Subscription]) -> dict[str, pulumi.Output[str]]:
    return {name: each.id for name, each in subscriptions.items()}


def _times(settled: Mapping[str, Settled]) -> dict[str, pulumi.Output[str]]:
    return {name: each.settled_at for name, each in settled.items()}


def _given(args: EndpointVerificationArgs | EndpointSubscriptionArgs | None) -> dict[str, Any]:
    # Not `asdict`, which would copy outputs.
    return {} if args is None else {f.name: getattr(args, f.name) for f in fields(args)}
