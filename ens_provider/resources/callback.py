"""The resource `Callback`: a webhook that is registered with ENS."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, overload

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.output import Unknown

from ens_provider.api.errors import ConfigurationError
from ens_provider.lifecycle.state_entries import StateEntries
from ens_provider.resources.callback_properties import (
    CALLBACK_INPUTS,
    SECRET_PROPERTIES,
    callback_outputs,
    desired_callback,
    managed_callback,
    name_and_url,
)
from ens_provider.resources.declaration import (
    declared,
    default_name,
    marked_secret,
    resource_options,
)
from ens_provider.resources.ens_resource import ENSResource
from ens_provider.resources.inputs import check_inputs, declared_inputs, replacing_inputs
from ens_provider.resources.provider import ENSResourceProvider, boundary

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class CallbackArgs:
    """The inputs of a `Callback`.

    Attributes:
        url: The endpoint, ``https://host[/path]`` without port, query, fragment or user
            information. A change replaces the callback.
        callback_name: The name in Marketing Cloud, unique in the business unit. Default:
            ``{project}-{stack}-{resource}``. A change replaces the callback.
        max_batch_size: Most events in one delivery, 100 to 1000. Default: 1000.
        auth_id: Id of an OAuth2 set-up for deliveries, made outside of this program. A change
            replaces the callback.
        force_destroy: Delete also the subscriptions that this stack does not manage, for good,
            when the callback is deleted or replaced. Default: False.
        on_existing: What to do when a live callback of that name and URL is there: ``"adopt"`` it
            with `known_signature_key`, ``"rotate"`` its key and take it over, or ``"fail"``.
            Acts at creation only. Default: ``"adopt"``.
        known_signature_key: The signature key of a callback that is taken over; a secret. Acts at
            creation only.
        adopt_id: Id of the callback to take over instead of creating one. Acts at creation only.
        probe_timeout_seconds: For how many seconds a creation is tried again while the endpoint
            does not answer ENS's probe, 0 to 480; 0 is one attempt. Acts at creation only.
            Default: 300.
    """

    url: pulumi.Input[str]
    callback_name: pulumi.Input[str] | None = None
    max_batch_size: pulumi.Input[int] | None = None
    auth_id: pulumi.Input[str] | None = None
    force_destroy: pulumi.Input[bool] | None = None
    on_existing: pulumi.Input[str] | None = None
    known_signature_key: pulumi.Input[str] | None = None
    adopt_id: pulumi.Input[str] | None = None
    probe_timeout_seconds: pulumi.Input[int] | None = None


class CallbackProvider(ENSResourceProvider):
    """What the engine calls for a `Callback`. Named in users' states: its name is permanent."""

    _entries: StateEntries
    _warned: set[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the stack's configuration."""
        super().configure(req)
        self._entries = StateEntries()
        self._warned = set()

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        result = check_inputs(CALLBACK_INPUTS, olds=_olds, news=news)
        if _olds:
            self._entries.checked(*name_and_url(result.inputs))
        if self._deletes_what_it_adopts(_olds, news, result.inputs):
            result.failures.append(
                CheckFailure(
                    "",
                    "adopt_id: it names the callback that this change deletes; remove it first.",
                )
            )
        return result

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say which changes replace the callback; the engine finds the changes themselves."""
        self.require_configured_mid(_olds.get("mid"), subject=f"callback {_id}")
        self._entries.seen(_id, _olds.get("changed_at", ""))
        self._entries.forces(_id, force_destroy=_news.get("force_destroy"))
        replaces = replacing_inputs(CALLBACK_INPUTS, olds=_olds, news=_news)
        # A refresh asks for differences too, also of what the program no longer declares; but only
        # what a program declares is checked.
        name, url = name_and_url(_news)
        if self._entries.was_checked(name, url):
            if replaces:
                known = any(not isinstance(_news.get(each), Unknown) for each in replaces)
                self._warn_of_the_gap(_id, str(_olds.get("callback_name")), certain=known)
            else:
                from ens_provider.lifecycle.callback import DeclaredCallback

                first_key = _olds.get("signature_key")
                declared = DeclaredCallback(callback_name=name, url=url, first_key=first_key)
                self.claim(_id, callback=declared)
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=True)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the callback, or take over the one that is present."""
        from ens_provider.lifecycle.callback_creation import create_callback

        created = create_callback(self.account_to_create_in(), desired_callback(props))
        return CreateResult(created.callback_id, callback_outputs(props, created))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the callback for a refresh, or for `Callback.get`."""
        if "mid" not in props:
            return self._read_unmanaged(id_, props)
        from ens_provider.lifecycle import callback_changes

        current = callback_changes.read_callback(self.account(), managed_callback(id_, props))
        if current is None:
            return ReadResult("", {}, {})
        outputs = callback_outputs(props, current)
        return ReadResult(id_, outputs, declared_inputs(CALLBACK_INPUTS, outputs))

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the batch size; nothing is called for what only this provider looks at."""
        from ens_provider.lifecycle import callback_changes

        updated = callback_changes.update_callback(
            self.account(), managed_callback(_id, _olds), desired_callback(_news)
        )
        return UpdateResult(callback_outputs(_news, updated))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the callback; one that is gone already is fine."""
        from ens_provider.lifecycle import callback_changes

        account = self.account()
        current = managed_callback(_id, _props)
        if self._entries.is_to_be_adopted(_id) and not account.is_adopted(_id):
            # `--replace` checks as for a creation, so that only here both sides are known.
            raise ConfigurationError(
                f"adopt_id of the {current} names the callback that this change deletes; nothing "
                "was deleted. Remove adopt_id first."
            )
        in_state = bool(_props.get("force_destroy"))
        callback_changes.delete_callback(
            account,
            current,
            held_by_another=self._entries.leaves_another(_id, current.changed_at),
            force=self._entries.is_forced(_id, in_state=in_state),
        )

    def _warn_of_the_gap(self, callback_id: str, name: str, *, certain: bool) -> None:
        if callback_id in self._warned:
            return
        self._warned.add(callback_id)
        # What a preview does not know yet may turn out to be the same.
        _log.warning(
            "Replacing callback '%s'%s loses events: from the deletion of its subscriptions to the "
            "creation of the new ones ENS has nowhere to send them. docs/moving.md has the way without "
            "a gap: a new slot of an ens.NotificationEndpoint, or a second Callback beside this one first.",
            name,
            "" if certain else ", should what is not known yet differ,",
        )

    def _read_unmanaged(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from ens_provider.lifecycle import callback_changes

        found = callback_changes.get_callback(
            self.account(), id_, known_signature_key=props.get("known_signature_key")
        )
        outputs = callback_outputs(props, found)
        # From the outputs, where the key of the program is marked as a secret.
        declared = {name: outputs[name] for name in declared_inputs(CALLBACK_INPUTS, props)}
        return ReadResult(id_, outputs, declared)

    def _deletes_what_it_adopts(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], checked: Mapping[str, Any]
    ) -> bool:
        adopt_id = news.get("adopt_id")
        if not isinstance(adopt_id, str):
            return False
        adopt_id = adopt_id.strip().lower()
        if not olds:
            self._entries.adopts(adopt_id)
            # The check of a replacement comes without olds, after one that had them.
            return self._entries.is_adopted(adopt_id)
        if adopt_id != olds.get("adopt_id"):
            return False
        self._entries.was_adopted(adopt_id)
        replaces = replacing_inputs(CALLBACK_INPUTS, olds=olds, news=checked)
        # What a preview does not know yet may well be the same.
        return any(not isinstance(checked.get(name), Unknown) for name in replaces)


# The pickle in users' states names `ens_provider.CallbackProvider`, so files may move.
CallbackProvider.__module__ = "ens_provider"


class Callback(ENSResource, module="ens", name="Callback"):
    """A webhook that is registered with the Event Notification Service.

    Attributes:
        url: The endpoint.
        callback_name: The name in Marketing Cloud.
        max_batch_size: Most events in one delivery.
        auth_id: Id of the OAuth2 set-up for deliveries, if any.
        force_destroy: Whether foreign subscriptions are deleted with the callback.
        signature_key: The key that deliveries are signed with, as ENS showed it at creation, or
            as it was taken over; a secret.
        mid: MID of the business unit.
        changed_at: When this stack last changed the callback, ISO 8601 in UTC.
    """

    url: pulumi.Output[str]
    callback_name: pulumi.Output[str]
    max_batch_size: pulumi.Output[int]
    auth_id: pulumi.Output[str | None]
    force_destroy: pulumi.Output[bool]
    signature_key: pulumi.Output[str]
    mid: pulumi.Output[str]
    changed_at: pulumi.Output[str]

    @overload
    def __init__(
        self, resource_name: str, args: CallbackArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        url: pulumi.Input[str],
        callback_name: pulumi.Input[str] | None = None,
        max_batch_size: pulumi.Input[int] | None = None,
        auth_id: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        on_existing: pulumi.Input[str] | None = None,
        known_signature_key: pulumi.Input[str] | None = None,
        adopt_id: pulumi.Input[str] | None = None,
        probe_timeout_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: CallbackArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a callback.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `CallbackArgs`.

        Raises:
            TypeError: There is no input of that name, or `url` is missing.
        """
        given = declared(CallbackArgs, resource_name, args=args, opts=opts, inputs=inputs)
        props = given.props
        if props["callback_name"] is None:
            props["callback_name"] = default_name(resource_name)
        super().__init__(CallbackProvider(), resource_name, _props(props), _options(given.opts))

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 -- the name that every Pulumi resource uses
        opts: pulumi.ResourceOptions | None = None,
        *,
        known_signature_key: pulumi.Input[str] | None = None,
    ) -> Callback:
        """Read a callback that this program does not manage.

        Args:
            resource_name: The name of the resource in the program.
            id: The callback's id.
            opts: Options of the resource.
            known_signature_key: Its signature key, which ENS does not show again; a secret.

        Returns:
            The callback; `signature_key` holds the given key, or None.
        """
        props = dict.fromkeys(field.name for field in fields(CallbackArgs))
        read = cls.__new__(cls)
        ENSResource.__init__(
            read,
            CallbackProvider(),
            resource_name,
            _props({**props, "known_signature_key": known_signature_key}),
            pulumi.ResourceOptions.merge(_options(opts), pulumi.ResourceOptions(id=id)),
        )
        return read


def _props(props: Mapping[str, Any]) -> dict[str, Any]:
    known_key = marked_secret(props["known_signature_key"])
    return {**props, "known_signature_key": known_key}


def _options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    return resource_options(opts, secrets=SECRET_PROPERTIES)
