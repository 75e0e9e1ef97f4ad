"""The calls of each resource are those that `docs/scale.md` promises."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.plugin.driver import Created, Plugin, declared, declared_key, declared_verification
from tests.plugin.service import Service
from tests.plugin.subscriptions import declaration
from tests.plugin.trial_receiver import TrialReceiver
from tests.repo.files import text_of
from tests.repo.tables import table_below

CREATED = "created"
AS_DECLARED = "as declared, and in previews"
CHANGED = "changed in place"
DELETED = "deleted"
REFRESHED = "refreshed"
COLUMNS = (CREATED, AS_DECLARED, CHANGED, DELETED, REFRESHED)
CHANGES: dict[str, list[dict[str, Any]]] = {
    "Callback": [{"max_batch_size": 500}, {"force_destroy": True}],
    "CallbackVerification": [{"timeout_seconds": 60}],
    "SignatureKey": [{"version": "2"}, {"keep_previous": 1}],
    "Subscription": [{"filters": ["definitionKey=welcome"]}],
    "SelfTest": [{"timeout_seconds": 60}],
    "Settled": [{"seconds": 60}],
}


@pytest.fixture
def receiver() -> Iterator[TrialReceiver]:
    """Run a receiver that accepts an empty delivery and nothing else."""
    with TrialReceiver() as receiver:
        receiver.judge = lambda body, _signature: 200 if body == b"[]" else 503
        yield receiver


class Lives:
    """Resources, and how many calls each part of their lives made, by type and column."""

    def __init__(self, plugin: Plugin, service: Service) -> None:
        self.counted: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._plugin = plugin
        self._service = service
        self._held: list[tuple[str, Created]] = []

    def live(self, kind: str, inputs: dict[str, Any]) -> Created:
        """Create a resource, change it, and ask what is to be done about it as it is then."""
        methods = self._plugin.of(kind)
        held: Created = self._count(kind, CREATED, methods.create, inputs)
        for change in CHANGES[kind]:
            inputs = {**inputs, **change}
            held = self._count(kind, CHANGED, methods.update, held.id, held.outputs, inputs)
        inputs, _ = self._count(kind, AS_DECLARED, methods.check, inputs, inputs)
        self._count(kind, AS_DECLARED, methods.diff, held.id, held.outputs, inputs)
        self._held.append((kind, held))
        return held

    def refresh(self) -> None:
        """Read everything."""
        self._service.emulator.move_clock(121)
        for kind, held in self._held:
            self._count(kind, REFRESHED, self._plugin.of(kind).read, held.id, held.outputs)

    def end(self) -> None:
        """Delete everything, what came last first."""
        for kind, held in reversed(self._held):
            self._count(kind, DELETED, self._plugin.of(kind).delete, held.id, held.outputs)

    def pause_at_creation(self, inputs: dict[str, Any]) -> None:
        """Create a subscription that is paused, and delete it, off the record."""
        methods = self._plugin.of("Subscription")
        created = self._count("Subscription", CREATED, methods.create, {**inputs, "paused": True})
        methods.delete(created.id, created.outputs)

    def _count(self, kind: str, column: str, part: Callable[..., Any], *arguments: Any) -> Any:
        self._service.forget_calls()
        result = part(*arguments)
        calls = [call for call in self._service.calls() if not call.startswith("PROBE")]
        self.counted[kind][column].append(len(calls))
        return result


def test_calls_of_resources(plugin: Plugin, service: Service, receiver: TrialReceiver) -> None:
    """Each number of the table is what that part of a resource's life costs, tokens aside."""
    lives = Lives(plugin, service)
    id_ = lives.live("Callback", declared()).id
    verification_key = service.verification_key_of(id_)
    lives.live(
        "CallbackVerification", declared_verification(id_, verification_key=verification_key)
    )
    key = lives.live("SignatureKey", declared_key(id_, version="1")).outputs["key"]
    lives.live("Subscription", declaration(id_))
    lives.pause_at_creation(declaration(id_, subscription_name="two"))
    tested = {"callback_id": id_, "url": receiver.url, "key": key, "timeout_seconds": 300}
    lives.live("SelfTest", tested)
    settled = {"callback_id": id_, "changed_at": ["2026-01-01T00:00:00Z"], "seconds": 120}
    lives.live("Settled", settled)
    lives.refresh()
    lives.end()

    promised = {
        kind: {column: [int(n) for n in re.findall(r"\d+", row[column])] for column in COLUMNS}
        for row in table_below(text_of("docs/scale.md"), "How many calls a run makes", number=1)
        for kind in re.findall(r"`(\w+)`", row["resource"])
    }
    for columns in lives.counted.values():
        columns[AS_DECLARED] = sorted(set(columns[AS_DECLARED]))
    assert promised == lives.counted
