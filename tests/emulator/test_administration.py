"""The administration routes: calls, state, clients, clock, reset."""

import json
from email.utils import parsedate_to_datetime

import pytest

from ens_provider.emulator.administered import AdministeredEmulator
from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from tests.emulator.caller import CALLBACKS, CONTEXT, SUBSCRIPTIONS, VERIFY, Caller
from tools.endpoint import Endpoint
from tools.loopback_server import held_port


def test_calls_in_their_order(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Token, creation, its probe, the verification inside it and a failure, and nothing else."""
    with Caller(emulator) as receiver:
        receiver.authorize()
        endpoint.hook = lambda probe: receiver.post(VERIFY, probe)
        caller.created()
        endpoint.hook = None
        caller.get(f"{CALLBACKS}/unknown")
        emulator.state()
    calls = emulator.calls()

    assert [(c["kind"], c["method"], c["path"], c["status"], c["mid"]) for c in calls] == [
        ("request", "POST", "/v2/token", 200, 1234567),
        ("request", "POST", "/v2/token", 200, 1234567),
        ("request", "POST", CALLBACKS, 201, 1234567),
        ("probe", "POST", "https://receiver.test/orders", 200, 1234567),
        ("request", "POST", VERIFY, 200, 1234567),
        ("request", "GET", f"{CALLBACKS}/unknown", 404, 1234567),
    ]
    assert all(set(call) == {"kind", "method", "path", "status", "mid", "at"} for call in calls)
    assert [call["at"] for call in calls] == sorted(call["at"] for call in calls)


def test_calls_carry_no_secret(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Neither tokens nor secrets nor keys are in the log, not even from an address."""
    token = caller.ask_token().json()["access_token"]
    record = caller.verified()
    caller.get(f"{CALLBACKS}?access_token={token}")
    log = json.dumps(emulator.calls())

    for secret in (
        token,
        '"secret"',
        record["signatureKey"],
        endpoint.probes[0]["verificationKey"],
    ):
        assert secret not in log


@pytest.mark.parametrize(("method", "name"), [("GET", "nothing"), ("PATCH", "calls")])
def test_route_that_is_none(emulator: EmulatorProcess, method: str, name: str) -> None:
    """It is refused with a sentence, and is no call of the service, which would be limited."""
    emulator.set_rate_limit(requests=1, seconds=60)
    with pytest.raises(EmulatorError) as refused:
        emulator.administer(method, name)

    assert str(refused.value) == (
        f"The emulator refused {method} {name}: There is no {method} /_emulator/{name}."
    )
    assert emulator.calls() == []


def test_emulator_is_gone() -> None:
    """Its administration says so, in an error of its own kind."""
    gone = AdministeredEmulator()
    with held_port(0) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        gone.rest_url = f"http://{address}/"
        with pytest.raises(EmulatorError) as failed:
            gone.state()

    assert str(failed.value) == (
        f"The emulator at {address} gave no answer to GET state (ConnectionRefusedError)."
    )


def test_calls_can_be_forgotten(emulator: EmulatorProcess, caller: Caller) -> None:
    """The log starts anew, and administration is never in it."""
    caller.get(CALLBACKS)
    emulator.clear_calls()
    emulator.switches()

    assert emulator.calls() == []


def test_refused_calls_have_no_business_unit(emulator: EmulatorProcess, caller: Caller) -> None:
    """A request without a good token belongs to nobody."""
    caller.ask_token(client_secret="wrong")

    assert [(c["status"], c["mid"]) for c in emulator.calls()] == [(401, None)]


def test_state_shows_everything(emulator: EmulatorProcess, caller: Caller) -> None:
    """The state has the objects of every unit, keys included."""
    record = caller.verified()
    subscription = caller.subscribed(record["callbackId"], filters=["definitionKey=a"])
    state = emulator.state()
    (callback,) = state["callbacks"]
    created_at = callback.pop("createdAt")
    verification_key = callback.pop("verificationKey")

    assert created_at == pytest.approx(emulator.now(), abs=60)
    assert len(verification_key) == 44
    assert callback == {
        "callbackId": record["callbackId"],
        "callbackName": "orders",
        "url": "https://receiver.test/orders",
        "maxBatchSize": 1000,
        "status": "verified",
        "statusReason": "none",
        "mid": 1234567,
        "signatureKey": record["signatureKey"],
        "verified": True,
        "probe": "answered",
        "suspendedUntil": None,
    }
    assert state["subscriptions"] == [
        {
            "subscriptionId": subscription["subscriptionId"],
            "callbackId": record["callbackId"],
            "subscriptionName": "sent",
            "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"],
            "filters": ["definitionKey=a"],
            "status": "active",
            "statusReason": "",
            "mid": 1234567,
        }
    ]


def test_client_with_some_scopes_and_another_unit(emulator: EmulatorProcess) -> None:
    """A client has the units and the scopes that it was given, and shows no secret."""
    emulator.set_client(
        "reader", client_secret="hush", mids=[42], scopes=["event_notification_callback_read"]
    )
    with Caller(emulator, client_id="reader", client_secret="hush") as reader:
        assert reader.get(CONTEXT).json()["organization"] == {"id": 42}
        assert reader.get(CALLBACKS).status_code == 200
        assert reader.create().status_code == 403
        foreign = {"client_id": "reader", "client_secret": "hush", "account_id": 1234567}
        assert reader.ask_token(**foreign).status_code == 400
    clients = emulator.administer("GET", "clients")

    assert clients[1] == {
        "client_id": "reader",
        "mids": [42],
        "scopes": ["event_notification_callback_read"],
    }
    assert "hush" not in json.dumps(clients)


def test_client_secret_is_replaced(emulator: EmulatorProcess, caller: Caller) -> None:
    """A new secret voids the old one; tokens that were fetched with it stay good."""
    caller.authorize()
    emulator.set_client("client", client_secret="next")

    assert caller.ask_token().status_code == 401
    assert caller.ask_token(client_secret="next").status_code == 200
    assert caller.get(CALLBACKS).status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"client_secret": "s", "mids": [1]}, "A client has a 'client_id', which is text."),
        (
            {"client_id": "c", "client_secret": "s", "mids": []},
            "'mids' is an array of numbers, its first one the default.",
        ),
        (
            {"client_id": "c", "client_secret": "s", "mids": ["1"]},
            "'mids' is an array of numbers, its first one the default.",
        ),
        (
            {"client_id": "c", "client_secret": "s", "mids": [1], "more": 1},
            "A client has no field 'more'.",
        ),
    ],
)
def test_client_that_cannot_be(
    emulator: EmulatorProcess, fields: dict[str, object], sentence: str
) -> None:
    """A client that cannot be read is refused, and none is added."""
    with pytest.raises(EmulatorError) as refused:
        emulator.administer("POST", "clients", fields)

    assert str(refused.value) == f"The emulator refused POST clients: {sentence}"
    assert len(emulator.administer("GET", "clients")) == 1


def test_dates_follow_the_clock(emulator: EmulatorProcess, caller: Caller) -> None:
    """Every answer's date is the emulator's, so that a client can measure ages with it."""
    before = emulator.now()
    emulator.move_clock(86_400)
    for answer in (caller.ask_token(), caller.get(CALLBACKS), caller.get("/elsewhere")):
        dated = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert before + 86_399 <= dated <= emulator.now()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"seconds": -1}, "the clock moves ahead only: seconds must be 0 or more."),
        ({"seconds": 1e12}, "the clock goes to the end of the year 9998."),
        ({"seconds": 10**400}, "the clock goes to the end of the year 9998."),
        ({"seconds": "60"}, "'seconds' is a number."),
        ({}, "'seconds' is a number."),
        ({"running": 1}, "'running' is true or false."),
        ({"seconds": 1, "days": 1}, "A change of the clock has no field 'days'."),
        ([60], "The request body is an object."),
    ],
)
def test_clock_that_cannot_be_moved_so(
    emulator: EmulatorProcess, body: object, sentence: str
) -> None:
    """The clock goes ahead by a number of seconds, and never back."""
    with pytest.raises(EmulatorError) as refused:
        emulator.administer("POST", "clock", body)

    assert str(refused.value) == f"The emulator refused POST clock: {sentence}"


def test_clock_that_stands(emulator: EmulatorProcess) -> None:
    """It moves by what it is moved by alone, and runs on from there; a reset lets it run, too."""
    emulator.stop_clock()
    before = emulator.now()
    emulator.move_clock(60)
    assert emulator.now() == before + 60
    assert emulator.administer("GET", "clock") == {"now": before + 60, "running": False}

    emulator.start_clock()
    assert before + 60 <= emulator.now() < before + 600
    emulator.stop_clock()
    emulator.reset()
    assert emulator.administer("GET", "clock")["running"] is True


def test_reset_forgets_everything(emulator: EmulatorProcess, caller: Caller) -> None:
    """Objects, calls, faults, switches, clients, tokens and the clock are as at the start."""
    real = emulator.now()
    caller.subscribed(caller.verified()["callbackId"])
    emulator.set_switches(duplicate_callback="400")
    emulator.set_client("more", client_secret="s")
    emulator.add_fault(route=f"GET {SUBSCRIPTIONS}/{{subscriptionId}}", do="drop")
    emulator.move_clock(1000)
    emulator.reset()

    assert emulator.state() == {"callbacks": [], "subscriptions": []}
    assert emulator.calls() == []
    assert emulator.faults() == []
    assert emulator.switches()["duplicate_callback"] == "304"
    assert len(emulator.administer("GET", "clients")) == 1
    assert emulator.now() < real + 900
    assert caller.get(CALLBACKS).status_code == 401
