"""What experiments work on: the callbacks of the run, how verified they are, what is known so far."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ens_provider.api.wire import Answer
from ens_provider.cli.discover.account import Pace, Unit
from ens_provider.cli.discover.answers import (
    BAD_REQUEST,
    NOT_FOUND,
    is_success,
    probe_failure_in,
    record_in,
)
from ens_provider.cli.discover.findings import NotSettledError
from ens_provider.cli.discover.keys import KeyPlace
from ens_provider.cli.discover.made import Made, MadeCallback, MadeSubscription
from ens_provider.cli.discover.names import RunName

TYPES = ["TransactionalSendEvents.EmailSent"]
"""What the subscriptions are for: an event type of the documentation's own samples."""

VERIFIED = "verified"
WAIT_SECONDS = 130.0
"""How long a write is waited for; the documentation gives it two minutes to take effect."""

_LATE_SECONDS = 5.0


@dataclass(kw_only=True)
class Bench:
    """One run in one business unit.

    Attributes:
        unit: The business unit.
        url: The endpoint's URL in canonical form.
        run: What all names begin with.
        made: What was made so far.
        keys: Where verification keys are, or None.
        pace: Time.
        wait_seconds: How long a write is waited for.
        unit_was_empty: How the list of the still empty unit was answered, or None.
        values: The values that were found so far, by switch.
        lag_seconds: How long reads lagged behind the first creation; None if it never showed.
        main: The callback that stays for the run.
        second: Another callback whose endpoint answered, once there is one.
        failed: The callback whose probe failed, as long as it is there.
        failed_answer: How its creation was answered.
        failed_status: Its status, if it was there.
        subscription: The subscription on the main callback, once there is one.
        subscription_record: How its creation was answered.
        verified: Ids of the verified callbacks.
    """

    unit: Unit
    url: str
    run: RunName
    made: Made = field(default_factory=Made)
    keys: KeyPlace | None = None
    pace: Pace = field(default_factory=Pace)
    wait_seconds: float = WAIT_SECONDS
    unit_was_empty: Answer | None = None
    values: dict[str, str] = field(default_factory=dict)
    lag_seconds: float | None = None
    main: MadeCallback | None = None
    second: MadeCallback | None = None
    failed: MadeCallback | None = None
    failed_answer: Answer | None = None
    failed_status: str | None = None
    subscription: MadeSubscription | None = None
    subscription_record: Mapping[str, object] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)

    @property
    def the_main(self) -> MadeCallback:
        """The callback that stays for the run.

        Raises:
            NotSettledError: There is none.
        """
        if self.main is None:
            raise NotSettledError("it needs a callback on the endpoint")
        return self.main

    def other_url(self, part: str) -> str:
        """Return a URL below the endpoint's, which no callback has."""
        return f"{self.url.rstrip('/')}/{self.run.of(part)}"

    def capital_url(self) -> str:
        """Return the endpoint's URL with its host in capitals."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.upper()).geturl()

    def create_callback(self, part: str, url: str) -> tuple[Answer, MadeCallback | None]:
        """Create a callback; return the answer and what was made, after a failed probe too."""
        name = self.run.of(part)
        self.made.unanswered.add(name)
        answer = self.unit.create_callback(name, url)
        record = record_in(answer)
        failure = probe_failure_in(answer)
        callback_id = str(record.get("callbackId") or (failure and failure.callback_id) or "")
        if callback_id or not (failure or is_success(answer)):
            # What may be there without an id is looked for by its name.
            self.made.unanswered.discard(name)
        if not callback_id:
            return answer, None
        created = MadeCallback(
            callback_id=callback_id,
            name=name,
            sent_url=url,
            shown_url=str(record.get("url", "")),
            seen=bool(record),
        )
        self.made.callbacks[callback_id] = created
        return answer, created

    def put_new(self, part: str) -> Answer:
        """PUT a callback of an id that nobody has; what comes of it is deleted."""
        name = self.run.of(part)
        self.made.unanswered.add(name)
        answer = self.unit.put_callbacks({"callbackId": unknown_id(), "callbackName": name})
        callback_id = str(record_in(answer).get("callbackId") or "")
        if callback_id or not is_success(answer):
            self.made.unanswered.discard(name)
        if callback_id:
            created = MadeCallback(callback_id=callback_id, name=name, sent_url="", seen=True)
            self.made.callbacks[callback_id] = created
            self.delete_callback(created)
        return answer

    def delete_callback(self, callback: MadeCallback) -> Answer:
        """Delete a callback of this run."""
        answer = self.unit.delete_callback(callback.callback_id)
        if is_success(answer) or answer.status == NOT_FOUND:
            self.made.callbacks.pop(callback.callback_id, None)
        return answer

    def remove_failed(self, callback: MadeCallback) -> bool:
        """Delete the callback that a failed probe left behind; tell whether there was one.

        The id stands in the service's text, so the callback is looked at before it is deleted.
        """
        for _ in self.pace.tries(self._late_seconds()):
            record = record_in(self.unit.get_callback(callback.callback_id))
            if record:
                break
        else:
            self.require_reads()
            self.made.callbacks.pop(callback.callback_id, None)
            return False
        if record.get("callbackName") != callback.name:
            self.made.callbacks.pop(callback.callback_id, None)
            raise NotSettledError("the text about the failed probe names another callback")
        self.failed_status = str(record.get("status") or "")
        self.delete_callback(callback)
        return True

    def create_subscription(
        self, callback: MadeCallback, part: str
    ) -> tuple[Answer, MadeSubscription | None]:
        """Create a subscription on a callback of this run; return the answer and what was made."""
        name = self.run.of(part)
        answer = self.unit.create_subscription(callback.callback_id, name, TYPES)
        subscription_id = str(record_in(answer).get("subscriptionId") or "")
        if not subscription_id:
            return answer, None
        made = MadeSubscription(
            subscription_id=subscription_id, name=name, callback_id=callback.callback_id
        )
        self.made.subscriptions[subscription_id] = made
        return answer, made

    def delete_subscription(self, subscription: MadeSubscription) -> Answer:
        """Delete a subscription of this run."""
        answer = self.unit.delete_subscription(subscription.subscription_id)
        if is_success(answer) or answer.status == NOT_FOUND:
            self.made.subscriptions.pop(subscription.subscription_id, None)
        return answer

    def status_of(self, callback: MadeCallback) -> str | None:
        """Return the status that the service shows for a callback; None if it does not show it."""
        record = record_in(self.unit.get_callback(callback.callback_id))
        return str(record.get("status") or "") if record else None

    def require_reads(self) -> None:
        """Make sure that what reads do not show is not there.

        Raises:
            NotSettledError: Nobody knows how far they lag.
        """
        if self.lag_seconds is None:
            raise NotSettledError(
                f"it needs reads that show a change within {self.wait_seconds:g} s"
            )

    def require_unverified(self) -> MadeCallback:
        """Return the main callback, which is not verified.

        Raises:
            NotSettledError: It is.
        """
        if self.the_main.callback_id in self.verified:
            raise NotSettledError(
                "it needs a callback that is not verified, and the endpoint verifies itself"
            )
        return self.the_main

    def require_subscription(self) -> MadeSubscription:
        """Return the subscription on the main callback; it is made now if there is none.

        Raises:
            NotSettledError: The service takes none.
        """
        if self.subscription is None:
            self.make_usable(self.the_main)
            self.subscription = self._subscribed(self.the_main)
        return self.subscription

    def require_second(self) -> MadeCallback:
        """Return a second callback; it is made now if there is none.

        Raises:
            NotSettledError: The endpoint answers at its own path only.
        """
        if self.second is None:
            answer, made = self.create_callback("second", self.other_url("second"))
            if is_success(answer) and made is not None:
                self.second = made
            else:
                if made is not None:
                    self.remove_failed(made)
                raise NotSettledError(
                    "it needs a second callback, and none could be created below the endpoint's "
                    f"URL ({self.unit.told(answer)})"
                )
        return self.second

    def make_usable(self, callback: MadeCallback) -> None:
        """Verify a callback, unless the service takes subscriptions without that.

        Raises:
            NotSettledError: There is no key, or the service does not take it.
        """
        usable = self.values.get("subscribe_unverified") == "accepted"
        if usable or callback.callback_id in self.verified:
            return
        if self.status_of(callback) == VERIFIED:
            self.verified.add(callback.callback_id)
            return
        self._verify(callback)

    def wait_out_lag(self) -> None:
        """Wait until reads show what was written so far."""
        if self.lag_seconds:
            self.pace.sleep(self.lag_seconds)

    def _verify(self, callback: MadeCallback) -> None:
        if self.keys is None:
            raise NotSettledError(
                "it needs a verified callback: give --verification-key-url, or let the endpoint "
                "verify itself"
            )
        key = self.keys.key(callback.callback_id, pace=self.pace)
        answer = self.unit.verify(callback.callback_id, key)
        if not is_success(answer):
            raise NotSettledError(
                f"it needs a verified callback, and ENS refused the key ({self.unit.told(answer)})"
            )
        self.verified.add(callback.callback_id)

    def _subscribed(self, callback: MadeCallback) -> MadeSubscription:
        # The verification may take its time to show.
        for _ in self.pace.tries(self.wait_seconds, every=_LATE_SECONDS):
            answer, made = self.create_subscription(callback, "subscription")
            if made is not None:
                self.subscription_record = record_in(answer)
                return made
            if answer.status != BAD_REQUEST:
                break
        raise NotSettledError(f"ENS took no subscription ({self.unit.told(answer)})")

    def _late_seconds(self) -> float:
        known = self.lag_seconds is not None
        return max(_LATE_SECONDS, 2 * (self.lag_seconds or 0.0)) if known else self.wait_seconds


def unknown_id() -> str:
    """Return an id that no object has."""
    return str(uuid.uuid4())
