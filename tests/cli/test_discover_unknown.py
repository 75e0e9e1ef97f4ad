"""What no value of a switch stands for is told as such, and taken for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ens_provider.api.wire import Answer, Request, Transport
from ens_provider.cli.discover.findings import Result
from ens_provider.emulator.process import EmulatorProcess
from tests.cli.discovering import DEFAULTS, Discovering, Trouble, key_server, shows, values
from tests.engine.outside import Outside
from tools.endpoint import Endpoint

EMPTY: dict[str, list[object]] = {"callbacks": [], "subscriptions": []}
NOT_FOUND = Answer(status=404, raw=b'{"message": "Not Found"}')


@pytest.fixture
def discovering(emulator: EmulatorProcess, endpoint: Endpoint) -> Iterator[Discovering]:
    """Runs whose endpoint hands out its verification keys."""
    with key_server(endpoint) as key_url:
        yield Discovering(emulator=emulator, key_url=key_url)


@pytest.mark.parametrize("seconds", ["0", "3"])
def test_half_of_an_array_takes_effect(discovering: Discovering, seconds: str) -> None:
    """An array that fails as a whole after one element took effect is neither way of the switch."""

    def half(request: Request, http: Transport) -> Answer:
        assert isinstance(request.json, list)
        assert len(request.json) == 2
        http.send(replace(request, json=request.json[:1]))
        return NOT_FOUND

    discovering.emulator.set_switches(propagation_seconds=seconds)
    told = discovering.run(transport=Trouble(4, half, operation="update callback"))

    assert shows(told, "array_of_many") == (
        Result.UNKNOWN,
        "an element took effect although the whole failed (404)",
    )
    assert discovering.state() == EMPTY


@pytest.mark.parametrize("seconds", ["0", "3"])
def test_callback_that_somebody_verifies(
    discovering: Discovering, outside: Outside, seconds: str
) -> None:
    """A subscription that is taken because somebody verified the callback settles nothing."""

    def verified(request: Request, http: Transport) -> Answer:
        (callback,) = discovering.emulator.state()["callbacks"]
        outside.verify(callback["callbackId"])
        return http.send(request)

    discovering.emulator.set_switches(propagation_seconds=seconds)
    told = discovering.run(transport=Trouble(1, verified, operation="create subscription"))

    assert shows(told, "subscribe_unverified") == (
        Result.NOT_SETTLED,
        "the callback was verified by somebody else in the meantime",
    )
    assert values(told).items() <= (DEFAULTS | {"propagation_seconds": seconds}).items()
    assert discovering.state() == EMPTY


@pytest.mark.parametrize(
    ("operation", "number", "switch"),
    [
        ("regenerate signature key", 1, "regenerate_unverified"),
        ("create subscription", 1, "subscribe_unverified"),
        ("list subscriptions", 1, "empty_list"),
        ("create callback", 2, "duplicate_callback"),
        ("update callback", 1, "unchanged_put"),
        ("update callback", 2, "put_unknown_callback"),
        ("update callback", 3, "array_of_many"),
        ("update subscription", 1, "put_unknown_subscription"),
    ],
)
def test_status_that_no_value_stands_for(
    discovering: Discovering, operation: str, number: int, switch: str
) -> None:
    """A status that the emulator does not know is told with the body, and left out of the file."""
    strange = Answer(status=418, raw=b"I am\na teapot")
    trouble = Trouble(number, lambda _request, _http: strange, operation=operation)
    told = discovering.run(transport=trouble)
    result, words = shows(told, switch)

    assert result is Result.UNKNOWN
    assert "418: I am a teapot" in words
    assert switch not in values(told)
    assert discovering.state() == EMPTY


def test_second_callback_of_the_same_name_and_url(discovering: Discovering) -> None:
    """A service that has no duplicates at all is told so, and its second callback is removed."""

    def other_names(request: Request, http: Transport) -> Answer:
        assert isinstance(request.json, list)
        element = request.json[0] | {"url": "https://other.test/", "callbackName": NAME}
        return http.send(replace(request, json=[element]))

    told = discovering.run(transport=Trouble(2, other_names, operation="create callback"))

    assert shows(told, "duplicate_callback") == (
        Result.UNKNOWN,
        "a second callback of the same name and URL is made (201)",
    )
    assert discovering.state() == EMPTY


NAME = "ens-discover-another"


@pytest.mark.parametrize("kept", ["true", "false"])
def test_list_that_never_shows_it(discovering: Discovering, outside: Outside, kept: str) -> None:
    """Where a creation does not show in time, nothing is concluded from what reads do not show."""
    outside.create_live_callback()
    discovering.emulator.move_clock(121)
    foreign = discovering.state()
    discovering.emulator.set_switches(propagation_seconds=120, failed_callback_kept=kept)
    told = discovering.run(wait_seconds=10)

    assert shows(told, "propagation_seconds") == (
        Result.UNKNOWN,
        "the list does not show a new callback after 10 s",
    )
    for switch in ("empty_list", "failed_callback_kept", "array_of_many", "unverified_status"):
        assert shows(told, switch)[0] is Result.NOT_SETTLED
    assert values(told).items() <= DEFAULTS.items()
    assert len(values(told)) > 10
    assert discovering.state() == foreign
    # What ENS only named may still appear, so that a person has to look.
    assert [each.why for each in told.discovered.left] == (
        [] if kept == "true" else ["ENS named it in a text about a failed probe, but shows none"]
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=201, raw=b"[]"),
        Answer(status=400, raw=b"probeCallbackLiveness failed. Status: Timeout"),
    ],
    ids=["201", "400"],
)
def test_creation_without_an_id(discovering: Discovering, answer: Answer) -> None:
    """What an answer without an id left behind is found by its name and removed."""

    def nameless(request: Request, http: Transport) -> Answer:
        http.send(replace(request, json=[request.json[0] | {"url": "https://other.test/"}]))  # type: ignore[index] # a creation is an array
        return answer

    discovering.emulator.set_switches(duplicate_match="url")
    told = discovering.run(transport=Trouble(2, nameless, operation="create callback"))

    assert told.discovered.left == []
    assert discovering.state() == EMPTY
