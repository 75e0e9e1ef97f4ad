"""How many events a second the receiver verifies and parses on one core, and what bounds it.

The batches are the largest that the service sends, of all types of events as its documentation
shows them. No receiver in Python is faster than `json.loads` on the same bytes, which is measured
in turns with it, so that a machine that is slow for a moment is so for both.
"""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle, islice
from statistics import median

from benchmarks.figures import Figure
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver import (
    Delivery,
    MemorySeenEvents,
    MemorySignatureKeys,
    Receiver,
    ReceiverOptions,
    verify,
)
from ens_provider.receiver.testing import SignedRequest, signature_key, signed

_REPETITIONS = 5
_EVENTS = 1000
_CALLBACKS = 100
_CALLBACK_ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
_PARSING = "json.loads alone"

_Work = Callable[[SignedRequest], object]
"""Does something with one batch."""


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What is measured; `begin` makes it with nothing remembered, for these batches."""

    name: str
    begin: Callable[[Sequence[SignedRequest]], _Work]


def measure(*, quick: bool) -> list[Figure]:
    """Return events per second of this process's time, and each as a part of what parsing allows.

    Args:
        quick: Take fewer batches, for a few seconds in all.
    """
    key = signature_key()
    batches = [_batch(number, key) for number in range(3 if quick else 20)]
    measured = _all_measured(key)
    seconds: dict[str, list[float]] = {each.name: [] for each in measured}
    for _ in range(_REPETITIONS):
        for each in measured:
            seconds[each.name].append(_seconds(each.begin(batches), batches))
    size = sum(len(batch.body) for batch in batches) / (len(batches) * _EVENTS)
    limit = median(seconds[_PARSING])
    figures = []
    for name, those in seconds.items():
        rate = len(batches) * _EVENTS / median(those)
        note = f"{limit / median(those):.0%} of {_PARSING}; {size:.0f} bytes an event."
        figures.append(
            Figure(name=f"receiver: {name}", value=rate, unit="events/s of a core", note=note)
        )
    return figures


def _batch(number: int, key: str) -> SignedRequest:
    first = number * _EVENTS + 1
    names = islice(cycle(SAMPLES), _EVENTS)
    return signed([sample_event(name, number=each) for each, name in enumerate(names, first)], key)


def _seconds(work: _Work, batches: Sequence[SignedRequest]) -> float:
    began = time.process_time()
    for batch in batches:
        work(batch)
    return time.process_time() - began


def _all_measured(key: str) -> list[_Measured]:
    # A delivery does not say whose it is: on average half of the keys are tried in vain.
    keys = [signature_key() for _ in range(_CALLBACKS)]
    keys[_CALLBACKS // 2] = key
    hmac_key = base64.b64decode(key)
    parts: dict[str, _Work] = {
        _PARSING: lambda batch: json.loads(batch.body),
        "HMAC-SHA256 alone": lambda batch: hmac.digest(hmac_key, batch.body, "sha256"),
        "verify": lambda batch: verify(batch.body, batch.signature, [key]),
        "verify and json.loads": lambda batch: _verified_and_parsed(batch, [key]),
        f"verify and json.loads, {_CALLBACKS} keys": lambda batch: _verified_and_parsed(
            batch, keys
        ),
        "a Receiver": _receiving(key, lambda _: None),
        "a Receiver, type and time of each event read": _receiving(key, _read),
        f"a Receiver of {_CALLBACKS} callbacks, one of which has events": _receiving(
            key, lambda _: None, callbacks=_CALLBACKS
        ),
    }
    return [
        *(_Measured(name=name, begin=_always(part)) for name, part in parts.items()),
        _Measured(
            name="a Receiver that leaves repeats out, new events",
            begin=lambda _: _leaving_repeats_out(key, already=[]),
        ),
        _Measured(
            name="a Receiver that leaves repeats out, repeated events",
            begin=lambda batches: _leaving_repeats_out(key, already=batches),
        ),
    ]


def _always(work: _Work) -> Callable[[Sequence[SignedRequest]], _Work]:
    return lambda _batches: work


def _verified_and_parsed(batch: SignedRequest, keys: Sequence[str]) -> object:
    verify(batch.body, batch.signature, keys)
    return json.loads(batch.body)


def _receiving(
    key: str,
    on_delivery: Callable[[Delivery], object],
    *,
    seen: MemorySeenEvents | None = None,
    callbacks: int = 1,
) -> _Work:
    others = {str(uuid.uuid4()): [signature_key()] for _ in range(callbacks - 1)}
    keys = MemorySignatureKeys({**others, _CALLBACK_ID: [key]})
    options = ReceiverOptions(seen_events=seen)
    receiver = Receiver(on_delivery, signature_keys=keys, options=options)

    def receive(batch: SignedRequest) -> None:
        answer = receiver.handle("POST", "/ens", batch.headers, batch.body)
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"The receiver answered {answer.status}.")

    return receive


def _leaving_repeats_out(key: str, *, already: Sequence[SignedRequest]) -> _Work:
    receive = _receiving(key, lambda _: None, seen=MemorySeenEvents())
    for batch in already:
        receive(batch)
    return receive


def _read(delivery: Delivery) -> None:
    for event in delivery.events:
        if not event.type or event.occurred_at is None:
            raise RuntimeError("An event lacks its type or its time.")
