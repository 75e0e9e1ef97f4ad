"""A receiver with a quarantine: what is held, when it is handed over, and what a forger can do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ens_provider.receiver import (
    FileQuarantine,
    HeldDelivery,
    KeyStoreError,
    MemoryQuarantine,
    MemorySeenEvents,
    MemorySignatureKeys,
    Quarantine,
    QuarantineBounds,
    Received,
    Receiver,
    ReceiverOptions,
    sign,
)
from tests.unit.receiver.world import KEY, MAILS, ORDERS, OTHER_KEY, SECRETS

NO_KEY = "There is no signature key to check the signature with."
AT = 1600698608.5


class World:
    """A receiver with a quarantine that is checked in the same thread, and what it handed over."""

    def __init__(self, quarantine: Quarantine | None = None, **options: Any) -> None:
        self.quarantine = MemoryQuarantine(clock=lambda: AT) if quarantine is None else quarantine
        self.keys = MemorySignatureKeys()
        self.events: list[dict[str, Any]] = []
        self.received: list[Received] = []
        self.failing: Callable[[list[dict[str, Any]]], bool] = lambda _events: False
        given: dict[str, Any] = {
            "quarantine": self.quarantine,
            "observe": self.received.append,
            "clock": lambda: AT,
            "run_in_background": lambda work: work(),
            **options,
        }
        self.receiver = Receiver(
            self._deliver, signature_keys=self.keys, options=ReceiverOptions(**given)
        )

    def _deliver(self, delivery: Any) -> None:
        raws = [event.raw for event in delivery.events]
        if self.failing(raws):
            raise OSError("full")
        self.events += raws

    def deliver(self, *numbers: int, key: str = KEY) -> int:
        """Send a batch of numbered events."""
        body = batch(*numbers)
        return self.post(body, sign(body, key))

    def post(self, body: bytes, signature: str | None) -> int:
        """Send a body."""
        headers = {} if signature is None else {"x-sfmc-ens-signature": signature}
        return self.receiver.handle("POST", "/", headers, body).status

    @property
    def numbers(self) -> list[int]:
        """The events that were handed over."""
        return [each["n"] for each in self.events]

    @property
    def held(self) -> int:
        """How many deliveries are held."""
        return len(self.quarantine.names())


def batch(*numbers: int) -> bytes:
    return json.dumps([{"n": number} for number in numbers]).encode()


def test_delivery_before_its_key() -> None:
    """It is refused and held; the first delivery that finds the key has it handed over, too."""
    world = World()
    early = world.deliver(1, 2)
    world.keys.put(ORDERS, [KEY])
    before = list(world.numbers)
    later = world.deliver(3)

    assert [early, later, before] == [503, 200, []]
    assert world.numbers == [3, 1, 2]
    assert world.held == 0


def test_observer_is_told_twice() -> None:
    """Once of the refusal, and once, marked, of what a later check came to."""
    world = World()
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])
    world.receiver.check_quarantined()
    length = len(batch(1))

    assert world.received == [
        Received(at=AT, callback_id=None, status=503, events=[], reason=NO_KEY, body_bytes=length),
        Received(
            at=AT,
            callback_id=ORDERS,
            status=200,
            events=[{"n": 1}],
            body_bytes=length,
            from_quarantine=True,
        ),
    ]
    assert "from" not in json.dumps(list(world.received[1].as_json()))


def test_check_on_demand() -> None:
    """Whoever changes keys has what is held checked, and is told how many deliveries fitted."""
    world = World()
    for number, key in ((1, KEY), (2, OTHER_KEY), (3, KEY)):
        world.deliver(number, key=key)
    early = world.receiver.check_quarantined()
    world.keys.put(ORDERS, [KEY])
    found = world.receiver.check_quarantined()

    assert [early, found, world.receiver.check_quarantined()] == [0, 2, 0]
    assert world.numbers == [1, 3]
    assert world.held == 1


def test_receiver_without_a_quarantine() -> None:
    """There is nothing to check, and it is no mistake to ask for it."""
    assert Receiver(lambda _delivery: None).check_quarantined() == 0


def test_delivery_comes_again_before_it_was_checked() -> None:
    """What the service delivered again successfully is held no longer: it is handed over once."""
    world = World(run_in_background=lambda _work: None)
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])
    again = world.deliver(1)

    assert [again, world.held, world.numbers] == [200, 0, [1]]


def test_delivery_comes_again_after_it_was_checked() -> None:
    """Together with a store of seen events the service's own retry is acknowledged, and no more."""
    world = World(seen_events=MemorySeenEvents())
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])
    world.receiver.check_quarantined()

    assert world.deliver(1) == 200
    assert world.numbers == [1]


def test_function_fails_on_what_was_held() -> None:
    """It stays held, and does not keep the others from being handed over."""
    world = World()
    for number in (1, 2, 3):
        world.deliver(number)
    world.failing = lambda events: events == [{"n": 2}]
    world.keys.put(ORDERS, [KEY])
    first = world.receiver.check_quarantined()
    held = world.held
    world.failing = lambda _events: False
    second = world.receiver.check_quarantined()

    assert [first, held, second, world.held] == [2, 1, 1, 0]
    assert world.numbers == [1, 3, 2]
    assert [each.status for each in world.received[3:]] == [200, 500, 200, 200]


def test_function_failed_when_the_key_came() -> None:
    """What stayed held is tried again with later deliveries, but not with each of them."""
    now = [0.0]
    world = World(monotonic=lambda: now[0])
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])
    world.failing = lambda _events: True
    statuses = [world.deliver(2)]
    world.failing = lambda _events: False
    statuses.append(world.deliver(3))
    soon = list(world.numbers)
    now[0] = 30.0
    statuses.append(world.deliver(4))

    assert statuses == [500, 200, 200]
    assert [soon, world.numbers, world.held] == [[3], [3, 4, 1], 0]


def test_held_body_that_is_no_batch() -> None:
    """What its key signed and is no batch of events never will be one: it goes, and is told."""
    world = World()
    world.post(b"[1]", sign(b"[1]", KEY))
    world.keys.put(ORDERS, [KEY])

    assert world.receiver.check_quarantined() == 0
    assert world.held == 0
    assert [(each.status, each.callback_id) for each in world.received] == [
        (503, None),
        (400, ORDERS),
    ]


def test_key_of_another_callback() -> None:
    """Each arrival of a key has everything checked once; what fits none stays."""
    runs: list[int] = []

    def run(work: Callable[[], object]) -> None:
        runs.append(1)
        work()

    world = World(run_in_background=run)
    world.deliver(1)
    world.deliver(2, key=OTHER_KEY)
    for key in (OTHER_KEY, OTHER_KEY):
        world.keys.put(MAILS, [key])
        world.deliver(3, key=OTHER_KEY)

    assert world.numbers == [3, 2, 3]
    assert (world.held, len(runs)) == (1, 1)


def test_restart_with_a_folder(tmp_path: Path) -> None:
    """What was held before a restart is checked with the first keys that are read after it."""
    World(FileQuarantine(tmp_path, clock=lambda: AT)).deliver(1)
    world = World(FileQuarantine(tmp_path, clock=lambda: AT))
    world.keys.put(ORDERS, [KEY])
    world.deliver(2)

    assert world.numbers == [2, 1]
    assert world.held == 0


@pytest.mark.parametrize(
    "signature", [None, "", "x", "x" * 10_000, "é", sign(b"[]", KEY)[:-1], f"{sign(b'[]', KEY)}, a"]
)
def test_what_no_key_could_ever_fit(signature: str | None) -> None:
    """Without the base64 of a digest for a signature, nothing is held."""
    world = World()

    assert world.post(batch(1), signature) == 503
    assert world.held == 0


def test_flood_of_forged_deliveries(caplog: pytest.LogCaptureFixture) -> None:
    """It fills the quarantine up to its bound and pushes what is genuine out; the log says so."""
    now = [0.0]
    bounds = QuarantineBounds(most=10, most_bytes=200)
    world = World(MemoryQuarantine(bounds, clock=lambda: AT), monotonic=lambda: now[0])
    world.deliver(1)
    statuses = {world.deliver(number, key=OTHER_KEY) for number in range(100, 200)}
    now[0] = 60.0
    world.deliver(200, key=OTHER_KEY)
    world.keys.put(ORDERS, [KEY])

    assert statuses == {503}
    assert world.held == 10
    assert world.receiver.check_quarantined() == 0
    assert caplog.messages == [
        f"The quarantine let go of {number} deliveries that no key fitted: they are beyond its bounds."
        for number in (1, 91)
    ]


def test_bad_signatures_are_acknowledged_and_held() -> None:
    """Who acknowledges what does not check need not lose it, as long as it is held."""
    world = World(acknowledge_bad_signatures=True)
    answered = world.deliver(1)
    world.keys.put(ORDERS, [KEY])

    assert [answered, world.receiver.check_quarantined(), world.numbers] == [200, 1, [1]]


@pytest.mark.parametrize("fails", ["cannot be reached", "has no room"])
def test_nothing_is_acknowledged_that_is_not_held(fails: str) -> None:
    """Who acknowledges what does not check still has it come again if the quarantine failed."""
    small = MemoryQuarantine(QuarantineBounds(most_bytes=5), clock=lambda: AT)
    quarantine = small if fails == "has no room" else BrokenQuarantine()
    world = World(quarantine, acknowledge_bad_signatures=True)

    assert world.deliver(1) == 503
    # No key will ever fit it.
    assert world.post(batch(1), "no signature") == 200


class UnreadableKeys(MemorySignatureKeys):
    """A store that cannot be read for a while."""

    fails = True

    def all(self) -> dict[str, tuple[str, ...]]:
        """Fail or return all keys."""
        if self.fails:
            raise KeyStoreError("The disk is away.")
        return super().all()


def test_keys_that_could_not_be_read() -> None:
    """What could not be checked at all is held, too, and checked once the keys are back."""
    events: list[Any] = []
    keys = UnreadableKeys({ORDERS: [KEY]})
    options = ReceiverOptions(quarantine=MemoryQuarantine(), run_in_background=lambda work: work())
    receiver = Receiver(
        lambda each: events.extend(each.events), signature_keys=keys, options=options
    )
    statuses = []
    for number in (1, 2, 3):
        keys.fails = number != 3
        headers = {"x-sfmc-ens-signature": sign(batch(number), KEY)}
        statuses.append(receiver.handle("POST", "/", headers, batch(number)).status)
        receiver.check_quarantined()

    assert statuses == [500, 500, 200]
    assert [each.raw["n"] for each in events] == [3, 1, 2]


def test_keys_are_back_unchanged() -> None:
    """What came while the keys could not be read is checked with the next delivery, too."""
    events: list[int] = []
    keys = UnreadableKeys({ORDERS: [KEY]})
    options = ReceiverOptions(quarantine=MemoryQuarantine(), run_in_background=lambda work: work())
    receiver = Receiver(
        lambda each: events.extend(event.raw["n"] for event in each.events),
        signature_keys=keys,
        options=options,
    )
    for number in (1, 2, 3):
        keys.fails = number == 2
        headers = {"x-sfmc-ens-signature": sign(batch(number), KEY)}
        receiver.handle("POST", "/", headers, batch(number))

    assert events == [1, 3, 2]


def test_check_on_demand_reads_kept_keys_anew() -> None:
    """Who has just put a key need not wait until kept keys are read again."""
    world = World(keep_keys_seconds=60, monotonic=lambda: 0.0)
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])

    assert world.receiver.check_quarantined() == 1


class BrokenQuarantine:
    """A quarantine that cannot be reached."""

    def hold(self, delivery: HeldDelivery) -> int:
        """Fail."""
        raise OSError(f"no room for {delivery.signature} {delivery.body!r}")

    def names(self) -> Sequence[str]:
        """Fail."""
        raise OSError("no folder")

    def get(self, name: str) -> HeldDelivery | None:
        """Fail."""
        raise OSError(f"no {name}")

    def release(self, name: str) -> None:
        """Fail."""
        raise OSError(f"no {name}")


def test_quarantine_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """It changes no answer; the log says where it failed, no more."""
    world = World(BrokenQuarantine())
    answers = [world.deliver(1)]
    world.keys.put(ORDERS, [KEY])
    answers.append(world.deliver(1))

    assert answers == [503, 200]
    assert world.numbers == [1]
    assert [message.partition(" in ")[0] for message in caplog.messages] == [
        "The quarantine cannot be written: OSError",
        "The quarantine cannot be written: OSError",
        "The quarantine cannot be read: OSError",
    ]
    assert [secret for secret in (*SECRETS, sign(batch(1), KEY)) if secret in caplog.text] == []


class HalfBrokenQuarantine(MemoryQuarantine):
    """A quarantine of which one delivery cannot be read."""

    def get(self, name: str) -> HeldDelivery | None:
        """Fail for the oldest."""
        if name == self.names()[0]:
            raise KeyStoreError("Cannot read it.")
        return super().get(name)


def test_one_of_those_held_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """The others are handed over all the same."""
    world = World(HalfBrokenQuarantine(clock=lambda: AT))
    for number in (1, 2):
        world.deliver(number)
    world.keys.put(ORDERS, [KEY])

    assert world.receiver.check_quarantined() == 1
    assert world.numbers == [2]
    assert caplog.messages == ["A delivery in quarantine could not be checked: Cannot read it."]


def test_no_thread_is_to_be_had(caplog: pytest.LogCaptureFixture) -> None:
    """The answer stands, and what is held stays held."""

    def refuse(_work: object) -> None:
        raise RuntimeError("can't start new thread")

    world = World(run_in_background=refuse)
    world.deliver(1)
    world.keys.put(ORDERS, [KEY])

    assert world.deliver(2) == 200
    assert world.held == 1
    assert "The quarantine is not checked: RuntimeError in refuse (" in caplog.text


def test_check_runs_beside_the_answer_by_default() -> None:
    """The delivery that brought the key is answered while another thread checks what is held."""
    world = World()
    handed_over, main = threading.Event(), threading.get_ident()
    threads: list[bool] = []

    def deliver(_delivery: object) -> None:
        threads.append(threading.get_ident() == main)
        if len(threads) == 2:
            handed_over.set()

    receiver = Receiver(
        deliver,
        signature_keys=world.keys,
        options=ReceiverOptions(quarantine=MemoryQuarantine()),
    )
    for number in (1, 2):
        headers = {"x-sfmc-ens-signature": sign(batch(number), KEY)}
        receiver.handle("POST", "/", headers, batch(number))
        world.keys.put(ORDERS, [KEY])

    assert handed_over.wait(30)
    assert threads == [True, False]
