"""The resource `SignatureKey`: a new key for a callback's deliveries, and its rotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ens_provider.lifecycle.values import guid, known_key, label, whole_number
from ens_provider.resources.callback import Callback
from ens_provider.resources.callback_verification import callback_id_of
from ens_provider.resources.declaration import (
    declared,
    marked_secret,
    resource_options,
)
from ens_provider.resources.ens_resource import ENSResource
from ens_provider.resources.inputs import (
    Input,
    check_inputs,
    declared_inputs,
    marked_outputs,
    replacing_inputs,
)
from ens_provider.resources.provider import ENSResourceProvider, boundary

if TYPE_CHECKING:
    from ens_provider.lifecycle.rotation import ManagedKey
    from ens_provider.resources.callback_verification import VerifiedCallbackId

_MOST_PREVIOUS = 10

KEY_INPUTS = (
    Input(name="callback_id", canonical=guid, required=True, immutable=True),
    Input(name="version", canonical=label),
    Input(
        name="keep_previous",
        canonical=whole_number(0, _MOST_PREVIOUS, unit="keys"),
        default=2,
    ),
    Input(name="known_signature_key", canonical=known_key, create_only=True, secret=True),
)
_SECRETS = ("key", "previous_keys", "known_signature_key")


@dataclass(kw_only=True)
class SignatureKeyArgs:
    """The inputs of a `SignatureKey`.

    Attributes:
        callback_id: The callback: a `Callback`, its `CallbackVerification`, or an id. A change
            replaces the key.
        version: Any text; a change makes a new key, in place.
        keep_previous: How many keys before the present one receivers shall still accept, 0 to 10;
            0 forgets them, for keys that leaked. Default: 2.
        known_signature_key: The key that receivers hold so far, to be the first of the previous
            ones; a secret. Acts at creation only. Default: that of a `Callback` given as
            `callback_id`.
    """

    callback_id: VerifiedCallbackId
    version: pulumi.Input[str] | None = None
    keep_previous: pulumi.Input[int] | None = None
    known_signature_key: pulumi.Input[str] | None = None


class SignatureKeyProvider(ENSResourceProvider):
    """What the engine calls for a `SignatureKey`. Named in users' states: its name is permanent."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        return check_inputs(KEY_INPUTS, olds=_olds, news=news)

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that another callback replaces the key, and that a void one is made anew."""
        self.require_configured_mid(_olds.get("mid"), subject=f"callback {_id}")
        replaces = replacing_inputs(KEY_INPUTS, olds=_olds, news=_news)
        # The engine sees differences of inputs alone.
        changes = True if not replaces and self._is_void(_id) else None
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=False)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make a new key."""
        from ens_provider.lifecycle.rotation import create_key

        created = create_key(
            self.account_to_create_in(),
            props["callback_id"],
            known_key=props.get("known_signature_key"),
            keep_previous=int(props["keep_previous"]),
        )
        return CreateResult(created.callback_id, _outputs(props, created))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Keep what the state says, since ENS shows no key; gone with its callback."""
        from ens_provider.lifecycle.rotation import read_key

        current = read_key(self.account(), _managed(id_, props))
        if current is None:
            return ReadResult("", {}, {})
        outputs = _outputs(props, current)
        declared = {name: outputs[name] for name in declared_inputs(KEY_INPUTS, props)}
        return ReadResult(id_, outputs, declared)

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Make a new key for a new version; otherwise call nothing."""
        from ens_provider.lifecycle.rotation import forget_keys, rotate_key

        current, keep = _managed(_id, _olds), int(_news["keep_previous"])
        if _olds.get("version") == _news.get("version") and not self._is_void(_id):
            return UpdateResult(_outputs(_news, forget_keys(current, keep_previous=keep)))
        rotated = rotate_key(self.account(), current, keep_previous=keep)
        return UpdateResult(_outputs(_news, rotated))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Call nothing: the key goes with its callback, and one that stays is told of."""
        from ens_provider.lifecycle.rotation import warn_of_key_that_stays

        if (account := self.account_if_configured()) is not None:
            warn_of_key_that_stays(account, _id)

    def _is_void(self, callback_id: str) -> bool:
        account = self.account_if_configured()
        return account is not None and account.is_key_void(callback_id)


# The pickle in users' states names `ens_provider.SignatureKeyProvider`.
SignatureKeyProvider.__module__ = "ens_provider"


class SignatureKey(ENSResource, module="ens", name="SignatureKey"):
    """A signature key of a callback; declaring one makes a new key, which is *the* key from then on.

    Being a resource of its own, a rotation shows in a preview as this key and what takes it, while
    other changes of the callback show nothing here. Declare at most one per callback: the key
    that was made last is the only one that ENS signs with.

    Attributes:
        callback_id: The callback's id.
        key: The key that deliveries are signed with; a secret.
        previous_keys: The keys before it that receivers still accept, newest first; a secret.
        fingerprint: The first 16 hexadecimal digits of the key's SHA-256; no secret.
        rotated_at: When the key was made, ISO 8601 in UTC.
        mid: MID of the business unit.
    """

    callback_id: pulumi.Output[str]
    version: pulumi.Output[str | None]
    keep_previous: pulumi.Output[int]
    known_signature_key: pulumi.Output[str | None]
    key: pulumi.Output[str]
    previous_keys: pulumi.Output[list[str]]
    fingerprint: pulumi.Output[str]
    rotated_at: pulumi.Output[str]
    mid: pulumi.Output[str]

    @overload
    def __init__(
        self, resource_name: str, args: SignatureKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        callback_id: VerifiedCallbackId,
        version: pulumi.Input[str] | None = None,
        keep_previous: pulumi.Input[int] | None = None,
        known_signature_key: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: SignatureKeyArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a new signature key.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `SignatureKeyArgs`.

        Raises:
            TypeError: There is no input of that name, or `callback_id` is missing.
        """
        given = declared(SignatureKeyArgs, resource_name, args=args, opts=opts, inputs=inputs)
        props = given.props
        callback = props["callback_id"]
        if props["known_signature_key"] is None and isinstance(callback, Callback):
            props["known_signature_key"] = callback.signature_key
        props["callback_id"] = callback_id_of(callback)
        props["known_signature_key"] = marked_secret(props["known_signature_key"])
        super().__init__(
            SignatureKeyProvider(),
            resource_name,
            props,
            # Nothing is deleted, so that nothing has to be deleted before.
            resource_options(given.opts, secrets=_SECRETS, delete_first=False),
        )


def _managed(callback_id: str, outputs: Mapping[str, Any]) -> ManagedKey:
    from ens_provider.lifecycle.rotation import ManagedKey

    return ManagedKey(
        callback_id=callback_id,
        key=outputs["key"],
        previous_keys=tuple(outputs.get("previous_keys") or ()),
        rotated_at=outputs["rotated_at"],
        mid=outputs["mid"],
    )


def _outputs(inputs: Mapping[str, Any], key: ManagedKey) -> dict[str, Any]:
    bag = {
        **declared_inputs(KEY_INPUTS, inputs),
        "callback_id": key.callback_id,
        "key": key.key,
        "previous_keys": list(key.previous_keys),
        "fingerprint": key.fingerprint,
        "rotated_at": key.rotated_at,
        "mid": key.mid,
    }
    return marked_outputs(bag, secrets=_SECRETS)
