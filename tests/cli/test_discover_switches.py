"""`discover` finds each value of each switch that it can see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ens_provider.api.exchanges import Exchanges
from ens_provider.cli.discover.account import Unit
from ens_provider.cli.discover.bench import Bench
from ens_provider.cli.discover.callback_experiments import url_echo
from ens_provider.cli.discover.experiments import AFTERWARDS, EXPERIMENTS, Experiment, ask
from ens_provider.cli.discover.findings import NOT_VISIBLE, Result
from ens_provider.cli.discover.made import MadeCallback
from ens_provider.cli.discover.names import RunName
from ens_provider.emulator.process import EmulatorProcess
from ens_provider.emulator.switches import CHOICES
from tests.cli.discovering import (
    DEFAULTS,
    INVISIBLE,
    Discovering,
    config_of,
    key_server,
    shows,
    values,
)
from tests.engine.outside import Outside
from tools.endpoint import Endpoint

OTHERS = [
    (switch, value)
    for switch, choices in CHOICES.items()
    if switch not in INVISIBLE
    for value in choices[1:]
]
"""Each value that is not a default."""

ALL_OTHER = {
    "duplicate_callback": "400",
    "duplicate_match": "url",
    "name_case": "insensitive",
    "url_echo": "normalised",
    "probe_failure_body": "envelope",
    "failed_callback_kept": "false",
    "unverified_status": "created",
    "subscribe_unverified": "accepted",
    "regenerate_unverified": "400",
    "put_url": "applied",
    "put_unknown_callback": "201",
    "unchanged_put": "200",
    "empty_list": "404",
    "ok_without_content": "empty",
    "blank_filters": "absent",
    "subscription_name_scope": "business_unit",
    "array_of_many": "per_item",
    "unchanged_status": "rejected",
    "put_unknown_subscription": "400",
    "propagation_seconds": "3",
}
MIXED = (
    ALL_OTHER,
    ALL_OTHER
    | {"duplicate_match": "name", "put_url": "rejected", "array_of_many": "rejected"}
    | {"unverified_status": "", "blank_filters": "blank_item", "propagation_seconds": "0"},
    ALL_OTHER
    | {"duplicate_match": "name_and_url", "array_of_many": "all_or_nothing"}
    | {"duplicate_callback": "304", "subscribe_unverified": "400", "failed_callback_kept": "true"},
    ALL_OTHER
    | {"duplicate_match": "either", "put_unknown_callback": "404", "put_url": "ignored"}
    | {"subscription_name_scope": "callback", "empty_list": "200", "propagation_seconds": "7"},
    {"duplicate_match": "url", "name_case": "insensitive"},
    {"duplicate_match": "name", "name_case": "insensitive", "put_unknown_callback": "201"},
    {"duplicate_match": "name_and_url", "name_case": "insensitive", "put_url": "applied"},
    {"put_unknown_callback": "201", "array_of_many": "per_item", "unchanged_put": "200"},
    {"put_unknown_callback": "201", "array_of_many": "rejected"},
    {"propagation_seconds": "6", "put_url": "applied", "failed_callback_kept": "false"},
    {"propagation_seconds": "9", "array_of_many": "per_item"},
)

NEEDS_VERIFIED = (
    "it needs a verified callback: give --verification-key-url, or let the endpoint verify itself"
)


@pytest.fixture
def discovering(emulator: EmulatorProcess, endpoint: Endpoint) -> Iterator[Discovering]:
    """Runs whose endpoint hands out its verification keys."""
    with key_server(endpoint) as key_url:
        yield Discovering(emulator=emulator, key_url=key_url)


@pytest.fixture
def foreign(outside: Outside, emulator: EmulatorProcess) -> dict[str, object]:
    """What others hold in two business units, live; the emulator's whole state with it."""
    outside.create_live_callback("shop-prod-orders", url="https://receiver.test/orders")
    outside.create_callback("ens-discovery", url="https://other.test/")
    Outside(emulator, mid=7654321).create_live_callback(url="https://receiver.test/discover")
    # Old enough for every propagation.
    emulator.move_clock(121)
    return dict(emulator.state())


def test_every_switch_is_settled_or_called_invisible() -> None:
    """No switch of the emulator is forgotten, and none is asked for twice."""
    asked = [experiment.switch for experiment in (*EXPERIMENTS, *AFTERWARDS)]

    assert sorted([*asked, *NOT_VISIBLE]) == sorted([*CHOICES, "propagation_seconds"])
    assert set(NOT_VISIBLE) == INVISIBLE
    assert len(OTHERS) == 25


def test_defaults(discovering: Discovering, foreign: dict[str, object]) -> None:
    """The default emulator shows the default of every visible switch, and is left as it was."""
    told = discovering.run()

    assert values(told) == DEFAULTS
    assert told.discovered.left == []
    assert discovering.state() == foreign
    assert {switch for switch in INVISIBLE if shows(told, switch)[0] is Result.NOT_VISIBLE} == (
        INVISIBLE
    )


@pytest.mark.parametrize(("switch", "value"), OTHERS)
def test_value(
    discovering: Discovering, foreign: dict[str, object], switch: str, value: str
) -> None:
    """A value is found, the others stay at their defaults, and nothing of it is left."""
    discovering.emulator.set_switches(**{switch: value})
    told = discovering.run()

    assert values(told) == DEFAULTS | {switch: value}
    assert told.discovered.left == []
    assert discovering.state() == foreign


@pytest.mark.parametrize(("seconds", "found"), [("0.9", "1"), ("4", "4")])
def test_propagation(
    discovering: Discovering, foreign: dict[str, object], seconds: str, found: str
) -> None:
    """The seconds until a list shows a creation are found, rounded up."""
    discovering.emulator.set_switches(propagation_seconds=seconds)
    told = discovering.run()

    assert values(told) == DEFAULTS | {"propagation_seconds": found}
    assert discovering.state() == foreign


@pytest.mark.parametrize("switches", MIXED)
def test_values_together(
    discovering: Discovering, foreign: dict[str, object], switches: dict[str, str]
) -> None:
    """Values do not hide each other."""
    discovering.emulator.set_switches(**switches)
    told = discovering.run()

    assert values(told) == DEFAULTS | switches
    assert told.discovered.left == []
    assert discovering.state() == foreign


@pytest.mark.parametrize("status", ["200", "404"])
def test_empty_unit(discovering: Discovering, status: str) -> None:
    """In a unit without callbacks the list itself is looked at as well."""
    discovering.emulator.set_switches(empty_list=status)

    assert values(discovering.run())["empty_list"] == status
    assert discovering.state() == {"callbacks": [], "subscriptions": []}


def test_without_keys(discovering: Discovering, foreign: dict[str, object]) -> None:
    """Where nothing can be verified, what needs that is not settled, and all else is found."""
    told = discovering.run(keys=False)
    missing = {"blank_filters", "unchanged_status", "subscription_name_scope"}

    assert values(told) == {s: v for s, v in DEFAULTS.items() if s not in missing}
    assert {shows(told, switch) for switch in missing} == {(Result.NOT_SETTLED, NEEDS_VERIFIED)}
    assert discovering.state() == foreign


def test_without_keys_where_unverified_is_enough(discovering: Discovering) -> None:
    """A service that takes subscriptions without verification needs none for the questions."""
    discovering.emulator.set_switches(subscribe_unverified="accepted")

    assert values(discovering.run(keys=False)) == DEFAULTS | {"subscribe_unverified": "accepted"}


def test_endpoint_that_verifies_itself(
    discovering: Discovering, endpoint: Endpoint, outside: Outside, foreign: dict[str, object]
) -> None:
    """Without keys everything is found but what only an unverified callback shows."""
    endpoint.hook = lambda probe: outside.call("POST", "ens-verify", probe)
    told = discovering.run(keys=False)
    missing = {"subscribe_unverified", "regenerate_unverified"}

    assert values(told) == {s: v for s, v in DEFAULTS.items() if s not in missing}
    assert shows(told, "unverified_status") == (
        Result.FOUND,
        "GET shows 'unverified' for a callback whose probe failed",
    )
    assert shows(told, "subscribe_unverified") == (
        Result.NOT_SETTLED,
        "it needs a callback that is not verified, and the endpoint verifies itself",
    )
    assert discovering.state() == foreign


def only_own_path(endpoint: Endpoint) -> None:
    """Let the endpoint answer at its own path, and with 404 below it."""

    def answer(_probe: object) -> None:
        path = endpoint.received[-1].path
        endpoint.answer(200 if path == "/discover" else 404)

    endpoint.hook = answer


@pytest.mark.parametrize("match", ["either", "url", "name", "name_and_url"])
@pytest.mark.parametrize("kept", ["true", "false"])
def test_endpoint_that_answers_at_its_own_path_only(
    discovering: Discovering, endpoint: Endpoint, foreign: dict[str, object], match: str, kept: str
) -> None:
    """A failed probe tells as well that something counts as new; only a second callback is missing."""
    only_own_path(endpoint)
    discovering.emulator.set_switches(duplicate_match=match, failed_callback_kept=kept)
    told = discovering.run()
    expected = DEFAULTS | {"duplicate_match": match, "failed_callback_kept": kept}
    if match in {"either", "url"}:
        del expected["subscription_name_scope"]

    assert values(told) == expected
    assert discovering.state() == foreign


def test_host_without_letters(discovering: Discovering) -> None:
    """Where capitals cannot show, the spelling of URLs is not settled."""
    unit = Unit(Exchanges(config_of(discovering.emulator)))
    bench = Bench(unit=unit, url="https://192.0.2.1/", run=RunName.new())
    bench.main = MadeCallback(
        callback_id="x", name="y", sent_url=bench.capital_url(), shown_url=bench.url
    )

    finding = ask(Experiment(switch="url_echo", ask=url_echo), bench)
    assert finding.outcome.shows == "it needs a URL whose host ENS takes in capitals"


def test_service_that_fails_one_question(discovering: Discovering) -> None:
    """An answer that no value stands for is told with its status and words, and left out."""
    told_by_service = {"message": "Kaputt. V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M= x"}
    discovering.emulator.add_fault(
        route="PUT /platform/v1/ens-subscriptions", do="status", status=409, body=told_by_service
    )
    told = discovering.run()

    assert shows(told, "put_unknown_subscription") == (
        Result.UNKNOWN,
        '409: {"message": "Kaputt. [hidden] x"}',
    )
    assert "put_unknown_subscription" not in values(told)


def test_status_that_nobody_knows(discovering: Discovering) -> None:
    """A status text that the switch does not have is told and left out."""
    record = {"callbackId": "x", "callbackName": "y", "status": "pending"}
    discovering.emulator.add_fault(
        route="GET /platform/v1/ens-callbacks/{callbackId}",
        do="body",
        when="after",
        body=record,
        times=None,
    )
    told = discovering.run()

    assert shows(told, "unverified_status") == (
        Result.UNKNOWN,
        "the status of a new callback is 'pending'",
    )
