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
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from ens_provider.receiver.answers import answer, not_allowed, refusal, told, too_long
from ens_provider.receiver.bodies import BodyError, guid, probe_in
from ens_provider.receiver.deliveries import Deliveries, Outcome
from ens_provider.receiver.messages import Delivery, Headers, Probe, Received, Request, Response
from ens_provider.receiver.probes import Probes
from ens_provider.receiver.signature import SIGNATURE_HEADER
from ens_provider.receiver.stores import (
    MemorySignatureKeys,
    MemoryVerificationKeys,
    SignatureKeySource,
    VerificationKeyStore,
)
from ens_provider.receiver.tokens import BearerToken

LONGEST_BODY_BYTES = 8 * 1024 * 1024
VERIFICATION_KEYS_PATH = "/verification-keys/"

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class ReceiverOptions:
    """What a receiver does beyond its defaults.

    Attributes:
        verify_probe: Verifies the callback of each new probe with the service, from inside the
            probe. What it raises lets the probe fail (500), and with it the creation.
        acknowledge_bad_signatures: Answer 200 instead of 503 to deliveries whose signature does
            not check. The service then never tries them again: what is genuine among them,
            signed with a key that has not arrived here yet, is lost.
        observe: Is told of every delivery once all is decided about it.
        longest_body_bytes: Longer bodies are answered 413. The default, 8 MiB, holds the largest
            batch (1,000 events) with 8 KiB for each event.
        clock: Gives the time in Unix seconds.
    """

    verify_probe: Callable[[Probe], object] | None = None
    acknowledge_bad_signatures: bool = False
    observe: Callable[[Received], object] | None = None
    longest_body_bytes: int = LONGEST_BODY_BYTES
    clock: Callable[[], float] = time.time


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
        ValueError: the token is empty, or no header can carry it.
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
        self._token = None if token is None else BearerToken(token)
        # Not `or`: a store of the user's may be false while it is empty.
        keys = MemorySignatureKeys() if signature_keys is None else signature_keys
        probed = MemoryVerificationKeys() if verification_keys is None else verification_keys
        self._probes = Probes(
            verification_keys=probed, signature_keys=keys, verify=self._options.verify_probe
        )
        self._deliveries = Deliveries(
            on_delivery,
            signature_keys=keys,
            status_of_bad_signatures=_status_of_bad_signatures(self._options),
        )

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
            return refusal(
                HTTPStatus.INTERNAL_SERVER_ERROR, "The receiver failed; its log says where."
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
        outcome = self._deliveries.taken(body, signature)
        self._tell(outcome, body)
        if outcome.status == HTTPStatus.OK:
            return answer(HTTPStatus.OK, {})
        return refusal(outcome.status, outcome.reason)

    def _tell(self, outcome: Outcome, body: bytes) -> None:
        if self._options.observe is None:
            return
        received = Received(
            at=self._options.clock(),
            callback_id=outcome.callback_id,
            status=int(outcome.status),
            events=outcome.events,
            reason=outcome.reason,
            body_bytes=len(body),
        )
        try:
            self._options.observe(received)
        except Exception as error:  # noqa: BLE001 -- the events are safe already
            _log.error("The observer of deliveries failed: %s", told(error))


def _status_of_bad_signatures(options: ReceiverOptions) -> HTTPStatus:
    # A forger is no delivery of the service and cannot get us suspended. A delivery of the
    # service fails only because our key is behind, and is then to come again.
    if options.acknowledge_bad_signatures:
        return HTTPStatus.OK
    return HTTPStatus.SERVICE_UNAVAILABLE
