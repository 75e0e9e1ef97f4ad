"""A scripted rate limit turns requests away, and lets them through again."""

from email.utils import parsedate_to_datetime

import click
import pytest

from ens_provider.cli.emulator import emulator as emulator_command
from ens_provider.emulator.process import EmulatorError, EmulatorOptions, EmulatorProcess
from tests.emulator.caller import CALLBACKS, CONTEXT, Caller, refusal

LIMITED = refusal("Rate limit exceeded", 50100)
BLOCKED = refusal("Your requests are temporarily blocked.", 50200)


def statuses(caller: Caller, requests: int) -> list[int]:
    """Send so many requests; return what they are answered with."""
    return [caller.get(CONTEXT).status_code for _ in range(requests)]


def test_requests_over_the_limit_are_refused(emulator: EmulatorProcess, caller: Caller) -> None:
    """The third of two is refused as documented, and has no effect."""
    emulator.set_rate_limit(requests=2, seconds=60, ends="after_refusal")
    answers = [caller.create(name, f"https://receiver.test/{name}") for name in ("a", "b", "c")]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json() == LIMITED | {"retryAfter": 60}
    assert answers[2].headers["Retry-After"] == "60"
    assert [each["callbackName"] for each in emulator.state()["callbacks"]] == ["a", "b"]
    assert [call["status"] for call in emulator.calls() if call["path"] == CALLBACKS] == [
        201,
        201,
        429,
    ]


def test_window_ends_after_its_first_request(emulator: EmulatorProcess, caller: Caller) -> None:
    """What was refused is let through once the window is over, and told how long that takes."""
    emulator.set_rate_limit(requests=2, seconds=600)
    before = statuses(caller, 1)
    emulator.move_clock(200)
    before += statuses(caller, 1)
    emulator.move_clock(200)
    late = caller.get(CONTEXT)
    emulator.move_clock(200)

    assert before == [200, 200]
    assert late.status_code == 429
    assert 100 < int(late.headers["Retry-After"]) <= 200
    assert statuses(caller, 3) == [200, 200, 429]


def test_window_opens_with_a_request(emulator: EmulatorProcess, caller: Caller) -> None:
    """Time in which nobody asks belongs to no window."""
    emulator.set_rate_limit(requests=1, seconds=600)
    emulator.move_clock(500)

    assert statuses(caller, 1) == [200]

    emulator.move_clock(500)

    assert statuses(caller, 1) == [429]


def test_window_that_ends_after_its_first_refusal(
    emulator: EmulatorProcess, caller: Caller
) -> None:
    """However slow the caller is, so many requests are taken and then none for a while."""
    emulator.set_rate_limit(requests=2, seconds=400, ends="after_refusal")
    found = statuses(caller, 1)
    emulator.move_clock(500)
    found += statuses(caller, 2)
    emulator.move_clock(200)
    found += statuses(caller, 1)
    emulator.move_clock(200)
    found += statuses(caller, 3)

    assert found == [200, 200, 429, 429, 200, 200, 429]


def test_nothing_is_let_through(emulator: EmulatorProcess, caller: Caller) -> None:
    """A limit of no requests refuses the first one."""
    emulator.set_rate_limit(requests=0, seconds=60)

    assert statuses(caller, 2) == [429, 429]


@pytest.mark.parametrize(
    ("told", "header", "body"),
    [
        ("header_and_body", "60", {"retryAfter": 60}),
        ("header", "60", {}),
        ("body", None, {"retryAfter": 60}),
        ("none", None, {}),
    ],
)
def test_how_the_time_that_is_left_is_told(
    emulator: EmulatorProcess,
    caller: Caller,
    told: str,
    header: str | None,
    body: dict[str, object],
) -> None:
    """In header and body, in one of them, or not at all."""
    emulator.set_rate_limit(requests=0, seconds=60, retry_after=told)
    answer = caller.get(CONTEXT)

    assert answer.headers.get("Retry-After") == header
    assert answer.json() == LIMITED | body


def test_time_that_is_left_as_a_date(emulator: EmulatorProcess, caller: Caller) -> None:
    """The date is on the emulator's own clock, like that of the answer."""
    emulator.set_rate_limit(requests=0, seconds=60, retry_after="date")
    emulator.move_clock(86400)
    answer = caller.get(CONTEXT)
    dates = [parsedate_to_datetime(answer.headers[name]) for name in ("Date", "Retry-After")]

    # Whole seconds: down for the one, up for the other.
    assert 60 <= (dates[1] - dates[0]).total_seconds() <= 61
    assert answer.headers["Retry-After"].endswith(" GMT")
    assert answer.json() == LIMITED


def test_block_after_refusals(emulator: EmulatorProcess, caller: Caller) -> None:
    """After two refusals every request is told of a block, in the next window too."""
    emulator.set_rate_limit(requests=1, seconds=60, blocked_after=2)
    codes = [caller.get(CONTEXT).json().get("errorcode") for _ in range(4)]
    emulator.move_clock(60)
    blocked = caller.get(CONTEXT)

    assert codes == [None, 50100, 50100, 50200]
    assert (blocked.status_code, blocked.json()) == (429, BLOCKED)
    assert "Retry-After" not in blocked.headers
    assert emulator.rate_limit() == {
        "requests": 1,
        "seconds": 60,
        "retry_after": "header_and_body",
        "ends": "after_opening",
        "blocked_after": 2,
        "refused": 4,
        "blocked": True,
    }

    emulator.lift_rate_limit()

    assert statuses(caller, 1) == [200]
    assert emulator.rate_limit() is None


def test_block_at_the_first_refusal(emulator: EmulatorProcess, caller: Caller) -> None:
    """With `blocked_after` 0 nothing is refused for less."""
    emulator.set_rate_limit(requests=1, seconds=60, blocked_after=0)
    answers = [caller.get(CONTEXT) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json() == BLOCKED


def test_tokens_and_administration_are_not_limited(
    emulator: EmulatorProcess, caller: Caller
) -> None:
    """The limit is that of the service's host: each of its paths counts, and nothing else."""
    emulator.set_rate_limit(requests=2, seconds=60)
    tokens = [caller.ask_token().status_code for _ in range(3)]
    emulator.state()
    found = [caller.get(f"{CALLBACKS}/x").status_code, caller.get("/elsewhere").status_code]

    assert tokens == [200, 200, 200]
    assert [*found, *statuses(caller, 1)] == [404, 596, 429]


def test_faults_do_not_see_what_was_refused(emulator: EmulatorProcess, caller: Caller) -> None:
    """A fault waits for a request that is let through."""
    emulator.set_rate_limit(requests=0, seconds=60)
    emulator.add_fault(route=f"GET {CONTEXT}", do="status", status=500)
    found = statuses(caller, 1)
    emulator.lift_rate_limit()

    assert found + statuses(caller, 2) == [429, 500, 200]


def test_limit_from_the_command_line() -> None:
    """It is there from the start, and a reset goes back to it."""
    with (
        EmulatorProcess(EmulatorOptions(rate_limit="2/60")) as emulator,
        Caller(emulator) as caller,
    ):
        found = statuses(caller, 3)
        emulator.lift_rate_limit()
        found += statuses(caller, 1)
        emulator.reset()
        caller.authorize()
        found += statuses(caller, 3)

    assert found == [200, 200, 429, 200, 200, 200, 429]


def test_reset_lifts_the_limit(emulator: EmulatorProcess, caller: Caller) -> None:
    """An emulator that was started without a limit has none after a reset."""
    emulator.set_rate_limit(requests=0, seconds=60)
    emulator.reset()

    assert statuses(caller, 1) == [200]


@pytest.mark.parametrize("given", ["2", "2/0", "2/x", "-1/5", "/5", "2/inf"])
def test_rate_that_cannot_be(given: str) -> None:
    """A rate is a number of requests and a number of seconds."""
    context = click.Context(emulator_command)
    with pytest.raises(click.BadParameter) as refused:
        emulator_command.make_context("emulator", [f"--rate-limit={given}"], parent=context)

    assert refused.value.message == f"'{given}' is not REQUESTS/SECONDS."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"requests": -1, "seconds": 5}, "'requests' is a whole number from 0 on."),
        ({"requests": True, "seconds": 5}, "'requests' is a whole number from 0 on."),
        ({"seconds": 5}, "'requests' is a whole number from 0 on."),
        ({"requests": 5}, "'seconds' is a number above 0."),
        ({"requests": 5, "seconds": 0}, "'seconds' is a number above 0."),
        (
            {"requests": 5, "seconds": 5, "retry_after": "soon"},
            "'retry_after' is one of header_and_body, header, body, date, none.",
        ),
        (
            {"requests": 5, "seconds": 5, "ends": "never"},
            "'ends' is one of after_opening, after_refusal.",
        ),
        (
            {"requests": 5, "seconds": 5, "blocked_after": -1},
            "'blocked_after' is null (never) or a whole number from 0 on.",
        ),
        ({"requests": 5, "seconds": 5, "colour": 1}, "A rate limit has no field 'colour'."),
    ],
)
def test_limit_that_cannot_be(
    emulator: EmulatorProcess, fields: dict[str, object], sentence: str
) -> None:
    """A limit that cannot be read is refused, and the one before stays."""
    emulator.set_rate_limit(requests=7, seconds=60)
    with pytest.raises(EmulatorError) as refused:
        emulator.set_rate_limit(**fields)

    assert str(refused.value) == f"The emulator refused PUT rate_limit: {sentence}"
    limit = emulator.rate_limit()
    assert limit is not None
    assert limit["requests"] == 7
