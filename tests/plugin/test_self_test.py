"""An endpoint is tried out with a good signature and with an altered body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from ens_provider.receiver import KeyReading, SignatureError, sign, verify
from tests.plugin.driver import Plugin, ResourceType, declared, refusal
from tests.plugin.service import MID, Service
from tests.plugin.subscriptions import Warned
from tests.plugin.trial_receiver import Judge, TrialReceiver
from tools.loopback_server import held_port

GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
TIME_STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PATH = f"/ens/{GUID}"
SIGNED = sign(b"[]", KEY, reading=KeyReading.DECODED)
SIGNED_WITH_TEXT = sign(b"[]", KEY, reading=KeyReading.UTF8)
TRIED = [(PATH, b"[]", SIGNED), (PATH, b"[ ]", SIGNED)]
NOT_ACCEPTED = (
    f"ens_provider.NotYetAccepted: The endpoint of callback {GUID} at {{place}} answered {{status}} to "
    "an empty delivery that was signed with the callback's key, and has to acknowledge it with 200 to "
    "204. It may not hold the key (yet): look at what hands it over, and into the receiver's log."
)


@pytest.fixture
def self_tests(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("SelfTest")


@pytest.fixture
def receiver() -> Iterator[TrialReceiver]:
    """Run a receiver that refuses everything until it is told otherwise."""
    with TrialReceiver() as receiver:
        yield receiver


def _holding(key: str, *, status: int = 200) -> Judge:
    def judge(body: bytes, signature: str) -> int:
        try:
            verify(body, signature, [key])
        except SignatureError:
            return 503
        return status

    return judge


def _declared(receiver: TrialReceiver, **changes: Any) -> dict[str, Any]:
    return {
        "callback_id": GUID,
        "url": receiver.url,
        "key": KEY,
        "timeout_seconds": 300,
        **changes,
    }


def _place(receiver: TrialReceiver) -> str:
    return receiver.url.replace("{callback_id}", GUID)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204])
def test_endpoint_with_its_key(
    self_tests: ResourceType, receiver: TrialReceiver, service: Service, status: int
) -> None:
    """It acknowledges an empty delivery and refuses an altered one; ENS is not called."""
    receiver.judge = _holding(KEY, status=status)

    created = self_tests.create(_declared(receiver))

    assert receiver.came == TRIED
    assert (created.id, created.secrets) == (GUID, frozenset({"key"}))
    tested_at = created.outputs.pop("tested_at")
    assert created.outputs == _declared(receiver)
    assert TIME_STAMP.fullmatch(tested_at)
    assert service.calls() == []


def test_endpoint_that_reads_the_key_as_text(
    self_tests: ResourceType, receiver: TrialReceiver
) -> None:
    """The other reading of the key counts, too: sources disagree on it."""
    receiver.judge = lambda body, signature: (
        204 if (body, signature) == (b"[]", SIGNED_WITH_TEXT) else 401
    )

    self_tests.create(_declared(receiver))

    assert receiver.came == [
        (PATH, b"[]", SIGNED),
        (PATH, b"[]", SIGNED_WITH_TEXT),
        (PATH, b"[]", SIGNED),
        (PATH, b"[ ]", SIGNED_WITH_TEXT),
    ]


def test_endpoint_that_gets_its_key_between_two_attempts(
    self_tests: ResourceType, receiver: TrialReceiver, plugin: Plugin, service: Service
) -> None:
    """A receiver that takes both readings of the key is not warned of as one that takes its text."""
    late = [503]
    holding = _holding(KEY)
    receiver.judge = lambda body, signature: late.pop() if late else holding(body, signature)
    warned = Warned(plugin, service)

    self_tests.create(_declared(receiver))

    assert warned.lines() == []


@pytest.mark.parametrize("status", [301, 307, 401, 503])
def test_endpoint_without_the_key(
    self_tests: ResourceType, receiver: TrialReceiver, status: int
) -> None:
    """What it answers is told, no redirect is followed, and another attempt is worth it."""
    receiver.judge = lambda _body, _signature: status

    told = refusal(self_tests.create, _declared(receiver))

    assert told == NOT_ACCEPTED.format(place=_place(receiver), status=status)
    assert [path for path, _, _ in receiver.came] == [PATH, PATH]


def test_endpoint_with_another_key(self_tests: ResourceType, receiver: TrialReceiver) -> None:
    """A key that is behind is found out before any event is sent."""
    receiver.judge = _holding(OTHER_KEY)

    told = refusal(self_tests.create, _declared(receiver))

    assert told == NOT_ACCEPTED.format(place=_place(receiver), status=503)


def test_endpoint_that_accepts_everything(
    self_tests: ResourceType, receiver: TrialReceiver
) -> None:
    """A receiver that checks nothing gets no subscription."""
    receiver.judge = lambda _body, _signature: 200

    assert refusal(self_tests.create, _declared(receiver)) == (
        f"ens_provider.SelfTestFailed: The endpoint of callback {GUID} at {_place(receiver)} accepts a "
        "delivery whose body was altered after it was signed, so anybody could send it events. Let it "
        "check the signature over the raw body and refuse what does not fit."
    )


def test_endpoint_that_is_not_there(self_tests: ResourceType, receiver: TrialReceiver) -> None:
    """Nobody at the address is worth another attempt."""
    with held_port(0) as closed:
        place = f"127.0.0.1:{closed.getsockname()[1]}"
        told = refusal(self_tests.create, _declared(receiver, url=f"http://{place}/ens"))

    assert told.startswith(
        f"ens_provider.NotYetAccepted: The endpoint of callback {GUID} could not be tried: "
    )
    assert place in told
    assert KEY not in told
    assert receiver.came == []


def test_changes(self_tests: ResourceType, receiver: TrialReceiver) -> None:
    """Another callback, address or key is tried anew, an unknown one too; the time limit is not."""
    olds = {**_declared(receiver), "tested_at": "2026-11-27T10:00:00Z"}
    other = GUID.replace("08b", "18b")
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({}, []),
        ({"callback_id": other}, ["callback_id"]),
        ({"url": "https://hooks.example.com/ens"}, ["url"]),
        ({"key": OTHER_KEY}, ["key"]),
        ({"key": UNKNOWN}, ["key"]),
    ]
    for change, replaced in changes:
        assert self_tests.diff(GUID, olds, _declared(receiver, **change)) == replaced
    later = self_tests.check(_declared(receiver, timeout_seconds=5), _declared(receiver))
    assert later == (_declared(receiver), [])


def test_state_is_kept(self_tests: ResourceType, receiver: TrialReceiver) -> None:
    """A refresh reads nothing anew, and a deletion sends nothing."""
    outputs = {**_declared(receiver), "tested_at": "2026-11-27T10:00:00Z"}

    read, inputs = self_tests.read(GUID, outputs)
    self_tests.delete(GUID, outputs)

    assert (read.id, read.outputs, inputs) == (GUID, outputs, _declared(receiver))
    assert read.secrets == {"key"}
    assert receiver.came == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"url": "http://hooks.example.com/"},
            "url: it begins with http://, and a key would travel in clear; use https://.",
        ),
        ({"key": "hush hush"}, "key: it is not base64; give the whole key as ENS showed it."),
        ({"timeout_seconds": 481}, "timeout_seconds: it is 481; give 0 to 480 seconds."),
        (
            {"callback_id": "orders"},
            "callback_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
        ),
    ],
)
def test_input_that_cannot_be(
    self_tests: ResourceType, receiver: TrialReceiver, changes: dict[str, Any], reason: str
) -> None:
    """Each input is checked before anything is sent."""
    _, failures = self_tests.check(_declared(receiver, **changes))

    assert failures == [("", reason)]


def test_key_that_a_rotation_has_made_void(
    self_tests: ResourceType, receiver: TrialReceiver, plugin: Plugin
) -> None:
    """The callback's own key is no more tested once a newer one was: ENS would sign with that."""
    id_ = GUID.replace("08b", "28b")
    callback = {**declared(), "mid": MID, "changed_at": "", "signature_key": KEY}
    first, newer = (_declared(receiver, callback_id=id_, key=key) for key in (KEY, OTHER_KEY))
    plugin.check(declared(), declared())
    plugin.diff(id_, callback, declared())

    assert refusal(self_tests.diff, id_, newer, first) == (
        f"ens_provider.ConfigurationError: The self-test of callback {id_} goes back to the key that the "
        "callback began with, which a newer one has made void: ENS would sign with the newer one, and "
        "the endpoint refuse every delivery. Nothing was tested. Declare the SignatureKey again "
        "(signature_key_version of a NotificationEndpoint), or give the endpoint another URL, which "
        "makes another callback."
    )
    assert self_tests.diff(id_, first, newer) == ["key"]
    assert self_tests.diff(id_, first, {**first, "timeout_seconds": 10}) == []
    other = {**newer, "callback_id": GUID.replace("08b", "38b")}
    assert self_tests.diff(other["callback_id"], other, first) == ["callback_id", "key"]
