"""What an account holds as entries of an import file: resources as `check` and `create` leave them.

Inputs and outputs come from the functions that the resources themselves use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

from ens_provider.api.records import CallbackRecord, SubscriptionRecord
from ens_provider.lifecycle.callback import ManagedCallback
from ens_provider.lifecycle.subscription import PAUSED_BY_PROGRAM, ManagedSubscription, managed
from ens_provider.lifecycle.values import guid
from ens_provider.lifecycle.verification import ManagedVerification
from ens_provider.resources.callback import Callback, CallbackProvider
from ens_provider.resources.callback_properties import CALLBACK_INPUTS, callback_outputs
from ens_provider.resources.callback_verification import (
    VERIFICATION_INPUTS,
    CallbackVerification,
    CallbackVerificationProvider,
    verification_outputs,
)
from ens_provider.resources.import_document import ImportEntry
from ens_provider.resources.inputs import Input, check_inputs
from ens_provider.resources.subscription import Subscription, SubscriptionProvider
from ens_provider.resources.subscription_properties import SUBSCRIPTION_INPUTS, subscription_outputs


class UnmanageableError(Exception):
    """Something of the account that no resource can declare as it stands.

    Attributes:
        reasons: Why, each a sentence that begins with the name of an input.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


def callback_entry(
    resource_name: str, record: CallbackRecord, *, mid: str, signature_key: str
) -> ImportEntry:
    """Return the entry of a callback.

    Args:
        resource_name: Its name in the program.
        record: The callback as ENS lists it.
        mid: MID of the business unit.
        signature_key: Its key, or the text that stands where none is known.

    Raises:
        UnmanageableError: A `Callback` cannot declare it as it is.
    """
    _require_id(record.callback_id)
    given = {
        "url": record.url,
        "callback_name": record.callback_name,
        "max_batch_size": record.max_batch_size,
        "auth_id": record.auth_id,
    }
    inputs = _checked(CALLBACK_INPUTS, given)
    callback = ManagedCallback(
        callback_id=record.callback_id,
        callback_name=inputs["callback_name"],
        url=inputs["url"],
        max_batch_size=record.max_batch_size,
        auth_id=record.auth_id,
        mid=mid,
        changed_at="",
        signature_key=signature_key,
    )
    return ImportEntry(
        kind=Callback,
        resource_name=resource_name,
        object_id=record.callback_id,
        declared=_declared(CALLBACK_INPUTS, inputs),
        inputs=_with_provider(inputs, CallbackProvider()),
        outputs=_with_provider(callback_outputs(inputs, callback), CallbackProvider()),
    )


def verification_entry(
    resource_name: str, record: CallbackRecord, *, verified_at: str, callback: ImportEntry
) -> ImportEntry:
    """Return the entry of a verified callback's verification.

    Args:
        resource_name: Its name in the program.
        record: The callback as ENS lists it.
        verified_at: When it was found verified, ISO 8601 by the service's clock.
        callback: The callback's entry.
    """
    inputs = _checked(VERIFICATION_INPUTS, {"callback_id": record.callback_id})
    verification = ManagedVerification(
        callback_id=record.callback_id,
        status=record.status,
        verified_at=verified_at,
        mid=callback.outputs["mid"],
    )
    provider = CallbackVerificationProvider()
    return ImportEntry(
        kind=CallbackVerification,
        resource_name=resource_name,
        object_id=record.callback_id,
        declared=_declared(VERIFICATION_INPUTS, inputs),
        inputs=_with_provider(inputs, provider),
        outputs=_with_provider(verification_outputs(inputs, verification), provider),
        parent=callback,
    )


def subscription_entry(
    resource_name: str, record: SubscriptionRecord, *, callback: ImportEntry
) -> ImportEntry:
    """Return the entry of a subscription.

    Args:
        resource_name: Its name in the program.
        record: The subscription as ENS lists it.
        callback: The entry of its callback.

    Raises:
        UnmanageableError: A `Subscription` cannot declare it as it is.
    """
    found = managed(record, mid=callback.outputs["mid"], changed_at="")
    given = {
        "callback_id": callback.object_id,
        "subscription_name": found.subscription_name,
        "event_category_types": list(found.event_category_types),
        "filters": list(found.filters),
        "paused": found.paused,
        "pause_reason": _reason_of_pause(found),
    }
    inputs = _checked(SUBSCRIPTION_INPUTS, given)
    _refuse_changed_texts(given, inputs)
    return ImportEntry(
        kind=Subscription,
        resource_name=resource_name,
        object_id=record.subscription_id,
        declared=_declared(SUBSCRIPTION_INPUTS, inputs),
        inputs=_with_provider(inputs, SubscriptionProvider()),
        outputs=_with_provider(
            subscription_outputs(inputs, _spelled_as(inputs, found)), SubscriptionProvider()
        ),
        parent=callback,
    )


# What would be sent, with the next change, as something else than what ENS has.
_WHITE_SPACE = "it begins or ends with white space; remove that"


def _checked(schema: Sequence[Input], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs as the first check of a program makes them."""
    result = check_inputs(schema, olds={}, news=given)
    if result.failures:
        raise UnmanageableError([failure.reason for failure in result.failures])
    inputs: dict[str, Any] = result.inputs
    return inputs


def _require_id(object_id: str) -> None:
    try:
        guid(object_id)
    except ValueError as error:
        raise UnmanageableError([f"id: {error}."]) from None


def _declared(schema: Sequence[Input], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        each.name: inputs[each.name]
        for each in schema
        if each.name in inputs and inputs[each.name] != each.default
    }


def _reason_of_pause(found: ManagedSubscription) -> str | None:
    if not found.paused or not found.status_reason.strip():
        return None
    # The default: a program that pauses without a reason means this one.
    return None if found.status_reason == PAUSED_BY_PROGRAM else found.status_reason


def _refuse_changed_texts(given: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    changed = [name for name in ("event_category_types", "filters") if inputs[name] != given[name]]
    if changed:
        raise UnmanageableError([f"{name}: {_WHITE_SPACE}." for name in changed])


def _spelled_as(inputs: Mapping[str, Any], found: ManagedSubscription) -> ManagedSubscription:
    return replace(found, subscription_name=inputs["subscription_name"])


def _with_provider(props: Mapping[str, Any], provider: ResourceProvider) -> dict[str, Any]:
    return {**props, PROVIDER_KEY: serialize_provider(provider)}
