"""What goes over the wire with a delivery, and what its answer means."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.emulator.samples.catalogue import sample_event
from tests.emulator.caller import REGENERATE, VERIFY, Caller
from tools.endpoint import Endpoint, Received

SENT = "TransactionalSendEvents.EmailSent"
EVENT = {"eventCategoryType": SENT, "link": "https://example.com/?a=1&b='<x>'"}
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent",'
    b'"link":"https://example.com/?a\\u003d1\\u0026b\\u003d\\u0027\\u003cx\\u003e\\u0027"}]'
)
CLOSED = "The underlying connection was closed: "


def signature(key: bytes, body: bytes) -> str:
    """The signature, made without the product."""
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def subscribed(caller: Caller, url: str = "https://receiver.test/orders") -> dict[str, Any]:
    """A verified callback with a subscription to sent e-mails."""
    record = caller.verified("orders", url)
    caller.subscribed(record["callbackId"])
    return record


def last(endpoint: Endpoint) -> Received:
    """The newest request that reached the endpoint."""
    return endpoint.received[-1]


def sent(emulator: EmulatorProcess) -> dict[str, Any]:
    """Let one event happen, at a clock that stands; its delivery."""
    emulator.stop_clock()
    (delivery,) = emulator.send_events([EVENT])["deliveries"]
    return delivery


def test_delivery_on_the_wire(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """It is one POST of an escaped JSON array, signed with the key of the creation's answer."""
    record = subscribed(caller)
    sent(emulator)
    request = last(endpoint)

    assert (request.host, request.path, request.body) == ("receiver.test", "/orders", BODY)
    assert request.headers == {
        "Host": "receiver.test",
        "Content-Type": "application/json",
        "Content-Length": str(len(BODY)),
        "Connection": "close",
        "x-sfmc-ens-signature": signature(base64.b64decode(record["signatureKey"]), BODY),
    }


@pytest.mark.parametrize("encoding", ["decoded", "utf8"])
def test_signature_key_encoding(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, encoding: str
) -> None:
    """The HMAC key is what the signature key decodes to, or its text."""
    emulator.set_switches(signature_key_encoding=encoding)
    text = subscribed(caller)["signatureKey"]
    sent(emulator)
    key = base64.b64decode(text) if encoding == "decoded" else text.encode()

    assert last(endpoint).headers["x-sfmc-ens-signature"] == signature(key, BODY)


def test_regenerated_key_signs_from_then_on(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """After a regeneration the old key signs nothing any more."""
    record = subscribed(caller)
    answer = caller.put(REGENERATE, [{"callbackId": record["callbackId"]}])
    sent(emulator)
    key = base64.b64decode(answer.json()[0]["signatureKey"])

    assert last(endpoint).headers["x-sfmc-ens-signature"] == signature(key, BODY)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204])
def test_statuses_that_acknowledge(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, status: int
) -> None:
    """Five statuses acknowledge a delivery, unlike the probe, which takes 200 alone."""
    subscribed(caller)
    endpoint.answer(status)
    delivery = sent(emulator)

    assert (delivery["status"], delivery["failure"]) == (status, None)
    assert delivery["acknowledged"] is True
    assert emulator.retry_deliveries() == []


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (205, "(205) Reset Content."),
        (206, "(206) Partial Content."),
        (302, "(302) Found."),
        (400, "(400) Bad Request."),
        (503, "(503) Service Unavailable."),
    ],
)
def test_statuses_that_do_not(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, status: int, failure: str
) -> None:
    """Anything else does not, is tried again a second later, and no redirect is followed."""
    subscribed(caller)
    endpoint.received.clear()
    endpoint.answer(status, headers={"Location": "https://second.test/"})
    delivery = sent(emulator)

    assert (delivery["status"], delivery["acknowledged"]) == (status, False)
    assert delivery["failure"] == (f"ProtocolError. The remote server returned an error: {failure}")
    assert (delivery["attempts"], len(endpoint.received)) == (1, 1)
    assert (delivery["state"], delivery["nextAttemptAt"]) == ("waiting", delivery["at"] + 1)


def test_endpoint_that_is_too_slow(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """An answer after the time is none."""
    subscribed(caller)
    emulator.set_switches(delivery_retries="suspend")
    endpoint.answer(200, delay_seconds=60)
    delivery = sent(emulator)

    assert (delivery["status"], delivery["acknowledged"]) == (None, False)
    assert delivery["failure"] == "Timeout. The operation has timed out"


def test_endpoint_that_hangs_up(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A connection that is closed without an answer acknowledges nothing."""
    subscribed(caller)
    endpoint.answer(None)

    assert sent(emulator)["failure"] == (
        f"ConnectionClosed. {CLOSED}The connection was closed unexpectedly."
    )


def test_endpoint_that_does_not_listen(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A refused connection is told, and a retry reaches the endpoint that is back."""
    subscribed(caller)
    endpoint.stop()
    delivery = sent(emulator)
    endpoint.start()
    (again,) = emulator.retry_deliveries()

    assert delivery["failure"] == "ConnectFailure. Unable to connect to the remote server"
    assert again == delivery | {
        "state": "acknowledged",
        "nextAttemptAt": None,
        "attempts": 2,
        "tries": [
            *delivery["tries"],
            {"at": again["tries"][1]["at"], "status": 200, "failure": None},
        ],
        "status": 200,
        "failure": None,
        "acknowledged": True,
    }
    assert last(endpoint).body == BODY


@pytest.mark.parametrize(("signed_with", "number"), [("new", 1), ("old", 0)])
def test_retry_signed_with(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint, signed_with: str, number: int
) -> None:
    """A batch that goes again after a rotation has the new key's signature, or the first one's."""
    emulator.set_switches(retry_signed_with=signed_with)
    record = subscribed(caller)
    endpoint.answer(503)
    sent(emulator)
    rotated = caller.put(REGENERATE, [{"callbackId": record["callbackId"]}]).json()[0]
    emulator.retry_deliveries()
    keys = [record["signatureKey"], rotated["signatureKey"]]

    assert last(endpoint).body == BODY
    assert last(endpoint).headers["x-sfmc-ens-signature"] == signature(
        base64.b64decode(keys[number]), BODY
    )


def test_deliveries_are_listed_and_forgotten(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """The newest is last, each as its request answered it, until they are forgotten."""
    subscribed(caller)
    first = sent(emulator)
    endpoint.answer(500)
    second = sent(emulator)

    assert emulator.deliveries() == [first, second]
    emulator.clear_deliveries()
    assert emulator.deliveries() == []
    assert emulator.retry_deliveries() == []


def test_delivery_is_listed_while_it_is_made(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """While an endpoint is asked, others are served, and nothing is tried twice."""
    subscribed(caller)
    seen: list[Any] = []

    def look(_body: Any) -> None:
        seen.extend([emulator.deliveries(), emulator.retry_deliveries()])

    endpoint.hook = look
    sent(emulator)
    (under_way,), retried = seen

    assert (under_way["attempts"], under_way["status"]) == (1, None)
    assert (under_way["failure"], under_way["acknowledged"]) == (None, False)
    assert retried == []


def test_delivery_that_is_tried_again_is_not_tried_twice_at_a_time(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A retry leaves out what another retry is sending."""
    subscribed(caller)
    endpoint.answer(503)
    sent(emulator)
    seen: list[Any] = []

    def retry(_body: Any) -> None:
        endpoint.hook = None
        seen.append(emulator.retry_deliveries())

    endpoint.hook = retry
    (tried,) = emulator.retry_deliveries()

    assert seen == [[]]
    assert tried["attempts"] == 2


def test_calls_tell_deliveries_from_requests(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A delivery is in the log with its URL and status; the request that caused it is not."""
    subscribed(caller)
    emulator.clear_calls()
    endpoint.answer(202)
    sent(emulator)
    endpoint.answer(None)
    sent(emulator)

    assert [
        (c["kind"], c["method"], c["path"], c["status"], c["mid"]) for c in emulator.calls()
    ] == [
        ("delivery", "POST", "https://receiver.test/orders", 202, 1234567),
        ("delivery", "POST", "https://receiver.test/orders", None, 1234567),
    ]


def test_nothing_secret_is_shown(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """No key and no signature is in the answer, in the deliveries or in the calls."""
    record = subscribed(caller)
    endpoint.answer(503)
    emulator.stop_clock()
    answer = emulator.send_events([EVENT])
    shown = json.dumps([answer, emulator.deliveries(), emulator.calls()])

    assert record["signatureKey"] not in shown
    assert last(endpoint).headers["x-sfmc-ens-signature"] not in shown
    assert "example.com" not in shown


def test_reset_forgets_deliveries(emulator: EmulatorProcess, caller: Caller) -> None:
    """A reset forgets what was delivered, too."""
    subscribed(caller)
    sent(emulator)
    emulator.reset()

    assert emulator.deliveries() == []


def test_subscriptions_deliver_after_a_restart(endpoint: Endpoint, tmp_path: Any) -> None:
    """A state file keeps keys and subscriptions, so that events go on; deliveries it does not."""
    options = EmulatorOptions(
        state_file=tmp_path / "state", resolve=endpoint.resolve, ca_file=endpoint.ca_file
    )
    with EmulatorProcess(options) as first, Caller(first) as caller:
        record = subscribed(caller)
        sent(first)
    with EmulatorProcess(options) as second:
        assert second.deliveries() == []
        assert sent(second)["acknowledged"]

    key = base64.b64decode(record["signatureKey"])
    assert last(endpoint).headers["x-sfmc-ens-signature"] == signature(key, BODY)


def test_receiver_that_verifies_itself_in_the_probe_gets_events(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """A callback that was verified inside its probe is delivered to."""
    with Caller(emulator) as receiver:
        endpoint.hook = lambda probe: receiver.post(VERIFY, probe)
        record = caller.created()
        endpoint.hook = None
    caller.subscribed(record["callbackId"])

    assert sent(emulator)["acknowledged"]


def test_click_is_signed_over_its_escapes(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """The signature of a click does not fit the events that were parsed and written again."""
    record = caller.verified()
    caller.subscribed(record["callbackId"], eventCategoryTypes=["EngagementEvents.EmailClick"])
    emulator.send_events([sample_event("EngagementEvents.EmailClick")])
    request = last(endpoint)
    key = base64.b64decode(record["signatureKey"])
    again = json.dumps(json.loads(request.body), separators=(",", ":")).encode()

    assert request.headers["x-sfmc-ens-signature"] == signature(key, request.body)
    assert request.headers["x-sfmc-ens-signature"] != signature(key, again)
