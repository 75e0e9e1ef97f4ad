"""The resource `CallbackVerification`: the proof to ENS that a callback's endpoint is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, overload

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.output import Unknown

from ens_provider.lifecycle.values import base64_key, guid, receiver_url, text, whole_number
from ens_provider.resources.callback import Callback
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
from ens_provider.resources.retry_hook import LONGEST_BUDGET_SECONDS

if TYPE_CHECKING:
    from typing import TypeAlias

    from ens_provider.lifecycle.verification import DesiredVerification, ManagedVerification

    CallbackId: TypeAlias = "pulumi.Input[str] | Callback"
    VerifiedCallbackId: TypeAlias = "pulumi.Input[str] | Callback | CallbackVerification"

VERIFICATION_INPUTS = (
    Input(name="callback_id", canonical=guid, required=True, immutable=True),
    Input(name="verification_key", canonical=base64_key, create_only=True, secret=True),
    Input(name="verification_key_url", canonical=receiver_url, create_only=True),
    Input(name="verification_key_token", canonical=text, create_only=True, secret=True),
    Input(
        name="timeout_seconds",
        canonical=whole_number(0, LONGEST_BUDGET_SECONDS, unit="seconds"),
        default=300,
        create_only=True,
    ),
)
_SECRETS = ("verification_key", "verification_key_token")


@dataclass(kw_only=True)
class CallbackVerificationArgs:
    """The inputs of a `CallbackVerification`. All but `callback_id` act at creation only.

    Attributes:
        callback_id: The callback: a `Callback` or an id. A change replaces the verification.
        verification_key: The key that ENS's probe brought to the endpoint; a secret.
        verification_key_url: Where the receiver hands that key out, as
            ``{"verificationKey": …}``: ``https://host[:port]/path``, in which ``{callback_id}``
            stands for the id. Redirects are not followed; `REQUESTS_CA_BUNDLE` counts. Without key
            and URL the receiver verifies itself, or a person does.
        verification_key_token: A bearer token for that address; a secret.
        timeout_seconds: For how many seconds to wait for the key or for the verification, 0 to
            480; 0 is one attempt. Default: 300.
    """

    callback_id: CallbackId
    verification_key: pulumi.Input[str] | None = None
    verification_key_url: pulumi.Input[str] | None = None
    verification_key_token: pulumi.Input[str] | None = None
    timeout_seconds: pulumi.Input[int] | None = None


class CallbackVerificationProvider(ENSResourceProvider):
    """What the engine calls for a `CallbackVerification`. Its name is permanent."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        result = check_inputs(VERIFICATION_INPUTS, olds=_olds, news=news)
        # An input that was refused is not there to be compared.
        if not result.failures:
            result.failures.extend(_contradictions(result.inputs))
        return result

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that another callback replaces the verification."""
        self.require_configured_mid(_olds.get("mid"), subject=f"callback {_id}")
        replaces = replacing_inputs(VERIFICATION_INPUTS, olds=_olds, news=_news)
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=False)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Verify the callback, or find it verified."""
        from ens_provider.lifecycle.verification import verify_callback

        verified = verify_callback(self.account_to_create_in(), _desired(props))
        return CreateResult(verified.callback_id, verification_outputs(props, verified))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look whether the callback is still verified."""
        from ens_provider.lifecycle.verification import read_verification

        current = read_verification(self.account(), _managed(id_, props))
        if current is None:
            return ReadResult("", {}, {})
        outputs = verification_outputs(props, current)
        return ReadResult(id_, outputs, declared_inputs(VERIFICATION_INPUTS, outputs))

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Take the inputs over; there is none that changes anything in place."""
        return UpdateResult(verification_outputs(_news, _managed(_id, _olds)))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Do nothing: a verification goes with its callback."""


# The pickle in users' states names `ens_provider.CallbackVerificationProvider`.
CallbackVerificationProvider.__module__ = "ens_provider"


class CallbackVerification(ENSResource, module="ens", name="CallbackVerification"):
    """The verification of a callback; what needs a verified callback depends on it.

    Its id is that of the callback.

    Attributes:
        callback_id: The callback's id, for what has to wait for the verification.
        status: The callback's status: ``verified``, unless something happened to it since.
        verified_at: When the callback was verified or found so, ISO 8601 in UTC.
        mid: MID of the business unit.
        unverified_status: The status that ENS showed before, if this resource looked.
    """

    callback_id: pulumi.Output[str]
    verification_key: pulumi.Output[str | None]
    verification_key_url: pulumi.Output[str | None]
    verification_key_token: pulumi.Output[str | None]
    timeout_seconds: pulumi.Output[int]
    status: pulumi.Output[str]
    verified_at: pulumi.Output[str]
    mid: pulumi.Output[str]
    unverified_status: pulumi.Output[str | None]

    @overload
    def __init__(
        self,
        resource_name: str,
        args: CallbackVerificationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        callback_id: CallbackId,
        verification_key: pulumi.Input[str] | None = None,
        verification_key_url: pulumi.Input[str] | None = None,
        verification_key_token: pulumi.Input[str] | None = None,
        timeout_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: CallbackVerificationArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare the verification of a callback.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `CallbackVerificationArgs`.

        Raises:
            TypeError: There is no input of that name, or `callback_id` is missing.
        """
        given = declared(
            CallbackVerificationArgs, resource_name, args=args, opts=opts, inputs=inputs
        )
        props = given.props
        callback_id = callback_id_of(props["callback_id"])
        props["callback_id"] = callback_id
        props |= {name: marked_secret(props[name]) for name in _SECRETS}
        super().__init__(
            CallbackVerificationProvider(),
            resource_name,
            props,
            # Nothing is deleted, so that nothing has to be deleted before.
            resource_options(given.opts, secrets=_SECRETS, delete_first=False),
        )
        # A verification that lapsed leaves the state. What takes its callback_id depends on the
        # callback too, so that it still goes before the callback.
        both = pulumi.Output.all(self.callback_id, callback_id)
        self.callback_id = both.apply(lambda ids: str(ids[0]))


def callback_id_of(given: VerifiedCallbackId) -> pulumi.Input[str]:
    """Return the id of a callback that a program names by a resource or by the id itself.

    The `callback_id` of a verification is its echoed input: known in every preview in which the
    callback stays, and there only once the callback is verified.
    """
    if isinstance(given, CallbackVerification):
        return given.callback_id
    return given.id if isinstance(given, Callback) else given


def _contradictions(inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """Return what inputs say against each other; one that is not known yet may prove absent."""
    url = inputs.get("verification_key_url")
    if url is None and _is_given(inputs.get("verification_key_token")):
        reason = "it needs the URL; declare verification_key_url too, or remove the token"
        return [CheckFailure("", f"verification_key_token: {reason}.")]
    if _is_given(url) and _is_given(inputs.get("verification_key")):
        reason = "give the key or its URL, not both; remove one of the two"
        return [CheckFailure("", f"verification_key_url: {reason}.")]
    return []


def _is_given(value: object) -> bool:
    return value is not None and not isinstance(value, Unknown)


def _desired(props: Mapping[str, Any]) -> DesiredVerification:
    from ens_provider.lifecycle.verification import DesiredVerification

    return DesiredVerification(
        callback_id=props["callback_id"],
        verification_key=props.get("verification_key"),
        verification_key_url=props.get("verification_key_url"),
        verification_key_token=props.get("verification_key_token"),
    )


def _managed(callback_id: str, outputs: Mapping[str, Any]) -> ManagedVerification:
    from ens_provider.lifecycle.verification import ManagedVerification

    return ManagedVerification(
        callback_id=callback_id,
        status=outputs["status"],
        verified_at=outputs["verified_at"],
        mid=outputs["mid"],
        unverified_status=outputs.get("unverified_status"),
    )


def verification_outputs(
    inputs: Mapping[str, Any], verification: ManagedVerification
) -> dict[str, Any]:
    """Return the complete bag: the inputs by name, overlaid with what is known."""
    bag = {**declared_inputs(VERIFICATION_INPUTS, inputs), **asdict(verification)}
    present = {name: value for name, value in bag.items() if value is not None}
    return marked_outputs(present, secrets=_SECRETS)
