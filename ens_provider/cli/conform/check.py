"""What a check is, and how it ends."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ens_provider.cli.conform.marked_events import MarkedEvents
from ens_provider.cli.conform.sending import Answer, Sender
from ens_provider.receiver.signature import KeyReading
from ens_provider.receiver.testing import ServiceRequest, SignedRequest, signed

BUDGET_SECONDS = 3.0
"""How long ENS waits for the answer to a delivery ("Retries and Suspensions")."""

OLDER_BUDGET_SECONDS = 2.0
"""How long it waits by the older edition of that page."""

PROBE_SECONDS = 30.0
"""How long it waits for the answer to a probe ("Create a Callback")."""


class Status(enum.Enum):
    """How a check ended."""

    PASSED = "PASSED"
    WARNING = "WARNING"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        status: How it ended.
        found: What came back, as a sentence without its full stop.
        remedy: What ENS would do about it, and what is to be done; empty if nothing is.
    """

    status: Status
    found: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The signature keys of the receiver, and how it reads them.

    Attributes:
        current: The key of the callback.
        previous: One that it still accepts, or None.
        retired: One that it accepts no more, or None.
        reading: What the HMAC key is.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    retired: str | None = field(default=None, repr=False)
    reading: KeyReading = KeyReading.DECODED


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What checks work with.

    Attributes:
        sender: Brings requests to the endpoint.
        keys: The keys of the receiver.
        events: Makes events.
        callback_id: The callback that the keys belong to, if it was told.
        seconds: How long a delivery may take.
        probe_seconds: How long a probe may.
        reach: Connects to the endpoint and tells what was met, or raises EndpointUnusableError.
    """

    sender: Sender
    keys: Keys
    reach: Callable[[], str]
    events: MarkedEvents = field(default_factory=MarkedEvents)
    callback_id: str | None = None
    seconds: float = BUDGET_SECONDS
    probe_seconds: float = PROBE_SECONDS

    def signed(
        self, events: Sequence[Mapping[str, object]] | bytes, *, key: str | None = None
    ) -> SignedRequest:
        """Return a delivery, signed with the receiver's key unless another one is given."""
        return signed(events, key or self.keys.current, reading=self.keys.reading)

    def send(self, request: ServiceRequest) -> Answer:
        """Send a delivery, or what looks like one."""
        return self.sender.send(request, seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        name: Its name, which stays.
        claim: What holds if it passes, as a sentence without its full stop.
        make: Makes it.
        needs: The checks without which it would prove nothing.
        missing: Says which option it lacks, None if it lacks none.
    """

    name: str
    claim: str
    make: Callable[[Bench], Finding]
    needs: tuple[str, ...] = ()
    missing: Callable[[Bench], str | None] = lambda _: None
