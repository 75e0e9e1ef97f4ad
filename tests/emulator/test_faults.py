"""Scripted faults really happen on the wire."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from tests.emulator.caller import CALLBACKS, Caller, refusal

CREATE = f"POST {CALLBACKS}"
LIST = f"GET {CALLBACKS}"
ONE = f"GET {CALLBACKS}/{{callbackId}}"


def test_drop_before_the_request_takes_effect(emulator: EmulatorProcess, caller: Caller) -> None:
    """The connection ends without an answer, and nothing was created."""
    emulator.add_fault(route=CREATE, do="drop", when="before")
    with pytest.raises(requests.ConnectionError):
        caller.create()

    assert emulator.state()["callbacks"] == []
    assert [call["status"] for call in emulator.calls()] == [200, None]
    assert caller.create().status_code == 201


def test_drop_after_the_request_took_effect(emulator: EmulatorProcess, caller: Caller) -> None:
    """The connection ends without an answer, and the callback is there."""
    emulator.add_fault(route=CREATE, do="drop", when="after")
    with pytest.raises(requests.ConnectionError):
        caller.create()

    assert caller.names() == ["orders"]


def test_truncated_answer(emulator: EmulatorProcess, caller: Caller) -> None:
    """The answer promises its whole length and ends halfway, after the effect."""
    emulator.add_fault(route=CREATE, do="truncate", when="after")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        caller.create()

    assert caller.names() == ["orders"]
    assert [call["status"] for call in emulator.calls()][1] is None


def test_status_before(emulator: EmulatorProcess, caller: Caller) -> None:
    """The answer is the scripted one, and the request has no effect."""
    emulator.add_fault(
        route=CREATE, do="status", status=418, body={"odd": True}, headers={"X-Odd": "yes"}
    )
    answer = caller.create()

    assert (answer.status_code, answer.json(), answer.headers["X-Odd"]) == (
        418,
        {"odd": True},
        "yes",
    )
    assert caller.names() == []


def test_status_after(emulator: EmulatorProcess, caller: Caller) -> None:
    """The answer is the scripted one, and the request took effect; text is sent as it is."""
    emulator.add_fault(route=CREATE, do="status", when="after", status=502, body="<h1>Oops</h1>")
    answer = caller.create()

    assert (answer.status_code, answer.text) == (502, "<h1>Oops</h1>")
    assert caller.names() == ["orders"]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (401, refusal("Not Authorized", 0), {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
        (
            429,
            refusal("Rate limit exceeded", 50100) | {"retryAfter": 5},
            {"Retry-After": "5"},
        ),
        (500, refusal("Internal Server Error", 30000), {}),
        (503, refusal("Service Unavailable", 50300), {}),
    ],
)
def test_status_without_a_body_is_worded_as_the_service_does(
    emulator: EmulatorProcess,
    caller: Caller,
    status: int,
    body: dict[str, object],
    headers: dict[str, str],
) -> None:
    """A fault that names only a status has the service's own body and headers."""
    emulator.add_fault(route=LIST, do="status", status=status)
    answer = caller.get(CALLBACKS)

    assert (answer.status_code, answer.json()) == (status, body)
    assert {name: answer.headers[name] for name in headers} == headers


def test_other_body(emulator: EmulatorProcess, caller: Caller) -> None:
    """The real answer keeps its status and gets another body."""
    emulator.add_fault(route=LIST, do="body", when="after", body="not JSON")
    answer = caller.get(CALLBACKS)

    assert (answer.status_code, answer.text) == (200, "not JSON")


def test_delay_then_the_real_answer(emulator: EmulatorProcess, caller: Caller) -> None:
    """A delayed request goes on as if nothing had been; a client may give up before."""
    emulator.add_fault(route=LIST, do="delay", seconds=0.3, times=2)
    caller.authorize()
    with pytest.raises(requests.ReadTimeout):
        caller.call("GET", CALLBACKS, timeout=0.05)

    assert caller.get(CALLBACKS).json() == []


def test_nth_and_times_count_from_when_the_fault_was_added(
    emulator: EmulatorProcess, caller: Caller
) -> None:
    """The second and the third call of the route fail, other routes do not count."""
    caller.get(CALLBACKS)
    emulator.add_fault(route=LIST, do="status", status=500, nth=2, times=2)
    statuses = []
    for _ in range(4):
        caller.get(f"{CALLBACKS}/x")
        statuses.append(caller.get(CALLBACKS).status_code)

    assert statuses == [200, 500, 500, 200]


def test_fault_for_every_call(emulator: EmulatorProcess, caller: Caller) -> None:
    """Without a number of times a fault lasts until it is deleted."""
    emulator.add_fault(route=LIST, do="status", status=503, times=None)
    statuses = [caller.get(CALLBACKS).status_code for _ in range(3)]
    emulator.clear_faults()

    assert statuses == [503, 503, 503]
    assert caller.get(CALLBACKS).status_code == 200


def test_route_with_an_id(emulator: EmulatorProcess, caller: Caller) -> None:
    """A route is named by its template, whatever the id."""
    emulator.add_fault(route=ONE, do="status", status=500)

    assert caller.get(f"{CALLBACKS}/anything").status_code == 500


def test_token_route(emulator: EmulatorProcess, caller: Caller) -> None:
    """The token route can fail like any other."""
    emulator.add_fault(route="POST /v2/token", do="status", status=503)

    assert caller.ask_token().status_code == 503
    assert caller.ask_token().status_code == 200


@pytest.mark.parametrize(("when", "during"), [("before", []), ("after", ["orders"])])
def test_held_request_goes_on_when_the_faults_are_deleted(
    emulator: EmulatorProcess, caller: Caller, when: str, during: list[str]
) -> None:
    """A test can wait for a call, look around, and let it go on."""
    emulator.add_fault(route=CREATE, do="hold", when=when)
    caller.authorize()
    assert [fault["held"] for fault in emulator.faults()] == [False]
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(caller.create)
        while not emulator.faults()[0]["held"]:
            time.sleep(0.01)
        names = [callback["callbackName"] for callback in emulator.state()["callbacks"]]
        emulator.clear_faults()
        status = creation.result(20).status_code

    assert (names, status) == (during, 201)
    assert caller.names() == ["orders"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"do": "drop"}, "A fault names its 'route'."),
        (
            {"route": LIST, "do": "explode"},
            "'do' is one of drop, status, delay, body, truncate, hold.",
        ),
        ({"route": LIST, "do": "drop", "when": "never"}, "'when' is one of before, after."),
        ({"route": LIST, "do": "drop", "nth": 0}, "'nth' is a whole number from 1 on."),
        (
            {"route": LIST, "do": "status", "status": 99},
            "'status' is a whole number from 200 to 599.",
        ),
        (
            {"route": LIST, "do": "status", "headers": {"Retry-After": 5}},
            "'headers' is an object of texts.",
        ),
        ({"route": LIST, "do": "delay", "seconds": -1}, "'seconds' is a number from 0 on."),
        ({"route": LIST, "do": "drop", "colour": "red"}, "A fault has no field 'colour'."),
        (
            {"route": LIST, "do": "truncate"},
            "'truncate' alters the real answer: 'when' has to be 'after'.",
        ),
    ],
)
def test_fault_that_cannot_be(
    emulator: EmulatorProcess, fields: dict[str, object], sentence: str
) -> None:
    """A fault that cannot be read is refused, and none is added."""
    with pytest.raises(EmulatorError) as refused:
        emulator.add_fault(**fields)

    assert str(refused.value) == f"The emulator refused POST faults: {sentence}"
    assert emulator.faults() == []


def test_fault_on_a_route_that_does_not_exist(emulator: EmulatorProcess) -> None:
    """A mistyped route is refused with the routes that exist."""
    with pytest.raises(EmulatorError, match=r"'route' is one of POST /v2/token, POST /platform/"):
        emulator.add_fault(route=f"POST {CALLBACKS}/", do="drop")
