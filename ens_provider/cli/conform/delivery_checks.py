"""The checks of what ENS sends, all of which has to be acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ens_provider.cli.conform.check import Bench, Check, Finding, Status
from ens_provider.cli.conform.judging import (
    Labelled,
    acknowledged,
    acknowledged_or_warned,
    came,
)
from ens_provider.cli.conform.probe_checks import CONNECTION, FORGED_PROBE
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver.event_json import written
from ens_provider.receiver.signature import SIGNATURE_HEADER
from ens_provider.receiver.testing import ServiceRequest

SIGNED_EVENT = "signed-event"

_LARGEST_BATCH = 1000
_FAILED = 500
_AT_ONCE = 8
_CLICK = "EngagementEvents.EmailClick"
_PLAIN_LINK = "https://example.com/"
_SENT = "TransactionalSendEvents.EmailSent"
_RAW_BYTES = (
    "Check the signature over the bytes of the body as they came, before any parsing: a body that "
    "is parsed and written again has other bytes"
)
_SAME_KEY = (
    "Give the key that the receiver holds for this callback, and the --reading that it has; check "
    "the signature over the bytes of the body as they came"
)
_RECEIVER_FAILED = (
    "It was not the signature: the receiver failed, and its log says where. Take events of every "
    "type, and leave aside those that you have no use for"
)
_LENIENT = (
    "Acknowledge what you do not know, and leave it aside: the list of types and fields is open"
)
_AT_LEAST_ONCE = "Acknowledge a delivery that came before, and leave its events aside: ENS delivers at least once"


def _one(bench: Bench, events: Sequence[Mapping[str, object]], *, advice: str) -> Finding:
    return acknowledged([("", bench.send(bench.signed(events)))], advice=advice)


def _signed_event(bench: Bench) -> Finding:
    answer = bench.send(bench.signed([bench.events.event()]))
    advice = _RECEIVER_FAILED if answer.status == _FAILED else _SAME_KEY
    return acknowledged([("", answer)], advice=advice)


def _event_types(bench: Bench) -> Finding:
    answers: list[Labelled] = []
    for event in bench.events.of_each_type():
        answer = bench.send(bench.signed([event]))
        answers.append((str(event["eventCategoryType"]), answer))
        if answer.status is None:
            break  # each further one would have to be waited for
    return acknowledged(answers, advice=_RAW_BYTES)


def _mixed_batch(bench: Bench) -> Finding:
    return _one(bench, bench.events.of_each_type(), advice=_RAW_BYTES)


def _large_batch(bench: Bench) -> Finding:
    longest = max(len(written([sample_event(name)])) for name in SAMPLES)
    events = [_long_event(bench, longest) for _ in range(_LARGEST_BATCH)]
    advice = (
        f"Take bodies of this size, {len(written(events)) // 1024} KiB, and answer before any slow "
        "work; or let the callback have a smaller maxBatchSize"
    )
    return _one(bench, events, advice=advice)


def _long_event(bench: Bench, length: int) -> dict[str, Any]:
    """Return an event of this many bytes, brackets included, in which nothing is escaped."""
    event = bench.events.event(_CLICK)
    event["info"]["contentLink"] = _PLAIN_LINK
    missing = length - len(written([event]))
    event["info"]["contentLink"] += "a" * missing
    return event


def _text(type_name: str, name: str, text: str) -> Callable[[Bench], Finding]:
    """Return the check that sends an event with a text in its `info`."""

    def make(bench: Bench) -> Finding:
        event = bench.events.event(type_name)
        event["info"] = {**event["info"], name: text}
        return _one(bench, [event], advice=_RAW_BYTES)

    return make


def _unknown_type(bench: Bench) -> Finding:
    event = bench.events.event(eventCategoryType="EngagementEvents.NotYetInvented")
    return _one(bench, [event], advice=_LENIENT)


def _unknown_fields(bench: Bench) -> Finding:
    more: dict[str, Any] = {"notYetInvented": {"nested": [1, None, {"deep": True}]}}
    return _one(bench, [bench.events.event(**more)], advice=_LENIENT)


def _type_alone(bench: Bench) -> Finding:
    answer = bench.send(bench.signed([{"eventCategoryType": _SENT}]))
    why = (
        "Take an event that has no other field than eventCategoryType, too: nothing else of it is "
        "promised, though every sample of the documentation has timestampUTC, mid and eid"
    )
    return acknowledged_or_warned([("", answer)], why=why)


def _header_case(bench: Bench) -> Finding:
    answers = []
    for spelling in (SIGNATURE_HEADER.upper(), SIGNATURE_HEADER.title(), SIGNATURE_HEADER):
        request = bench.signed([bench.events.event()])
        headers = {"Content-Type": "application/json", spelling: request.signature}
        spelled = ServiceRequest(body=request.body, headers=headers)
        answers.append((spelling, bench.send(spelled)))
    advice = "Find the header by its name in any letter case, as HTTP has it"
    return acknowledged(answers, advice=advice)


def _content_type(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event()])
    headers = {**request.headers, "Content-Type": "application/json; charset=UTF-8"}
    answer = bench.send(ServiceRequest(body=request.body, headers=headers))
    why = "Take application/json with a charset, too: nobody recorded which form ENS sends"
    return acknowledged_or_warned([("", answer)], why=why)


def _bare_event(bench: Bench) -> Finding:
    body = written([bench.events.event()])[1:-1]
    why = (
        "Take a signed event that is not in an array, too: samples of the documentation show some, "
        "though batches are what is known to come"
    )
    return acknowledged_or_warned([("", bench.send(bench.signed(body)))], why=why)


def _replay(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event()])
    answers = [(label, bench.send(request)) for label in ("the first time", "the second time")]
    return acknowledged(answers, advice=_AT_LEAST_ONCE)


def _connections(bench: Bench) -> Finding:
    requests = [bench.signed([bench.events.event()]) for _ in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(bench.send, requests))
    labelled = [(f"number {number}", answer) for number, answer in enumerate(answers, 1)]
    return acknowledged(labelled, advice="Serve several connections at once")


def _signed_probe(bench: Bench) -> Finding:
    body = written([{"callbackId": bench.events.run, "verificationKey": "AAAA"}])[1:-1]
    answer = bench.send(bench.signed(body))
    if answer.status is not None:
        found = f"answered with {answer.status}"
        return Finding(status=Status.PASSED, found=found)
    remedy = "Answer it with any status: ENS does not send it, but a receiver should not break."
    return Finding(status=Status.FAILED, found=came(answer), remedy=remedy)


def _previous_key(bench: Bench) -> Finding:
    answer = bench.send(bench.signed([bench.events.event()], key=bench.keys.previous))
    advice = (
        "Accept the previous key beside the current one until the batches that it signed have come: "
        "ENS may try them again for days"
    )
    return acknowledged([("", answer)], advice=advice)


def _check(name: str, claim: str, make: Callable[[Bench], Finding]) -> Check:
    return Check(name=name, claim=claim, make=make, needs=(CONNECTION, SIGNED_EVENT))


DELIVERY_CHECKS = (
    Check(
        name=SIGNED_EVENT,
        claim="one signed event is acknowledged",
        make=_signed_event,
        needs=(CONNECTION,),
    ),
    _check("event-types", "an event of each of the 36 types is acknowledged", _event_types),
    _check("mixed-batch", "a batch with all types is acknowledged", _mixed_batch),
    _check(
        "large-batch", "1,000 long events are acknowledged in the time that ENS waits", _large_batch
    ),
    _check(
        "escapes",
        "a body in which =, &, <, > and ' are escaped, as ENS does, is acknowledged",
        _text(_CLICK, "contentLink", "https://example.com/?a=1&b=<2>&c='3'"),
    ),
    _check(
        "raw-utf8",
        "a body with letters, signs and emoji as raw UTF-8 is acknowledged",
        _text(_SENT, "renderedSubject", "Grüße nach 東京: 🙂👩‍👩‍👧"),
    ),
    _check(
        "escaped-text",
        "a text that looks like an escape, with a backslash of its own, is acknowledged",
        _text(_SENT, "renderedSubject", 'C:\\new \\u003d "quoted" \t\\\\'),
    ),
    _check("unknown-type", "an event of an unknown type is acknowledged", _unknown_type),
    _check("unknown-fields", "an event with unknown fields is acknowledged", _unknown_fields),
    _check("type-alone", "an event with nothing but its type is acknowledged", _type_alone),
    _check("header-case", "the signature's header is found in any letter case", _header_case),
    _check("content-type", "a content type with a charset is acknowledged", _content_type),
    _check("bare-event", "a signed event that is not in an array is acknowledged", _bare_event),
    _check("replay", "the very same delivery is acknowledged again", _replay),
    _check("connections", f"{_AT_ONCE} deliveries at once are acknowledged", _connections),
    _check("signed-probe", "a signed object that looks like a probe is answered", _signed_probe),
    FORGED_PROBE,
    Check(
        name="previous-key",
        claim="a delivery that is signed with the previous key is acknowledged",
        make=_previous_key,
        needs=(CONNECTION, SIGNED_EVENT),
        missing=lambda bench: None if bench.keys.previous else "--previous-key-file",
    ),
)
