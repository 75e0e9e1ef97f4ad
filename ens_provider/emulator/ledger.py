"""The account's records and suspensions, its switches and its clock: what the rules work on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.history import History
from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.schedules import SCHEDULES
from ens_provider.emulator.suspensions import Suspensions
from ens_provider.emulator.switches import Switches


class Ledger:
    """Callbacks and subscriptions of every business unit.

    `saved` is called after every operation that took effect; the touched ids of each history
    tell it what to write.
    """

    def __init__(
        self,
        *,
        clock: MovableClock,
        switches: Switches,
        saved: Callable[["Ledger"], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.switches = switches
        self.saved = saved
        self.callbacks: History[Callback] = History(owner_of=lambda callback: callback.mid)
        self.subscriptions: History[Subscription] = History(owner_of=lambda s: s.callback_id)
        self.suspensions = Suspensions()
        self._nested = False

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Let everything inside take effect together, or nothing of it if it raises."""
        if self._nested:
            yield
            return
        self._nested = True
        self.callbacks.begin()
        self.subscriptions.begin()
        try:
            self.settle()
            yield
        except BaseException:
            self.callbacks.roll_back()
            self.subscriptions.roll_back()
            raise
        else:
            self._finish()
        finally:
            self._nested = False

    def read_moment(self) -> float:
        """Return the moment whose state reads show."""
        return self.clock.now() - float(self.switches.propagation_seconds)

    def suspended_until(self, callback_id: str) -> float | None:
        """Return until when deliveries to a callback are suspended, None if they are not.

        Only the schedule that suspends heeds what was suspended by it.
        """
        if not SCHEDULES[self.switches.delivery_retries].suspends:
            return None
        return self.suspensions.until(callback_id, now=self.clock.now())

    def suspended(self) -> set[str]:
        """Return the ids of the callbacks that deliveries are suspended to."""
        if not SCHEDULES[self.switches.delivery_retries].suspends:
            return set()
        return self.suspensions.suspended(now=self.clock.now())

    def settle(self) -> None:
        """Delete the callbacks that missed their verification, where the service would."""
        if self.switches.after_deadline != "deleted":
            return
        now = self.clock.now()
        for callback in self.callbacks.truth():
            if not callback.verified and callback.deadline <= now:
                self._remove_with_subscriptions(callback)

    def _remove_with_subscriptions(self, callback: Callback) -> None:
        for subscription in self.subscriptions.truth_of(callback.callback_id):
            self.subscriptions.write(subscription.subscription_id, None, at=callback.deadline)
        self.callbacks.write(callback.callback_id, None, at=callback.deadline)

    def _finish(self) -> None:
        for history in (self.callbacks, self.subscriptions):
            history.forget_unreadable(now=self.clock.now())
        self.saved(self)
        self.callbacks.touched.clear()
        self.subscriptions.touched.clear()
