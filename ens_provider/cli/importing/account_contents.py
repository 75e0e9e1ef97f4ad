"""Reading what an account holds: the callbacks that are asked for, and their subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from ens_provider.api.records import CallbackRecord, SubscriptionRecord
from ens_provider.cli.exit_codes import RESOURCE, CommandError
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.canonical import same_name


@dataclass(frozen=True, kw_only=True)
class FoundCallback:
    """A callback of the account with the subscriptions that hang on it."""

    record: CallbackRecord
    subscriptions: tuple[SubscriptionRecord, ...]


def read_account(account: Account, wanted: Sequence[str]) -> list[FoundCallback]:
    """Return callbacks and subscriptions, each sorted by name: one list, and one per callback.

    Args:
        account: The account.
        wanted: Names or ids of callbacks; none means all.

    Raises:
        CommandError: One of them names no callback, or several.
        ENSError: The service refused or could not be reached.
    """
    records = account.fresh_callbacks()
    if wanted:
        chosen = {one_of(records, each).callback_id for each in wanted}
        records = [record for record in records if record.callback_id in chosen]
    return [_with_subscriptions(account, record) for record in sorted(records, key=_order)]


def one_of(records: Sequence[CallbackRecord], wanted: str) -> CallbackRecord:
    """Return the one callback of a name or id.

    Raises:
        CommandError: There is none, or there are several.
    """
    found = [each for each in records if each.callback_id == wanted.strip().lower()] or [
        each for each in records if same_name(each.callback_name, wanted)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        several = "; ".join(named(each) for each in found)
        raise CommandError(
            f"Several callbacks are called '{wanted}': {several}. Give the id of one. Nothing was "
            "written.",
            exit_code=RESOURCE,
        )
    names = ", ".join(f"'{each.callback_name}'" for each in sorted(records, key=_order))
    raise CommandError(
        f"There is no callback of the name or id '{wanted}'; there "
        + (f"are {names}" if names else "is none at all")
        + ". Nothing was written.",
        exit_code=RESOURCE,
    )


def _with_subscriptions(account: Account, record: CallbackRecord) -> FoundCallback:
    subscriptions = account.fresh_subscriptions(record.callback_id)
    return FoundCallback(
        record=record,
        subscriptions=tuple(
            sorted(subscriptions, key=lambda each: (each.subscription_name, each.subscription_id))
        ),
    )


def _order(record: CallbackRecord) -> tuple[str, str]:
    return record.callback_name, record.callback_id
