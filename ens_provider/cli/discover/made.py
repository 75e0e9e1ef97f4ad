"""What a run has made, so that it can be removed and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class MadeCallback:
    """A callback that a run made.

    Attributes:
        callback_id: Its id.
        name: Its name.
        sent_url: The URL that it was created with.
        shown_url: The URL that the service answered.
        seen: Whether the service answered it as ours; otherwise only the text about a failed
            probe names its id.
    """

    callback_id: str
    name: str
    sent_url: str
    shown_url: str = ""
    seen: bool = False


@dataclass(frozen=True, kw_only=True)
class MadeSubscription:
    """A subscription that a run made, and the callback that it hangs on."""

    subscription_id: str
    name: str
    callback_id: str


@dataclass(kw_only=True)
class Made:
    """Everything that a run has made and not yet removed.

    Attributes:
        callbacks: By id.
        subscriptions: By id.
        unanswered: Names of callbacks whose creation was sent and never answered.
    """

    callbacks: dict[str, MadeCallback] = field(default_factory=dict)
    subscriptions: dict[str, MadeSubscription] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
