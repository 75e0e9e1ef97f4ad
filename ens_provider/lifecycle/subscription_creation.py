"""Creating a subscription: what is already present, lost answers, and callbacks not yet verified.

Sources: "Create a Subscription" (the callback must exist and be verified; the name is unique; 304
already exists), "Event Notification Service" (at most 200 subscriptions per callback).
"""

from __future__ import annotations

import logging

from ens_provider.api.errors import BadRequestError, ENSError, NotFoundError
from ens_provider.api.records import NotModified, SubscriptionRecord
from ens_provider.lifecycle import deletions
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.canonical import differs_in_case_only, same_name
from ens_provider.lifecycle.errors import (
    AlreadyPresent,
    DeletedOutside,
    NotReadyYet,
    NotYetVerified,
    SubscriptionLimit,
)
from ens_provider.lifecycle.refusals import quoted, says_present, status_of
from ens_provider.lifecycle.rivals import why_gone
from ens_provider.lifecycle.subscription import (
    ACTIVE,
    DesiredSubscription,
    ManagedSubscription,
)
from ens_provider.lifecycle.subscription_changes import update_subscription
from ens_provider.lifecycle.subscription_takeover import adopt_subscription, declared_twice
from ens_provider.lifecycle.verification import is_verified

MOST_PER_CALLBACK = 200

# One for the creation, one after a lost answer or after one of the name was deleted, one more for
# both. Beyond that it would be a race that waiting does not win.
_MOST_POSTS = 3
_CALLBACK_GONE = (
    "the callback was deleted outside of this program, or belongs to another business unit. Run "
    "`pulumi up --refresh` to create it again."
)

_log = logging.getLogger(__name__)


def create_subscription(account: Account, desired: DesiredSubscription) -> ManagedSubscription:
    """Create a subscription, or take one over. One attempt, no waiting.

    Args:
        account: The account to create it in.
        desired: What the program declares.

    Raises:
        NotYetVerified: Its callback is not verified yet.
        NotReadyYet: ENS says it is present and does not list it yet.
        AlreadyPresent: One of that name is there that must not be touched.
        SubscriptionLimit: The callback has as many as ENS allows.
        DeletedOutside: The callback does not exist.
        ENSError: The service refused, or could not be reached.
    """
    # Asked for first, so that a failure here leaves nothing behind.
    mid = account.mid
    # One that this process has just deleted with its callback is not there to be taken over.
    if desired.adopt_id is not None and not account.was_deleted(desired.adopt_id):
        return adopt_subscription(account, desired, desired.adopt_id, mid=mid)
    with account.creating(desired.callback_id, desired.subscription_name) as alone:
        if not alone:
            raise declared_twice(desired)
        record = _create(account, desired)
        account.claim(record.subscription_id)
    created = ManagedSubscription(
        subscription_id=record.subscription_id,
        callback_id=desired.callback_id,
        subscription_name=desired.subscription_name,
        event_category_types=desired.event_category_types,
        filters=desired.filters,
        status=record.status or ACTIVE,
        status_reason=record.status_reason,
        mid=mid,
        changed_at=account.written_at(),
    )
    return _paused(account, desired, created) if desired.paused else created


def _create(account: Account, desired: DesiredSubscription) -> SubscriptionRecord:
    refusal: ENSError | None = None
    for _ in range(_MOST_POSTS):
        outcome = _post(account, desired)
        if isinstance(outcome, SubscriptionRecord):
            return outcome
        lost_before = refusal is not None and refusal.outcome_unknown
        refusal = outcome
        _make_room(account, desired, refusal, lost_before=lost_before)
    # No matter of waiting: each attempt would delete what the other program has just created.
    raise refusal or AlreadyPresent(
        f"ENS says that {desired} is already present each time it is created, also after the "
        "present one was deleted: another program seems to create it too. Find that program, or "
        "choose another name.",
        operation="create subscription",
        status=304,
    )


def _post(account: Account, desired: DesiredSubscription) -> SubscriptionRecord | ENSError | None:
    """Ask for the creation once; None stands for 304, an error for present or unknown."""
    try:
        with account.writing():
            record = account.client.create_subscription(
                callback_id=desired.callback_id,
                subscription_name=desired.subscription_name,
                event_category_types=desired.event_category_types,
                filters=desired.filters,
            )
    except NotFoundError as error:
        raise _without_callback(account, desired) from error
    except BadRequestError as error:
        if says_present(error):
            return error
        _explain(account, desired, error)
        raise
    except ENSError as error:
        if not error.outcome_unknown:
            raise
        return error
    return None if isinstance(record, NotModified) else record


def _make_room(
    account: Account, desired: DesiredSubscription, refusal: ENSError | None, *, lost_before: bool
) -> None:
    """Delete the one of that name on our callback, so that the creation can be sent again."""
    records = account.fresh_subscriptions(desired.callback_id)
    same = [
        each for each in records if same_name(each.subscription_name, desired.subscription_name)
    ]
    for record in same:
        if account.is_claimed(record.subscription_id):
            raise declared_twice(desired, record)
        if refusal is None or not refusal.outcome_unknown:
            _log.warning(
                "Subscription '%s' (%s) was already present on callback %s and is created anew.",
                record.subscription_name,
                record.subscription_id,
                desired.callback_id,
            )
        deletions.delete_subscription(account, record.subscription_id)
    if same:
        return
    if refusal is not None and refusal.outcome_unknown:
        if lost_before:
            raise refusal
        return
    _refuse_conflict(account, desired, records, refusal)
    raise NotReadyYet(
        f"ENS says that {desired} is already present ({status_of(refusal)}), but does not list it yet; "
        "its lists can lag up to two minutes behind.",
        operation="create subscription",
        status=status_of(refusal),
    )


def _refuse_conflict(
    account: Account,
    desired: DesiredSubscription,
    own: list[SubscriptionRecord],
    refusal: ENSError | None,
) -> None:
    """Refuse a name that is taken in another spelling, or on another callback of the unit."""
    others = [
        record
        for callback in account.fresh_callbacks()
        if callback.callback_id != desired.callback_id
        for record in account.fresh_subscriptions(callback.callback_id)
    ]
    for record in [*own, *others]:
        spelled = differs_in_case_only(record.subscription_name, desired.subscription_name)
        if not spelled and not same_name(record.subscription_name, desired.subscription_name):
            continue
        said = quoted(refusal)
        case = ", which differs in upper and lower case only" if spelled else ""
        raise AlreadyPresent(
            f"ENS refused to create {desired}{said}: its name is already present as subscription "
            f"'{record.subscription_name}' ({record.subscription_id}) of callback "
            f"'{record.callback_name}' ({record.callback_id}){case}. Nothing was changed. Choose "
            "another name, or delete that subscription first if nobody needs it.",
            operation="create subscription",
            subject=record.subscription_id,
            status=status_of(refusal),
        )


def _explain(account: Account, desired: DesiredSubscription, refusal: BadRequestError) -> None:
    """Raise what is behind a 400, where that can be found out."""
    said = quoted(refusal)
    callback = account.find_callback(desired.callback_id)
    if callback is None and not account.has_waited(f"callback {desired.callback_id}"):
        raise NotYetVerified(
            f"ENS refused to create {desired}{said}, and does not show its callback; what it shows "
            "can lag two minutes behind. Run `pulumi up --refresh` if the callback was deleted.",
            operation="create subscription",
            status=refusal.status,
        ) from refusal
    if callback is None:
        return
    if not is_verified(callback):
        raise NotYetVerified(
            f"ENS refused to create {desired}{said}: {named(callback)} is not verified (status "
            f"'{callback.status}'). Give the subscription the CallbackVerification as its "
            "callback_id, so that it waits for it.",
            operation="create subscription",
            status=refusal.status,
        ) from refusal
    present = len(account.fresh_subscriptions(desired.callback_id))
    if present >= MOST_PER_CALLBACK:
        raise SubscriptionLimit(
            f"ENS refused to create {desired}{said}: {named(callback)} has {present} subscriptions, "
            f"and {MOST_PER_CALLBACK} are the most that a callback may have. Put several event types "
            "into one subscription, delete those that nobody needs, or use another callback.",
            operation="create subscription",
            status=refusal.status,
        ) from refusal


def _paused(
    account: Account, desired: DesiredSubscription, created: ManagedSubscription
) -> ManagedSubscription:
    """Pause what was just created: ENS creates active subscriptions only."""
    try:
        return update_subscription(account, created, desired)
    except ENSError:
        try:
            # An active one that the state does not know would go on being delivered to.
            deletions.delete_subscription(account, created.subscription_id)
        except ENSError as error:
            _log.warning("The %s was created and could not be deleted again: %s", created, error)
            account.release(created.subscription_id)
        raise


def _without_callback(account: Account, desired: DesiredSubscription) -> DeletedOutside:
    why = why_gone(account, desired.callback_id, otherwise=_CALLBACK_GONE)
    return DeletedOutside(
        f"Callback {desired.callback_id} does not exist in business unit {account.mid}, so that "
        f"{desired} cannot be created: {why}",
        operation="create subscription",
        subject=desired.callback_id,
        status=404,
    )
