"""The arguments of a `NotificationEndpoint`, and what they make of each of its slots."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from ens_provider.lifecycle.canonical import canonical_url

if TYPE_CHECKING:
    from typing import TypeAlias

    from ens_provider.resources.subscription import EventTypes, Filters

    Delivered: TypeAlias = "pulumi.Resource | Sequence[pulumi.Resource] | None"
    DeliverKey: TypeAlias = "Callable[[EndpointSlot, pulumi.Output[list[str]]], Delivered]"

_SLOT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z", re.ASCII)
_DIGEST_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class EndpointVerificationArgs:
    """How each slot's callback is verified; the inputs of a `CallbackVerification` but for the id.

    Attributes:
        verification_key: The key that ENS's probe brought to the endpoint; a secret. For one slot.
        verification_key_url: Where the receiver hands that key out; ``{callback_id}`` stands for
            the id.
        verification_key_token: A bearer token for that address; a secret.
        timeout_seconds: For how many seconds to wait. Default: 300.
    """

    verification_key: pulumi.Input[str] | None = None
    verification_key_url: pulumi.Input[str] | None = None
    verification_key_token: pulumi.Input[str] | None = None
    timeout_seconds: pulumi.Input[int] | None = None


@dataclass(frozen=True, kw_only=True)
class EndpointSubscriptionArgs:
    """What each slot's callback is told; the inputs of a `Subscription` but for callback and name.

    Attributes:
        event_category_types: The event types.
        filters: What events have to match. Default: none.
        paused: Whether events are dropped for now. Default: False.
        pause_reason: The reason that ENS shows for a pause.
    """

    event_category_types: EventTypes
    filters: Filters | None = None
    paused: pulumi.Input[bool] | None = None
    pause_reason: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class EndpointSlot:
    """One of the endpoints, as `deliver_key` gets it.

    Attributes:
        name: The name of the slot, such as ``blue``.
        url: Its URL, as it was given.
        resource_name: What the slot's resources are called, unique in the program: name yours so.
        callback_id: The callback's id, known once it is verified.
        opts: Options to declare resources with: they belong to the component.
    """

    name: str
    url: pulumi.Input[str]
    resource_name: str
    callback_id: pulumi.Output[str]
    opts: pulumi.ResourceOptions


@dataclass(kw_only=True)
class NotificationEndpointArgs:
    """The inputs of a `NotificationEndpoint`.

    Attributes:
        endpoints: The URL of each slot, ``{"blue": "https://hooks.example.com/blue"}``. A text that
            changes is a new callback, which is proven before the old one goes. A URL that is an
            output of another resource is known too late for that: give it a new slot instead.
        subscriptions: What the callback of each slot is told, by name.
        retiring: Slots that are about to go: they have no subscriptions any more, but receivers still
            hold their keys for what is under way. Default: none.
        verification: How callbacks are verified. Default: the receivers verify themselves.
        deliver_key: Hands the keys of a slot over: ``deliver_key(slot, keys)`` declares resources that
            bring the list `keys`, the present one first, to the receiver, and returns them. Default:
            nothing is handed over, so that somebody has to, within the time of the self-test.
        signature_key_version: Any text; with it each slot has a `SignatureKey`, and a change
            rotates them, one slot after the other. Default: none, the key is that of the creation;
            keep it once it is given, since the first rotation makes that key void.
        keep_previous: How many keys before the present one receivers shall still accept, 0 to 10.
            Default: 2. Needs `signature_key_version`.
        self_test: Whether each endpoint is tried with signed deliveries before it is subscribed.
            Default: True.
        self_test_urls: Where this program reaches the endpoint of a slot, if not at its URL.
        self_test_timeout_seconds: For how many seconds that is tried. Default: 300.
        settle_seconds: For how many seconds a new slot is waited for after its subscriptions,
            before older slots may go. Default: 120, which ENS gives changes to take effect.
        max_batch_size: Most events in one delivery, 100 to 1000. Default: 1000.
        auth_id: Id of an OAuth2 set-up for deliveries.
        force_destroy: Delete subscriptions that this stack does not manage with their callback.
        probe_timeout_seconds: For how many seconds a creation is tried again while the endpoint
            does not answer ENS's probe. Default: 300.
    """

    endpoints: Mapping[str, pulumi.Input[str]]
    subscriptions: Mapping[str, EndpointSubscriptionArgs]
    retiring: Sequence[str] = ()
    verification: EndpointVerificationArgs | None = None
    deliver_key: DeliverKey | None = None
    signature_key_version: pulumi.Input[str] | None = None
    keep_previous: pulumi.Input[int] | None = None
    self_test: bool = True
    self_test_urls: Mapping[str, pulumi.Input[str]] | None = None
    self_test_timeout_seconds: pulumi.Input[int] | None = None
    settle_seconds: pulumi.Input[int] | None = None
    max_batch_size: pulumi.Input[int] | None = None
    auth_id: pulumi.Input[str] | None = None
    force_destroy: pulumi.Input[bool] | None = None
    probe_timeout_seconds: pulumi.Input[int] | None = None


def require_usable(component: str, args: NotificationEndpointArgs) -> None:
    """Refuse arguments that no set of resources can be made of, before any is declared.

    Raises:
        TypeError: A subscription is no `EndpointSubscriptionArgs`.
        ValueError: There is no slot, a slot has no usable name, two have the same URL, or an option
            is given that nothing heeds or that does not fit the slots.
    """
    if not args.endpoints:
        raise ValueError(f"endpoints of '{component}' is empty: declare at least one slot.")
    _require_names(component, "endpoints", args.endpoints)
    _require_names(component, "subscriptions", args.subscriptions)
    _require_own_urls(component, args.endpoints)
    for what, slots in (("retiring", args.retiring), ("self_test_urls", args.self_test_urls or ())):
        for slot in slots:
            if slot not in args.endpoints:
                raise ValueError(f"{what} of '{component}' names '{slot}', which is no slot.")
    if args.keep_previous is not None and args.signature_key_version is None:
        raise ValueError(
            f"keep_previous of '{component}' needs signature_key_version: declare that, too."
        )
    key = None if args.verification is None else args.verification.verification_key
    if key is not None and len(args.endpoints) > 1:
        raise ValueError(
            f"verification_key of '{component}' can be that of one callback only: declare one slot, or "
            "give verification_key_url."
        )
    for name, subscription in args.subscriptions.items():
        if not isinstance(subscription, EndpointSubscriptionArgs):
            raise TypeError(
                f"Subscription '{name}' of '{component}' is no ens.EndpointSubscriptionArgs."
            )


def slot_resource_name(component: str, slot: str, url: pulumi.Input[str]) -> str:
    """Return what the resources of a slot are called.

    A URL that is a text is part of it: another one makes other resources, which the engine creates
    before it deletes the old ones. Resources of the same name it could only replace, the old one
    first.
    """
    if not isinstance(url, str):
        return f"{component}-{slot}"
    digest = hashlib.sha256(_canonical(url).encode()).hexdigest()[:_DIGEST_DIGITS]
    return f"{component}-{slot}-{digest}"


def delivered_resources(component: str, slot: str, delivered: Any) -> list[pulumi.Resource]:
    """Return the resources that `deliver_key` returned as a list.

    Raises:
        TypeError: It returned something else.
    """
    if delivered is None:
        return []
    several = [delivered] if isinstance(delivered, pulumi.Resource) else delivered
    if not isinstance(several, Sequence) or not all(
        isinstance(each, pulumi.Resource) for each in several
    ):
        raise TypeError(
            f"deliver_key of '{component}' returned for slot '{slot}' what is no resource: return "
            "the resources that hand the key over, so that subscriptions wait for them."
        )
    return list(several)


def _require_names(component: str, what: str, given: Mapping[str, object]) -> None:
    for name in given:
        if not _SLOT.match(name):
            raise ValueError(
                f"{what} of '{component}' has the name '{name}': use lower-case letters, digits and "
                "single hyphens, since it becomes part of names."
            )


def _require_own_urls(component: str, endpoints: Mapping[str, pulumi.Input[str]]) -> None:
    owners: dict[str, str] = {}
    for slot, url in endpoints.items():
        if not isinstance(url, str):
            continue
        other = owners.setdefault(_canonical(url), slot)
        if other != slot:
            raise ValueError(
                f"Slots '{other}' and '{slot}' of '{component}' have the same URL, and ENS takes each "
                "only once: give each slot a path of its own."
            )


def _canonical(url: str) -> str:
    try:
        return canonical_url(url)
    except ValueError:
        # The callback's check says what is wrong with it.
        return url
