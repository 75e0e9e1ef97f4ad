"""An account on paper with one verified callback, and an endpoint that answers as it is told."""

import asyncio
from collections.abc import Callable
from typing import Any

from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.dispatch import Dispatched, Dispatcher
from ens_provider.emulator.endpoint_failures import EndpointFailure
from ens_provider.emulator.event_requests import EventRequest
from ens_provider.emulator.https_post import Post, PostOutcome
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.switches import Switches

START = 2000.0
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
NEXT_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
SENT = "TransactionalSendEvents.EmailSent"
EVENT = {"eventCategoryType": SENT, "timestampUTC": 1600698608530, "mid": 1447640, "eid": 1447640}
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent",'
    b'"timestampUTC":1600698608530,"mid":1447640,"eid":1447640}]'
)
ACCEPTED = PostOutcome(200, None)
REFUSED = PostOutcome(503, EndpointFailure("ProtocolError", "Refused."))
CALLBACK = Callback(
    mid=1,
    callback_id="cb",
    name="orders",
    url="https://receiver.test/orders",
    max_batch_size=100,
    auth_id=None,
    signature_key=KEY,
    verification_key="v",
    created_at=0.0,
    probe="answered",
    verified=True,
)
SUBSCRIPTION = Subscription(
    mid=1, subscription_id="s", callback_id="cb", name="sent", event_types=(SENT,), filters=()
)


class World:
    """One verified callback with a subscription to sent e-mails, and an endpoint on paper.

    It begins at the moment `START`, and its clock moves only when it is moved. `times` are the
    seconds after that at which each of the `posts` was sent.
    """

    def __init__(self, **switches: str) -> None:
        self.clock = MovableClock(machine_time=lambda: 1000.0)
        self.ledger = Ledger(clock=self.clock, switches=Switches().changed(switches))
        self.dispatcher = Dispatcher(self.ledger, self._send)
        self.posts: list[Post] = []
        self.times: list[float] = []
        self.outcome = ACCEPTED
        self.meanwhile: Callable[[], object] = lambda: None
        self.write(CALLBACK)
        self.subscribe(SUBSCRIPTION)
        self.clock.advance_to(START)

    def write(self, callback: Callback) -> None:
        """Let a callback be like this from now on."""
        self.ledger.callbacks.write(callback.callback_id, callback, at=self.clock.now())

    def subscribe(self, subscription: Subscription) -> None:
        """Let a subscription be like this from now on."""
        key = subscription.subscription_id
        self.ledger.subscriptions.write(key, subscription, at=self.clock.now())

    def happen(self, *events: dict[str, object]) -> Dispatched:
        """Let events happen in the callback's business unit."""
        request = EventRequest(events=events)
        return asyncio.run(self.dispatcher.dispatch(request, units=[1]))

    def retry(self) -> int:
        """Try what was not acknowledged again; the number of deliveries tried."""
        return len(asyncio.run(self.dispatcher.courier.retry()))

    def move(self, seconds: float) -> None:
        """Move the clock, and try what falls due on the way."""
        asyncio.run(self.dispatcher.courier.move_clock(seconds))

    def shown(self) -> list[dict[str, Any]]:
        """The deliveries as they are listed."""
        return self.dispatcher.log.as_list()

    def states(self) -> list[tuple[str, str | None]]:
        """State and reason of each delivery."""
        return [(each["state"], each["reason"]) for each in self.shown()]

    async def _send(self, post: Post, mid: int) -> PostOutcome:
        assert mid == 1
        self.posts.append(post)
        self.times.append(round(self.clock.now() - START, 3))
        self.meanwhile()
        return self.outcome
