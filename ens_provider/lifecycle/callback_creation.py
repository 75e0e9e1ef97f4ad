"""Creating a callback: the probe, what is already present, and answers that were lost.

Sources: "Create a Callback" (400 with the probe's text, the callback stays behind; 304 already
exists), "Event Notification Service Get Started" (30 s, exactly 200).
"""

from __future__ import annotations

from ens_provider.api.errors import BadRequestError, ENSError
from ens_provider.api.records import CallbackRecord, NotModified
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import DeclaredCallback, DesiredCallback, ManagedCallback
from ens_provider.lifecycle.callback_takeover import adopt_by_id, resolve_present
from ens_provider.lifecycle.canonical import differs_in_case_only, same_name, same_url
from ens_provider.lifecycle.errors import AlreadyPresent, NotReadyYet, ProbeFailed
from ens_provider.lifecycle.leftovers import remove_failed_callback
from ens_provider.lifecycle.probe import ProbeFailure, parse_probe_failure
from ens_provider.lifecycle.refusals import quoted, says_present, status_of

# One for the creation, one after a lost answer, one after each of two leftovers that another
# process put there meanwhile. More would be a race that waiting does not win.
_MOST_POSTS = 4


def create_callback(account: Account, desired: DesiredCallback) -> ManagedCallback:
    """Create a callback, or take over the one that is present. One attempt, no waiting.

    Args:
        account: The account to create it in.
        desired: What the program declares.

    Raises:
        ProbeFailed: The endpoint did not answer the probe; what stayed behind was deleted.
        NotReadyYet: ENS says it is present and does not list it yet.
        AlreadyPresent: A callback of that name or URL is there that must not be touched.
        ENSError: The service refused, or could not be reached; nothing was left behind unless
            the sentence says so.
    """
    # Asked for first, so that a failure here leaves nothing behind.
    mid = account.mid
    if desired.adopt_id is not None:
        return adopt_by_id(account, desired, desired.adopt_id)
    with account.creating(desired.callback_name, desired.url) as alone:
        if not alone:
            raise _declared_twice(desired)
        return _create(account, desired, mid=mid)


def _create(account: Account, desired: DesiredCallback, *, mid: str) -> ManagedCallback:
    refusal: ENSError | None = None
    for _ in range(_MOST_POSTS):
        outcome = _post(account, desired)
        if isinstance(outcome, CallbackRecord):
            return _managed(account, desired, outcome, mid=mid)
        lost_before = refusal is not None
        refusal = outcome
        taken_over = _resolve(account, desired, refusal, lost_before=lost_before)
        if taken_over is not None:
            return taken_over
    # No matter of waiting: each attempt would delete what the other program has just created.
    raise refusal or AlreadyPresent(
        f"ENS says that {desired} is already present each time it is created, also after the "
        "present one was deleted: another program seems to create it too. Find that program, or "
        "choose another name and URL.",
        operation="create callback",
        status=304,
    )


def _declared_twice(desired: DesiredCallback) -> AlreadyPresent:
    return AlreadyPresent(
        f"{desired} is declared twice: another resource of this program creates it at this moment. "
        "Give one of the two another name and URL, or remove it.",
        operation="create callback",
    )


def _post(account: Account, desired: DesiredCallback) -> CallbackRecord | ENSError | None:
    """Send the creation: the record, None for "already exists", or an error worth a look-up."""
    try:
        with account.writing():
            record = account.client.create_callback(
                callback_name=desired.callback_name,
                url=desired.url,
                max_batch_size=desired.max_batch_size,
                auth_id=desired.auth_id,
            )
    except BadRequestError as error:
        probe = parse_probe_failure(error.body)
        if probe is None:
            # Older pages call a taken URL an error: whether this is one, the list tells.
            return error
        leftover = remove_failed_callback(account, desired, probe)
        raise _probe_failed(desired, probe, leftover) from error
    except ENSError as error:
        if not error.outcome_unknown:
            raise
        return error
    return None if isinstance(record, NotModified) else record


def _resolve(
    account: Account, desired: DesiredCallback, refusal: ENSError | None, *, lost_before: bool
) -> ManagedCallback | None:
    """Settle what is present: taken over, or None when the creation is to be sent again."""
    records = account.fresh_callbacks()
    same = [record for record in records if desired.is_same_as(record)]
    if not same:
        _refuse_conflicts(desired, records, refusal)
        _refuse_absent(desired, refusal, lost_before=lost_before)
        return None
    for record in same:
        taken_over = resolve_present(account, desired, record)
        if taken_over is not None:
            return taken_over
    return None


def _refuse_absent(
    desired: DesiredCallback, refusal: ENSError | None, *, lost_before: bool
) -> None:
    if refusal is None or says_present(refusal):
        status = status_of(refusal)
        raise NotReadyYet(
            f"ENS says that {desired} is already present ({status}), but does not list it yet; its "
            "lists can lag up to two minutes behind.",
            operation="create callback",
            status=status,
        )
    if lost_before or not refusal.outcome_unknown:
        raise refusal


def _refuse_conflicts(
    desired: DesiredCallback, records: list[CallbackRecord], refusal: ENSError | None
) -> None:
    if refusal is not None and refusal.outcome_unknown:
        # The answer was lost, not refused: the second attempt tells whether they are in the way.
        return
    for record in records:
        difference = _difference(desired, record)
        if difference:
            said = quoted(refusal)
            raise AlreadyPresent(
                f"ENS refused to create {desired}{said}: {difference}. Nothing was changed. Choose "
                f"another name or URL, or delete callback {record.callback_id} first if nobody "
                "needs it.",
                operation="create callback",
                status=status_of(refusal),
            )


def _difference(desired: DesiredCallback, record: CallbackRecord) -> str:
    present = f"is already present as callback {record.callback_id}"
    if same_url(desired.url, record.url):
        if differs_in_case_only(desired.callback_name, record.callback_name):
            return (
                f"it {present} under the name '{record.callback_name}', which differs in upper "
                "and lower case only"
            )
        return f"its URL {present} under the name '{record.callback_name}'"
    if same_name(desired.callback_name, record.callback_name):
        return f"its name {present} with the URL {record.url}"
    if differs_in_case_only(desired.callback_name, record.callback_name):
        return (
            f"its name {present} with the URL {record.url}, spelled '{record.callback_name}': "
            "the names differ in upper and lower case only"
        )
    return ""


def _managed(
    account: Account, desired: DesiredCallback, record: CallbackRecord, *, mid: str
) -> ManagedCallback:
    account.claim(record.callback_id)
    account.declared_callbacks[record.callback_id] = DeclaredCallback(
        callback_name=desired.callback_name, url=desired.url, is_new=True
    )
    return ManagedCallback(
        callback_id=record.callback_id,
        callback_name=desired.callback_name,
        url=desired.url,
        max_batch_size=desired.max_batch_size,
        auth_id=desired.auth_id,
        mid=mid,
        changed_at=account.written_at(),
        signature_key=record.signature_key,
    )


def _probe_failed(desired: DesiredCallback, probe: ProbeFailure, leftover: str) -> ProbeFailed:
    return ProbeFailed(
        f"ENS could not verify the endpoint of {desired} ({probe.quoted()}): "
        f"{probe.explanation()}. {leftover}",
        operation="create callback",
        status=400,
    )
