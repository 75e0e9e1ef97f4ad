"""The hook that waits for what is not ready yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi import ErrorHookArgs

from ens_provider.resources.retry_hook import Waiting, pause

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/ens:Callback::orders"
PROBE_FAILED = "ens_provider.ProbeFailed: ENS could not verify the endpoint."


class Clock:
    """A clock that moves when somebody sleeps or works."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the seconds since the start."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.slept.append(seconds)
        self.now += seconds


def failure(
    attempts: int,
    *,
    error: str = PROBE_FAILED,
    inputs: Mapping[str, Any] | None = None,
    operation: str = "create",
    urn: str = URN,
) -> ErrorHookArgs:
    return ErrorHookArgs(
        urn=urn,
        id="",
        name="orders",
        type="pulumi-python:dynamic/ens:Callback",
        new_inputs={"probe_timeout_seconds": 300.0} if inputs is None else inputs,
        failed_operation=operation,
        errors=[error] * attempts,
    )


def attempt_until_over(inputs: Mapping[str, Any], *, seconds_per_attempt: float) -> Clock:
    """Play a resource that never gets ready, and return what the clock saw."""
    clock = Clock()
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda _urn, _line: None)

    async def play() -> None:
        for attempts in range(1, 101):
            clock.now += seconds_per_attempt
            if not await hook(failure(attempts, inputs=inputs)):
                return

    asyncio.run(play())
    return clock


def test_pauses_grow_to_half_a_minute() -> None:
    """The pauses are 2, 4, 8 and 15 seconds, then 30 each."""
    assert [pause(attempts) for attempts in range(1, 8)] == [2, 4, 8, 15, 30, 30, 30]


def test_default_budget() -> None:
    """With 300 s, the last attempt starts when the budget is just spent."""
    clock = attempt_until_over({"probe_timeout_seconds": 300.0}, seconds_per_attempt=0)

    assert clock.slept == [2, 4, 8, 15, 30, 30, 30, 30, 30, 30, 30, 30, 30, 1]
    assert clock.now == 300


def test_slow_attempts_count_against_the_budget() -> None:
    """An attempt that takes half a minute leaves fewer of them."""
    clock = attempt_until_over({"probe_timeout_seconds": 60.0}, seconds_per_attempt=30)

    assert clock.slept == [2, 4]


def test_budget_of_zero_is_one_attempt() -> None:
    """0 means one attempt and no pause."""
    assert attempt_until_over({"probe_timeout_seconds": 0.0}, seconds_per_attempt=0).slept == []


def test_fewer_than_twenty_attempts() -> None:
    """Whatever the budget, there are fewer than 20 retries."""
    clock = attempt_until_over({"probe_timeout_seconds": 1e9}, seconds_per_attempt=0)

    assert len(clock.slept) == 19


def test_budget_that_is_a_secret() -> None:
    """A budget that the hook cannot read as a number is the default of 300 s."""
    clock = attempt_until_over({"probe_timeout_seconds": object()}, seconds_per_attempt=0)

    assert clock.now == 300


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (PROBE_FAILED, True),
        ("ens_provider.NotReadyYet: not listed yet", True),
        (f"creating failed: {PROBE_FAILED}\nmore lines", True),
        ("ens_provider.AlreadyPresent: ens_provider is the name of a callback", False),
        ("ens_provider.BadRequestError: ProbeFailed: is a text of somebody", False),
        ("other.ProbeFailed: another provider's", False),
        (f"ValueError: first line\n{PROBE_FAILED}", False),
        ("", False),
    ],
)
def test_only_what_is_not_ready_yet_is_retried(error: str, *, retried: bool) -> None:
    """The class on the first line of the newest error decides, and nothing else."""
    clock = Clock()
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda _urn, _line: None)

    assert asyncio.run(hook(failure(1, error=error))) is retried
    assert clock.slept == ([2.0] if retried else [])


def test_only_a_creation_is_retried() -> None:
    """A failed update or delete stands as it is."""
    clock = Clock()
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda _urn, _line: None)

    assert asyncio.run(hook(failure(1, operation="update"))) is False


def test_live_line_tells_what_is_waited_for() -> None:
    """One line per pause, at the resource's URN, with the reason and the time that is left."""
    clock = Clock()
    shown: list[tuple[str, str]] = []
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda *line: shown.append(line))

    async def play() -> None:
        await hook(failure(1))
        await hook(failure(2))

    asyncio.run(play())

    first, second = shown
    assert first == (
        URN,
        (
            "attempt 1 failed, the next follows in 2 s, for at most 300 s more: "
            "ENS could not verify the endpoint."
        ),
    )
    assert second == (
        URN,
        (
            "attempt 2 failed, the next follows in 4 s, for at most 298 s more: "
            "ENS could not verify the endpoint."
        ),
    )


def test_resources_have_budgets_of_their_own() -> None:
    """A resource that begins to wait later has its whole budget."""
    clock = Clock()
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda _urn, _line: None)
    inputs = {"probe_timeout_seconds": 3.0}

    async def play() -> list[bool]:
        first = [await hook(failure(n, inputs=inputs)) for n in (1, 2, 3)]
        return [*first, await hook(failure(1, inputs=inputs, urn=URN + "-other"))]

    assert asyncio.run(play()) == [True, True, False, True]


def test_interrupted_wait_lets_the_failure_stand() -> None:
    """A program that is interrupted while it waits tries no more and raises nothing of its own."""

    async def interrupted(_seconds: float) -> None:
        raise asyncio.CancelledError

    hook = Waiting(clock=Clock(), sleep=interrupted, show=lambda _urn, _line: None)

    assert asyncio.run(hook(failure(1))) is False


def test_what_has_to_grow_old_is_asked_once_more() -> None:
    """A change that is too young is waited for in one pause, with room for whole seconds."""
    clock = Clock()
    hook = Waiting(clock=clock, sleep=clock.sleep, show=lambda _urn, _line: None)
    error = "ens_provider.NotYetSettled: The newest change is 0 s old."
    settled = replace_type(failure(1, error=error, inputs={"seconds": 120.0}), "ens:Settled")

    assert asyncio.run(hook(settled))
    assert clock.slept == [122]
    assert not asyncio.run(hook(settled))


@pytest.mark.parametrize(("age", "slept"), [(110, 12), (0, 122), (-300, 122), (125, 2)], ids=str)
def test_what_grew_old_meanwhile_is_not_waited_for_again(age: float, slept: float) -> None:
    """A run after an interrupted one waits for the rest; a clock that is off costs the whole, or a try."""
    clock = Clock()
    written_at = 1764238000.0
    hook = Waiting(
        clock=clock,
        wall_clock=lambda: written_at + age,
        sleep=clock.sleep,
        show=lambda _urn, _line: None,
    )
    error = "ens_provider.NotYetSettled: The newest change is too young."
    inputs = {"seconds": 120.0, "changed_at": ["2025-11-27T10:00:00Z", "2025-11-27T10:06:40Z"]}

    assert asyncio.run(hook(replace_type(failure(1, error=error, inputs=inputs), "ens:Settled")))
    assert clock.slept == [slept]


def replace_type(args: ErrorHookArgs, kind: str) -> ErrorHookArgs:
    args.type = f"pulumi-python:dynamic/{kind}"
    return args
