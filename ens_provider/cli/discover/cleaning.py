"""Removing what a run made, whatever became of it, and naming what cannot be removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ens_provider.api.errors import ENSError
from ens_provider.api.wire import Answer
from ens_provider.cli.discover.account import Pace, Unit
from ens_provider.cli.discover.answers import (
    CONFLICT,
    NOT_FOUND,
    is_success,
    record_in,
    records_in,
)
from ens_provider.cli.discover.bench import Bench
from ens_provider.cli.discover.made import MadeCallback
from ens_provider.cli.discover.names import is_discovers

LATEST_SECONDS = 130.0
"""How long something whose answer was lost may take to show."""

_EVERY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that could not be removed, and why."""

    kind: str
    object_id: str
    name: str
    url: str
    why: str

    def __str__(self) -> str:
        where = f" on {self.url}" if self.url else ""
        return f"{self.kind} '{self.name}' ({self.object_id}){where}: {self.why}"


def clean_bench(bench: Bench) -> list[Left]:
    """Remove everything of a run; return what is left.

    What the run knows of is removed, and what the list shows under the run's names: the answer of
    a creation may have been lost.
    """
    cleaner = Cleaner(bench.unit, pace=bench.pace, lag_seconds=bench.lag_seconds)
    left: list[Left] = []
    for subscription in bench.made.subscriptions.values():
        left += cleaner.remove_subscription(subscription.subscription_id, subscription.name)
    for callback in bench.made.callbacks.values():
        left += cleaner.remove_callback(_record_of(callback), seen=callback.seen)
    left += _remove_strays(bench, cleaner, known={each.object_id for each in left})
    return list({each.object_id: each for each in left}.values())


class Cleaner:
    """Removes callbacks with the subscriptions on them, if those have names of this command.

    Args:
        unit: The business unit.
        pace: Time.
        lag_seconds: How long reads lag behind writes; None if nobody knows.
    """

    def __init__(self, unit: Unit, *, pace: Pace, lag_seconds: float | None = 0.0) -> None:
        self._unit = unit
        self._pace = pace
        self._lag_seconds = lag_seconds

    def remove_callback(self, record: Mapping[str, Any], *, seen: bool = True) -> list[Left]:
        """Remove a callback, and return what is left of it and on it.

        Args:
            record: The callback, as the service shows it.
            seen: Whether it is known to be ours; otherwise it is looked at first.
        """
        callback_id = str(record.get("callbackId"))
        try:
            left, why = self._removed(callback_id) if seen else self._looked_at_and_removed(record)
        except ENSError as error:
            left, why = [], str(error)
        if not why:
            return left
        name, url = str(record.get("callbackName")), str(record.get("url") or "")
        return [*left, Left(kind="callback", object_id=callback_id, name=name, url=url, why=why)]

    def remove_subscription(self, subscription_id: str, name: str) -> list[Left]:
        """Remove a subscription, and return it if it is left."""
        try:
            why = self._why_left(self._unit.delete_subscription(subscription_id))
        except ENSError as error:
            why = str(error)
        return [_subscription_left(subscription_id, name, why)] if why else []

    def _looked_at_and_removed(self, record: Mapping[str, Any]) -> tuple[list[Left], str]:
        callback_id = str(record.get("callbackId"))
        for _ in self._pace.tries(0.0 if self._lag_seconds == 0 else LATEST_SECONDS):
            shown = record_in(self._unit.get_callback(callback_id))
            if shown.get("callbackName") == record.get("callbackName"):
                return self._removed(callback_id)
            if shown:
                return [], ""
        if self._lag_seconds is not None:
            return [], ""
        return [], "ENS named it in a text about a failed probe, but shows none"

    def _removed(self, callback_id: str) -> tuple[list[Left], str]:
        answer = self._unit.delete_callback(callback_id)
        tries = self._pace.tries(LATEST_SECONDS, every=_EVERY_SECONDS)
        while answer.status == CONFLICT and next(tries, None) is not None:
            shown, left = self._clear(callback_id)
            answer = self._unit.delete_callback(callback_id)
            if left or (not shown and self._lag_seconds == 0):
                return left, self._why_left(answer)
        return [], self._why_left(answer)

    def _clear(self, callback_id: str) -> tuple[bool, list[Left]]:
        """Remove what hangs on a callback; tell whether anything does, and return what is left."""
        records = records_in(self._unit.list_subscriptions(callback_id))
        left: list[Left] = []
        for record in records:
            subscription_id = str(record.get("subscriptionId"))
            name = str(record.get("subscriptionName"))
            if is_discovers(record, "subscriptionName"):
                left += self.remove_subscription(subscription_id, name)
            else:
                why = "it is somebody else's and was not touched"
                left.append(_subscription_left(subscription_id, name, why))
        return bool(records), left

    def _why_left(self, answer: Answer) -> str:
        """Return why something is still there; empty if it is not."""
        gone = is_success(answer) or answer.status == NOT_FOUND
        return "" if gone else f"ENS answered {self._unit.told(answer)}"


def _remove_strays(bench: Bench, cleaner: Cleaner, *, known: set[str]) -> list[Left]:
    try:
        strays = _strays(bench)
    except ENSError as error:
        return [_unlisted(bench, error)]
    left: list[Left] = []
    for record in strays:
        if record.get("callbackId") not in known:
            left += cleaner.remove_callback(record)
    return left


def _strays(bench: Bench) -> list[dict[str, Any]]:
    """Return the callbacks of the run that are listed; those with lost answers are waited for."""
    missing = {name.casefold() for name in bench.made.unanswered}
    strays: dict[object, dict[str, Any]] = {}
    for _ in _looks(bench, waiting=bool(missing)):
        for record in bench.unit.callbacks():
            name = str(record.get("callbackName", ""))
            if bench.run.is_of(name):
                strays[record.get("callbackId")] = record
                missing.discard(name.casefold())
        if not missing:
            break
    return list(strays.values())


def _looks(bench: Bench, *, waiting: bool) -> Iterable[float]:
    if not waiting or bench.lag_seconds == 0:
        return (0.0,)
    return bench.pace.tries(LATEST_SECONDS, every=_EVERY_SECONDS)


def _record_of(callback: MadeCallback) -> dict[str, object]:
    return {
        "callbackId": callback.callback_id,
        "callbackName": callback.name,
        "url": callback.sent_url,
    }


def _subscription_left(subscription_id: str, name: str, why: str) -> Left:
    return Left(kind="subscription", object_id=subscription_id, name=name, url="", why=why)


def _unlisted(bench: Bench, error: ENSError) -> Left:
    names = ", ".join(sorted(bench.made.unanswered)) or f"names beginning with {bench.run.prefix}"
    why = f"the list could not be read to look for it. {error}"
    return Left(kind="callback", object_id="unknown id", name=names, url=bench.url, why=why)
