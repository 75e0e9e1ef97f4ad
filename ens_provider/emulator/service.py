"""The emulator's parts, put together."""

from collections.abc import Mapping
from pathlib import Path

from ens_provider.emulator.access import (
    DEFAULT_CLIENT,
    TOKEN_LIFE_SECONDS,
    APIClient,
    Grant,
    TokenMint,
)
from ens_provider.emulator.call_log import Call, CallLog
from ens_provider.emulator.callbacks import CallbackRules
from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.dispatch import Dispatcher
from ens_provider.emulator.https_post import Post, Poster, PostOutcome
from ens_provider.emulator.json_texts import JSONTexts
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.probe import PROBE_TIMEOUT_SECONDS, probe_of
from ens_provider.emulator.records import Callback
from ens_provider.emulator.state_file import StateFile
from ens_provider.emulator.subscriptions import SubscriptionRules
from ens_provider.emulator.switches import Switches
from ens_provider.emulator.token_requests import TokenRequest


class Service:
    """One emulated account: its records, who may use it, its clock and its switches."""

    def __init__(
        self,
        *,
        poster: Poster,
        probe_timeout_seconds: float = PROBE_TIMEOUT_SECONDS,
        switches: Mapping[str, object] | None = None,
        state_file: Path | None = None,
    ) -> None:
        self.poster = poster
        self.probe_timeout_seconds = probe_timeout_seconds
        self.calls = CallLog()
        self.texts = JSONTexts()
        self._given_switches = dict(switches or {})
        self._file = StateFile(state_file) if state_file is not None else None
        stored = self._file.settings() if self._file is not None else {}
        clock = MovableClock(
            offset_seconds=stored.get("clock_offset_seconds", 0.0),
            stands_at=stored.get("clock_stands_at"),
        )
        chosen = Switches().changed(stored.get("switches", {})).changed(self._given_switches)
        self.ledger = Ledger(clock=clock, switches=chosen)
        self.tokens = TokenMint(signing_key=stored.get("signing_key"))
        kept = [APIClient.restored(fields) for fields in stored.get("clients", [])]
        self.clients = {client.client_id: client for client in kept or [DEFAULT_CLIENT]}
        self.callbacks = CallbackRules(self.ledger)
        self.subscriptions = SubscriptionRules(self.ledger, self.callbacks)
        self.dispatcher = Dispatcher(self.ledger, self._deliver)
        if self._file is not None:
            self._file.load(self.ledger)
            self.ledger.saved = self._file.save
        self.save_settings()

    @property
    def switches(self) -> Switches:
        """The switches as they are set."""
        return self.ledger.switches

    def set_switches(self, values: Mapping[str, object]) -> None:
        """Set some of the switches.

        Raises:
            UnknownSwitchError: a name or a value does not exist; nothing is set.
        """
        self.ledger.switches = self.ledger.switches.changed(values)
        self.save_settings()

    async def move_clock(self, seconds: float, *, running: bool | None = None) -> None:
        """Move the clock ahead, and try on the way what falls due.

        Before it is moved, `running` lets it run with the machine's, or stand (None: as it is).

        Raises:
            ValueError: `seconds` is negative.
        """
        clock = self.ledger.clock
        clock.after(seconds)
        if running is not None:
            clock.run(running=running)
        await self.dispatcher.courier.move_clock(seconds)
        self.save_settings()

    def set_client(self, client: APIClient) -> None:
        """Add a client, or replace the one of the same id; tokens that it has stay good."""
        self.clients[client.client_id] = client
        self.save_settings()

    def issue_token(self, request: TokenRequest) -> str:
        """Return a token for a request that was granted."""
        grant = Grant(
            client_id=request.client.client_id,
            mid=request.mid,
            user_id=request.client.user_id,
            scopes=request.scopes,
            expires_at=self.ledger.clock.now() + TOKEN_LIFE_SECONDS,
        )
        return self.tokens.mint(grant)

    def grant_of(self, token: str) -> Grant | None:
        """Return what a token allows now, or None if it is unknown or expired."""
        grant = self.tokens.read(token)
        if grant is None or grant.expires_at <= self.ledger.clock.now():
            return None
        return grant

    def business_units(self) -> list[int]:
        """Return the units of every client, each once; the first one is the default."""
        return list(dict.fromkeys(mid for client in self.clients.values() for mid in client.mids))

    async def probe(self, callback: Callback) -> PostOutcome:
        """Probe a callback's endpoint and keep the call in the log."""
        post = probe_of(callback, timeout_seconds=self.probe_timeout_seconds)
        return await self._logged(post, kind="probe", mid=callback.mid)

    def reset(self) -> None:
        """Be as a new emulator with the same command line; earlier tokens are void."""
        self.ledger.suspensions.clear()
        self.ledger.callbacks.clear()
        self.ledger.subscriptions.clear()
        self.ledger.clock.reset()
        self.ledger.switches = Switches().changed(self._given_switches)
        self.clients = {DEFAULT_CLIENT.client_id: DEFAULT_CLIENT}
        self.tokens.signing_key = TokenMint().signing_key
        self.calls.clear()
        self.dispatcher.reset()
        if self._file is not None:
            self._file.clear()
        self.save_settings()

    def save_settings(self) -> None:
        """Write what is not a record into the state file, if there is one."""
        if self._file is None:
            return
        self._file.save_settings(
            {
                "switches": self.switches.as_mapping(),
                "clock_offset_seconds": self.ledger.clock.offset_seconds,
                "clock_stands_at": self.ledger.clock.stands_at,
                "signing_key": self.tokens.signing_key,
                "clients": [client.stored() for client in self.clients.values()],
            }
        )

    def close(self) -> None:
        """Let go of the state file."""
        if self._file is not None:
            self._file.close()

    async def _deliver(self, post: Post, mid: int) -> PostOutcome:
        return await self._logged(post, kind="delivery", mid=mid)

    async def _logged(self, post: Post, *, kind: str, mid: int) -> PostOutcome:
        now = self.ledger.clock.now()
        call = self.calls.begin(Call(kind=kind, method="POST", path=post.url, mid=mid, at=now))
        outcome = await self.poster.post(post)
        call.status = outcome.status
        return outcome
