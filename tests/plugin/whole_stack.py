"""Callbacks, each verified, keyed and twice subscribed, called by many threads as the engine does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.plugin.driver import (
    Created,
    Plugin,
    ResourceType,
    declared,
    declared_key,
    declared_verification,
)
from tests.plugin.service import Service
from tests.plugin.subscriptions import declaration

T = TypeVar("T")
R = TypeVar("R")

# More than the plugin has, so that each of its threads always has a call to serve.
_THREADS = 16


@dataclass(frozen=True, kw_only=True)
class Held:
    """A resource as the state holds it."""

    kind: str
    created: Created = field(repr=False)


class WholeStack:
    """A stack of `count` callbacks, each with a verification, a key and two subscriptions.

    Args:
        plugin: The plugin that it is driven with.
        service: The service, whose probes bring the verification keys.
        count: How many callbacks.
    """

    def __init__(self, plugin: Plugin, service: Service, count: int) -> None:
        self._plugin = plugin
        self._service = service
        self._numbers = range(count)
        self.held: list[Held] = []

    def create(self) -> None:
        """Create everything: all of one type at once, then all of the next."""
        callbacks = self._created("Callback", map(callback_inputs, self._numbers))
        ids = [each.id for each in callbacks]
        for number, id_ in enumerate(ids):
            self._service.label(id_, f"orders-{number}")
        self._created("CallbackVerification", map(self._verification, ids))
        self._created("SignatureKey", (declared_key(id_, version="1") for id_ in ids))
        for created in self._created("Subscription", _subscriptions(ids)):
            self._service.label(created.id, created.outputs["subscription_name"])

    def next_run(self, plugin: Plugin) -> None:
        """Go on in another process, as each run of the engine does."""
        self._plugin = plugin

    def check_and_diff(self) -> None:
        """Ask what is to be done where the program is as before, as `up` and previews do."""

        def ask(held: Held) -> list[str]:
            inputs, failures = self._of(held).check(_inputs(held), _inputs(held))
            assert failures == []
            return self._of(held).diff(held.created.id, held.created.outputs, inputs)

        assert at_once(ask, self.held) == [[]] * len(self.held)

    def read(self) -> None:
        """Read everything at once, types mixed, and find it unchanged."""
        mixed = sorted(self.held, key=lambda held: held.created.id)
        read = at_once(lambda h: self._of(h).read(h.created.id, h.created.outputs)[0], mixed)
        assert read == [held.created for held in mixed]

    def update(self) -> None:
        """Change what can be changed in place of each resource, all at once."""

        def changed(held: Held) -> Held:
            news = {**_inputs(held), **_CHANGES[held.kind]}
            updated = self._of(held).update(held.created.id, held.created.outputs, news)
            return Held(kind=held.kind, created=updated)

        self.held = at_once(changed, self.held)

    def delete(self) -> None:
        """Delete everything: all of one type at once, dependents first."""
        for kind in reversed(_CHANGES):
            of_kind = [held for held in self.held if held.kind == kind]
            at_once(lambda h: self._of(h).delete(h.created.id, h.created.outputs), of_kind)
        self.held = []

    def _created(self, kind: str, inputs: Iterable[dict[str, Any]]) -> list[Created]:
        created = at_once(self._plugin.of(kind).create, list(inputs))
        self.held += [Held(kind=kind, created=each) for each in created]
        return created

    def _verification(self, callback_id: str) -> dict[str, Any]:
        key = self._service.verification_key_of(callback_id)
        return declared_verification(callback_id, verification_key=key)

    def _of(self, held: Held) -> ResourceType:
        return self._plugin.of(held.kind)


_COMPUTED = {
    "Callback": {"signature_key", "mid", "changed_at"},
    "CallbackVerification": {"status", "verified_at", "mid", "unverified_status"},
    "SignatureKey": {"key", "previous_keys", "fingerprint", "rotated_at", "mid"},
    "Subscription": {"status", "status_reason", "mid", "changed_at"},
}
_CHANGES: dict[str, dict[str, Any]] = {
    "Callback": {"max_batch_size": 500},
    "CallbackVerification": {"timeout_seconds": 60},
    "SignatureKey": {"version": "2"},
    "Subscription": {"filters": ["definitionKey=welcome"]},
}


def callback_inputs(number: int) -> dict[str, Any]:
    """Return the inputs of the callback of that number."""
    return declared(callback_name=f"orders-{number}", url=f"https://receiver.test/{number}")


def at_once(call: Callable[[T], R], arguments: Sequence[T]) -> list[R]:
    """Make a call for each argument, many at a time; return the answers in order."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(call, arguments))


def _subscriptions(callback_ids: Iterable[str]) -> Iterable[dict[str, Any]]:
    for number, callback_id in enumerate(callback_ids):
        for kind in ("mails", "opens"):
            yield declaration(callback_id, subscription_name=f"{kind}-{number}")


def _inputs(held: Held) -> dict[str, Any]:
    outputs = held.created.outputs
    return {name: value for name, value in outputs.items() if name not in _COMPUTED[held.kind]}
