"""The resource `SelfTest`: the proof that an endpoint holds its key, before events depend on it."""

from __future__ import annotations

import time
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

from ens_provider.lifecycle.time_stamps import time_stamp
from ens_provider.lifecycle.values import base64_key, guid, receiver_url, whole_number
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
from ens_provider.resources.retry_hook import LONGEST_BUDGET_SECONDS

if TYPE_CHECKING:
    from ens_provider.resources.callback_verification import VerifiedCallbackId

SELF_TEST_INPUTS = (
    Input(name="callback_id", canonical=guid, required=True, immutable=True),
    Input(name="url", canonical=receiver_url, required=True, immutable=True),
    # Another key is another proof. Only a creation is tried again while it fails.
    Input(name="key", canonical=base64_key, required=True, immutable=True, secret=True),
    Input(
        name="timeout_seconds",
        canonical=whole_number(0, LONGEST_BUDGET_SECONDS, unit="seconds"),
        default=300,
        create_only=True,
    ),
)
SECRET_PROPERTIES = ("key",)


@dataclass(kw_only=True)
class SelfTestArgs:
    """The inputs of a `SelfTest`.

    Attributes:
        callback_id: The callback: a `Callback`, its `CallbackVerification`, or an id. A change
            tests anew.
        url: Where this program reaches the endpoint, ``https://host[:port]/path``, in which
            ``{callback_id}`` stands for the id. A change tests anew.
        key: The signature key that the endpoint should hold; a secret. A change tests anew.
        timeout_seconds: For how many seconds to try again while the endpoint does not accept the
            key, 0 to 480; 0 is one attempt. Acts at creation only. Default: 300.
    """

    callback_id: VerifiedCallbackId
    url: pulumi.Input[str]
    key: pulumi.Input[str]
    timeout_seconds: pulumi.Input[int] | None = None


class SelfTestProvider(ENSResourceProvider):
    """What the engine calls for a `SelfTest`. Named in users' states: its name is permanent."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        return check_inputs(SELF_TEST_INPUTS, olds=_olds, news=news)

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that another endpoint or key is tested anew; a void one is refused."""
        replaces = replacing_inputs(SELF_TEST_INPUTS, olds=_olds, news=_news)
        account, key = self.account_if_configured(), _news["key"]
        another_key = isinstance(key, str) and "key" in replaces and "callback_id" not in replaces
        if account is not None and another_key:
            from ens_provider.lifecycle.rotation import require_live_key

            require_live_key(account, _id, tested=_olds["key"], to_test=key)
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=False)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Try the endpoint with a good signature and with an altered body."""
        from ens_provider.lifecycle.self_test import Endpoint, prove_endpoint

        prove_endpoint(
            Endpoint(callback_id=props["callback_id"], url=props["url"], key=props["key"])
        )
        tested_at = time_stamp(time.time())
        return CreateResult(props["callback_id"], _outputs(props, tested_at=tested_at))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Keep what the state says: a proof of the past."""
        outputs = _outputs(props, tested_at=props["tested_at"])
        declared = {name: outputs[name] for name in declared_inputs(SELF_TEST_INPUTS, props)}
        return ReadResult(id_, outputs, declared)

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Take the inputs over; there is none that changes anything in place."""
        return UpdateResult(_outputs(_news, tested_at=_olds["tested_at"]))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Do nothing: a proof leaves nothing behind."""


# The pickle in users' states names `ens_provider.SelfTestProvider`.
SelfTestProvider.__module__ = "ens_provider"


class SelfTest(ENSResource, module="ens", name="SelfTest"):
    """A signed trial of an endpoint: it accepts its key's signature and refuses an altered body.

    It posts two deliveries without events, from where the program runs. What must not begin before
    the endpoint holds its key depends on it.

    Attributes:
        callback_id: The callback's id.
        url: The address that was tried.
        key: The key that was tried; a secret.
        tested_at: When the endpoint passed, ISO 8601 in UTC by this machine's clock.
    """

    callback_id: pulumi.Output[str]
    url: pulumi.Output[str]
    key: pulumi.Output[str]
    timeout_seconds: pulumi.Output[int]
    tested_at: pulumi.Output[str]

    @overload
    def __init__(
        self, resource_name: str, args: SelfTestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        callback_id: VerifiedCallbackId,
        url: pulumi.Input[str],
        key: pulumi.Input[str],
        timeout_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: SelfTestArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a trial.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `SelfTestArgs`.

        Raises:
            TypeError: There is no input of that name, or a required one is missing.
        """
        given = declared(SelfTestArgs, resource_name, args=args, opts=opts, inputs=inputs)
        props = given.props
        props["callback_id"] = callback_id_of(props["callback_id"])
        props["key"] = marked_secret(props["key"])
        super().__init__(
            SelfTestProvider(),
            resource_name,
            props,
            # Nothing is deleted, so that nothing has to be deleted before.
            resource_options(given.opts, secrets=SECRET_PROPERTIES, delete_first=False),
        )


def _outputs(inputs: Mapping[str, Any], *, tested_at: str) -> dict[str, Any]:
    bag = {**declared_inputs(SELF_TEST_INPUTS, inputs), "tested_at": tested_at}
    return marked_outputs(bag, secrets=SECRET_PROPERTIES)
