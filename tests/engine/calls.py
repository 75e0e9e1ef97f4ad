"""What reached the emulator, as short lines that a test can compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess

_PREFIXES = ("/platform/v1/", "/v2/")


class Calls:
    """The calls since the last look, in order: `PUT ens-callbacks 200`, `POST token 200`.

    Ids read as the names of their objects (`GET ens-callbacks/shop-dev-orders 200`), as far as
    a look ever saw them, and as `{id}` otherwise. Probes are `PROBE https://host/path 200`, and
    `-` stands for the status of what had no answer.
    """

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self._names: dict[str, str] = {}

    def take(self) -> list[str]:
        """Return the requests since the last look, without the probes, and forget them all."""
        self.look()
        calls = self.emulator.calls()
        self.emulator.clear_calls()
        return [self._short(call) for call in calls if call["kind"] == "request"]

    def take_probes(self) -> list[str]:
        """Return the probes since the last look and forget all calls."""
        calls = self.emulator.calls()
        self.emulator.clear_calls()
        probes = [call for call in calls if call["kind"] == "probe"]
        return [f"PROBE {call['path']} {call['status'] or '-'}" for call in probes]

    def look(self) -> None:
        """Learn the names of what is there now, so that later lines can say them."""
        state = self.emulator.state()
        self._names |= {c["callbackId"]: c["callbackName"] for c in state["callbacks"]}
        self._names |= {s["subscriptionId"]: s["subscriptionName"] for s in state["subscriptions"]}

    def _short(self, call: dict[str, Any]) -> str:
        path = call["path"]
        for prefix in _PREFIXES:
            path = path.removeprefix(prefix)
        route, slash, object_id = path.partition("/")
        name = self._names.get(object_id, "{id}") if slash else ""
        return f"{call['method']} {route}{slash}{name} {call['status'] or '-'}"
