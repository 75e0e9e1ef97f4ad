"""`docs/emulator.md` says of the emulator what it does: answers, tries, states, switches, routes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from ens_provider.emulator import faults
from ens_provider.emulator.administered import AdministeredEmulator
from ens_provider.emulator.clock import MovableClock
from ens_provider.emulator.deliveries import ACKNOWLEDGING, State
from ens_provider.emulator.event_requests import REQUEST_FIELDS
from ens_provider.emulator.https_post import ConnectionOptions, HTTPSPoster
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.matching import Audience, Event
from ens_provider.emulator.nearest_miss import NearestMiss
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.emulator.records import Subscription
from ens_provider.emulator.routes import ROUTE_KEYS, ROUTES
from ens_provider.emulator.samples.catalogue import SAMPLES
from ens_provider.emulator.schedules import SCHEDULES, GiveUp
from ens_provider.emulator.server import application, emulator_of
from ens_provider.emulator.service import Service
from ens_provider.emulator.suspensions import (
    FAILURES_WITHIN_SECONDS,
    FIRST_SUSPENSION_SECONDS,
    LONGEST_SUSPENSION_SECONDS,
)
from ens_provider.emulator.switches import CHOICES, LONGEST_PROPAGATION_SECONDS, Switches
from ens_provider.emulator.trouble import MOST_COPIES, ORDERS, TROUBLE_FIELDS
from tests.emulator.caller import VERIFY, Caller
from tests.repo.emulator_answers import Provoked
from tests.repo.files import text_of
from tests.repo.tables import section, table_below
from tests.unit.emulator.world import CALLBACK, EVENT, SUBSCRIPTION
from tools.endpoint import Endpoint

PAGE = text_of("docs/emulator.md")
MINUTE = 60.0
_NAMES = re.compile(r"`([^`]+)`")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """What the callbacks of the page lead to."""
    with Endpoint(("receiver.test",)) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def emulator(endpoint: Endpoint) -> Iterator[EmulatorProcess]:
    """An emulator whose probes find the endpoint."""
    options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture
def caller(emulator: EmulatorProcess) -> Iterator[Caller]:
    """A caller of an account without anything."""
    emulator.reset()
    with Caller(emulator) as caller:
        yield caller


def _named(column: str, heading: str, *, number: int = 0) -> list[str]:
    """Return what a column of a table puts into code, in its order."""
    rows = table_below(PAGE, heading, number=number)
    return [name for row in rows for name in _NAMES.findall(row[column])]


def test_operations() -> None:
    """Each operation stands in the table once, with the permission that it needs, and the token."""
    rows = table_below(PAGE, "Operations")
    permissions = {row["operation"].strip("`"): row["permission"].strip("`") for row in rows}

    assert list(permissions) == [*ROUTE_KEYS[1:], ROUTE_KEYS[0]]
    assert permissions == {
        **{route.key: route.scope or "none" for route in ROUTES},
        ROUTE_KEYS[0]: "none",
    }


def test_answers_of_operations(
    emulator: EmulatorProcess, caller: Caller, endpoint: Endpoint
) -> None:
    """Each operation answers with each status of its row, and with no other."""
    endpoint.answer(200)
    rows = table_below(PAGE, "Operations")
    written = {
        row["operation"].strip("`"): {int(n) for n in re.findall(r"(?:^|; )(\d+)", row["answers"])}
        for row in rows
    }

    assert Provoked(emulator, caller).everything() == written


def test_switches_of_answers() -> None:
    """Every switch that the table of operations names exists."""
    named = re.findall(r"switch `(\w+)`", section(PAGE, "Operations"))

    assert len(named) > 5
    assert set(named) <= set(CHOICES)


def test_refusals_of_every_operation(emulator: EmulatorProcess, caller: Caller) -> None:
    """They are those of the sentence, in its order: the first that applies is answered."""
    [sentence] = re.findall(r"Before all that .*?1 MiB\.", PAGE, re.DOTALL)
    written = [int(number) for number in re.findall(r"\b\d{3}\b", sentence)]
    too_much = {"data": b" " * (1024 * 1024 + 1)}
    wrong = f"{VERIFY}?x=1"
    no_token, as_json = {"Authorization": "Bearer none"}, {"Content-Type": "application/json"}
    emulator.set_rate_limit(requests=0, seconds=1000)
    with Caller(emulator, scope="") as nobody:
        limited = nobody.call("POST", wrong, **too_much, headers=no_token)
        emulator.lift_rate_limit()
        answers = [
            limited,
            nobody.call("POST", wrong, **too_much, headers=no_token),
            nobody.call("POST", wrong, **too_much),
            caller.call("POST", wrong, **too_much),
            caller.call("POST", VERIFY, **too_much),
            caller.call("POST", VERIFY, **too_much, headers=as_json),
        ]
    told = [answer.status_code for answer in answers]

    assert told == written == [429, 401, 403, 400, 415, 413]
    assert caller.get("/platform/v1/nothing").status_code == 404
    assert caller.get("/elsewhere").status_code == 596


def test_fields_of_a_request() -> None:
    """The table has each field of a request for events, and no other."""
    assert _named("field of a request", "Deliveries") == list(REQUEST_FIELDS)


def test_statuses_that_acknowledge() -> None:
    """The sentence names them all."""
    [sentence] = re.findall(r"[\d, and]+ acknowledge it;", section(PAGE, "Deliveries"))

    assert [int(number) for number in re.findall(r"\d+", sentence)] == list(ACKNOWLEDGING)


def _due(edition: str) -> tuple[list[float], GiveUp]:
    schedule, due = SCHEDULES[edition], [0.0]
    while True:
        step = schedule.after(len(due), at=due[-1], now=due[-1], first_at=0)
        if isinstance(step, GiveUp):
            return due, step
        due.append(step.at)


def test_table_of_tries() -> None:
    """Its numbers are those that the schedules play."""
    columns = [
        {name.strip("`"): cell for name, cell in row.items()} for row in table_below(PAGE, "Tries")
    ]
    rows = {row.pop(""): row for row in columns}
    minutes = [int(n) for n in re.findall(r"\d+", rows["then"]["newest"])]
    due, end = _due("newest")
    dropped_after, dropped = _due("suspend")

    for edition in ("newest", "suspend"):
        assert float(rows["seconds to answer"][edition]) == SCHEDULES[edition].budget_seconds
        assert (rows["suspends callbacks"][edition] == "yes") == SCHEDULES[edition].suspends
    assert due[:3] == [0, 1, 2]
    assert int(rows["tries in quick succession"]["newest"]) == 3
    intervals = [later - sooner for sooner, later in pairwise(due[2:])]
    assert intervals[: len(minutes)] == [minute * MINUTE for minute in minutes]
    assert set(intervals[len(minutes) :]) == {minutes[-1] * MINUTE}
    assert (end.state, rows["at the end"]["newest"].split(",")[0]) == ("failed", "`failed`")
    assert int(rows["tries in quick succession"]["suspend"]) == len(dropped_after) == 4
    assert rows["then"]["suspend"] == f"`{dropped.state}`"


def test_numbers_of_suspensions() -> None:
    """The section has the minutes that code counts with."""
    numbers = [int(number) for number in re.findall(r"\d+", section(PAGE, "Suspensions"))]

    assert [number * MINUTE for number in numbers] == [
        FAILURES_WITHIN_SECONDS,
        FIRST_SUSPENSION_SECONDS,
        LONGEST_SUSPENSION_SECONDS,
    ]


def test_states_of_a_delivery() -> None:
    """The table has each state, in the order in which code has them."""
    assert _named("state", "What became of them") == [state.value for state in State]


def test_fields_of_a_delivery(emulator: EmulatorProcess, caller: Caller) -> None:
    """The table has each field that a delivery shows, and each of a try."""
    caller.subscribed(caller.verified()["callbackId"])
    emulator.send_events([{"eventCategoryType": "TransactionalSendEvents.EmailSent"}])
    [delivery] = emulator.deliveries()
    [tries] = [
        row["what"]
        for row in table_below(PAGE, "What became of them", number=1)
        if row["field"] == "`tries`"
    ]

    assert sorted(_named("field", "What became of them", number=1)) == sorted(delivery)
    assert _NAMES.findall(tries) == list(delivery["tries"][0])


def test_trouble() -> None:
    """The table has each field of trouble, each order, and how many copies there may be."""
    what = {row["field"].strip("`"): row["what"] for row in table_below(PAGE, "Trouble on demand")}

    assert list(what) == list(TROUBLE_FIELDS)
    assert _NAMES.findall(what["order"]) == list(ORDERS)
    assert f"1 to {MOST_COPIES}" in what["copies"]


def _account(*subscriptions: Subscription, verified: bool = True) -> Ledger:
    """Return an account with a callback of the default unit, and one of the other unit."""
    ledger = Ledger(clock=MovableClock(machine_time=lambda: 1000.0), switches=Switches())
    for mid, key in ((1234567, "cb"), (7654321, "other")):
        changed = replace(CALLBACK, mid=mid, callback_id=key, verified=verified)
        ledger.callbacks.write(key, changed, at=0.0)
    for each in subscriptions:
        ledger.subscriptions.write(each.subscription_id, each, at=970.0)
    return ledger


def _told(ledger: Ledger, event: Event) -> str:
    return NearestMiss(ledger, Audience(ledger, 1234567)).sentence(event)


def test_misses() -> None:
    """Each sentence of the table is the one that the miss is told with."""
    sent = replace(SUBSCRIPTION, mid=1234567)
    late = _account(sent)
    late.switches = Switches(propagation_seconds="100")
    filtered = _account(replace(sent, filters=("definitionKey=welcome",)))
    spelt = _account(replace(sent, event_types=("TransactionalSendEvents.SMSSent",)))
    elsewhere = _account(replace(sent, mid=7654321, callback_id="other"))
    sms = {"eventCategoryType": "TransactionalSendEvents.SmsSent"}
    opened = {"eventCategoryType": "EngagementEvents.EmailOpen"}

    assert [row["sentence"] for row in table_below(PAGE, "Why an event reached nobody")] == [
        _told(late, EVENT),
        _told(filtered, {**EVENT, "definitionKey": "bye"}),
        _told(_account(replace(sent, status="paused")), EVENT),
        _told(_account(sent, verified=False), EVENT),
        _told(spelt, sms),
        _told(elsewhere, EVENT),
        _told(_account(sent), opened),
    ]


def test_event_types() -> None:
    """The number of samples is the one that there are."""
    assert f"each of the {len(SAMPLES)} types" in section(PAGE, "Event types")


def test_switches() -> None:
    """The table has each switch with its values, the default first, and no other."""
    rows = table_below(PAGE, "Switches")
    values = {
        row["switch"].strip("`"): tuple(
            "" if value == "empty" else value.strip("`") for value in row["values"].split(", ")
        )
        for row in rows
    }

    assert values.pop("propagation_seconds") == (f"0` to `{LONGEST_PROPAGATION_SECONDS}",)
    assert values == dict(CHOICES)
    assert [row["switch"] for row in rows if not row["what"]] == []


def test_fields_of_a_fault() -> None:
    """The table has each field of a fault, and everything that a fault does."""
    rows = {row["field"]: row["what"] for row in table_below(PAGE, "Faults")}

    assert sorted(_named("field", "Faults")) == sorted(faults._KNOWN_FIELDS)
    assert set(faults.DOES) < set(_NAMES.findall(rows["`do`"]))


def test_routes_and_methods() -> None:
    """The table has each route below `/_emulator`, and each method that calls one."""
    service = Service(poster=HTTPSPoster(ConnectionOptions()))
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in application(emulator_of(service)).router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith("/_emulator/")
        and route.method not in ("HEAD", "*")  # what comes with every GET, and the 404
    }
    methods = {
        name
        for name, _ in inspect.getmembers(AdministeredEmulator, inspect.isfunction)
        if not name.startswith("_")
    }

    routes = _named("route", "Routes of its own")
    assert sorted(routes) == sorted(served)
    assert sorted(_named("method", "Routes of its own")) == sorted(methods - {"administer"})


def test_program(endpoint: Endpoint, capfd: pytest.CaptureFixture[str]) -> None:
    """The program of the page runs, and prints an address and no delivery of an empty account."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    program = program.replace("receiver.test=127.0.0.1:8443", endpoint.resolve[0])
    exec(program.replace("keys/ca.pem", str(endpoint.ca_file)), {})
    address, deliveries = capfd.readouterr().out.splitlines()

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    assert deliveries == "[]"
