"""The administration of a running emulator, as methods."""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ens_provider.emulator.admin_client import ask

_CALL_SECONDS = 60.0
# An endpoint that does not answer is waited for, delivery after delivery.
_DELIVERIES_SECONDS = 300.0


class EmulatorError(Exception):
    """The emulator did not start, or refused an administration request."""


class AdministeredEmulator:
    """An emulator that answers at `rest_url`, and what its own routes can do."""

    rest_url: str

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return `callbacks` and `subscriptions` of every business unit, keys included."""
        state: dict[str, list[dict[str, Any]]] = self.administer("GET", "state")
        return state

    def calls(self) -> list[dict[str, Any]]:
        """Return every request, probe and delivery so far, oldest first."""
        calls: list[dict[str, Any]] = self.administer("GET", "calls")
        return calls

    def clear_calls(self) -> None:
        """Forget the calls so far."""
        self.administer("DELETE", "calls")

    def switches(self) -> dict[str, str]:
        """Return every switch by name."""
        switches: dict[str, str] = self.administer("GET", "switches")
        return switches

    def set_switches(self, **values: object) -> None:
        """Set some of the switches.

        Raises:
            EmulatorError: a name or a value does not exist; nothing is set.
        """
        self.administer("PUT", "switches", values)

    def faults(self) -> list[dict[str, Any]]:
        """Return the scripted faults; `held` says whether a call waits in one."""
        faults: list[dict[str, Any]] = self.administer("GET", "faults")
        return faults

    def add_fault(self, **fields: object) -> None:
        """Script a fault: `route`, `do` and, as they are needed, the other fields.

        Raises:
            EmulatorError: the fields make no fault.
        """
        self.administer("POST", "faults", fields)

    def clear_faults(self) -> None:
        """Delete every fault; calls that are held go on."""
        self.administer("DELETE", "faults")

    def rate_limit(self) -> dict[str, Any] | None:
        """Return the limit of the requests with what it `refused` so far; None without one."""
        limit: dict[str, Any] | None = self.administer("GET", "rate_limit")
        return limit

    def set_rate_limit(self, **fields: object) -> None:
        """Limit requests: so many `requests` per window of `seconds`, and, if needed, other fields.

        Raises:
            EmulatorError: the fields make no limit; the one before stays.
        """
        self.administer("PUT", "rate_limit", fields)

    def lift_rate_limit(self) -> None:
        """Limit nothing any more."""
        self.administer("DELETE", "rate_limit")

    def move_clock(self, seconds: float) -> None:
        """Move the emulator's clock ahead, and wait until what falls due on the way was tried.

        0 waits for what is under way, and for what is due already.
        """
        body = {"seconds": seconds}
        self.administer("POST", "clock", body, timeout_seconds=_DELIVERIES_SECONDS)

    def stop_clock(self) -> None:
        """Let the emulator's clock stand: nothing falls due until it is moved."""
        self.administer("POST", "clock", {"running": False})

    def start_clock(self) -> None:
        """Let the emulator's clock run with the machine's again, from where it stands."""
        self.administer("POST", "clock", {"running": True})

    def now(self) -> float:
        """Return the emulator's time in Unix seconds."""
        now: float = self.administer("GET", "clock")["now"]
        return now

    def send_events(
        self,
        events: Sequence[Mapping[str, object]],
        *,
        mid: int | None = None,
        callback_id: str | None = None,
        wait: bool = True,
        **trouble: object,
    ) -> dict[str, list[dict[str, Any]]]:
        """Let events happen, for one callback only if given, and wait for their first tries.

        Without `wait` the deliveries are under way when this returns; `move_clock(0)` waits for
        them. `copies`, `order` and `seed` make trouble as `set_trouble` does, for these alone.

        Returns:
            `deliveries`, each with how it was answered, and `unmatched`: how many events of which
            type reached nobody, and why.

        Raises:
            EmulatorError: an event cannot be read, or the unit or callback does not exist.
        """
        given = {"mid": mid, "callbackId": callback_id}
        body = {"events": list(events), "wait": wait, **trouble}
        body |= {name: value for name, value in given.items() if value is not None}
        sent: dict[str, list[dict[str, Any]]] = self.administer(
            "POST", "events", body, timeout_seconds=_DELIVERIES_SECONDS
        )
        return sent

    def trouble(self) -> dict[str, Any]:
        """Return how often and in which order deliveries go out: `copies`, `order`, `seed`."""
        trouble: dict[str, Any] = self.administer("GET", "trouble")
        return trouble

    def set_trouble(self, **fields: object) -> None:
        """Let every batch be delivered `copies` times, or in another `order`, from now on.

        `order` is `as_given`, `reversed` or, by a `seed`, `shuffled`; so are the events in each.

        Raises:
            EmulatorError: the fields make no trouble; that of before stays.
        """
        self.administer("PUT", "trouble", fields)

    def lift_trouble(self) -> None:
        """Let every batch be delivered once and in order again."""
        self.administer("DELETE", "trouble")

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the deliveries so far, newest last; `state` says what became of each."""
        deliveries: list[dict[str, Any]] = self.administer("GET", "deliveries")
        return deliveries

    def clear_deliveries(self) -> None:
        """Forget the deliveries so far; what waits is not tried again."""
        self.administer("DELETE", "deliveries")

    def retry_deliveries(self) -> list[dict[str, Any]]:
        """Try every delivery that waits for another try now, and return those."""
        answer = self.administer("POST", "deliveries/retry", timeout_seconds=_DELIVERIES_SECONDS)
        tried: list[dict[str, Any]] = answer["deliveries"]
        return tried

    def set_client(
        self,
        client_id: str,
        *,
        client_secret: str,
        mids: Sequence[int] = (1234567, 7654321),
        scopes: Sequence[str] | None = None,
        staged_secret: str | None = None,
        secret_expires_in_seconds: float | None = None,
    ) -> None:
        """Add an API client, or replace the one of the same id (a new secret, other scopes)."""
        fields = {
            "client_id": client_id,
            "client_secret": client_secret,
            "mids": list(mids),
            "scopes": None if scopes is None else list(scopes),
            "staged_secret": staged_secret,
            "secret_expires_in_seconds": secret_expires_in_seconds,
        }
        self.administer("POST", "clients", fields)

    def reset(self) -> None:
        """Let the emulator be as it was when it first started; earlier tokens are void."""
        self.administer("POST", "reset")

    def administer(
        self,
        method: str,
        name: str,
        body: object = None,
        *,
        timeout_seconds: float = _CALL_SECONDS,
    ) -> Any:
        """Send an administration request and return the JSON of its answer.

        Raises:
            EmulatorError: the emulator refused it, or did not answer.
        """
        address = urlsplit(self.rest_url).netloc
        try:
            status, content = ask(address, method, name, body, timeout_seconds=timeout_seconds)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise EmulatorError(
                f"The emulator at {address} gave no answer to {method} {name} ({type(error).__name__})."
            ) from error
        if status != http.client.OK:
            raise EmulatorError(f"The emulator refused {method} {name}: {content['error']}")
        return content
