"""Where a schedule plays: an emulator and its endpoints, somebody else's hand, and foreign objects."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver import Probe
from tests.engine.outside import Outside
from tests.faults.receivers import TOKEN, Receivers
from tests.faults.schedule import HOST, Declared, Operation, Program
from tools.engine.environment import ServiceAccess

CLIENT_SECRET = "S3cret-of-the-client-0nly"
FOREIGN = "somebody-elses"
"""What the names of foreign objects begin with."""

_PROBE_TIMEOUT_SECONDS = 0.6
_PATH = "/somebody/elses"
_WAITS_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the service holds at one moment.

    Attributes:
        callbacks: The callbacks, as the emulator's state shows them.
        subscriptions: The subscriptions, the same.
    """

    callbacks: tuple[dict[str, Any], ...]
    subscriptions: tuple[dict[str, Any], ...]

    def ours(self) -> Held:
        """Return it without what is somebody else's from the beginning."""
        return self._where(foreign=False)

    def foreign(self) -> Held:
        """Return what was somebody else's from the beginning."""
        return self._where(foreign=True)

    def _where(self, *, foreign: bool) -> Held:
        callbacks = tuple(c for c in self.callbacks if _is_foreign(c["callbackName"]) == foreign)
        ids = {callback["callbackId"] for callback in callbacks}
        subscriptions = tuple(s for s in self.subscriptions if s["callbackId"] in ids)
        return Held(callbacks=callbacks, subscriptions=subscriptions)


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """What cut-off runs may have left without the stack's knowing.

    Attributes:
        callbacks: Names and URLs.
        subscriptions: Names.
    """

    callbacks: frozenset[tuple[str, str]] = frozenset()
    subscriptions: frozenset[str] = frozenset()

    def __add__(self, other: LeftBehind) -> LeftBehind:
        return LeftBehind(
            callbacks=self.callbacks | other.callbacks,
            subscriptions=self.subscriptions | other.subscriptions,
        )

    def __sub__(self, other: LeftBehind) -> LeftBehind:
        return LeftBehind(
            callbacks=self.callbacks - other.callbacks,
            subscriptions=self.subscriptions - other.subscriptions,
        )


class Stage:
    """An emulator and the endpoints, for one schedule after the other. A context manager.

    Attributes:
        waits_seconds: The budget of what waits for an endpoint or a verification in the emulator's
            time: long enough for reads that lag.
    """

    def __init__(self) -> None:
        self.receivers = Receivers()
        self.waits_seconds = 0
        self._folder = tempfile.TemporaryDirectory(prefix="ens-stage-")

    def __enter__(self) -> Stage:  # noqa: PYI034 -- Self needs Python 3.11
        self.receivers.__enter__()
        options = EmulatorOptions(
            resolve=self.receivers.resolve,
            ca_file=self.receivers.ca_file,
            probe_timeout_seconds=_PROBE_TIMEOUT_SECONDS,
        )
        self.emulator = EmulatorProcess(options)
        self.emulator.start()
        self.hand = Outside(self.emulator, client_secret=CLIENT_SECRET)
        self.receivers.verify = self._verify
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()
        self.receivers.__exit__()
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        """A folder for what the schedules write."""
        return Path(self._folder.name)

    def access(self) -> ServiceAccess:
        """Return how the stack reaches the emulator."""
        return ServiceAccess(
            auth_url=self.emulator.auth_url,
            rest_url=self.emulator.rest_url,
            client_secret=CLIENT_SECRET,
        )

    def environment(self) -> dict[str, str]:
        """Return what a stack's programs need beside the access: the way to verification keys."""
        return {
            "REQUESTS_CA_BUNDLE": self.receivers.ca_file,
            "VERIFICATION_KEY_URL": self.receivers.verification_key_url,
            "RECEIVER_TOKEN": TOKEN,
        }

    def begin(self, *, lag: int) -> Held:
        """Be as new, with foreign objects on the account; return those."""
        self.waits_seconds = _WAITS_SECONDS + lag
        self.receivers.reset()
        self.receivers.behave("ok")
        self.emulator.reset()
        self.emulator.set_client("client", client_secret=CLIENT_SECRET)
        live = self.hand.create_live_callback(f"{FOREIGN}-live", url=f"https://{HOST}{_PATH}/live")
        self.hand.subscribe(live["callbackId"], "another")
        self.hand.create_callback(f"{FOREIGN}-unused", url=f"https://{HOST}{_PATH}/unused")
        self.emulator.set_switches(propagation_seconds=lag)
        return self.held()

    def held(self) -> Held:
        """Return what the service holds."""
        state = self.emulator.state()
        return Held(
            callbacks=tuple(state["callbacks"]), subscriptions=tuple(state["subscriptions"])
        )

    def lay_hands_on(
        self, operation: Operation, program: Program, *, known: Collection[str]
    ) -> None:
        """Let somebody else change what the program declares in a slot, where the stack has it."""
        declared = next((one for one in program if one.slot == operation.slot), None)
        held = self.held()
        callbacks = [
            c
            for c in held.callbacks
            if declared and c["callbackName"] == declared.name and c["callbackId"] in known
        ]
        if declared is None or not callbacks:
            return
        [callback] = callbacks[:1]
        hanging = [s for s in held.subscriptions if s["callbackId"] == callback["callbackId"]]
        try:
            self._change(operation.do, declared, callback, hanging)
        except HTTPError as error:
            # It is so already.
            if error.code != HTTPStatus.NOT_MODIFIED:
                raise

    def take_subscriptions_off(self, *, but: Collection[str]) -> None:
        """Let a person take off the stack's callbacks what the stack does not know."""
        for subscription in self.held().ours().subscriptions:
            if subscription["subscriptionId"] not in but:
                self.hand.delete_subscription(subscription["subscriptionId"])

    def delete_left_behind(self, left: LeftBehind, *, but: Collection[str]) -> int:
        """Let a person delete what cut-off runs left and the stack does not know; return how many."""
        ours = self.held().ours()
        subscriptions = {
            s["subscriptionId"]
            for s in ours.subscriptions
            if s["subscriptionName"] in left.subscriptions
        } - set(but)
        for subscription_id in subscriptions:
            self.hand.delete_subscription(subscription_id)
        callbacks = {
            c["callbackId"]
            for c in ours.callbacks
            if (c["callbackName"], c["url"]) in left.callbacks
        } - set(but)
        self.delete_unused(callbacks, but=but)
        return len(subscriptions) + len(callbacks)

    def delete_unused(self, ids: Collection[str], *, but: Collection[str]) -> None:
        """Let a person delete callbacks that nothing hangs on and that the stack does not know."""
        held = self.held()
        used = {subscription["callbackId"] for subscription in held.subscriptions}
        for callback in held.ours().callbacks:
            id_ = callback["callbackId"]
            if id_ in ids and id_ not in used and id_ not in but:
                self.hand.delete_callback(id_)

    def _change(
        self,
        what: str,
        declared: Declared,
        callback: dict[str, Any],
        hanging: list[dict[str, Any]],
    ) -> None:
        id_ = callback["callbackId"]
        first = hanging[:1]
        if what == "delete-callback":
            for each in hanging:
                self.hand.delete_subscription(each["subscriptionId"])
            self.hand.delete_callback(id_)
        elif what == "resize-callback":
            self.hand.change_batch_size(id_, declared.name, 777)
        elif what == "add-subscription" and callback["verified"]:
            self.hand.subscribe(id_, f"{FOREIGN}-on-ours")
        for each in first:
            if what == "delete-subscription":
                self.hand.delete_subscription(each["subscriptionId"])
            elif what == "pause-subscription" and each["status"] == "active":
                self.hand.change_subscription(each, status="paused", statusReason="by hand")
            elif what == "edit-subscription":
                self.hand.change_subscription(each, filters=["definitionKey=by-hand"])

    def _verify(self, probe: Probe) -> None:
        body = {"callbackId": probe.callback_id, "verificationKey": probe.verification_key}
        self.hand.call("POST", "ens-verify", body)


def _is_foreign(name: str) -> bool:
    return name.startswith(FOREIGN)
