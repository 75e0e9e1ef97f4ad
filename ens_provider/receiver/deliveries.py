"""One delivery: whose it is, whether it is genuine, and what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count

from ens_provider.receiver.answers import told
from ens_provider.receiver.bodies import BodyError, events_in, require_ids
from ens_provider.receiver.events import Event, JSONObject
from ens_provider.receiver.kept_keys import KeptKeys, Reading, UnreadableKeysError
from ens_provider.receiver.messages import Delivery
from ens_provider.receiver.repeats import Repeats
from ens_provider.receiver.signature import SignatureError, find_fit, require_signature
from ens_provider.receiver.user_functions import check_is_done

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a delivery is answered, and why; `reason` is empty if all went well.

    `callback_id` is None as long as no key fits.
    """

    status: int
    callback_id: str | None = None
    events: list[JSONObject] = field(default_factory=list, repr=False)
    reason: str = ""


class Deliveries:
    """Checks deliveries and hands the genuine ones to the user's function."""

    def __init__(
        self,
        on_delivery: Callable[[Delivery], object],
        *,
        keys: KeptKeys,
        repeats: Repeats | None,
        status_of_bad_signatures: int,
    ) -> None:
        self._on_delivery = on_delivery
        self._keys = keys
        self._repeats = repeats
        self._status_of_bad_signatures = status_of_bad_signatures
        # By callback, the number of the last delivery that its key fitted.
        self._fitted: dict[str, int] = {}
        self._numbers = count(1)

    def taken(self, body: bytes, signature: str | None) -> Outcome:
        """Check a delivery and hand its events over.

        The payload does not name the callback: whose key fits, whose delivery it is.
        """
        try:
            callback_id = self._sender(body, signature)
        except SignatureError as error:
            return Outcome(status=self._status_of_bad_signatures, reason=str(error))
        except UnreadableKeysError:
            return Outcome(
                status=HTTPStatus.INTERNAL_SERVER_ERROR,
                reason="The signature keys cannot be read; the receiver's log says why.",
            )
        return self._passed_on(body, callback_id)

    def taken_later(self, body: bytes, signature: str, reading: Reading) -> Outcome | None:
        """Check a delivery that was held with these keys, and hand it over; None if none fits."""
        try:
            callback_id = self._sender_by(reading, body, signature)
        except SignatureError:
            return None
        return self._passed_on(body, callback_id)

    def _sender(self, body: bytes, signature: str | None) -> str:
        # Before any key is read: that may be a call to somewhere, and anybody can send requests.
        require_signature(signature)
        reading = self._keys.current()
        try:
            return self._sender_by(reading, body, signature)
        except SignatureError:
            # The key may have come since they were read.
            newer = self._keys.after(reading)
            if newer is None:
                raise
        return self._sender_by(newer, body, signature)

    def _sender_by(self, reading: Reading, body: bytes, signature: str | None) -> str:
        pairs = [(callback_id, key) for callback_id, keys in reading.keys.items() for key in keys]
        # Each key costs a pass over the whole body. Deliveries come in runs: who sent one last is
        # likely to have sent this one.
        pairs.sort(key=lambda pair: self._fitted.get(pair[0], 0), reverse=True)
        fit = find_fit(body, signature, [key for _, key in pairs])
        callback_id = pairs[fit.number - 1][0]
        self._fitted[callback_id] = next(self._numbers)
        return callback_id

    def _passed_on(self, body: bytes, callback_id: str) -> Outcome:
        try:
            events = events_in(body)
            delivery = Delivery(
                callback_id=callback_id, events=tuple(map(Event, events)), body=body
            )
            if self._repeats is not None:
                require_ids(delivery.events)
        except BodyError as error:
            return Outcome(
                status=HTTPStatus.BAD_REQUEST, callback_id=callback_id, reason=str(error)
            )
        reason = self._failure_of_handing_over(delivery)
        status = HTTPStatus.INTERNAL_SERVER_ERROR if reason else HTTPStatus.OK
        return Outcome(status=status, callback_id=callback_id, events=events, reason=reason)

    def _failure_of_handing_over(self, delivery: Delivery) -> str:
        try:
            # A signed empty array tries the key out, and is no news for anybody.
            if delivery.events and self._repeats is None:
                check_is_done(self._on_delivery(delivery))
            elif delivery.events and self._repeats is not None:
                self._repeats.leave_out(delivery, lambda new: check_is_done(self._on_delivery(new)))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the service must try again
            _log.error("The function for deliveries failed: %s", told(error))
            return "The function for deliveries failed."
        return ""
