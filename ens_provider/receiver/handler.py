"""The receiver: every request that an endpoint of the service gets, without any web framework.

| request | answer |
| --- | --- |
| `POST` of an unsigned object: the probe of a new callback | 200 once its key is kept |
| `POST` with a signature that checks | 200 once the function for deliveries has returned |
| `POST` with another signature, or of an array without one | 503 |
| `GET /verification-keys/{callbackId}` with the token | 200, `{"callbackId", "verificationKey"}` |

The path of a `POST` does not matter, beyond not being one of the receiver's own.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from ens_provider.receiver.answers import answer, failed, not_allowed, refusal, told, too_long
from ens_provider.receiver.bodies import BodyError, guid, probe_in
from ens_provider.receiver.deliveries import Deliveries, Outcome
from ens_provider.receiver.held_deliveries import Checked, HeldDeliveries
from ens_provider.receiver.kept_keys import KeptKeys
from ens_provider.receiver.messages import Delivery, Headers, Received, Request, Response
from ens_provider.receiver.options import ReceiverOptions
from ens_provider.receiver.probes import Probes
from ens_provider.receiver.repeats import Repeats
from ens_provider.receiver.signature import SIGNATURE_HEADER
from ens_provider.receiver.stores import (
    MemorySignatureKeys,
    MemoryVerificationKeys,
    SignatureKeySource,
    VerificationKeyStore,
)
from ens_provider.receiver.tokens import BearerToken
from ens_provider.receiver.user_functions import check_is_plain

VERIFICATION_KEYS_PATH = "/verification-keys/"

_log = logging.getLogger("ens_provider.receiver")


class Receiver:
    """Answers what the service sends to the URL of a callback, and hands its events over.

    `on_delivery` gets each batch whose signature checked. The service hears 200 only when it has
    returned, and tries again if it raises. It may get a batch more than once, and the service
    waits about 3 seconds for it.

    Args:
        on_delivery: Puts the events where they are safe.
        signature_keys: The keys to check with; in memory, and none yet, unless given.
        verification_keys: Where the keys of probes are kept; in memory unless given.
        token: Lets its holder fetch verification keys. Without one nobody can.
        options: See `ReceiverOptions`.

    Raises:
        ValueError: the token is empty, or no header can carry it; or an option is no number of
            seconds.
        TypeError: a function is one of `async def`, or a generator: its call would do nothing.
    """

    def __init__(
        self,
        on_delivery: Callable[[Delivery], object],
        *,
        signature_keys: SignatureKeySource | None = None,
        verification_keys: VerificationKeyStore | None = None,
        token: str | None = None,
        options: ReceiverOptions | None = None,
    ) -> None:
        self._options = options or ReceiverOptions()
        _check_are_plain(on_delivery, self._options)
        self._token = None if token is None else BearerToken(token)
        # Not `or`: a store of the user's may be false while it is empty.
        source = MemorySignatureKeys() if signature_keys is None else signature_keys
        keys = _kept(source, self._options)
        probed = MemoryVerificationKeys() if verification_keys is None else verification_keys
        self._probes = Probes(
            verification_keys=probed, signature_keys=keys, verify=self._options.verify_probe
        )
        seen = self._options.seen_events
        self._deliveries = Deliveries(
            on_delivery,
            keys=keys,
            repeats=None if seen is None else Repeats(seen),
            status_of_bad_signatures=_status_of_bad_signatures(self._options),
        )
        self._held = self._held_deliveries(keys)

    @property
    def longest_body_bytes(self) -> int:
        """No more than this is read of a body; what is longer is answered 413."""
        return self._options.longest_body_bytes

    def handle(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer one request; no `Exception` leaves it.

        `headers` is a mapping or pairs, in any case. `body` holds the bytes as they came: an
        adapter that decodes, parses or decompresses them breaks every signature.
        """
        try:
            return self._answer(Request.of(method, path, headers, body))
        except BodyError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the service must try again
            _log.error("A request was answered 500: %s", told(error))
            return failed()

    def check_quarantined(self) -> int:
        """Check what is held with the keys as they are now; return how many deliveries were handed over.

        A receiver does so by itself when a delivery finds a new key. Call this where keys change
        while no deliveries come. What the user's function fails on stays held.
        """
        return 0 if self._held is None else self._held.check()

    def _held_deliveries(self, keys: KeptKeys) -> HeldDeliveries | None:
        if self._options.quarantine is None:
            return None
        return HeldDeliveries(
            self._options.quarantine,
            deliveries=self._deliveries,
            keys=keys,
            tell=self._tell_checked,
            options=self._options,
        )

    def _answer(self, request: Request) -> Response:
        if len(request.body) > self.longest_body_bytes:
            return too_long(self.longest_body_bytes)
        if request.path.startswith(VERIFICATION_KEYS_PATH):
            return self._verification_key(request)
        if request.method != "POST":
            return not_allowed("POST")
        signature = request.headers.get(SIGNATURE_HEADER)
        probe = probe_in(request.body) if signature is None else None
        if probe is not None:
            return self._probes.answered(probe)
        return self._delivered(request.body, signature)

    def _verification_key(self, request: Request) -> Response:
        if self._token is None:
            return refusal(
                HTTPStatus.NOT_FOUND, "This receiver has no token, and hands out no keys."
            )
        refused = self._token.refusal(request.headers)
        if refused is not None:
            return refused
        if request.method != "GET":
            return not_allowed("GET")
        return self._probes.key(guid(request.path.removeprefix(VERIFICATION_KEYS_PATH)))

    def _delivered(self, body: bytes, signature: str | None) -> Response:
        taken = self._deliveries.taken if self._held is None else self._held.taken
        outcome = taken(body, signature)
        self._tell(outcome, body_bytes=len(body))
        if self._held is not None:
            self._held.check_if_keys_came()
        if outcome.status == HTTPStatus.OK:
            return answer(HTTPStatus.OK, {})
        return refusal(outcome.status, outcome.reason)

    def _tell_checked(self, checked: Checked) -> None:
        self._tell(checked.outcome, body_bytes=checked.body_bytes, from_quarantine=True)

    def _tell(self, outcome: Outcome, *, body_bytes: int, from_quarantine: bool = False) -> None:
        if self._options.observe is None:
            return
        received = Received(
            at=self._options.clock(),
            callback_id=outcome.callback_id,
            status=int(outcome.status),
            events=outcome.events,
            reason=outcome.reason,
            body_bytes=body_bytes,
            from_quarantine=from_quarantine,
        )
        try:
            self._options.observe(received)
        except Exception as error:  # noqa: BLE001 -- the events are safe already
            _log.error("The observer of deliveries failed: %s", told(error))


def _check_are_plain(on_delivery: Callable[[Delivery], object], options: ReceiverOptions) -> None:
    check_is_plain(on_delivery, name="on_delivery")
    if options.verify_probe is not None:
        check_is_plain(options.verify_probe, name="verify_probe")
    if options.observe is not None:
        check_is_plain(options.observe, name="observe")


def _kept(source: SignatureKeySource, options: ReceiverOptions) -> KeptKeys:
    return KeptKeys(
        source,
        keep_seconds=options.keep_keys_seconds,
        reread_seconds=options.reread_keys_seconds,
        monotonic=options.monotonic,
    )


def _status_of_bad_signatures(options: ReceiverOptions) -> HTTPStatus:
    # A forger is no delivery of the service and cannot get us suspended. A delivery of the
    # service fails only because our key is behind, and is then to come again.
    if options.acknowledge_bad_signatures:
        return HTTPStatus.OK
    return HTTPStatus.SERVICE_UNAVAILABLE
