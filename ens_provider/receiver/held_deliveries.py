"""The quarantine at work: what is held, when it is checked again, and what becomes of it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from ens_provider.receiver.answers import told
from ens_provider.receiver.deliveries import Deliveries, Outcome
from ens_provider.receiver.kept_keys import KeptKeys, Reading, UnreadableKeysError
from ens_provider.receiver.options import ReceiverOptions
from ens_provider.receiver.quarantine import HeldDelivery, Quarantine
from ens_provider.receiver.signature import could_fit

SECONDS_BETWEEN_WARNINGS = 60.0
SECONDS_BEFORE_ANOTHER_CHECK = 30.0

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of a delivery that was held, and how long its body is."""

    outcome: Outcome
    body_bytes: int


class HeldDeliveries:
    """Holds the deliveries that fit no key, and hands them over once one fits.

    A quarantine that fails is told in the log. What no key fits is acknowledged only if it is held.
    """

    def __init__(
        self,
        quarantine: Quarantine,
        *,
        deliveries: Deliveries,
        keys: KeptKeys,
        tell: Callable[[Checked], object],
        options: ReceiverOptions,
    ) -> None:
        self._quarantine = quarantine
        self._deliveries = deliveries
        self._keys = keys
        self._tell = tell
        self._options = options
        self._lock = threading.Lock()
        self._checking = threading.Lock()
        self._checked_generation = 0
        # When to check again what could not be handed over though its key is here.
        self._check_again_at: float | None = None
        self._let_go = 0
        self._warned_at: float | None = None

    def taken(self, body: bytes, signature: str | None) -> Outcome:
        """Check a delivery and hand it over; hold it if it fits no key."""
        generation = self._keys.generation
        outcome = self._deliveries.taken(body, signature)
        is_safe = self._is_kept(outcome, body, signature)
        if outcome.callback_id is None and self._keys.generation != generation:
            # All that is held may have been checked just before this delivery was.
            with self._lock:
                self._checked_generation = generation
        if is_safe or outcome.status != HTTPStatus.OK:
            return outcome
        # Acknowledged, it would never come again, and it is nowhere.
        return replace(outcome, status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _is_kept(self, outcome: Outcome, body: bytes, signature: str | None) -> bool:
        """Hold what fits no key; return False if it is nowhere now, though a key may fit it yet."""
        if signature is None or not could_fit(signature):
            return True
        held = HeldDelivery(at=self._options.clock(), signature=signature.strip(), body=body)
        is_acknowledged = outcome.status == HTTPStatus.OK
        try:
            if outcome.callback_id is None:
                self._count_let_go(self._quarantine.hold(held))
                return not is_acknowledged or self._quarantine.get(held.name) is not None
            if _is_done(outcome):
                # A copy may be held, and is not to be handed over as well.
                self._quarantine.release(held.name)
        except Exception as error:  # noqa: BLE001 -- whatever it is, nothing may be lost by it
            _log.error("The quarantine cannot be written: %s", told(error))
            return outcome.callback_id is not None
        return True

    def check_if_keys_came(self) -> None:
        """Have everything that is held checked in the background, once for each arrival of keys.

        And after a while once more, if something could not be handed over then.
        """
        if not self._is_check_due():
            return
        try:
            self._options.run_in_background(self.check)
        except Exception as error:  # noqa: BLE001 -- no thread to be had, for instance
            self._check_later()
            _log.error("The quarantine is not checked: %s", told(error))

    def _is_check_due(self) -> bool:
        generation = self._keys.generation
        with self._lock:
            again_at = self._check_again_at
            is_overdue = again_at is not None and self._options.monotonic() >= again_at
            if generation == self._checked_generation and not is_overdue:
                return False
            self._checked_generation, self._check_again_at = generation, None
            return True

    def _check_later(self) -> None:
        with self._lock:
            self._check_again_at = self._options.monotonic() + SECONDS_BEFORE_ANOTHER_CHECK

    def check(self) -> int:
        """Check everything that is held with the keys of now; return how many were handed over."""
        with self._checking:
            try:
                reading = self._keys.anew()
                names = self._quarantine.names()
            except UnreadableKeysError:
                # The log has it.
                return 0
            except Exception as error:  # noqa: BLE001 -- whatever it is, all stays held
                self._check_later()
                _log.error("The quarantine cannot be read: %s", told(error))
                return 0
            return sum(self._is_handed_over(name, reading) for name in names)

    def _is_handed_over(self, name: str, reading: Reading) -> bool:
        try:
            held = self._quarantine.get(name)
            if held is None:
                return False
            outcome = self._deliveries.taken_later(held.body, held.signature, reading)
            if outcome is None:
                return False
            if _is_done(outcome):
                self._quarantine.release(name)
            else:
                self._check_later()
            self._tell(Checked(outcome=outcome, body_bytes=len(held.body)))
        except Exception as error:  # noqa: BLE001 -- one of them must not keep the others waiting
            self._check_later()
            _log.error("A delivery in quarantine could not be checked: %s", told(error))
            return False
        return outcome.status == HTTPStatus.OK

    def _count_let_go(self, number: int) -> None:
        with self._lock:
            self._let_go += number
            now = self._options.monotonic()
            last = self._warned_at
            if not self._let_go or (last is not None and now - last < SECONDS_BETWEEN_WARNINGS):
                return
            let_go, self._let_go, self._warned_at = self._let_go, 0, now
        _log.warning(
            "The quarantine let go of %s deliveries that no key fitted: they are beyond its bounds.",
            let_go,
        )


def _is_done(outcome: Outcome) -> bool:
    # What its key signed and is no batch of events will never be one.
    return outcome.status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
