"""The documented operations: a checked request in, an answer out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ens_provider.emulator import bodies, wire
from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.access import ENTERPRISE_ID, Grant
from ens_provider.emulator.answers import Answer, json_answer
from ens_provider.emulator.arrays import answer_array
from ens_provider.emulator.callbacks import CallbackUpdate
from ens_provider.emulator.json_texts import array_of
from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.service import Service
from ens_provider.emulator.switches import Switches


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request with its token's grant, the id in its path ("" without) and its JSON body."""

    grant: Grant
    object_id: str = ""
    body: object = None

    @property
    def mid(self) -> int:
        """The business unit that the request acts in."""
        return self.grant.mid


Operation = Callable[[Service, Incoming], Awaitable[Answer]]


async def create_callbacks(service: Service, incoming: Incoming) -> Answer:
    """Register callbacks and probe their endpoints; no lock is held while a probe runs."""

    async def together(items: list[object]) -> list[dict[str, object]]:
        with service.ledger.operation():
            callbacks = [
                service.callbacks.register(incoming.mid, bodies.callback_creation(item))
                for item in items
            ]
        outcomes = [(c.callback_id, await service.probe(c)) for c in callbacks]
        failures = {key: outcome.failure for key, outcome in outcomes if outcome.failure}
        service.callbacks.conclude(callbacks, failures=failures)
        return [wire.created_callback(c, switches=service.switches) for c in callbacks]

    return await answer_array(incoming.body, together, success=201, switches=service.switches)


async def list_callbacks(service: Service, incoming: Incoming) -> Answer:
    """List the unit's callbacks."""
    callbacks = service.callbacks.list(incoming.mid)
    suspended, switches = service.ledger.suspended(), service.switches
    return _list_answer(
        service,
        [
            service.texts.text(c.callback_id, _shown, c, switches, c.callback_id in suspended)
            for c in callbacks
        ],
    )


async def get_callback(service: Service, incoming: Incoming) -> Answer:
    """Show one callback."""
    callback = service.callbacks.get(incoming.mid, incoming.object_id)
    is_suspended = callback.callback_id in service.ledger.suspended()
    return json_answer(200, _shown(callback, service.switches, is_suspended))


async def update_callbacks(service: Service, incoming: Incoming) -> Answer:
    """Change callbacks, whose ids stand in the body."""
    created: list[CallbackUpdate] = []

    async def together(items: list[object]) -> list[dict[str, object]]:
        with service.ledger.operation():
            updates = [
                service.callbacks.update(incoming.mid, bodies.callback_change(item))
                for item in items
            ]
        _require_change(service, changed=any(update.changed for update in updates))
        created.extend(update for update in updates if update.created)
        return [wire.updated_callback(u.callback, switches=service.switches) for u in updates]

    answer = await answer_array(incoming.body, together, success=200, switches=service.switches)
    return Answer(201, answer.body) if created else answer


async def delete_callback(service: Service, incoming: Incoming) -> Answer:
    """Delete a callback."""
    service.callbacks.delete(incoming.mid, incoming.object_id)
    return _done(service)


async def verify_callback(service: Service, incoming: Incoming) -> Answer:
    """Verify a callback with the key that its endpoint got."""
    service.callbacks.verify(incoming.mid, bodies.verification(incoming.body))
    return _done(service)


async def regenerate_keys(service: Service, incoming: Incoming) -> Answer:
    """Give callbacks new signature keys."""

    async def together(items: list[object]) -> list[dict[str, object]]:
        with service.ledger.operation():
            ids = [bodies.callback_to_regenerate(item) for item in items]
            rotated = [service.callbacks.regenerate(incoming.mid, key) for key in ids]
        return [wire.regenerated_callback(c, switches=service.switches) for c in rotated]

    return await answer_array(incoming.body, together, success=200, switches=service.switches)


async def create_subscriptions(service: Service, incoming: Incoming) -> Answer:
    """Add subscriptions."""

    async def together(items: list[object]) -> list[dict[str, object]]:
        with service.ledger.operation():
            created = [
                service.subscriptions.create(incoming.mid, bodies.subscription_creation(item))
                for item in items
            ]
        return [
            wire.created_subscription(
                s, service.subscriptions.callback_of(s), switches=service.switches
            )
            for s in created
        ]

    return await answer_array(incoming.body, together, success=201, switches=service.switches)


async def get_subscription(service: Service, incoming: Incoming) -> Answer:
    """Show one subscription."""
    subscription = service.subscriptions.get(incoming.mid, incoming.object_id)
    callback = service.callbacks.get(incoming.mid, subscription.callback_id)
    shown = wire.one_subscription(subscription, callback, switches=service.switches)
    return json_answer(200, shown)


async def list_subscriptions(service: Service, incoming: Incoming) -> Answer:
    """List a callback's subscriptions."""
    callback, found = service.subscriptions.list_of(incoming.mid, incoming.object_id)
    switches = service.switches
    return _list_answer(
        service,
        [
            service.texts.text(s.subscription_id, _shown_subscription, s, callback, switches)
            for s in found
        ],
    )


async def update_subscriptions(service: Service, incoming: Incoming) -> Answer:
    """Change subscriptions, pause them, resume them."""

    async def together(items: list[object]) -> list[dict[str, object]]:
        with service.ledger.operation():
            updates = [
                service.subscriptions.update(incoming.mid, bodies.subscription_change(item))
                for item in items
            ]
        _require_change(service, changed=any(update.changed for update in updates))
        return [
            wire.read_subscription(
                update.subscription,
                service.subscriptions.callback_of(update.subscription),
                switches=service.switches,
            )
            for update in updates
        ]

    return await answer_array(incoming.body, together, success=200, switches=service.switches)


async def delete_subscription(service: Service, incoming: Incoming) -> Answer:
    """Delete a subscription."""
    service.subscriptions.delete(incoming.mid, incoming.object_id)
    return _done(service)


async def token_context(service: Service, incoming: Incoming) -> Answer:
    """Say whom the token belongs to; needs no scope."""
    del service
    return json_answer(
        200,
        {
            "enterprise": {"id": ENTERPRISE_ID},
            "organization": {"id": incoming.mid},
            "user": {"id": incoming.grant.user_id},
        },
    )


def _shown(callback: Callback, switches: Switches, is_suspended: bool) -> dict[str, object]:  # noqa: FBT001 -- one of the parts that a kept text is made of
    return wire.read_callback(callback, switches=switches, is_suspended=is_suspended)


def _shown_subscription(
    subscription: Subscription, callback: Callback, switches: Switches
) -> dict[str, object]:
    return wire.read_subscription(subscription, callback, switches=switches)


def _require_change(service: Service, *, changed: bool) -> None:
    if not changed and service.switches.unchanged_put == "304":
        raise errors.not_modified()


def _list_answer(service: Service, texts: list[str]) -> Answer:
    if not texts and service.switches.empty_list == "404":
        raise errors.not_found()
    return Answer(200, array_of(texts))


def _done(service: Service) -> Answer:
    return Answer(200, "{}" if service.switches.ok_without_content == "object" else "")
