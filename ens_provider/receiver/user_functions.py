"""The user's functions: those that return before they begin are told from those that are done."""

import inspect
from collections.abc import Callable
from typing import TypeVar

Argument = TypeVar("Argument")


def check_is_plain(function: Callable[[Argument], object], *, name: str) -> None:
    """Refuse a function whose call would do nothing yet.

    Raises:
        TypeError: it is one of `async def`, or a generator.
    """
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"{name} is an async function, whose call does nothing yet: pass a plain one."
        )
    if inspect.isgeneratorfunction(function):
        raise TypeError(
            f"{name} is a generator, whose call does nothing yet: pass a plain function."
        )


def check_is_done(returned: object) -> None:
    """Look at what a function of the user returned.

    Raises:
        TypeError: it has yet to run: it is an awaitable or a generator.
    """
    if inspect.isawaitable(returned) or inspect.isgenerator(returned):
        # Closed, so that Python does not warn of it as well.
        close = getattr(returned, "close", None)
        if close is not None:
            close()
        raise TypeError("The function returned before it was done: it must not be async.")
