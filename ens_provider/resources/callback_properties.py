"""The properties of a `Callback`: its inputs, and its bag of outputs to the rules and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from ens_provider.lifecycle.canonical import canonical_name, canonical_url
from ens_provider.lifecycle.values import (
    base64_key,
    choice_of,
    flag,
    guid,
    text,
    whole_number,
)
from ens_provider.resources.inputs import Input, declared_inputs, marked_outputs
from ens_provider.resources.retry_hook import LONGEST_BUDGET_SECONDS

if TYPE_CHECKING:
    from ens_provider.lifecycle.callback import DesiredCallback, ManagedCallback

CALLBACK_INPUTS = (
    Input(
        name="url",
        canonical=lambda value: canonical_url(text(value)),
        required=True,
        immutable=True,
    ),
    Input(
        name="callback_name",
        canonical=lambda value: canonical_name(text(value)),
        required=True,
        immutable=True,
    ),
    # "Create a Callback": 100 to 1000 events in a batch.
    Input(name="max_batch_size", canonical=whole_number(100, 1000, unit="events"), default=1000),
    Input(name="auth_id", canonical=text, immutable=True),
    Input(name="force_destroy", canonical=flag, default=False),
    Input(
        name="on_existing",
        canonical=choice_of("adopt", "rotate", "fail"),
        default="adopt",
        recorded=False,
        create_only=True,
    ),
    Input(name="known_signature_key", canonical=base64_key, create_only=True, secret=True),
    Input(name="adopt_id", canonical=guid, create_only=True),
    Input(
        name="probe_timeout_seconds",
        canonical=whole_number(0, LONGEST_BUDGET_SECONDS, unit="seconds"),
        default=300,
        recorded=False,
        create_only=True,
    ),
)
SECRET_PROPERTIES = ("signature_key", "known_signature_key")


def name_and_url(inputs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what tells callbacks apart, each None if it is not given, or not known yet."""
    name, url = inputs.get("callback_name"), inputs.get("url")
    # No two unknown values are equal.
    return None if isinstance(name, Unknown) else name, None if isinstance(url, Unknown) else url


def desired_callback(props: Mapping[str, Any]) -> DesiredCallback:
    """Return what checked inputs declare."""
    from ens_provider.lifecycle.callback import DesiredCallback

    return DesiredCallback(
        callback_name=props["callback_name"],
        url=props["url"],
        max_batch_size=int(props["max_batch_size"]),
        auth_id=props.get("auth_id"),
        on_existing=props.get("on_existing", "adopt"),
        known_signature_key=props.get("known_signature_key"),
        adopt_id=props.get("adopt_id"),
    )


def managed_callback(callback_id: str, outputs: Mapping[str, Any]) -> ManagedCallback:
    """Return what the outputs of the state say of a callback."""
    from ens_provider.lifecycle.callback import ManagedCallback

    return ManagedCallback(
        callback_id=callback_id,
        callback_name=outputs["callback_name"],
        url=outputs["url"],
        max_batch_size=int(outputs["max_batch_size"]) if "max_batch_size" in outputs else None,
        auth_id=outputs.get("auth_id"),
        mid=outputs["mid"],
        changed_at=outputs.get("changed_at", ""),
        signature_key=outputs.get("signature_key"),
    )


def callback_outputs(inputs: Mapping[str, Any], callback: ManagedCallback) -> dict[str, Any]:
    """Return the complete bag: the inputs by name, overlaid with what is known of the callback."""
    live = asdict(callback)
    live.pop("callback_id")
    bag = {**declared_inputs(CALLBACK_INPUTS, inputs), **live}
    present = {name: value for name, value in bag.items() if value is not None}
    return marked_outputs(present, secrets=SECRET_PROPERTIES)
