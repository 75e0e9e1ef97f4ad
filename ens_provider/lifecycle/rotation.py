"""Making a new signature key for a callback, and remembering the keys before it.

Source: "Regenerate Signature Key": the answer is the only place that shows the new key, and the
old one stops working at once.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace

from ens_provider.api.errors import BadRequestError, ConfigurationError, ENSError, NotFoundError
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.errors import AlreadyPresent, DeletedOutside, NotYetVerified
from ens_provider.lifecycle.refusals import quoted
from ens_provider.lifecycle.rivals import why_gone
from ens_provider.lifecycle.verification import is_verified

_FINGERPRINT_DIGITS = 16
_GONE = (
    "it was deleted outside of this program, or belongs to another business unit. Run `pulumi up "
    "--refresh` to create it again."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ManagedKey:
    """A signature key as the stack's state keeps it.

    Attributes:
        callback_id: The callback whose deliveries are signed with it.
        key: The key, base64 text.
        previous_keys: The keys before it that receivers still accept, newest first.
        rotated_at: When it was made, ISO 8601 by the service's clock.
        mid: MID of the business unit.
    """

    callback_id: str
    key: str = field(repr=False)
    previous_keys: tuple[str, ...] = field(repr=False)
    rotated_at: str
    mid: str

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the key's SHA-256: tells keys apart, shows none."""
        return _fingerprint(self.key)


def create_key(
    account: Account, callback_id: str, *, known_key: str | None, keep_previous: int
) -> ManagedKey:
    """Make a new key for a callback.

    Args:
        account: The account that the callback belongs to.
        callback_id: The callback.
        known_key: The key so far, which receivers may hold; or None.
        keep_previous: How many keys to remember, 0 or more.

    Raises:
        AlreadyPresent: Another resource of this program has just made a key for the callback.
        NotYetVerified: ENS gives an unverified callback no new key.
        DeletedOutside: The callback does not exist.
        ENSError: The service refused, or could not be reached.
    """
    mid = account.mid
    key = _made(account, callback_id, known_fingerprint=None)
    return ManagedKey(
        callback_id=callback_id,
        key=key,
        previous_keys=_kept([known_key] if known_key else [], keep_previous),
        rotated_at=account.written_at(),
        mid=mid,
    )


def rotate_key(account: Account, current: ManagedKey, *, keep_previous: int) -> ManagedKey:
    """Make a new key in the place of the present one, which joins the previous ones.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        AlreadyPresent: Another resource of this program has just made a key for the callback.
        DeletedOutside: The callback does not exist.
        ENSError: The service refused, or could not be reached.
    """
    account.require_mid(current.mid, subject=_subject(current.callback_id))
    key = _made(account, current.callback_id, known_fingerprint=current.fingerprint)
    return replace(
        current,
        key=key,
        previous_keys=_kept([current.key, *current.previous_keys], keep_previous),
        rotated_at=account.written_at(),
    )


def require_live_key(account: Account, callback_id: str, *, tested: str, to_test: str) -> None:
    """Refuse to prove that an endpoint holds a key which a rotation has made void.

    A callback's own key stays in the state after a `SignatureKey` was made, and would be
    handed over, and pass every trial of the endpoint, once that one is no longer declared.

    Args:
        account: The account that the callback belongs to.
        callback_id: The callback.
        tested: The key that the endpoint was proven to hold before.
        to_test: The key that it is to be proven to hold now.

    Raises:
        ConfigurationError: That is the callback's first key, and a newer one was tested before.
    """
    declared = account.declared_callbacks.get(callback_id)
    if declared is not None and to_test == declared.first_key != tested:
        raise ConfigurationError(
            f"The self-test of callback {callback_id} goes back to the key that the callback began "
            "with, which a newer one has made void: ENS would sign with the newer one, and the "
            "endpoint refuse every delivery. Nothing was tested. Declare the SignatureKey again "
            "(signature_key_version of a NotificationEndpoint), or give the endpoint another URL, "
            "which makes another callback."
        )


def warn_of_key_that_stays(account: Account, callback_id: str) -> None:
    """Tell that a key leaves the state while its callback stays and is signed for with it."""
    if callback_id in account.declared_callbacks and callback_id not in account.keys_made:
        _log.warning(
            "The signature key of callback %s leaves the state, and ENS goes on signing with it: "
            "the signature_key of the callback itself is void. Declare a SignatureKey again, which "
            "makes a new key, unless receivers hold this one for good.",
            callback_id,
        )


def forget_keys(current: ManagedKey, *, keep_previous: int) -> ManagedKey:
    """Remember no more previous keys than that; nothing is called."""
    return replace(current, previous_keys=_kept(list(current.previous_keys), keep_previous))


def read_key(account: Account, current: ManagedKey) -> ManagedKey | None:
    """Return the key of the state, since ENS shows none; None if its callback is gone.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=_subject(current.callback_id))
    record = account.listed_callback(current.callback_id)
    if record is None and not account.may_lag(current.rotated_at):
        record = account.find_unlisted_callback(current.callback_id)
        return None if record is None else current
    return current


def _made(account: Account, callback_id: str, *, known_fingerprint: str | None) -> str:
    """Make a key, unless another resource of this process makes or has made one."""
    with account.creating("signature key", callback_id) as alone:
        made = account.keys_made.get(callback_id)
        if not alone or made not in {None, known_fingerprint}:
            raise AlreadyPresent(
                f"The signature key of callback {callback_id} is declared twice: another resource of "
                "this program has just made one, which a second would make void. Nothing was "
                "changed. Remove one of the two.",
                operation="regenerate signature key",
                subject=callback_id,
            )
        key = _regenerate(account, callback_id)
        account.keys_made[callback_id] = _fingerprint(key)
        account.taken_over_with_new_key.discard(callback_id)
        return key


def _regenerate(account: Account, callback_id: str) -> str:
    """Ask for a new key, and once more where the answer was lost: each makes the last one void."""
    try:
        return _asked(account, callback_id)
    except NotFoundError as error:
        why = why_gone(account, callback_id, otherwise=_GONE)
        raise DeletedOutside(
            f"Callback {callback_id} does not exist in business unit {account.mid}, so that it has "
            f"no signature key: {why}",
            operation="regenerate signature key",
            subject=callback_id,
            status=404,
        ) from error
    except BadRequestError as error:
        _refuse_unverified(account, callback_id, error)
        raise
    except ENSError as error:
        if not error.outcome_unknown:
            raise
        raise type(error)(
            f"{error} The signature key of callback {callback_id} may have been changed to one that "
            "nobody knows: leave `version` as it is now and run `pulumi up` again, which makes "
            "another one.",
            operation=error.operation,
            subject=error.subject,
            status=error.status,
            errorcode=error.errorcode,
            service_text=error.service_text,
        ) from error


def _asked(account: Account, callback_id: str) -> str:
    with account.writing():
        # The client repeats it after a lost answer, and reads no answer without a key.
        return account.client.regenerate_signature_key(callback_id).signature_key or ""


def _refuse_unverified(account: Account, callback_id: str, refusal: BadRequestError) -> None:
    record = account.find_callback(callback_id)
    said = quoted(refusal)
    if record is None and not account.has_waited(f"callback {callback_id}"):
        raise NotYetVerified(
            f"ENS gives no new signature key to callback {callback_id}{said}, and does not show the "
            "callback; what it shows can lag two minutes behind. Run `pulumi up --refresh` if the "
            "callback was deleted.",
            operation="regenerate signature key",
            subject=callback_id,
            status=refusal.status,
        ) from refusal
    if record is None or is_verified(record):
        return
    raise NotYetVerified(
        f"ENS gives no new signature key to {named(record)}{said}, which is not verified "
        f"(status '{record.status}'). Give SignatureKey the CallbackVerification as its callback_id, "
        "so that it waits for it.",
        operation="regenerate signature key",
        subject=callback_id,
        status=refusal.status,
    ) from refusal


def _kept(keys: list[str], most: int) -> tuple[str, ...]:
    # A key is listed once, also where it was handed in as known after having been made here.
    return tuple(dict.fromkeys(keys))[:most]


def _fingerprint(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def _subject(callback_id: str) -> str:
    return f"signature key of callback {callback_id}"
