"""Reading what an account holds: the callbacks that are asked for, and their subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from ens_provider.api.records import CallbackRecord, SubscriptionRecord
from ens_provider.cli.exit_codes import RESOURCE, CommandError
from ens_provider.cli.importing.names import callback_names
from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.canonical import same_name


@dataclass(frozen=True, kw_only=True)
class FoundCallback:
    """A callback of the account with the subscriptions that hang on it.

    Attributes:
        resource_name: Its name in a program, told apart from those of all others of the account.
        record: The callback as ENS lists it.
        subscriptions: Its subscriptions as ENS lists them.
    """

    resource_name: str
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
    records = sorted(account.fresh_callbacks(), key=_order)
    chosen = {one_of(records, each).callback_id for each in wanted}
    names = callback_names([record.callback_name for record in records])
    return [
        FoundCallback(
            resource_name=name, record=record, subscriptions=_subscriptions(account, record)
        )
        for name, record in zip(names, records, strict=True)
        if not wanted or record.callback_id in chosen
    ]


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
    names = ", ".join(f"'{each.callback_name}'" for each in records)
    raise CommandError(
        f"There is no callback of the name or id '{wanted}'; there "
        + (f"are {names}" if names else "is none at all")
        + ". Nothing was written.",
        exit_code=RESOURCE,
    )


def _subscriptions(account: Account, record: CallbackRecord) -> tuple[SubscriptionRecord, ...]:
    found = account.fresh_subscriptions(record.callback_id)
    return tuple(
        sorted(found, key=lambda each: _by_name(each.subscription_name, each.subscription_id))
    )


def _order(record: CallbackRecord) -> tuple[str, str, str]:
    return _by_name(record.callback_name, record.callback_id)


def _by_name(name: str, object_id: str) -> tuple[str, str, str]:
    return name.casefold(), name, object_id
