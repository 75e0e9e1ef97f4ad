"""The checks of what ENS never sends, all of which has to be refused."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

from ens_provider.cli.conform.check import Bench, Check, Finding
from ens_provider.cli.conform.delivery_checks import SIGNED_EVENT
from ens_provider.cli.conform.judging import Labelled, refused
from ens_provider.cli.conform.probe_checks import CONNECTION
from ens_provider.receiver.event_json import written
from ens_provider.receiver.testing import ServiceRequest, SignedRequest, signature_key

_CHECK_IT = "Check the signature of every delivery before anything is done with its events"
_COMPARE = (
    "Compare the whole signature with the one that you make of the body, and refuse what is not "
    "the same"
)
_GUESSABLE = {
    "the empty key": b"",
    "the key 'undefined'": b"undefined",
    "the key 'null'": b"null",
    "the key 'None'": b"None",
}


def _wrong_key(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event()], key=signature_key())
    return _refused(bench, request, advice=_CHECK_IT)


def _guessable_keys(bench: Bench) -> Finding:
    answers: list[Labelled] = []
    for label, key in _GUESSABLE.items():
        request = bench.signed([bench.events.event()])
        signature = hmac.digest(key, request.body, "sha256")
        forged = request.signed_as(base64.b64encode(signature).decode("ascii"))
        answers.append((label, bench.send(forged)))
    advice = "Refuse to work with an empty key, or with the text of a value that is not configured"
    return refused(answers, advice=advice)


def _altered_body(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event(mid=1447640)])
    altered = request.body.replace(b'"mid":1447640', b'"mid":1447641')
    forged = ServiceRequest(body=altered, headers=request.headers)
    inner, outer = bench.send(forged), bench.send(request.altered())
    answers = [("one digit is another", inner), ("a blank is behind the body", outer)]
    advice = "Check the signature over the bytes of the body as they came, all of them"
    return refused(answers, advice=advice)


def _other_signature(bench: Bench) -> Finding:
    earlier = bench.signed([bench.events.event()])
    request = bench.signed([bench.events.event()]).signed_as(earlier.signature)
    return _refused(bench, request, advice=_CHECK_IT)


def _unsigned_array(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event()]).unsigned()
    advice = "Refuse what has no signature, unless it is a probe: an object with its two fields"
    return _refused(bench, request, advice=advice)


def _unsigned_event(bench: Bench) -> Finding:
    body = written([bench.events.event()])[1:-1]
    request = bench.signed(body).unsigned()
    advice = "Take an unsigned object for a probe only if it has callbackId and verificationKey"
    return _refused(bench, request, advice=advice)


def _signature(change: Callable[[SignedRequest], dict[str, str]]) -> Callable[[Bench], Finding]:
    """Return the check that sends signatures that are none, by what is wrong with them."""

    def make(bench: Bench) -> Finding:
        request = bench.signed([bench.events.event()])
        answers = [
            (label, bench.send(request.signed_as(text))) for label, text in change(request).items()
        ]
        return refused(answers, advice=_COMPARE)

    return make


def _empty(_request: SignedRequest) -> dict[str, str]:
    return {"": ""}


def _truncated(request: SignedRequest) -> dict[str, str]:
    half = base64.b64encode(base64.b64decode(request.signature)[:16]).decode("ascii")
    return {
        "one character": request.signature[:1],
        "without its end": request.signature[:-4],
        "half of its bytes": half,
    }


def _garbled(request: SignedRequest) -> dict[str, str]:
    other_bytes = bytes(byte ^ 1 for byte in base64.b64decode(request.signature))
    return {
        "no base64": "not a signature!",
        "other bytes": base64.b64encode(other_bytes).decode("ascii"),
        "other letter case": request.signature.swapcase(),
    }


def _retired_key(bench: Bench) -> Finding:
    request = bench.signed([bench.events.event()], key=bench.keys.retired)
    advice = "Forget a key once it is retired, above all one that leaked"
    return _refused(bench, request, advice=advice)


def _refused(bench: Bench, request: ServiceRequest, *, advice: str) -> Finding:
    return refused([("", bench.send(request))], advice=advice)


def _check(name: str, claim: str, make: Callable[[Bench], Finding]) -> Check:
    # Where a genuine delivery is refused, the refusal of a forged one says nothing.
    return Check(name=name, claim=claim, make=make, needs=(CONNECTION, SIGNED_EVENT))


REFUSAL_CHECKS = (
    _check("wrong-key", "a delivery that is signed with another key is refused", _wrong_key),
    _check(
        "guessable-keys",
        "a delivery that is signed with an empty key, or with one that is easily guessed, is refused",
        _guessable_keys,
    ),
    _check("altered-body", "a delivery of which a byte is altered is refused", _altered_body),
    _check(
        "other-signature",
        "a delivery with the signature of an earlier one is refused",
        _other_signature,
    ),
    _check("unsigned-array", "events without a signature are refused", _unsigned_array),
    _check(
        "unsigned-event",
        "an event without a signature and not in an array is refused",
        _unsigned_event,
    ),
    _check("empty-signature", "an empty signature is refused", _signature(_empty)),
    _check("truncated-signature", "a part of the signature is refused", _signature(_truncated)),
    _check("garbled-signature", "what is no signature is refused", _signature(_garbled)),
    Check(
        name="retired-key",
        claim="a delivery that is signed with a retired key is refused",
        make=_retired_key,
        needs=(CONNECTION, SIGNED_EVENT),
        missing=lambda bench: None if bench.keys.retired else "--retired-key-file",
    ),
)
