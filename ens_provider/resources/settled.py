"""The resource `Settled`: the moment from which changes are in effect for certain."""

from __future__ import annotations

from collections.abc import Sequence
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

from ens_provider.lifecycle.values import guid, time_stamps, whole_number
from ens_provider.resources.callback_verification import callback_id_of
from ens_provider.resources.declaration import declared, resource_options
from ens_provider.resources.ens_resource import ENSResource
from ens_provider.resources.inputs import Input, check_inputs, declared_inputs, replacing_inputs
from ens_provider.resources.provider import ENSResourceProvider, boundary
from ens_provider.resources.retry_hook import LONGEST_BUDGET_SECONDS

if TYPE_CHECKING:
    from ens_provider.resources.callback_verification import VerifiedCallbackId

SETTLED_INPUTS = (
    Input(name="callback_id", canonical=guid, required=True, immutable=True),
    # It is about what a new callback begins with: later changes have nothing to wait for.
    Input(name="changed_at", canonical=time_stamps, required=True, create_only=True),
    Input(
        name="seconds",
        canonical=whole_number(0, LONGEST_BUDGET_SECONDS, unit="seconds"),
        default=120,
        create_only=True,
    ),
)


@dataclass(kw_only=True)
class SettledArgs:
    """The inputs of a `Settled`. All but `callback_id` act at creation only.

    Attributes:
        callback_id: The callback: a `Callback`, its `CallbackVerification`, or an id. A change
            waits anew.
        changed_at: The `changed_at` of what has to be in effect: the callback's and its
            subscriptions'.
        seconds: For how many seconds after the newest of them to wait, 0 to 480. Default: 120,
            which ENS gives changes to take effect.
    """

    callback_id: VerifiedCallbackId
    changed_at: pulumi.Input[Sequence[pulumi.Input[str]]]
    seconds: pulumi.Input[int] | None = None


class SettledProvider(ENSResourceProvider):
    """What the engine calls for a `Settled`. Named in users' states: its name is permanent."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Make the inputs canonical and validate them; no network."""
        self.require_settings_of_plugin()
        return check_inputs(SETTLED_INPUTS, olds=_olds, news=news)

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Say that another callback is waited for anew."""
        replaces = replacing_inputs(SETTLED_INPUTS, olds=_olds, news=_news)
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=False)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Look once whether the changes are old enough."""
        from ens_provider.lifecycle.settling import require_settled

        settled_at = require_settled(
            self.account(),
            props["callback_id"],
            changed_at=props["changed_at"],
            seconds=int(props["seconds"]),
        )
        return CreateResult(props["callback_id"], _outputs(props, settled_at))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Keep what the state says: what is in effect stays so."""
        outputs = _outputs(props, props["settled_at"])
        return ReadResult(id_, outputs, declared_inputs(SETTLED_INPUTS, outputs))

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Take the inputs over; there is none that changes anything in place."""
        return UpdateResult(_outputs(_news, _olds["settled_at"]))

    @boundary
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Do nothing: a wait leaves nothing behind."""


# The pickle in users' states names `ens_provider.SettledProvider`.
SettledProvider.__module__ = "ens_provider"


class Settled(ENSResource, module="ens", name="Settled"):
    """The moment from which a new callback and its subscriptions are in effect for certain.

    ENS gives changes two minutes to take effect and does not tell when they have. What must not
    happen before, such as the removal of an older callback, depends on this.

    Attributes:
        callback_id: The callback's id.
        changed_at: When what was waited for had been changed.
        seconds: How long was waited after the newest change.
        settled_at: When the wait was over, ISO 8601 in UTC by the service's clock.
    """

    callback_id: pulumi.Output[str]
    changed_at: pulumi.Output[list[str]]
    seconds: pulumi.Output[int]
    settled_at: pulumi.Output[str]

    @overload
    def __init__(
        self, resource_name: str, args: SettledArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        callback_id: VerifiedCallbackId,
        changed_at: pulumi.Input[Sequence[pulumi.Input[str]]],
        seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: SettledArgs | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a wait.

        Args:
            resource_name: The name of the resource in the program.
            args: The inputs; or give each of them by its name.
            opts: Options of the resource.
            **inputs: The inputs by name, as in `SettledArgs`.

        Raises:
            TypeError: There is no input of that name, or a required one is missing.
        """
        given = declared(SettledArgs, resource_name, args=args, opts=opts, inputs=inputs)
        props = given.props
        props["callback_id"] = callback_id_of(props["callback_id"])
        super().__init__(
            SettledProvider(),
            resource_name,
            props,
            # Nothing is deleted, so that nothing has to be deleted before.
            resource_options(given.opts, delete_first=False),
        )


def _outputs(inputs: dict[str, Any], settled_at: str) -> dict[str, Any]:
    return {**declared_inputs(SETTLED_INPUTS, inputs), "settled_at": settled_at}
