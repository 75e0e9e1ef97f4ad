"""The state file outlives the emulator, however that ends."""

import stat
from pathlib import Path

import pytest
import requests

from ens_provider.emulator.process import EmulatorError, EmulatorOptions, EmulatorProcess
from tests.emulator.caller import CALLBACKS, SUBSCRIPTIONS, Caller
from tools.endpoint import Endpoint


@pytest.fixture
def options(tmp_path: Path, endpoint: Endpoint) -> EmulatorOptions:
    """The command line of an emulator with a state file."""
    return EmulatorOptions(
        state_file=tmp_path / "state", resolve=endpoint.resolve, ca_file=endpoint.ca_file
    )


def test_state_survives_a_kill(options: EmulatorOptions) -> None:
    """Objects with their keys, deletions, switches, clients, clock and tokens are still there."""
    with EmulatorProcess(options) as first, Caller(first) as caller:
        callback = caller.verified("one", "https://receiver.test/1")
        caller.subscribed(callback["callbackId"], filters=["definitionKey=a"])
        gone = caller.created("two", "https://receiver.test/2")
        caller.delete(f"{CALLBACKS}/{gone['callbackId']}")
        first.set_switches(empty_list="404")
        first.set_client("more", client_secret="s", mids=[42])
        first.move_clock(1000)
        before, clients = first.state(), first.administer("GET", "clients")
        caller.authorize()
        first.kill()
        with EmulatorProcess(options) as second:
            caller.move_to(second)

            assert second.state() == before
            assert second.administer("GET", "clients") == clients
            assert second.switches()["empty_list"] == "404"
            assert second.now() > before["callbacks"][0]["createdAt"] + 999
            assert caller.names() == ["one"]


def test_callback_that_was_being_probed_survives_a_kill(
    options: EmulatorOptions, endpoint: Endpoint
) -> None:
    """A creation that was cut off by a crash leaves its callback, unverified."""
    with EmulatorProcess(options) as first, Caller(first) as caller:
        caller.authorize()
        endpoint.hook = lambda _probe: first.kill()
        with pytest.raises(requests.ConnectionError):
            caller.create()
        with EmulatorProcess(options) as second:
            (callback,) = second.state()["callbacks"]

    assert (callback["callbackName"], callback["probe"]) == ("orders", "pending")


def test_reads_lag_across_a_restart(options: EmulatorOptions) -> None:
    """What reads do not show yet, they do not show after a restart either."""
    with EmulatorProcess(options) as first, Caller(first) as caller:
        first.set_switches(propagation_seconds=100)
        caller.created()
        first.stop()
        with EmulatorProcess(options) as second:
            caller.move_to(second)
            assert caller.names() == []
            second.move_clock(100)
            assert caller.names() == ["orders"]


def test_clock_that_stands_across_a_restart(options: EmulatorOptions) -> None:
    """It stands where it stood, so that nothing falls due meanwhile."""
    with EmulatorProcess(options) as first:
        first.stop_clock()
        first.move_clock(1000)
        stands_at = first.now()
        first.kill()
        with EmulatorProcess(options) as second:
            clock = second.administer("GET", "clock")

    assert clock == {"now": stands_at, "running": False}


def test_switches_of_the_command_line_win(options: EmulatorOptions, tmp_path: Path) -> None:
    """A switch that is set at the start is not overruled by the file."""
    with EmulatorProcess(options) as first:
        first.set_switches(empty_list="404", name_case="insensitive")
    again = EmulatorOptions(state_file=options.state_file, switches={"empty_list": "200"}, port=0)
    with EmulatorProcess(again) as second:
        assert second.switches()["empty_list"] == "200"
        assert second.switches()["name_case"] == "insensitive"


def test_reset_empties_the_file(options: EmulatorOptions) -> None:
    """After a reset a restart brings nothing back."""
    with EmulatorProcess(options) as first, Caller(first) as caller:
        caller.created()
        first.reset()
    with EmulatorProcess(options) as second:
        assert second.state() == {"callbacks": [], "subscriptions": []}


def test_only_the_owner_reads_the_file(options: EmulatorOptions) -> None:
    """The file has keys and secrets in it."""
    with EmulatorProcess(options):
        mode = Path(str(options.state_file)).stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_two_emulators_on_one_file(options: EmulatorOptions) -> None:
    """A second emulator is told so and does not start."""
    with EmulatorProcess(options), pytest.raises(EmulatorError) as refused:
        EmulatorProcess(options).start()

    assert str(refused.value) == (
        f"The emulator ended: Error: The state file {options.state_file} cannot be used "
        "(database is locked): it is no state file of the emulator, or another emulator holds it. "
        "Stop that one or name another file."
    )


def test_file_of_something_else(tmp_path: Path) -> None:
    """A file that is no database is left alone."""
    other = tmp_path / "notes.txt"
    other.write_text("something of somebody else's, longer than a header" * 10)
    with pytest.raises(EmulatorError, match="file is not a database"):
        EmulatorProcess(EmulatorOptions(state_file=other)).start()

    assert other.read_text().startswith("something of somebody else's")


def test_subscription_changes_are_written(options: EmulatorOptions) -> None:
    """A change is in the file as well as what it changed."""
    with EmulatorProcess(options) as first, Caller(first) as caller:
        record = caller.subscribed(caller.verified()["callbackId"])
        change = {
            "subscriptionId": record["subscriptionId"],
            "eventCategoryTypes": ["EngagementEvents.EmailOpen"],
        }
        caller.put(SUBSCRIPTIONS, [change])
        first.kill()
    with EmulatorProcess(options) as second:
        (subscription,) = second.state()["subscriptions"]

    assert subscription["eventCategoryTypes"] == ["EngagementEvents.EmailOpen"]
