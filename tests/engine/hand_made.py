"""A live account as people made it by hand: 5 callbacks and 40 subscriptions in every state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engine.outside import Outside

SENT = "TransactionalSendEvents.EmailSent"
BOUNCED = "TransactionalSendEvents.EmailBounced"
OPEN = "EngagementEvents.EmailOpen"
NEW = "NewEvents.SomethingNew"

# Event types, filters, and the reason of a pause: None is active, blank is a pause without one.
VARIANTS: tuple[tuple[list[str], list[str], str | None], ...] = (
    ([SENT], [], None),
    ([SENT, BOUNCED], ["definitionKey=welcome"], None),
    ([BOUNCED], ["bounceCode=HARD", "definitionKey=.*büro.*|it's"], None),
    ([SENT], ["definitionKey=a", "definitionKey=b"], None),
    ([OPEN], [], 'holidays \u2013 "until" \\ Monday\'s'),
    ([SENT], ["definitionKey=a=b"], ""),
    ([NEW, SENT], [], "none"),
    ([BOUNCED, OPEN], [], None),
    ([SENT], [], "paused by pulumi"),
    ([OPEN], [], None),
)
NAMES = (
    "welcome",
    "Welcome",
    "willkommen in K\u00f6ln",
    'it\'s "quoted" \\ slashed',
    "\u0437\u0430\u043a\u0430\u0437\u044b",
    "\U0001f4e8",
    "class",
    "a b",
    "a-b",
    "__init__",
)


@dataclass(frozen=True, kw_only=True)
class HandMade:
    """A callback to be made by hand."""

    name: str
    url: str
    max_batch_size: int = 1000
    verified: bool = True


CALLBACKS = (
    HandMade(name="shop-dev-orders", url="https://receiver.test/orders"),
    HandMade(
        name="R\u00fcckl\u00e4ufer \u2013 K\u00f6ln",
        url="https://receiver.test/r%C3%BC",
        max_batch_size=250,
    ),
    HandMade(name="ens", url="https://receiver.test", max_batch_size=100),
    HandMade(name="shop 'dev' \"x\"", url="https://receiver.test/a,b;c=d"),
    HandMade(name="\u2605", url="https://other.test/unverified", verified=False),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """What was made: the service's answers, keys included, and the ids of subscriptions."""

    callbacks: list[dict[str, Any]]
    subscriptions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The callbacks' ids."""
        return [each["callbackId"] for each in self.callbacks]


def make_account(outside: Outside) -> Account:
    """Make the callbacks, and ten subscriptions on each that is verified."""
    made = Account(callbacks=[])
    for callback in CALLBACKS:
        created = outside.create_callback(
            callback.name, url=callback.url, max_batch_size=callback.max_batch_size
        )
        made.callbacks.append(created)
        if callback.verified:
            outside.verify(created["callbackId"])
            made.subscriptions.extend(_subscriptions(outside, created["callbackId"]))
    return made


def _subscriptions(outside: Outside, callback_id: str) -> list[dict[str, Any]]:
    made = []
    for (types, filters, reason), name in zip(VARIANTS, NAMES, strict=True):
        fields = {
            "callbackId": callback_id,
            "subscriptionName": name,
            "eventCategoryTypes": types,
            "filters": filters,
        }
        [created] = outside.call("POST", "ens-subscriptions", [fields])
        made.append(created)
        if reason is not None:
            outside.change_subscription(created, status="paused", statusReason=reason or "first")
        if reason == "":
            outside.change_subscription(created, statusReason="")
    return made
