"""What the stand-in for the language host does with the tasks that an ended program leaves."""

from __future__ import annotations

import asyncio

from tools.engine.standin.pulumi_program_host import end_tasks


async def answer(answers: list[bool]) -> None:
    """Answer a hook's call at once when cancelled, as the waiting of the resources does."""
    try:
        await asyncio.sleep(300)
    except asyncio.CancelledError:
        answers.append(False)


async def fail_with(error: Exception) -> None:
    """End with an error when cancelled, as the SDK's callback server does while it shuts down."""
    try:
        await asyncio.sleep(300)
    except asyncio.CancelledError:
        raise error from None


def test_every_task_ends_although_others_fail() -> None:
    """A task that fails keeps no other from answering what the engine waits for."""
    loop = asyncio.new_event_loop()
    answers: list[bool] = []
    programs = (
        fail_with(RuntimeError("shutting down")),
        answer(answers),
        fail_with(ValueError("shutting down")),
        answer(answers),
    )
    tasks = [loop.create_task(program) for program in programs]
    loop.run_until_complete(asyncio.sleep(0))

    end_tasks(loop)

    assert all(task.done() for task in tasks)
    assert answers == [False, False]
    assert loop.is_closed()


def test_loop_without_tasks_is_closed() -> None:
    """There is nothing to wait for, and the loop is closed."""
    loop = asyncio.new_event_loop()

    end_tasks(loop)

    assert loop.is_closed()


def test_closed_loop_stays_as_it_is() -> None:
    """A program that has been tidied up already is left alone."""
    loop = asyncio.new_event_loop()
    loop.close()

    end_tasks(loop)

    assert loop.is_closed()
