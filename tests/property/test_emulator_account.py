"""The emulator's account behaves as a much simpler model of it, whatever is done in any order."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ens_provider.emulator.callbacks import CallbackRules
from ens_provider.emulator.changes import (
    CallbackChange,
    CallbackCreation,
    SubscriptionChange,
    SubscriptionCreation,
    Verification,
)
from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.endpoint_failures import EndpointFailure
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.service_errors import ServiceError
from ens_provider.emulator.subscriptions import SubscriptionRules
from ens_provider.emulator.switches import Switches

DONE = 200
FOUR_HOURS = 4 * 60 * 60
FAILURE = EndpointFailure("ConnectFailure", "Unable to connect to the remote server")
SAME_PLACE = {"https://h.test": "root", "https://H.test/": "root", "https://h.test/x": "x"}
"""Every URL that is used, with the place that it leads to."""

# Mostly one unit and one of the newest objects, so that operations meet each other's work.
UNITS = st.sampled_from([1, 1, 1, 2])
NAMES = st.sampled_from(["a", "A", "b"])
URLS = st.sampled_from(sorted(SAME_PLACE))
PICKS = st.sampled_from([0, 0, 1, 2, 5])
TYPES = st.sampled_from([("A.B",), ("A.B", "C.D")])

Row = dict[str, Any]
Rows = dict[str, Row]


class Model:
    """Rows of callbacks and subscriptions, and a copy of both after everything that was done."""

    def __init__(self, switches: Row) -> None:
        self.switches = switches
        self.now = 0.0
        self.callbacks: Rows = {}
        self.subscriptions: Rows = {}
        self.past: list[tuple[float, Rows, Rows]] = []

    def remember(self) -> None:
        """Keep what is now, so that a late read can look it up."""
        copies = copy.deepcopy((self.callbacks, self.subscriptions))
        self.past.append((self.now, *copies))

    def seen(self) -> tuple[Rows, Rows]:
        """What reads show: the rows of some seconds ago."""
        moment = self.now - float(self.switches["propagation_seconds"])
        callbacks: Rows = {}
        subscriptions: Rows = {}
        for at, *rows in self.past:
            if at <= moment:
                callbacks, subscriptions = rows
        return callbacks, subscriptions

    def folded(self, name: str) -> str:
        """The name as it is compared."""
        return name.lower() if self.switches["name_case"] == "insensitive" else name

    def collide(self, one: Row, other: Row) -> bool:
        """Whether two callbacks count as the same."""
        if one["mid"] != other["mid"]:
            return False
        name = self.folded(one["name"]) == self.folded(other["name"])
        url = SAME_PLACE[one["url"]] == SAME_PLACE[other["url"]]
        match = self.switches["duplicate_match"]
        if match == "either":
            return name or url
        if match == "name_and_url":
            return name and url
        return name if match == "name" else url

    def name_taken(self, mid: int, callback_id: str, name: str, *, but: str = "") -> bool:
        """Whether another subscription has the name where it has to be the only one."""
        everywhere = self.switches["subscription_name_scope"] == "business_unit"
        return any(
            row["mid"] == mid
            and (everywhere or row["callback_id"] == callback_id)
            and self.folded(row["name"]) == self.folded(name)
            for key, row in self.subscriptions.items()
            if key != but
        )

    def move(self, seconds: float) -> None:
        """Let time pass, and callbacks miss their verification on the way, if that deletes."""
        end = self.now + seconds
        if self.switches["after_deadline"] == "deleted":
            late = {k: r["created"] + FOUR_HOURS for k, r in self.callbacks.items()}
            for key in sorted(late, key=lambda k: late[k]):
                if late[key] <= end and not self.callbacks[key]["verified"]:
                    self.now = late[key]
                    self.drop(key)
                    self.remember()
        self.now = end

    def drop(self, callback_id: str) -> None:
        """Remove a callback with what hangs on it."""
        del self.callbacks[callback_id]
        hanging = [k for k, r in self.subscriptions.items() if r["callback_id"] == callback_id]
        for key in hanging:
            del self.subscriptions[key]


def status_of(action: Callable[[], object]) -> int:
    """Do something; the status it is refused with, or 200."""
    try:
        action()
    except ServiceError as error:
        return error.status
    return DONE


class AccountMachine(RuleBasedStateMachine):
    """Does the same to the account and to the model, and compares outcomes and what is seen."""

    @initialize(
        duplicate_match=st.sampled_from(["either", "url", "name", "name_and_url"]),
        name_case=st.sampled_from(["sensitive", "insensitive"]),
        others=st.fixed_dictionaries(
            {
                "duplicate_callback": st.sampled_from(["304", "400"]),
                "failed_callback_kept": st.sampled_from(["true", "false"]),
                "after_deadline": st.sampled_from(["unusable", "deleted"]),
                "subscribe_unverified": st.sampled_from(["400", "accepted"]),
                "regenerate_unverified": st.sampled_from(["accepted", "400"]),
                "subscription_name_scope": st.sampled_from(["callback", "business_unit"]),
                "propagation_seconds": st.sampled_from(["0", "60", "120"]),
            }
        ),
        furnished=st.booleans(),
    )
    def start(self, duplicate_match: str, name_case: str, others: Row, *, furnished: bool) -> None:
        """Take an account, empty or with something in it, and switches for the whole run."""
        chosen = others | {"duplicate_match": duplicate_match, "name_case": name_case}
        self.clock = MovableClock(machine_time=lambda: 0.0)
        self.ledger = Ledger(clock=self.clock, switches=Switches().changed(chosen))
        self.account = CallbackRules(self.ledger)
        self.subscriptions = SubscriptionRules(self.ledger, self.account)
        self.model = Model(chosen)
        self.callback_ids = ["unknown"]
        self.subscription_ids = ["unknown"]
        if furnished:
            self.create_callback(1, "a", "https://h.test", answers=True)
            self.verify_callback(1, 0, right=True)
            self.create_subscription(1, 0, "a", ("A.B",))

    @rule(mid=UNITS, name=NAMES, url=URLS, answers=st.sampled_from([True, True, False]))
    def create_callback(self, mid: int, name: str, url: str, answers: bool) -> None:
        """A callback is registered unless it is present; a failed probe leaves it or not."""
        row = {"mid": mid, "name": name, "url": url, "size": 1000, "verified": False}
        row |= {"failed": False, "created": self.model.now}
        creation = CallbackCreation(name=name, url=url)
        if any(self.model.collide(row, other) for other in self.model.callbacks.values()):
            expected = int(self.model.switches["duplicate_callback"])
            assert status_of(lambda: self.account.register(mid, creation)) == expected
            return
        callback = self.account.register(mid, creation)
        self.callback_ids.append(callback.callback_id)
        failures = {} if answers else {callback.callback_id: FAILURE}
        outcome = status_of(lambda: self.account.conclude([callback], failures=failures))
        assert outcome == (DONE if answers else 400)
        if answers or self.model.switches["failed_callback_kept"] == "true":
            self.model.callbacks[callback.callback_id] = row | {"failed": not answers}
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS, name=NAMES, size=st.sampled_from([None, 100, 1000]))
    def update_callback(self, mid: int, pick: int, name: str, size: int | None) -> None:
        """A known callback takes a free name and its batch size."""
        key = self._callback(pick)
        change = CallbackChange(callback_id=key, name=name, max_batch_size=size)
        row = self.model.callbacks.get(key)
        expected = DONE
        if row is None or row["mid"] != mid:
            expected = 404
        else:
            changed = row | {"name": name, "size": size or row["size"]}
            others = [other for k, other in self.model.callbacks.items() if k != key]
            if any(self.model.collide(changed, other) for other in others):
                expected = 400
            else:
                self.model.callbacks[key] = changed
        assert status_of(lambda: self.account.update(mid, change)) == expected
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS)
    def delete_callback(self, mid: int, pick: int) -> None:
        """A known callback goes unless something hangs on it."""
        key = self._callback(pick)
        row = self.model.callbacks.get(key)
        hanging = [r for r in self.model.subscriptions.values() if r["callback_id"] == key]
        expected = DONE
        if row is None or row["mid"] != mid:
            expected = 404
        elif hanging:
            expected = 409
        else:
            self.model.drop(key)
        assert status_of(lambda: self.account.delete(mid, key)) == expected
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS, right=st.sampled_from([True, True, True, False]))
    def verify_callback(self, mid: int, pick: int, right: bool) -> None:
        """The right key verifies a callback that answered its probe, once and in time."""
        key = self._callback(pick)
        row = self.model.callbacks.get(key)
        kept = self.ledger.callbacks.find(key)
        verification_key = kept.verification_key if kept is not None and right else "wrong"
        verification = Verification(callback_id=key, verification_key=verification_key)
        expected = DONE
        if row is None or row["mid"] != mid or not right:
            expected = 404
        elif row["verified"] or row["failed"] or self._late(row):
            expected = 400
        else:
            row["verified"] = True
        assert status_of(lambda: self.account.verify(mid, verification)) == expected
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS)
    def regenerate_key(self, mid: int, pick: int) -> None:
        """A known callback gets a key that it did not have."""
        key = self._callback(pick)
        row = self.model.callbacks.get(key)
        before = self.ledger.callbacks.find(key)
        expected = DONE
        if row is None or row["mid"] != mid:
            expected = 404
        elif self.model.switches["regenerate_unverified"] == "400" and not row["verified"]:
            expected = 400
        assert status_of(lambda: self.account.regenerate(mid, key)) == expected
        after = self.ledger.callbacks.find(key)
        if before is not None and after is not None:
            renewed = before.signature_key != after.signature_key
            assert renewed == (expected == DONE)

    @rule(mid=UNITS, pick=PICKS, name=NAMES, types=TYPES)
    def create_subscription(self, mid: int, pick: int, name: str, types: tuple[str, ...]) -> None:
        """A callback that may be subscribed to takes a subscription of a free name."""
        key = self._callback(pick)
        row = self.model.callbacks.get(key)
        creation = SubscriptionCreation(callback_id=key, name=name, event_types=types)
        made = []
        outcome = status_of(lambda: made.append(self.subscriptions.create(mid, creation)))
        if row is None or row["mid"] != mid:
            assert outcome == 404
        elif not row["verified"] and not self._open_to_early_subscribers(row):
            assert outcome == 400
        elif self.model.name_taken(mid, key, name):
            assert outcome == 304
        else:
            assert outcome == DONE
            new = {"mid": mid, "callback_id": key, "name": name, "types": types}
            self.model.subscriptions[made[0].subscription_id] = new | {"status": "active"}
            self.subscription_ids.append(made[0].subscription_id)
        self.model.remember()

    @rule(
        mid=UNITS,
        pick=PICKS,
        name=st.none() | NAMES,
        types=TYPES,
        status=st.sampled_from([None, "active", "paused"]),
        reason=st.sampled_from([None, "", "maintenance"]),
    )
    def update_subscription(
        self,
        mid: int,
        pick: int,
        name: str | None,
        types: tuple[str, ...],
        status: str | None,
        reason: str | None,
    ) -> None:
        """A known subscription takes a free name, types, and a status with its reason."""
        key = self._subscription(pick)
        row = self.model.subscriptions.get(key)
        change = SubscriptionChange(
            subscription_id=key, event_types=types, name=name, status=status, status_reason=reason
        )
        expected = DONE
        if row is None or row["mid"] != mid:
            expected = 404
        else:
            changed = row | {"name": name or row["name"], "types": types}
            changed |= {"status": status or row["status"]}
            taken = changed["name"] != row["name"] and self.model.name_taken(
                mid, row["callback_id"], changed["name"], but=key
            )
            if taken or (changed["status"] != row["status"] and not reason):
                expected = 400
            else:
                self.model.subscriptions[key] = changed
        assert status_of(lambda: self.subscriptions.update(mid, change)) == expected
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS)
    def delete_subscription(self, mid: int, pick: int) -> None:
        """A known subscription goes."""
        key = self._subscription(pick)
        row = self.model.subscriptions.get(key)
        known = row is not None and row["mid"] == mid
        if known:
            del self.model.subscriptions[key]
        outcome = status_of(lambda: self.subscriptions.delete(mid, key))
        assert outcome == (DONE if known else 404)
        self.model.remember()

    @rule(mid=UNITS, pick=PICKS, url=URLS)
    def fail_halfway(self, mid: int, pick: int, url: str) -> None:
        """Of an operation that fails at its end nothing stays."""

        def several() -> None:
            with self.ledger.operation():
                self.account.register(mid, CallbackCreation(name="halfway", url=url))
                self.account.regenerate(mid, self._callback(pick))
                self.account.delete(mid, "unknown")

        assert status_of(several) in {304, 400, 404}

    @rule(seconds=st.sampled_from([30, 60, 61, 120, FOUR_HOURS]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.move(seconds)
        self.model.move(seconds)

    @invariant()
    def truth_is_the_models(self) -> None:
        """Every callback and subscription is as the model has it."""
        with self.ledger.operation():
            callbacks = self.ledger.callbacks.truth()
            subscriptions = self.ledger.subscriptions.truth()
        assert {c.callback_id: _callback_row(c) for c in callbacks} == self.model.callbacks
        shown = {s.subscription_id: _subscription_row(s) for s in subscriptions}
        assert shown == self.model.subscriptions

    @invariant()
    def reads_are_the_models_of_some_seconds_ago(self) -> None:
        """Lists show each unit its own rows, as old as the switch says."""
        callbacks, subscriptions = self.model.seen()
        for mid in (1, 2):
            shown = {c.callback_id: _callback_row(c) for c in self.account.list(mid)}
            assert shown == {k: r for k, r in callbacks.items() if r["mid"] == mid}
            for key in shown:
                _, listed = self.subscriptions.list_of(mid, key)
                assert {s.subscription_id: _subscription_row(s) for s in listed} == {
                    k: r for k, r in subscriptions.items() if r["callback_id"] == key
                }
        for key in self.subscription_ids:
            found = status_of(partial(self.subscriptions.get, 1, key)) == DONE
            assert found == (key in subscriptions and subscriptions[key]["mid"] == 1)

    def _callback(self, pick: int) -> str:
        return self.callback_ids[-1 - pick % len(self.callback_ids)]

    def _subscription(self, pick: int) -> str:
        return self.subscription_ids[-1 - pick % len(self.subscription_ids)]

    def _late(self, row: Row) -> bool:
        return bool(row["created"] + FOUR_HOURS <= self.model.now)

    def _open_to_early_subscribers(self, row: Row) -> bool:
        early = self.model.switches["subscribe_unverified"] == "accepted"
        return early and not row["failed"] and not self._late(row)


def _callback_row(callback: Any) -> Row:
    return {
        "mid": callback.mid,
        "name": callback.name,
        "url": callback.url,
        "size": callback.max_batch_size,
        "verified": callback.verified,
        "failed": callback.probe == "failed",
        "created": callback.created_at,
    }


def _subscription_row(subscription: Any) -> Row:
    return {
        "mid": subscription.mid,
        "callback_id": subscription.callback_id,
        "name": subscription.name,
        "types": subscription.event_types,
        "status": subscription.status,
    }


TestAccount = AccountMachine.TestCase
TestAccount.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)
