"""What is imported under which names, and what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ens_provider.api.records import CallbackRecord
from ens_provider.cli.importing.account_contents import FoundCallback
from ens_provider.cli.importing.handed_keys import HandedKey
from ens_provider.cli.importing.names import (
    Named,
    identifier,
    subscription_names,
    variables,
)
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.values import NO_KEY
from ens_provider.lifecycle.verification import is_verified
from ens_provider.resources.import_document import ImportEntry, ProviderEntry
from ens_provider.resources.import_entries import (
    UnmanageableError,
    callback_entry,
    subscription_entry,
    verification_entry,
)


@dataclass(frozen=True, kw_only=True)
class PlannedCallback:
    """A callback that is imported with what hangs on it.

    Attributes:
        record: The callback as ENS lists it.
        variable: Its variable in the program.
        callback: Its entry.
        verification: The entry of its verification; None if it is not verified.
        subscriptions: The entries of its subscriptions.
        key: Its key, if it was handed in.
    """

    record: CallbackRecord
    variable: str
    callback: ImportEntry
    verification: ImportEntry | None
    subscriptions: tuple[ImportEntry, ...]
    key: HandedKey | None

    @property
    def entries(self) -> tuple[ImportEntry, ...]:
        """All its entries, parents first."""
        verification = () if self.verification is None else (self.verification,)
        return (self.callback, *verification, *self.subscriptions)


@dataclass(frozen=True, kw_only=True)
class PlannedProvider:
    """The provider of a further business unit: its entry and its variable in the program."""

    entry: ProviderEntry
    variable: str


@dataclass(frozen=True, kw_only=True)
class BusinessUnit:
    """The business unit that is imported from.

    Attributes:
        mid: Its MID.
        found_at: When it was read, ISO 8601 by the service's clock.
        provider: The name of its `Provider` in the program; None for the stack's own unit.
        env_prefix: What the environment variables of that provider begin with.
    """

    mid: str
    found_at: str
    provider: str | None = None
    env_prefix: str = ""

    def planned_provider(self) -> PlannedProvider | None:
        """Return its provider, if it has one."""
        if self.provider is None:
            return None
        entry = ProviderEntry(
            resource_name=self.provider, account_id=self.mid, env_prefix=self.env_prefix
        )
        return PlannedProvider(entry=entry, variable=identifier(self.provider, kind="provider"))


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something that no resource can declare as it is.

    Attributes:
        what: The object as a sentence names it.
        reasons: Why, as sentences that begin with the name of an input.
    """

    what: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that is imported from one business unit, and what is not; the unit's provider, if any."""

    mid: str
    callbacks: tuple[PlannedCallback, ...]
    left_out: tuple[LeftOut, ...]
    provider: PlannedProvider | None = None

    @property
    def entries(self) -> tuple[ImportEntry, ...]:
        """All entries, parents first."""
        return tuple(entry for each in self.callbacks for entry in each.entries)


def placeholder(callback_id: str) -> str:
    """Return the text that stands where a callback's signature key is not known: one word."""
    return f"{NO_KEY}-OF-{callback_id}"


def plan_import(
    found: Sequence[FoundCallback], *, unit: BusinessUnit, keys: Mapping[str, HandedKey]
) -> Plan:
    """Return what is imported from a business unit.

    Args:
        found: What was read.
        unit: The business unit.
        keys: The keys that were handed in, by the callbacks' ids.
    """
    provider = unit.planned_provider()
    left_out: list[LeftOut] = []
    callbacks = []
    for each in found:
        try:
            callbacks.append((each, _callback(each, mid=unit.mid, keys=keys)))
        except UnmanageableError as error:
            what = f"{named(each.record)} with its subscriptions"
            left_out.append(LeftOut(what=what, reasons=error.reasons))
    hanging, refused = _subscriptions(callbacks)
    chosen = variables(
        [entry.resource_name for _, entry in callbacks],
        but=[] if provider is None else [provider.variable],
    )
    planned = [
        PlannedCallback(
            record=each.record,
            variable=variable,
            callback=entry,
            verification=_verification(each.record, entry, found_at=unit.found_at),
            subscriptions=tuple(hanging[entry.object_id]),
            key=keys.get(entry.object_id),
        )
        for (each, entry), variable in zip(callbacks, chosen, strict=True)
    ]
    return Plan(
        mid=unit.mid,
        callbacks=tuple(planned),
        left_out=(*left_out, *refused),
        provider=provider,
    )


def _callback(found: FoundCallback, *, mid: str, keys: Mapping[str, HandedKey]) -> ImportEntry:
    callback_id = found.record.callback_id
    handed = keys.get(callback_id)
    key = placeholder(callback_id) if handed is None else handed.key
    return callback_entry(found.resource_name, found.record, mid=mid, signature_key=key)


def _verification(
    record: CallbackRecord, callback: ImportEntry, *, found_at: str
) -> ImportEntry | None:
    if not is_verified(record):
        return None
    return verification_entry(
        callback.resource_name, record, verified_at=found_at, callback=callback
    )


def _subscriptions(
    callbacks: Sequence[tuple[FoundCallback, ImportEntry]],
) -> tuple[dict[str, list[ImportEntry]], list[LeftOut]]:
    """Return the entries of all subscriptions by callback, and what is left out."""
    hanging = [(record, entry) for each, entry in callbacks for record in each.subscriptions]
    names = subscription_names(
        [
            Named(name=record.subscription_name, callback=entry.resource_name)
            for record, entry in hanging
        ]
    )
    planned: dict[str, list[ImportEntry]] = {entry.object_id: [] for _, entry in callbacks}
    left_out = []
    for name, (record, entry) in zip(names, hanging, strict=True):
        try:
            planned[entry.object_id].append(subscription_entry(name, record, callback=entry))
        except UnmanageableError as error:
            what = (
                f"subscription '{record.subscription_name}' ({record.subscription_id}) of callback "
                f"'{entry.declared['callback_name']}'"
            )
            left_out.append(LeftOut(what=what, reasons=error.reasons))
    return planned, left_out
