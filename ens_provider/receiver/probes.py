"""The probe of a new callback, and the key that it brings."""

import threading
from collections.abc import Callable
from http import HTTPStatus

from ens_provider.receiver.answers import answer, refusal
from ens_provider.receiver.messages import Probe, Response
from ens_provider.receiver.stores import SignatureKeySource, VerificationKeyStore

_VERIFICATIONS_AT_ONCE = 4


class Probes:
    """Answers probes: keeps their keys, after verifying the callback if it is told how."""

    def __init__(
        self,
        *,
        verification_keys: VerificationKeyStore,
        signature_keys: SignatureKeySource,
        verify: Callable[[Probe], object] | None,
    ) -> None:
        self._verification_keys = verification_keys
        self._signature_keys = signature_keys
        self._verify = verify
        self._verifications = threading.BoundedSemaphore(_VERIFICATIONS_AT_ONCE)

    def answered(self, probe: Probe) -> Response:
        """Answer a probe; what `verify` raises goes through.

        The first probe of an id is genuine: nobody but the service knows an id before its probe,
        and each callback is probed once. Later ones could only put somebody else's key in the
        place of the genuine one, so they change nothing. The same holds once there is a signature
        key, which the service hands out only after its probe was answered.
        """
        held = self._verification_keys.get(probe.callback_id)
        if held is not None:
            return _first_counts(held, probe)
        if self._signature_keys.get(probe.callback_id):
            return _first_counts(None, probe)
        if self._verify is None:
            return self._kept(probe)
        return self._verified(probe, self._verify)

    def key(self, callback_id: str) -> Response:
        """Answer with the verification key of a callback, 404 while there is none."""
        key = self._verification_keys.get(callback_id)
        if key is None:
            sentence = f"No verification key of callback {callback_id} is here (yet)."
            return refusal(HTTPStatus.NOT_FOUND, sentence)
        return answer(HTTPStatus.OK, {"callbackId": callback_id, "verificationKey": key})

    def _kept(self, probe: Probe) -> Response:
        held = self._verification_keys.setdefault(probe.callback_id, probe.verification_key)
        return _first_counts(held, probe)

    def _verified(self, probe: Probe, verify: Callable[[Probe], object]) -> Response:
        # Forged probes must not turn into any number of calls to the service at a time.
        if not self._verifications.acquire(blocking=False):
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many verifications at a time.")
        try:
            verify(probe)
        finally:
            self._verifications.release()
        return self._kept(probe)


def _first_counts(held: str | None, probe: Probe) -> Response:
    if held == probe.verification_key:
        return answer(HTTPStatus.OK, {})
    return refusal(
        HTTPStatus.CONFLICT, "This callback was probed before; only its first probe counts."
    )
