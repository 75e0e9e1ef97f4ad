"""What `discover` makes is removed, whatever happens, and nothing else ever is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from ens_provider.api.errors import ConnectionLostError, ServiceError, UnreachableError
from ens_provider.api.wire import Answer, Request, Transport
from ens_provider.cli.exit_codes import CommandError
from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.discovering import DEFAULTS, URL, Discovering, Trouble, key_server, values
from tests.engine.outside import Outside
from tools.endpoint import Endpoint
from tools.engine.environment import REPOSITORY

EMPTY: dict[str, list[object]] = {"callbacks": [], "subscriptions": []}
CREATIONS = ("create callback", "create subscription", "update callback")


@pytest.fixture
def discovering(emulator: EmulatorProcess, endpoint: Endpoint) -> Iterator[Discovering]:
    """Runs whose endpoint hands out its verification keys."""
    with key_server(endpoint) as key_url:
        yield Discovering(emulator=emulator, key_url=key_url)


def before(_request: Request, _http: Transport) -> Answer:
    """Ctrl-C before a request leaves."""
    raise KeyboardInterrupt


def after(request: Request, http: Transport) -> Answer:
    """Ctrl-C while the answer is waited for: the request has taken effect."""
    http.send(request)
    raise KeyboardInterrupt


def lost(request: Request, http: Transport) -> Answer:
    """The answer of a request that took effect is lost."""
    http.send(request)
    raise ConnectionLostError("No complete answer came.", operation=request.operation)


def failed(_request: Request, _http: Transport) -> Answer:
    """The service fails."""
    raise ServiceError("ENS could not do it (500).", status=500, service_text="Kaputt.")


def requests_of(discovering: Discovering) -> list[str]:
    """What a run asks for until it begins to clean, in order."""
    trouble = Trouble(0, before)
    discovering.run(transport=trouble)
    made = [request.operation for request in trouble.sent]
    # The last questions are three reads and writes of put_url; the cleaning begins with deletions.
    while made[-1] in {"delete callback", "delete subscription", "list callbacks"}:
        made.pop()
    discovering.emulator.clear_calls()
    return made


def test_interrupted_at_every_request(discovering: Discovering, outside: Outside) -> None:
    """Ctrl-C at any moment leaves the account as it was, also while a creation is under way."""
    outside.create_live_callback()
    foreign = discovering.emulator.state()
    asked = requests_of(discovering)
    ended = []
    for number, operation in enumerate(asked, start=1):
        happens = after if operation in CREATIONS or number % 2 else before
        try:
            discovering.run(transport=Trouble(number, happens))
        except CommandError as error:
            ended.append((error.exit_code, error.message))
        except KeyboardInterrupt:
            # Before the first creation there is nothing to remove.
            ended.append((1, ""))
        assert discovering.emulator.state() == foreign, (number, operation)

    sentence = "The run was interrupted. Everything that was made is removed."
    assert len(asked) == 35
    assert ended == [(1, "")] * 2 + [(1, sentence)] * (len(asked) - 2)


@pytest.mark.parametrize("switches", [{}, {"put_unknown_callback": "201"}], ids=["404", "201"])
def test_lost_answer_of_every_creation(
    discovering: Discovering, outside: Outside, switches: dict[str, str]
) -> None:
    """A run goes on after a lost answer, and finds what came of it by its names."""
    outside.create_live_callback()
    foreign = discovering.emulator.state()
    discovering.emulator.set_switches(**switches)
    asked = requests_of(discovering)
    numbers = [n for n, operation in enumerate(asked, start=1) if operation in CREATIONS]
    for number in numbers[1:]:
        told = discovering.run(transport=Trouble(number, lost))

        assert told.discovered.left == []
        assert discovering.emulator.state() == foreign, number
        # What could still be asked was found all the same.
        found = values(told)
        assert found.items() <= (DEFAULTS | switches).items()
        assert len(found) > 12
    assert len(numbers) == 15


def test_lost_answer_of_the_first_creation(discovering: Discovering) -> None:
    """Without its callback a run ends with the error of the service; what came of it is removed."""
    number = requests_of(discovering).index("create callback") + 1
    with pytest.raises(ConnectionLostError):
        discovering.run(transport=Trouble(number, lost))

    assert discovering.emulator.state() == EMPTY


def test_lost_answer_where_reads_lag(discovering: Discovering) -> None:
    """Where nobody knows how far reads lag, a creation without an answer is waited for."""
    discovering.emulator.set_switches(propagation_seconds=60)
    with pytest.raises(ConnectionLostError):
        discovering.run(transport=Trouble(3, lost))

    assert discovering.emulator.state() == EMPTY
    assert 60 <= discovering.waited_seconds <= 65


def test_service_that_fails_in_the_middle(discovering: Discovering) -> None:
    """An error in the middle makes its question unsettled; nothing is left and nothing wrong told."""
    asked = requests_of(discovering)
    for number in range(4, len(asked) + 1, 3):
        told = discovering.run(transport=Trouble(number, failed))

        assert values(told).items() <= DEFAULTS.items(), number
        assert discovering.emulator.state() == EMPTY, number


def test_network_that_is_gone(discovering: Discovering) -> None:
    """Without a network the run ends at once, and names what it could not remove."""

    class Broken(Trouble):
        def send(self, request: Request) -> Answer:
            if len(self.sent) >= 5:
                raise UnreachableError("The service could not be reached.")
            return super().send(request)

    with pytest.raises(CommandError) as ended:
        discovering.run(transport=Broken(0, before))
    (callback,) = discovering.emulator.state()["callbacks"]

    assert ended.value.exit_code == 4
    assert ended.value.message.startswith(
        "The service could not be reached. This could not be removed, remove it by hand: callback "
        f"'{callback['callbackName']}' ({callback['callbackId']}) on https://RECEIVER.TEST/discover: "
    )


def test_deletion_that_is_refused(run: Commands, emulator: EmulatorProcess) -> None:
    """What ENS does not let go is named with id, name and URL, and the findings are shown."""
    emulator.add_fault(
        route="DELETE /platform/v1/ens-callbacks/{callbackId}",
        do="status",
        status=400,
        body={"message": "Not today.", "errorcode": 30001},
        times=None,
    )
    ended = run.run("discover", URL, "--yes", "--json")
    document = ended.json
    held = {c["callbackId"]: c["callbackName"] for c in emulator.state()["callbacks"]}

    assert ended.code == 4
    assert {each["id"]: each["name"] for each in document["left"]} == held
    assert len(held) >= 2
    for each in document["left"]:
        assert "ENS answered 400: " in each["why"]
        assert "Not today." in each["why"]
        assert f"callback '{each['name']}' ({each['id']}) on {each['url']}: " in ended.stderr
    assert "Error: This could not be removed, remove it by hand: " in ended.stderr


def test_leftovers_of_a_killed_run(
    discovering: Discovering, run: Commands, outside: Outside, emulator: EmulatorProcess
) -> None:
    """The next run finds what is left by its names, with subscriptions, and removes it."""
    outside.create_live_callback("shop", url="https://receiver.test/shop")
    foreign = emulator.state()
    left = outside.create_live_callback("ens-discover-0a1b2c3d-main", url=URL)
    outside.delete_subscription(emulator.state()["subscriptions"][-1]["subscriptionId"])
    outside.subscribe(left["callbackId"], "ens-discover-0a1b2c3d-subscription")
    ended = run.run("discover", URL, "--yes")

    assert ended.code == 0
    assert emulator.state() == foreign


def test_leftovers_are_asked_for(
    run: Commands, outside: Outside, emulator: EmulatorProcess
) -> None:
    """What an earlier run left is removed only after a yes of its own."""
    left = outside.create_callback("ENS-DISCOVER-0A1B2C3D-MAIN", url="https://other.test/")
    before_it = emulator.state()
    declined = run.run("discover", URL, answers="n\n")
    state = emulator.state()
    accepted = run.run("discover", URL, answers="y\nn\n")

    assert declined.code == accepted.code == 1
    assert (
        "An earlier run left this behind in business unit 1234567: 'ENS-DISCOVER-0A1B2C3D-MAIN' "
        f"({left['callbackId']}). Remove it? [y/N]: "
    ) in declined.stderr
    assert state == before_it
    assert "which holds 0 callbacks" in accepted.stderr
    assert emulator.state() == EMPTY


def test_leftover_with_a_subscription_of_somebody_else(
    run: Commands, outside: Outside, emulator: EmulatorProcess
) -> None:
    """A subscription of another name is never touched; it and its callback are named."""
    left = outside.create_live_callback("ens-discover-0a1b2c3d-main", url="https://other.test/")
    before_it = emulator.state()
    (subscription,) = before_it["subscriptions"]
    ended = run.run("discover", URL, "--yes")

    assert ended.code == 4
    assert (
        f"subscription 'welcome' ({subscription['subscriptionId']}): it is somebody else's and was "
        "not touched; callback 'ens-discover-0a1b2c3d-main' "
        f"({left['callbackId']}) on https://other.test/: ENS answered 409: "
    ) in ended.stderr
    assert emulator.state() == before_it


def names_another(emulator: EmulatorProcess, callback_id: str) -> None:
    """Let every creation but the first fail, with a text about a probe that names this callback."""
    text = (
        f"MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: CallbackId is {callback_id}. "
        "Could not verify callback url. Status: Timeout."
    )
    emulator.add_fault(
        route="POST /platform/v1/ens-callbacks",
        do="status",
        status=400,
        body=text,
        nth=2,
        times=None,
    )


def test_text_about_a_probe_that_names_a_callback_of_others(
    discovering: Discovering, outside: Outside
) -> None:
    """An id out of the service's text is deleted only after a look at whose it is."""
    other = outside.create_callback(url="https://receiver.test/orders")
    foreign = discovering.emulator.state()
    names_another(discovering.emulator, other["callbackId"])
    told = discovering.run()

    assert told.discovered.left == []
    assert discovering.emulator.state() == foreign


def test_interrupted_before_that_look(discovering: Discovering, outside: Outside) -> None:
    """The cleaning looks as well, if the run did not come to it."""
    other = outside.create_callback(url="https://receiver.test/orders")
    foreign = discovering.emulator.state()
    names_another(discovering.emulator, other["callbackId"])
    trouble = Trouble(10, before)
    with pytest.raises(CommandError, match=r"interrupted\. Everything that was made is removed\."):
        discovering.run(transport=trouble)

    assert [each.operation for each in trouble.sent[8:10]] == ["create callback", "read callback"]
    assert discovering.emulator.state() == foreign


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, at most 20 s."""
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_held(emulator: EmulatorProcess, number: int) -> Callable[[], bool]:
    """Whether a call waits in the fault of that number."""
    return lambda: bool(emulator.faults()[number]["held"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_process(
    run: Commands, emulator: EmulatorProcess, outside: Outside, number: signal.Signals
) -> None:
    """A signal ends the run and never its cleaning: a second one is told and ignored."""
    outside.create_live_callback()
    foreign = emulator.state()
    emulator.add_fault(route="PUT /platform/v1/ens-regenerate", do="hold")
    emulator.add_fault(route="DELETE /platform/v1/ens-callbacks/{callbackId}", do="hold")
    process = started(run, "--yes")
    wait_for(is_held(emulator, 0))
    process.send_signal(number)
    wait_for(is_held(emulator, 1))
    process.send_signal(number)
    said = [process.stderr.readline() for _ in range(8)] if process.stderr else []
    emulator.clear_faults()
    output, rest = process.communicate(timeout=20)

    assert said[-2:] == [
        "removing what was made\n",
        f"{number.name}: not now, what was made is being removed.\n",
    ]
    assert (process.returncode, output) == (1, "")
    assert rest == "Error: The run was interrupted. Everything that was made is removed.\n"
    assert emulator.state() == foreign


def started(run: Commands, *arguments: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ens_provider", "discover", URL, *arguments],
        cwd=REPOSITORY,
        env=dict(run.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
