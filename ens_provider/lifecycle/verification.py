"""Verifying a callback: the key by hand, the key from the receiver, or somebody else does it.

Sources: "Verify a Callback" (a key works once), "Event Notification Service Get Started" (the
probe carries the key to the endpoint; a callback has four hours to be verified).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from ens_provider.api.errors import (
    BadRequestError,
    ConflictError,
    ConnectionLostError,
    ENSError,
    NotFoundError,
    ServiceError,
    UnreachableError,
)
from ens_provider.api.records import CallbackRecord
from ens_provider.api.verification_key_source import KeySource, fetch_verification_key
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.errors import DeletedOutside, NotYetVerified, VerificationRefused
from ens_provider.lifecycle.refusals import quoted
from ens_provider.lifecycle.rivals import why_gone, why_perhaps_gone

VERIFIED = "verified"
"""The one status that the documentation names."""

# Nobody has published the status before verification; these words are what it may be. The one
# that this resource saw itself counts as well.
_UNVERIFIED = frozenset({"", "created", "unverified"})
_WAYS = (
    "A callback has to be verified within 4 hours of its creation, and there are three ways: the "
    "receiver verifies itself when it is probed, verification_key_url (and verification_key_token) "
    "says where the receiver hands out the key that the probe brought, or verification_key is "
    "that key"
)
_NOT_SHOWN = (
    "Correct the id or accountId if one of them is wrong; run `pulumi up --refresh` if the callback "
    "was deleted."
)
_GONE = (
    "it was deleted, perhaps because 4 hours went by without a verification, or belongs to another "
    "business unit. Run `pulumi up --refresh` to create it again."
)
_KEY_WORKS_ONCE = (
    "A verification key works once, within 4 hours of the creation, for the callback whose probe "
    "brought it. Correct the key; or replace the callback, which brings a new one: `pulumi up "
    "--replace` with the callback's URN"
)
# What happens to verified callbacks, by the documentation's words; not their status before.
_AFTERWARDS = frozenset({"suspended", "paused", "deactivated"})
# The receiver may not be up, or not have been probed yet.
_RECEIVER_NOT_READY = (NotFoundError, ServiceError, UnreachableError, ConnectionLostError)
# What a refusal because of an earlier verification may be, and what hides whether it worked.
_PERHAPS_VERIFIED = (
    BadRequestError,
    NotFoundError,
    ConflictError,
    ServiceError,
    ConnectionLostError,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DesiredVerification:
    """A verification as a program declares it.

    Attributes:
        callback_id: The callback.
        verification_key: The key that the probe brought, or None.
        verification_key_url: Where the receiver hands that key out, ``{callback_id}`` stands for
            the id; or None. Without key and URL somebody else verifies the callback.
        verification_key_token: The bearer token for that address, or None.
    """

    callback_id: str
    verification_key: str | None = field(default=None, repr=False)
    verification_key_url: str | None = None
    verification_key_token: str | None = field(default=None, repr=False)

    @property
    def source(self) -> KeySource | None:
        """Where the receiver hands out the key, or None."""
        if self.verification_key_url is None:
            return None
        return KeySource(
            url=self.verification_key_url.replace("{callback_id}", self.callback_id),
            callback_id=self.callback_id,
            token=self.verification_key_token,
        )


@dataclass(frozen=True, kw_only=True)
class ManagedVerification:
    """A verification as the stack's state keeps it.

    Attributes:
        callback_id: The callback.
        status: The callback's status, `verified` unless something happened to it.
        verified_at: When this stack found or made it verified, ISO 8601 by the service's clock.
        mid: MID of the business unit.
        unverified_status: The status that ENS showed before; None if it was never looked at.
    """

    callback_id: str
    status: str
    verified_at: str
    mid: str
    unverified_status: str | None = None


def verify_callback(account: Account, desired: DesiredVerification) -> ManagedVerification:
    """Verify a callback, or find out that it is verified. One attempt, no waiting.

    Args:
        account: The account that the callback belongs to.
        desired: What the program declares.

    Raises:
        NotYetVerified: A later attempt may succeed: the receiver does not hand out the key yet,
            nobody has verified the callback yet, or ENS does not show yet what it knows.
        VerificationRefused: ENS does not take the key.
        DeletedOutside: The callback does not exist.
        ENSError: The service or the receiver refused, or could not be reached.
    """
    mid = account.mid
    try:
        key = _key_at_hand(desired)
    except _RECEIVER_NOT_READY as error:
        return _look(account, desired, mid=mid, because=error)
    if key is None:
        return _look(account, desired, mid=mid)
    try:
        with account.writing():
            account.client.verify_callback(callback_id=desired.callback_id, verification_key=key)
    except _PERHAPS_VERIFIED as error:
        return _after_refusal(account, desired, error, mid=mid)
    return _verified(account, desired, status=VERIFIED, mid=mid)


def read_verification(account: Account, current: ManagedVerification) -> ManagedVerification | None:
    """Return the verification as the service shows it now; None if it is gone.

    It is gone when the callback is, and when the callback is as it was before its verification.
    Any other status, such as a suspension, leaves it there, with a warning.

    Raises:
        WrongBusinessUnit: The callback belongs to another business unit.
        ENSError: The service refused or could not be reached.
    """
    account.require_mid(current.mid, subject=f"callback {current.callback_id}")
    record = account.listed_callback(current.callback_id)
    if account.may_lag(current.verified_at):
        return current
    if record is None:
        record = account.find_unlisted_callback(current.callback_id)
    if record is None or _has_lapsed(current, record):
        return None
    if not is_verified(record):
        _warn_of_status(record)
    return replace(current, status=record.status)


def is_verified(record: CallbackRecord) -> bool:
    """Tell whether ENS shows a callback as verified."""
    return record.status.casefold() == VERIFIED


def _key_at_hand(desired: DesiredVerification) -> str | None:
    source = desired.source
    if desired.verification_key is None and source is not None:
        return fetch_verification_key(source)
    return desired.verification_key


def _look(
    account: Account,
    desired: DesiredVerification,
    *,
    mid: str,
    because: ENSError | None = None,
) -> ManagedVerification:
    record = _shown(account, desired)
    if is_verified(record):
        return _verified(account, desired, status=record.status, mid=mid)
    _remember(account, record)
    told = f" {because}" if because is not None else ""
    raise NotYetVerified(
        f"{_capital(named(record))} is not verified yet (status '{record.status}').{told} {_WAYS}.",
        operation="verify callback",
        subject=desired.callback_id,
    )


def _after_refusal(
    account: Account, desired: DesiredVerification, refusal: ENSError, *, mid: str
) -> ManagedVerification:
    """Settle a refusal: it is a success if the callback is verified already."""
    record = _shown(account, desired)
    if is_verified(record):
        return _verified(account, desired, status=record.status, mid=mid)
    _remember(account, record)
    if refusal.outcome_unknown:
        raise refusal
    said = quoted(refusal)
    told = (
        f"ENS refused the verification key of {named(record)} with {refusal.status}{said}, and "
        f"shows the callback as not verified (status '{record.status}')"
    )
    if not account.has_waited(f"verification of {desired.callback_id}"):
        raise NotYetVerified(
            f"{told}; what it shows can lag two minutes behind. {_KEY_WORKS_ONCE}.",
            operation="verify callback",
            subject=desired.callback_id,
            status=refusal.status,
        )
    raise VerificationRefused(
        f"{told}. {_KEY_WORKS_ONCE}.",
        operation="verify callback",
        subject=desired.callback_id,
        status=refusal.status,
    )


def _remember(account: Account, record: CallbackRecord) -> None:
    if record.status.casefold() not in _AFTERWARDS:
        account.unverified_statuses[record.callback_id] = record.status


def _shown(account: Account, desired: DesiredVerification) -> CallbackRecord:
    record = account.find_callback(desired.callback_id)
    if record is not None:
        return record
    told = f"ENS does not show callback {desired.callback_id} in business unit {account.mid}"
    if not account.has_waited(f"callback {desired.callback_id}"):
        why = why_perhaps_gone(account, desired.callback_id, otherwise=_NOT_SHOWN)
        raise NotYetVerified(
            f"{told}; what it shows can lag two minutes behind. {why}",
            operation="verify callback",
            subject=desired.callback_id,
            status=404,
        )
    why = why_gone(account, desired.callback_id, otherwise=_GONE)
    raise DeletedOutside(
        f"{told}, so that it cannot be verified: {why}",
        operation="verify callback",
        subject=desired.callback_id,
        status=404,
    )


def _verified(
    account: Account, desired: DesiredVerification, *, status: str, mid: str
) -> ManagedVerification:
    return ManagedVerification(
        callback_id=desired.callback_id,
        status=status,
        verified_at=account.written_at(),
        mid=mid,
        unverified_status=account.unverified_statuses.get(desired.callback_id),
    )


def _has_lapsed(current: ManagedVerification, record: CallbackRecord) -> bool:
    return record.status.casefold() in _UNVERIFIED | {(current.unverified_status or "").casefold()}


def _warn_of_status(record: CallbackRecord) -> None:
    reason = f", reason '{record.status_reason}'" if record.status_reason else ""
    _log.warning(
        "%s was verified, but ENS shows its status as '%s'%s: it may not be delivered to. Look at "
        "it in Setup > URL Callbacks.",
        _capital(named(record)),
        record.status,
        reason,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
