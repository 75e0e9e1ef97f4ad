"""Functions that look things up in a business unit: callbacks and their subscriptions.

They run in the program's process, with the credentials of the stack or of the environment, or with
those of the `Provider` in `opts` (its own, or that of the `parent`). Each asks anew, since what the
program's own resources write is written by another process. A preview without credentials goes on:
the `_output` forms are unknown then, the others answer with nothing, and a warning says so.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

from ens_provider.api.errors import ConfigurationError, NotFoundError
from ens_provider.api.records import CallbackRecord
from ens_provider.lifecycle.account import Account, account_for
from ens_provider.lifecycle.callback import named
from ens_provider.lifecycle.canonical import same_name, same_url
from ens_provider.lifecycle.settings import client_config
from ens_provider.lifecycle.values import guid
from ens_provider.resources.explicit_provider import Provider
from ens_provider.resources.invoke_settings import known_settings, provider_of, stack_setting
from ens_provider.resources.lookup_results import (
    GetCallbackResult,
    GetSubscriptionResult,
    callback_result,
    subscription_result,
)

_T = TypeVar("_T")


_NO_CALLBACK = GetCallbackResult(
    id="", callback_name="", url="", max_batch_size=0, status="", status_reason=""
)


def get_callbacks(opts: pulumi.InvokeOptions | None = None) -> list[GetCallbackResult]:
    """Return the callbacks of the business unit, in ENS's order.

    In a preview without credentials the list is empty, and a warning says so.

    Args:
        opts: `provider`, or a `parent` that has one, for a further business unit.

    Raises:
        ValueError: The provider has settings that are known later only.
        ConfigurationError: Something needed is missing or malformed; not in a preview.
        ENSError: The service refused or could not be reached.
    """
    return _answered("get_callbacks", _callbacks, opts, without_credentials=[])


def get_callbacks_output(
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetCallbackResult]]:
    """Return the callbacks of the business unit as an output.

    It is unknown in a preview without credentials. Otherwise as `get_callbacks`.
    """
    return _later("get_callbacks_output", lambda account, _: _callbacks(account), opts)


def get_callback(
    *,
    name: str | None = None,
    url: str | None = None,
    id: str | None = None,  # noqa: A002 -- what the property is called everywhere
    opts: pulumi.InvokeOptions | None = None,
) -> GetCallbackResult:
    """Return the one callback of that name, URL or id.

    In a preview without credentials all fields are empty, and a warning says so; prefer
    `get_callback_output`, which is unknown then.

    Args:
        name: The callback's name, exactly.
        url: The callback's URL, in any spelling of it.
        id: The callback's id.
        opts: `provider`, or a `parent` that has one, for a further business unit.

    Raises:
        ValueError: Not exactly one of the three is given, the id is none, or the provider has
            settings that are known later only.
        NotFoundError: There is no such callback, or more than one.
        ConfigurationError: Something needed is missing or malformed; not in a preview.
        ENSError: The service refused or could not be reached.
    """
    wanted = _Wanted.one_of(name=name, url=url, id=id)
    return _answered("get_callback", wanted.find, opts, without_credentials=_NO_CALLBACK)


def get_callback_output(
    *,
    name: pulumi.Input[str] | None = None,
    url: pulumi.Input[str] | None = None,
    id: pulumi.Input[str] | None = None,  # noqa: A002 -- what the property is called everywhere
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetCallbackResult]:
    """Return the one callback of that name, URL or id as an output; otherwise as `get_callback`.

    It is unknown in a preview without credentials, or while what is asked for is unknown.

    Raises:
        ValueError: Not exactly one of the three is given.
    """
    by, value = _only_one({"name": name, "url": url, "id": id})
    return _later(
        "get_callback_output",
        lambda account, known: _Wanted.one_of(**known).find(account),
        opts,
        **{by: value},
    )


def get_subscriptions(
    callback_id: str, opts: pulumi.InvokeOptions | None = None
) -> list[GetSubscriptionResult]:
    """Return the subscriptions of a callback, in ENS's order; none if there is no such callback.

    In a preview without credentials the list is empty, and a warning says so.

    Args:
        callback_id: The callback's id.
        opts: `provider`, or a `parent` that has one, for a further business unit.

    Raises:
        ValueError: `callback_id` is no id, or the provider has settings that are known later only.
        ConfigurationError: Something needed is missing or malformed; not in a preview.
        ENSError: The service refused or could not be reached.
    """
    find = functools.partial(_subscriptions, callback_id=guid(callback_id))
    return _answered("get_subscriptions", find, opts, without_credentials=[])


def get_subscriptions_output(
    callback_id: pulumi.Input[str], opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[list[GetSubscriptionResult]]:
    """Return the subscriptions of a callback as an output; otherwise as `get_subscriptions`.

    It is unknown in a preview without credentials, or while the id is unknown.
    """
    return _later(
        "get_subscriptions_output",
        lambda account, given: _subscriptions(account, callback_id=guid(given["callback_id"])),
        opts,
        callback_id=callback_id,
    )


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What a callback is looked for by."""

    by: str
    value: str

    @classmethod
    def one_of(cls, **given: str | None) -> _Wanted:
        by, value = _only_one(given)
        return cls(by=by, value=value)

    def find(self, account: Account) -> GetCallbackResult:
        found = self._records(account)
        if len(found) == 1:
            return callback_result(found[0])
        several = f", but {len(found)}: {', '.join(named(each) for each in found)}" if found else ""
        raise NotFoundError(
            f"Business unit {account.mid} has not exactly one callback of the {self.by} "
            f"'{self.value}'{several or ', but none'}. Correct it, or use the credentials of the "
            "callback's business unit.",
            operation="look a callback up",
            subject=self.value,
        )

    def _records(self, account: Account) -> list[CallbackRecord]:
        if self.by == "id":
            record = account.find_callback(guid(self.value))
            return [] if record is None else [record]
        records = account.fresh_callbacks()
        if self.by == "url":
            return [record for record in records if same_url(record.url, self.value)]
        return [record for record in records if same_name(record.callback_name, self.value)]


def _only_one(given: Mapping[str, _T | None]) -> tuple[str, _T]:
    present = [(by, value) for by, value in given.items() if value is not None]
    if len(present) != 1:
        raise ValueError("get_callback takes exactly one of name, url and id")
    return present[0]


def _answered(
    function: str,
    find: Callable[[Account], _T],
    opts: pulumi.InvokeOptions | None,
    *,
    without_credentials: _T,
) -> _T:
    account = _account(function, known_settings(provider_of(opts), function=function))
    return without_credentials if account is None else find(account)


def _later(
    function: str,
    find: Callable[[Account, dict[str, Any]], _T],
    opts: pulumi.InvokeOptions | None,
    **given: pulumi.Input[Any] | None,
) -> pulumi.Output[_T]:
    provider = provider_of(opts)
    if provider is not None:
        return _later_by(provider, function, find, given)
    account = _account(function, stack_setting)
    if account is None:
        return _unknown()

    def found(known: dict[str, Any]) -> Awaitable[_T]:
        # In a thread, since the program's other resources share this one.
        return asyncio.to_thread(find, account, known)

    return pulumi.Output.from_input(given).apply(found)


def _later_by(
    provider: Provider,
    function: str,
    find: Callable[[Account, dict[str, Any]], _T],
    given: Mapping[str, pulumi.Input[Any] | None],
) -> pulumi.Output[_T]:
    async def found(known: list[Any]) -> Any:
        settings, wanted = known
        account = _account(function, settings.get)
        return _unknown() if account is None else await asyncio.to_thread(find, account, wanted)

    everything: pulumi.Output[list[Any]] = pulumi.Output.all(provider.settings(), given)
    found_later: Any = everything.apply(found)
    # The settings hold secrets, and what is found with them is none.
    return pulumi.Output.unsecret(found_later)


def _unknown() -> pulumi.Output[Any]:
    unknown: Any = pulumi.UNKNOWN
    return pulumi.Output.from_input(unknown)


def _account(function: str, setting: Callable[[str], str | None]) -> Account | None:
    """Return the account of the program's configuration; None in a preview that has none."""
    try:
        return account_for(client_config(environment=os.environ, stack=setting))
    except ConfigurationError as error:
        if not pulumi.runtime.is_dry_run():
            raise
        pulumi.log.warn(f"{function}() finds nothing out in this preview: {error}")
        return None


def _callbacks(account: Account) -> list[GetCallbackResult]:
    return [callback_result(record) for record in account.fresh_callbacks()]


def _subscriptions(account: Account, *, callback_id: str) -> list[GetSubscriptionResult]:
    return [subscription_result(each) for each in account.fresh_subscriptions(callback_id)]
