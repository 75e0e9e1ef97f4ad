"""The rules of callbacks: registration, the probe's outcome, verification, keys, deletion."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.changes import (
    DEFAULT_BATCH_SIZE,
    CallbackChange,
    CallbackCreation,
    Verification,
)
from ens_provider.emulator.endpoint_failures import EndpointFailure
from ens_provider.emulator.ids_and_keys import new_id, new_key
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.probe_failures import probe_failed
from ens_provider.emulator.records import Callback
from ens_provider.emulator.url_rules import canonical_url


@dataclass(frozen=True, kw_only=True)
class CallbackUpdate:
    """What became of a PUT."""

    callback: Callback
    created: bool
    changed: bool


class CallbackRules:
    """Callbacks of business units; a callback of another unit does not exist for a caller."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        make_id: Callable[[], str] = new_id,
        make_key: Callable[[], str] = new_key,
    ) -> None:
        self._ledger = ledger
        self._make_id = make_id
        self._make_key = make_key

    def register(self, mid: int, creation: CallbackCreation) -> Callback:
        """Keep a new callback whose endpoint is still to be probed.

        It can be verified from now on: an endpoint may do so before it answers the probe.

        Raises:
            ServiceError: 304 or 400 if it is already present.
        """
        with self._ledger.operation():
            self._require_new(mid, creation)
            callback = self._new(mid, creation, probe="pending")
            self._write(callback)
        return callback

    def conclude(
        self, callbacks: list[Callback], *, failures: Mapping[str, EndpointFailure]
    ) -> None:
        """Take the probes' outcomes, by callback id, of callbacks that were registered together.

        One failure takes back the callbacks whose endpoints did answer. The failed one stays,
        unverified and good for nothing but deletion, or goes (switch `failed_callback_kept`).

        Raises:
            ServiceError: 400 with the text of the first failed probe.
        """
        with self._ledger.operation():
            for callback in callbacks:
                self._settle_probe(callback, failures)
        for callback in callbacks:
            if callback.callback_id in failures:
                raise probe_failed(
                    callback, failures[callback.callback_id], switches=self._ledger.switches
                )

    def get(self, mid: int, callback_id: str) -> Callback:
        """Return what reads show of a callback.

        Raises:
            ServiceError: 404.
        """
        with self._ledger.operation():
            seen = self._ledger.callbacks.find_as_of(callback_id, self._ledger.read_moment())
        if seen is None or seen.mid != mid:
            raise errors.not_found()
        return seen

    def list(self, mid: int) -> "list[Callback]":
        """Return what reads show of the unit's callbacks, oldest first."""
        with self._ledger.operation():
            return self._ledger.callbacks.as_of(self._ledger.read_moment(), owner=mid)

    def update(self, mid: int, change: CallbackChange) -> CallbackUpdate:
        """Give a callback new values.

        With switch `put_unknown_callback` 201 an unknown id makes a new callback, with an id of
        its own and without a probe; it has the URL of the change, or none.

        Raises:
            ServiceError: 404 if it is unknown, 400 if another one has the name.
        """
        with self._ledger.operation():
            if self._ledger.switches.put_url == "rejected" and change.url is not None:
                raise errors.bad_request("url cannot be changed.", errorcode=errors.GENERIC)
            before = self._ledger.callbacks.find(change.callback_id)
            if before is None or before.mid != mid:
                return self._put_unknown(mid, change)
            after = self._changed(before, change)
            if after != before:
                self._require_free(after, before=before)
                self._write(after)
            return CallbackUpdate(callback=after, created=False, changed=after != before)

    def delete(self, mid: int, callback_id: str) -> None:
        """Remove a callback.

        Raises:
            ServiceError: 404 if it is unknown, 409 while subscriptions are attached.
        """
        with self._ledger.operation():
            callback = self.require(mid, callback_id)
            attached = self._ledger.subscriptions.truth_of(callback.callback_id)
            if attached:
                raise errors.conflict(
                    f"Callback {callback_id} cannot be deleted because "
                    f"{len(attached)} subscription(s) are attached to it."
                )
            self._ledger.callbacks.write(callback_id, None, at=self._ledger.clock.now())

    def verify(self, mid: int, verification: Verification) -> None:
        """Verify a callback; its key works once.

        Raises:
            ServiceError: 404 if the callback or the key is unknown; 400 if the callback is
                verified already, its probe failed or its four hours are over (all guesses).
        """
        with self._ledger.operation():
            callback = self.require(mid, verification.callback_id)
            if verification.verification_key != callback.verification_key:
                raise errors.not_found()
            self._require_verifiable(callback)
            self._write(replace(callback, verified=True))

    def regenerate(self, mid: int, callback_id: str) -> Callback:
        """Give a callback a new signature key; the old one is void at once.

        Raises:
            ServiceError: 404; 400 for an unverified one (switch `regenerate_unverified`).
        """
        with self._ledger.operation():
            callback = self.require(mid, callback_id)
            if self._ledger.switches.regenerate_unverified == "400" and not callback.verified:
                raise not_verified(callback)
            rotated = replace(callback, signature_key=self._make_key())
            self._write(rotated)
        return rotated

    def require(self, mid: int, callback_id: str) -> Callback:
        """Return the truth about a callback, whatever reads show.

        Raises:
            ServiceError: 404.
        """
        callback = self._ledger.callbacks.find(callback_id)
        if callback is None or callback.mid != mid:
            raise errors.not_found()
        return callback

    def _new(self, mid: int, creation: CallbackCreation, *, probe: str) -> Callback:
        return Callback(
            mid=mid,
            callback_id=self._make_id(),
            name=creation.name,
            url=creation.url,
            max_batch_size=creation.max_batch_size,
            auth_id=creation.auth_id,
            signature_key=self._make_key(),
            verification_key=self._make_key(),
            created_at=self._ledger.clock.now(),
            probe=probe,
        )

    def _write(self, callback: Callback) -> None:
        self._ledger.callbacks.write(callback.callback_id, callback, at=self._ledger.clock.now())

    def _settle_probe(self, callback: Callback, failures: Mapping[str, EndpointFailure]) -> None:
        current = self._ledger.callbacks.find(callback.callback_id)
        if current is None:
            return  # deleted while its endpoint was probed
        failed = callback.callback_id in failures
        kept = self._ledger.switches.failed_callback_kept == "true" if failed else not failures
        if not kept:
            self._drop(current)
        elif failed:
            self._write(replace(current, probe="failed", verified=False))
        else:
            self._write(replace(current, probe="answered"))

    def _drop(self, callback: Callback) -> None:
        now = self._ledger.clock.now()
        for subscription in self._ledger.subscriptions.truth_of(callback.callback_id):
            self._ledger.subscriptions.write(subscription.subscription_id, None, at=now)
        self._ledger.callbacks.write(callback.callback_id, None, at=now)

    def _require_new(self, mid: int, creation: CallbackCreation) -> None:
        if next(self._duplicates(mid, creation), None) is None:
            return
        if self._ledger.switches.duplicate_callback == "304":
            raise errors.not_modified()
        raise errors.bad_request(
            "A callback with this callbackName or url is already registered.",
            errorcode=errors.ALREADY_PRESENT,
        )

    def _require_free(self, callback: Callback, *, before: Callback | None = None) -> None:
        if before is not None and (before.name, before.url) == (callback.name, callback.url):
            return
        # Callbacks that collide already (a switch was changed) may go on doing so.
        collided = [] if before is None else list(self._duplicates(callback.mid, before))
        for other in self._duplicates(callback.mid, callback):
            if other.callback_id != callback.callback_id and other not in collided:
                raise errors.bad_request(
                    "callbackName or url belongs to another callback.",
                    errorcode=errors.ALREADY_PRESENT,
                )

    def _duplicates(self, mid: int, one: Callback | CallbackCreation) -> Iterator[Callback]:
        """Yield what counts as the same callback, oldest first; itself, too, if it is kept."""
        switches = self._ledger.switches
        folded = str.casefold if switches.name_case == "insensitive" else str
        name, url = folded(one.name), canonical_url(one.url)
        for other in self._ledger.callbacks.truth_of(mid):
            same_name, same_url = folded(other.name) == name, canonical_url(other.url) == url
            if (same_name or same_url) and _is_duplicate(
                switches.duplicate_match, same_name=same_name, same_url=same_url
            ):
                yield other

    def _changed(self, callback: Callback, change: CallbackChange) -> Callback:
        applied = self._ledger.switches.put_url == "applied" and change.url is not None
        return replace(
            callback,
            name=change.name,
            max_batch_size=change.max_batch_size or callback.max_batch_size,
            url=change.url if applied and change.url else callback.url,
        )

    def _put_unknown(self, mid: int, change: CallbackChange) -> CallbackUpdate:
        if self._ledger.switches.put_unknown_callback == "404":
            raise errors.not_found()
        creation = CallbackCreation(
            name=change.name,
            url=change.url or "",
            max_batch_size=change.max_batch_size or DEFAULT_BATCH_SIZE,
        )
        callback = self._new(mid, creation, probe="answered")
        self._require_free(callback)
        self._write(callback)
        return CallbackUpdate(callback=callback, created=True, changed=True)

    def _require_verifiable(self, callback: Callback) -> None:
        if callback.verified:
            reason = "is already verified"
        elif callback.probe == "failed":
            reason = "did not answer the probe; delete it and create it again"
        elif callback.deadline <= self._ledger.clock.now():
            reason = "was not verified within 4 hours; delete it and create it again"
        else:
            return
        raise errors.bad_request(
            f"Callback {callback.callback_id} {reason}.", errorcode=errors.WRONG_STATE
        )


def _is_duplicate(match: str, *, same_name: bool, same_url: bool) -> bool:
    return {
        "either": same_name or same_url,
        "url": same_url,
        "name": same_name,
        "name_and_url": same_name and same_url,
    }[match]


def not_verified(callback: Callback) -> errors.ServiceError:
    """Return the 400 for what an unverified callback cannot do; its sentence is a guess."""
    return errors.bad_request(
        f"Callback {callback.callback_id} is not verified.", errorcode=errors.WRONG_STATE
    )
