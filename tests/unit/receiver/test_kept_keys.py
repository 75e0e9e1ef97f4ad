"""Signature keys between two readings of their source: how long they count, and when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ens_provider.receiver import KeyStoreError, Received, Receiver, ReceiverOptions, sign
from ens_provider.receiver.kept_keys import KeptKeys, UnreadableKeysError
from tests.unit.receiver.world import (
    BODY,
    KEY,
    MAILS,
    OLD_KEY,
    ORDERS,
    OTHER_KEY,
    SECRETS,
    error,
    said,
)

UNREADABLE = "The signature keys cannot be read; the receiver's log says why."


class Source:
    """A source that counts its readings and fails on demand."""

    def __init__(self, *keys: str) -> None:
        self.keys: dict[str, Sequence[str]] = {ORDERS: keys}
        self.failure: Exception | None = None
        self.reads = 0
        self.gets = 0

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of one callback."""
        self.gets += 1
        return tuple(self.keys.get(callback_id, ()))

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return all keys."""
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return dict(self.keys)  # type: ignore[arg-type] # a source of a user may hold anything


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def source() -> Source:
    """A source with one key."""
    return Source(KEY)


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def receiver(source: Source, clock: Clock) -> Receiver:
    """A receiver that keeps keys for a minute."""
    options = ReceiverOptions(keep_keys_seconds=60, monotonic=clock)
    return Receiver(lambda _delivery: None, signature_keys=source, options=options)


def status(receiver: Receiver, key: str = KEY) -> int:
    """Send a delivery that is signed with a key."""
    headers = {"x-sfmc-ens-signature": sign(BODY, key)}
    return receiver.handle("POST", "/", headers, BODY).status


def test_source_is_read_for_each_delivery_by_default(source: Source) -> None:
    """Unless keys are kept, the source is read once for each delivery, whether it checks or not."""
    receiver = Receiver(lambda _delivery: None, signature_keys=source)

    assert [status(receiver), status(receiver), status(receiver, OTHER_KEY)] == [200, 200, 503]
    assert source.reads == 3


def test_keys_are_kept(source: Source, clock: Clock, receiver: Receiver) -> None:
    """Deliveries of half a minute are checked with one reading; then one reads anew."""
    statuses = [status(receiver)]
    clock.now += 29.9
    statuses.append(status(receiver))
    before = source.reads
    clock.now += 0.1
    statuses += [status(receiver), status(receiver)]

    assert statuses == [200] * 4
    assert [before, source.reads] == [1, 2]


def test_new_key_is_found_by_the_first_delivery(
    source: Source, clock: Clock, receiver: Receiver
) -> None:
    """A delivery that fits no kept key has the source read, and is accepted with what is found."""
    status(receiver)
    source.keys[ORDERS] = [OTHER_KEY, KEY]
    clock.now += 3

    assert status(receiver, OTHER_KEY) == 200
    assert source.reads == 2


def test_source_was_just_read(source: Source, clock: Clock, receiver: Receiver) -> None:
    """Within three seconds of a reading no failing delivery causes another one."""
    status(receiver)
    source.keys[ORDERS] = [OTHER_KEY]
    clock.now += 2.9
    refused = [status(receiver, OTHER_KEY) for _ in range(10)]
    before = source.reads
    clock.now += 0.1

    assert refused == [503] * 10
    assert [before, status(receiver, OTHER_KEY), source.reads] == [1, 200, 2]


def test_forgers_cannot_have_the_source_read_often(
    source: Source, clock: Clock, receiver: Receiver
) -> None:
    """A minute of forged deliveries, ten in a second, costs twenty readings."""
    for _ in range(600):
        assert status(receiver, OTHER_KEY) == 503
        clock.now += 0.1

    assert source.reads == 20


def test_many_failing_deliveries_at_once(source: Source) -> None:
    """Of eight deliveries that failed with the same keys one reads, and all take what it found."""
    keys = KeptKeys(source, keep_seconds=60, reread_seconds=0)
    failed = keys.current()
    source.keys[ORDERS] = [OTHER_KEY]

    with ThreadPoolExecutor(8) as pool:
        found = [each and each.keys for each in pool.map(keys.after, [failed] * 8)]

    assert found == [{ORDERS: (OTHER_KEY,)}] * 8
    assert source.reads == 2


def test_keys_that_did_not_change(source: Source) -> None:
    """A reading that brings nothing new is no reason to check a delivery once more."""
    keys = KeptKeys(source, keep_seconds=60, reread_seconds=0)

    assert keys.after(keys.current()) is None
    assert source.reads == 2


def test_source_fails_after_a_delivery_did(source: Source) -> None:
    """Then the delivery is judged by the keys that were read for it."""
    keys = KeptKeys(source, keep_seconds=60, reread_seconds=0)
    failed = keys.current()
    source.failure = OSError("down")

    assert keys.after(failed) is None


def test_key_that_was_taken_away(source: Source, clock: Clock, receiver: Receiver) -> None:
    """It counts no longer than keys are kept, while the source cannot be read, too."""
    assert status(receiver) == 200
    source.keys[ORDERS] = []
    source.failure = OSError("down")
    clock.now += 59.9
    last = status(receiver)
    clock.now += 0.1

    assert [last, status(receiver)] == [200, 500]


def test_source_that_fails_for_a_while(
    source: Source,
    clock: Clock,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Kept keys count on, and the source is asked every three seconds until it answers."""
    status(receiver)
    source.failure = KeyStoreError("The secret cannot be read.")
    statuses = []
    for _ in range(59):
        clock.now += 1
        statuses.append(status(receiver))
    failed = source.reads - 1
    source.failure = None
    clock.now += 3

    assert statuses == [200] * 59
    assert failed == 10
    assert status(receiver) == 200
    assert caplog.messages == [
        "The signature keys cannot be read: The secret cannot be read."
    ] * 10  # fmt: skip


def test_source_that_never_answered(source: Source, clock: Clock) -> None:
    """Nothing can be checked: 500, observed, and the source is spared for three seconds."""
    received: list[Received] = []
    source.failure = OSError(f"{KEY}")
    options = ReceiverOptions(keep_keys_seconds=60, monotonic=clock, observe=received.append)
    receiver = Receiver(lambda _delivery: None, signature_keys=source, options=options)
    headers = {"x-sfmc-ens-signature": sign(BODY, KEY)}
    answers = [receiver.handle("POST", "/", headers, BODY) for _ in range(3)]

    assert [said(answer) for answer in answers] == [error(500, UNREADABLE)] * 3
    assert [(each.status, each.callback_id) for each in received] == [(500, None)] * 3
    assert source.reads == 1


def test_unreadable_source_is_told_without_keys(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    """Of somebody else's exception the log has kind and place."""
    source.failure = ValueError(f"not a key: {KEY}")

    assert status(Receiver(lambda _delivery: None, signature_keys=source)) == 500
    assert "The signature keys cannot be read: ValueError in all (" in caplog.text
    assert [secret for secret in SECRETS if secret in caplog.text] == []


def test_source_that_gives_one_text(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    """A key in the place of a list is refused: each of its characters would be a key."""
    source.keys[ORDERS] = KEY

    assert status(Receiver(lambda _delivery: None, signature_keys=source)) == 500
    assert "TypeError" in caplog.text


def test_probes_do_not_read_a_slow_source(source: Source, clock: Clock, receiver: Receiver) -> None:
    """Where keys are kept, probes, which anybody can send, are answered with those."""
    body = b'{"callbackId":"%s","verificationKey":"a2V5"}' % ORDERS.encode()
    statuses = {receiver.handle("POST", "/", {}, body).status for _ in range(10)}

    assert statuses == {409}
    assert (source.reads, source.gets) == (1, 0)


def test_ids_of_a_source_in_any_case(source: Source) -> None:
    """The callback of a delivery is told in lower case, whatever a source says."""
    source.keys = {MAILS.upper(): (KEY,)}
    delivered: list[str] = []
    receiver = Receiver(lambda each: delivered.append(each.callback_id), signature_keys=source)

    assert status(receiver) == 200
    assert delivered == [MAILS]


def test_generation_grows_with_new_keys_alone(source: Source) -> None:
    """A key that came makes a new generation; one that went, or no change, does not."""
    keys = KeptKeys(source)
    seen = [keys.generation]
    for those in ([KEY], [KEY], [KEY, OLD_KEY], [KEY], [KEY, OLD_KEY]):
        source.keys[ORDERS] = those
        seen.append(keys.current().generation)

    assert seen == [0, 1, 1, 2, 2, 3]


def test_generation_grows_once_after_a_failure(source: Source) -> None:
    """What came in between could not be checked: the next reading counts as new, and only that one."""
    keys = KeptKeys(source)
    seen = [keys.current().generation]
    source.failure = OSError("down")
    with pytest.raises(UnreadableKeysError):
        keys.current()
    source.failure = None
    seen += [keys.current().generation, keys.current().generation]

    assert seen == [1, 2, 2]


@pytest.mark.parametrize("name", ["keep_keys_seconds", "reread_keys_seconds"])
@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_seconds_that_are_none(name: str, seconds: float) -> None:
    """A negative time is a mistake that is told at once."""
    options = ReceiverOptions(**{name: seconds})  # type: ignore[arg-type] # two of its names

    with pytest.raises(ValueError, match=f"{name} is a number of seconds, 0 or more"):
        Receiver(lambda _delivery: None, options=options)


def test_slow_failure_is_waited_for_once() -> None:
    """A source that takes longer to fail than readings are apart is not asked again by each who waited."""
    source, clock = Source(KEY), Clock()
    keys = KeptKeys(source, keep_seconds=60.0, monotonic=clock)
    kept = keys.current()
    read_all = source.all

    def slow() -> dict[str, tuple[str, ...]]:
        clock.now += 5.0
        return read_all()

    source.all = slow  # type: ignore[method-assign] # slow from here on
    source.failure = KeyStoreError("timed out")
    clock.now += 5.0

    assert [keys.after(kept), keys.after(kept), source.reads] == [None, None, 2]
