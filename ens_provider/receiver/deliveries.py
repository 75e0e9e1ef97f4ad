"""One delivery: whose it is, whether it is genuine, and what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from ens_provider.receiver.answers import told
from ens_provider.receiver.bodies import BodyError, events_in
from ens_provider.receiver.messages import Delivery, JSONObject
from ens_provider.receiver.signature import SignatureError, find_fit
from ens_provider.receiver.stores import SignatureKeySource

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a delivery is answered, and why; `reason` is empty if all went well."""

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
        signature_keys: SignatureKeySource,
        status_of_bad_signatures: int,
    ) -> None:
        self._on_delivery = on_delivery
        self._signature_keys = signature_keys
        self._status_of_bad_signatures = status_of_bad_signatures

    def taken(self, body: bytes, signature: str | None) -> Outcome:
        """Check a delivery and hand its events over.

        The payload does not name the callback: whose key fits, whose delivery it is.
        """
        try:
            callback_id = self._sender(body, signature)
        except SignatureError as error:
            return Outcome(status=self._status_of_bad_signatures, reason=str(error))
        try:
            delivery = Delivery(callback_id=callback_id, events=events_in(body), body=body)
        except BodyError as error:
            return Outcome(
                status=HTTPStatus.BAD_REQUEST, callback_id=callback_id, reason=str(error)
            )
        return self._handed_over(delivery)

    def _sender(self, body: bytes, signature: str | None) -> str:
        # Read each time: a key that was just put counts for the very next delivery.
        held = self._signature_keys.all()
        pairs = [(callback_id, key) for callback_id, keys in held.items() for key in keys]
        fit = find_fit(body, signature, [key for _, key in pairs])
        return pairs[fit.number - 1][0]

    def _handed_over(self, delivery: Delivery) -> Outcome:
        status, reason = HTTPStatus.OK, ""
        try:
            # A signed empty array tries the key out, and is no news for anybody.
            if delivery.events:
                self._on_delivery(delivery)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the service must try again
            _log.error("The function for deliveries failed: %s", told(error))
            status, reason = HTTPStatus.INTERNAL_SERVER_ERROR, "The function for deliveries failed."
        return Outcome(
            status=status,
            callback_id=delivery.callback_id,
            events=delivery.events,
            reason=reason,
        )
