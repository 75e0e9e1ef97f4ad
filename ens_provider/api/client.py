"""The Event Notification Service as methods: one per operation that the service documents."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ens_provider.api import operations as op
from ens_provider.api import readers
from ens_provider.api.calls import Call, Caller, Clocks
from ens_provider.api.errors import NotFoundError
from ens_provider.api.records import (
    CallbackRecord,
    CallbackUpdate,
    NotModified,
    SubscriptionRecord,
    SubscriptionUpdate,
    TokenContext,
)
from ens_provider.api.retry import RetryPolicy
from ens_provider.api.transport import HTTPTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ens_provider.api.config import ClientConfig
    from ens_provider.api.wire import Transport

T = TypeVar("T")


class ENSClient:
    """Talks to the service for one account; may be used from several threads.

    The constructor uses no network. Every method raises an `ENSError` and nothing else: see
    `ens_provider.api.errors` for the tree. Reads, updates, deletions and verifications are tried
    again after whatever may pass; a creation only where it certainly took no effect.

    Args:
        config: Addresses and credentials.
        retry: How often and how long apart. Default: 4 tries, at most 60 s of pauses per call.
        clock: Monotonic seconds.
        sleep: Pauses for seconds.
        wall_clock: Unix seconds, for `now` until the service told its own.
        transport: What sends. Default: HTTP.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
        transport: Transport | None = None,
    ) -> None:
        self._config = config
        self._transport = transport or HTTPTransport(clock=clock)
        self._caller = Caller(
            config,
            retry=retry or RetryPolicy(),
            clocks=Clocks(monotonic=clock, wall=wall_clock, sleep=sleep),
            transport=self._transport,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._config!r})"

    def create_callback(
        self,
        *,
        callback_name: str,
        url: str,
        max_batch_size: int | None = None,
        auth_id: str | None = None,
    ) -> CallbackRecord | NotModified:
        """Create a callback, which makes the service probe its endpoint for up to 30 s.

        Returns the record with its signature key, which the service shows only here, or
        `NOT_MODIFIED` if the service says that the callback exists already.

        Raises:
            BadRequestError: Among others, when the endpoint did not answer the probe. The callback
                stays behind on the service then; its id stands in `body`.
        """
        wire = {
            "callbackName": callback_name,
            "url": url,
            "maxBatchSize": max_batch_size,
            "authId": auth_id,
        }
        return self._caller.call(
            Call(
                operation=op.CREATE_CALLBACK,
                read=readers.or_not_modified(readers.callback_with_key),
                subject=f"callback {callback_name!r}",
                json=[_given(wire)],
            )
        )

    def list_callbacks(self) -> list[CallbackRecord]:
        """Return all callbacks of the business unit; without signature keys."""
        return self._listed(Call(operation=op.LIST_CALLBACKS, read=readers.callbacks))

    def get_callback(self, callback_id: str) -> CallbackRecord:
        """Return one callback; without its signature key.

        Raises:
            NotFoundError: The business unit has none of this id.
        """
        return self._caller.call(
            Call(
                operation=op.GET_CALLBACK,
                read=readers.of_id(callback_id, readers.callback),
                subject=f"callback {callback_id}",
                object_id=callback_id,
            )
        )

    def update_callback(
        self, *, callback_id: str, callback_name: str, max_batch_size: int | None = None
    ) -> CallbackUpdate | NotModified:
        """Set the batch size of a callback; its URL cannot be changed.

        Returns what the service made of it, or `NOT_MODIFIED` if that is how it is already.

        Raises:
            NotFoundError: The business unit has none of this id.
        """
        wire = {
            "callbackId": callback_id,
            "callbackName": callback_name,
            "maxBatchSize": max_batch_size,
        }
        return self._caller.call(
            Call(
                operation=op.UPDATE_CALLBACK,
                read=readers.or_not_modified(readers.callback_update),
                subject=f"callback {callback_name!r}",
                json=[_given(wire)],
            )
        )

    def delete_callback(self, callback_id: str) -> None:
        """Delete a callback.

        Raises:
            NotFoundError: It is gone already, perhaps through an earlier try of this very call.
            ConflictError: Subscriptions are attached to it.
        """
        self._caller.call(
            Call(
                operation=op.DELETE_CALLBACK,
                read=readers.nothing,
                subject=f"callback {callback_id}",
                object_id=callback_id,
            )
        )

    def verify_callback(self, *, callback_id: str, verification_key: str) -> None:
        """Prove that the endpoint of a callback is ours, with the key that its probe carried.

        Raises:
            NotFoundError: The callback or the key is not known; a key works once.
        """
        self._caller.call(
            Call(
                operation=op.VERIFY_CALLBACK,
                read=readers.nothing,
                subject=f"callback {callback_id}",
                json={"callbackId": callback_id, "verificationKey": verification_key},
                secrets=(verification_key,),
            )
        )

    def regenerate_signature_key(self, callback_id: str) -> CallbackRecord:
        """Give a callback a new signature key; the old one is void at once.

        Returns the record with the new key, which the service shows only here.

        Raises:
            NotFoundError: The business unit has none of this id.
        """
        return self._caller.call(
            Call(
                operation=op.REGENERATE_SIGNATURE_KEY,
                read=readers.of_id(callback_id, readers.callback_with_key),
                subject=f"callback {callback_id}",
                json=[{"callbackId": callback_id}],
            )
        )

    def create_subscription(
        self,
        *,
        callback_id: str,
        subscription_name: str,
        event_category_types: Sequence[str],
        filters: Sequence[str] = (),
    ) -> SubscriptionRecord | NotModified:
        """Subscribe a verified callback to events.

        Returns the record, or `NOT_MODIFIED` if the service says that it exists already.

        Raises:
            NotFoundError: The business unit has no such callback.
        """
        wire = {
            "callbackId": callback_id,
            "subscriptionName": subscription_name,
            "eventCategoryTypes": list(event_category_types),
            "filters": list(filters) or None,
        }
        return self._caller.call(
            Call(
                operation=op.CREATE_SUBSCRIPTION,
                read=readers.or_not_modified(readers.subscription),
                subject=f"subscription {subscription_name!r}",
                json=[_given(wire)],
            )
        )

    def get_subscription(self, subscription_id: str) -> SubscriptionRecord:
        """Return one subscription.

        Raises:
            NotFoundError: The business unit has none of this id.
        """
        return self._caller.call(
            Call(
                operation=op.GET_SUBSCRIPTION,
                read=readers.of_id(subscription_id, readers.subscription),
                subject=f"subscription {subscription_id}",
                object_id=subscription_id,
            )
        )

    def list_subscriptions(self, callback_id: str) -> list[SubscriptionRecord]:
        """Return all subscriptions of a callback; none if there is no such callback."""
        subject = f"callback {callback_id}"
        call = Call(operation=op.LIST_SUBSCRIPTIONS, read=readers.subscriptions, subject=subject)
        return self._listed(replace(call, object_id=callback_id))

    def update_subscription(self, update: SubscriptionUpdate) -> SubscriptionRecord | NotModified:
        """Set a subscription to what `update` says; `NOT_MODIFIED` if that is how it is already."""
        return self._caller.call(
            Call(
                operation=op.UPDATE_SUBSCRIPTION,
                read=readers.or_not_modified(readers.subscription),
                subject=f"subscription {update.subscription_id}",
                json=[update.to_wire()],
            )
        )

    def delete_subscription(self, subscription_id: str) -> None:
        """Delete a subscription.

        Raises:
            NotFoundError: It is gone already, perhaps through an earlier try of this very call.
        """
        self._caller.call(
            Call(
                operation=op.DELETE_SUBSCRIPTION,
                read=readers.nothing,
                subject=f"subscription {subscription_id}",
                object_id=subscription_id,
            )
        )

    def token_context(self) -> TokenContext:
        """Return whom the token belongs to, its business unit above all."""
        return self._caller.call(Call(operation=op.TOKEN_CONTEXT, read=readers.token_context))

    def granted_scopes(self) -> frozenset[str] | None:
        """Return the scopes that the token was given out with; None if that was not told."""
        return self._caller.granted_scopes()

    def now(self) -> float:
        """Return the service's Unix seconds (`Date` of its answers); the local ones until it told."""
        return self._caller.service_time.now()

    def knows_the_time(self) -> bool:
        """Tell whether the service has told its time, so that `now` is the service's."""
        return self._caller.service_time.is_known()

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._transport.close()

    def _listed(self, call: Call[list[T]]) -> list[T]:
        # Some versions of the documentation answer an empty list with 404.
        try:
            return self._caller.call(call)
        except NotFoundError:
            return []


def _given(wire: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in wire.items() if value is not None}
