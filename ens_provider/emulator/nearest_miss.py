"""Why an event reached nobody: the nearest miss, in one sentence."""

import math
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.matching import Audience, Event, Hindrance, named
from ens_provider.emulator.samples.catalogue import SAMPLES

_ALIKE = 0.8
"""How much of two names has to agree (0 to 1) for one to be a slip of the other."""


class NearestMiss:
    """Looks for what would have let an event through that an audience is not reached by.

    From near to far: a subscription that is to take effect, one that filters the event out, one
    that is paused, a callback that is not verified, a type that is spelt otherwise, and a
    subscription of another business unit.
    """

    def __init__(self, ledger: Ledger, audience: Audience) -> None:
        self._ledger = ledger
        self._audience = audience
        one, now = audience.only_callback_id, ledger.clock.now()
        self._soon = Audience(ledger, audience.mid, only_callback_id=one, moment=now)
        self._elsewhere = self._other_units() if one is None else []

    def sentence(self, event: Event) -> str:
        """Return why an event reached nobody of the audience."""
        nearest = min(self._misses(event), key=lambda miss: miss.distance, default=None)
        if nearest is not None:
            return nearest.sentence
        return f"{self._nobody()} asks for {event['eventCategoryType']}; {self._asked_for()}."

    def _misses(self, event: Event) -> Iterator[Hindrance]:
        yield from self._to_take_effect(event)
        yield from self._audience.hindrances(event)
        yield from self._spelt_otherwise(event)
        yield from self._in_other_units(event)

    def _to_take_effect(self, event: Event) -> Iterator[Hindrance]:
        for reached in self._soon.reached_by(event):
            subscription = reached.subscriptions[0]
            written_at = max(
                self._ledger.callbacks.versions(reached.callback.callback_id)[-1][0],
                self._ledger.subscriptions.versions(subscription.subscription_id)[-1][0],
            )
            seconds = math.ceil(written_at - self._ledger.read_moment())
            yield Hindrance(
                0,
                f"{named(subscription, reached.callback)} takes effect only in {seconds} s "
                "(switch propagation_seconds).",
            )

    def _spelt_otherwise(self, event: Event) -> Iterator[Hindrance]:
        wanted = str(event["eventCategoryType"])
        for callback, subscription in self._audience.subscriptions():
            for type_name in subscription.event_types:
                if type_name != wanted and _is_slip(type_name, wanted):
                    sentence = (
                        f"{named(subscription, callback)} asks for {type_name}, not for {wanted}: "
                        "types are compared letter by letter."
                    )
                    yield Hindrance(4, sentence)

    def _in_other_units(self, event: Event) -> Iterator[Hindrance]:
        for audience in self._elsewhere:
            for reached in audience.reached_by(event):
                yield Hindrance(
                    5,
                    f"{named(reached.subscriptions[0], reached.callback)} asks for it in business "
                    f"unit {audience.mid}, and it happened in {self._audience.mid}.",
                )

    def _other_units(self) -> list[Audience]:
        mids = dict.fromkeys(callback.mid for callback in self._ledger.callbacks.truth())
        return [Audience(self._ledger, mid) for mid in mids if mid != self._audience.mid]

    def _nobody(self) -> str:
        if self._audience.only_callback_id is not None and self._audience.callbacks:
            return f"No subscription of callback '{self._audience.callbacks[0].name}'"
        return f"No subscription of business unit {self._audience.mid}"

    def _asked_for(self) -> str:
        types = {
            type_name
            for _, subscription in self._audience.subscriptions()
            for type_name in subscription.event_types
        }
        return f"they ask for {', '.join(sorted(types))}" if types else "there is none"


@lru_cache(maxsize=4096)
def _is_slip(one: str, other: str) -> bool:
    """Tell whether one of two types may stand for the other by mistake."""
    first, second = one.casefold().rpartition(".")[2], other.casefold().rpartition(".")[2]
    if first == second:
        return True  # another case, or another category
    if one in SAMPLES and other in SAMPLES:
        return False  # EmailSent and EmailNotSent are alike, too
    return SequenceMatcher(a=first, b=second).ratio() >= _ALIKE
