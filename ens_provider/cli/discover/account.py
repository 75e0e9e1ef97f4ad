"""The account as experiments and cleaning use it: raw answers under one token."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ens_provider.api import operations as op
from ens_provider.api.exchanges import Exchanges
from ens_provider.api.wire import Answer
from ens_provider.cli.discover.answers import is_success, records_in


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Time as it passes while something is waited for."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def tries(self, seconds: float, *, every: float = 1.0) -> Iterator[float]:
        """Yield the seconds waited so far: 0 at once, then after each pause, up to `seconds`."""
        begun = self.clock()
        yield 0.0
        while (waited := self.clock() - begun) < seconds:
            self.sleep(min(every, seconds - waited))
            yield self.clock() - begun


class Unit:
    """One business unit: the operations of the service, each with its answer as it came.

    Attributes:
        exchanges: What sends.
        empty_answers: The first success of deletions and of verifications, which have nothing to
            say, by `DELETE` and `verify`.
    """

    def __init__(self, exchanges: Exchanges) -> None:
        self.exchanges = exchanges
        self.empty_answers: dict[str, Answer] = {}

    def list_callbacks(self) -> Answer:
        """GET all callbacks."""
        return self.exchanges.send(op.LIST_CALLBACKS)

    def callbacks(self) -> list[dict[str, Any]]:
        """Return the records of all callbacks; none where an empty list is answered with 404."""
        return records_in(self.list_callbacks())

    def get_callback(self, callback_id: str) -> Answer:
        """GET one callback."""
        return self._of_id(op.GET_CALLBACK, callback_id)

    def create_callback(self, name: str, url: str) -> Answer:
        """POST a callback."""
        wire = {"callbackName": name, "url": url}
        return self.exchanges.send(op.CREATE_CALLBACK, subject=f"callback {name!r}", json=[wire])

    def put_callbacks(self, *elements: Mapping[str, object]) -> Answer:
        """PUT callbacks."""
        json = [dict(element) for element in elements]
        return self.exchanges.send(op.UPDATE_CALLBACK, subject="callbacks", json=json)

    def delete_callback(self, callback_id: str) -> Answer:
        """DELETE a callback."""
        return self._noted("DELETE", self._of_id(op.DELETE_CALLBACK, callback_id))

    def verify(self, callback_id: str, key: str) -> Answer:
        """POST a verification."""
        wire = {"callbackId": callback_id, "verificationKey": key}
        subject = f"callback {callback_id}"
        answer = self.exchanges.send(op.VERIFY_CALLBACK, subject=subject, json=wire, secrets=(key,))
        return self._noted("verify", answer)

    def regenerate(self, callback_id: str) -> Answer:
        """PUT a request for a new signature key."""
        wire = {"callbackId": callback_id}
        subject = f"callback {callback_id}"
        return self.exchanges.send(op.REGENERATE_SIGNATURE_KEY, subject=subject, json=[wire])

    def list_subscriptions(self, callback_id: str) -> Answer:
        """GET the subscriptions of a callback."""
        return self._of_id(op.LIST_SUBSCRIPTIONS, callback_id)

    def create_subscription(self, callback_id: str, name: str, types: list[str]) -> Answer:
        """POST a subscription without filters."""
        wire = {"callbackId": callback_id, "subscriptionName": name, "eventCategoryTypes": types}
        subject = f"subscription {name!r}"
        return self.exchanges.send(op.CREATE_SUBSCRIPTION, subject=subject, json=[wire])

    def put_subscription(self, element: Mapping[str, object]) -> Answer:
        """PUT a subscription."""
        subject = f"subscription {element['subscriptionId']}"
        return self.exchanges.send(op.UPDATE_SUBSCRIPTION, subject=subject, json=[dict(element)])

    def delete_subscription(self, subscription_id: str) -> Answer:
        """DELETE a subscription."""
        subject = f"subscription {subscription_id}"
        answer = self.exchanges.send(
            op.DELETE_SUBSCRIPTION, subject=subject, object_id=subscription_id
        )
        return self._noted("DELETE", answer)

    def told(self, answer: Answer) -> str:
        """Return status and beginning of an answer, for people; never a key."""
        excerpt = self.exchanges.excerpt(answer)
        return f"{answer.status}: {excerpt}" if excerpt else f"{answer.status} without a body"

    def _noted(self, operation: str, answer: Answer) -> Answer:
        if is_success(answer):
            self.empty_answers.setdefault(operation, answer)
        return answer

    def _of_id(self, operation: op.Operation, callback_id: str) -> Answer:
        subject = f"callback {callback_id}"
        return self.exchanges.send(operation, subject=subject, object_id=callback_id)


def whole_seconds(seconds: float) -> int:
    """Return seconds rounded up."""
    return math.ceil(seconds)
