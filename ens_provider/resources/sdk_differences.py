"""What the supported versions of the Pulumi SDK do differently, in the one place that knows.

`requirements.txt` names the oldest of them, and says why.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
import pulumi
from pulumi.runtime.settings import get_monitor

_Method = TypeVar("_Method", bound=Callable[..., Any])

_ANSWERS_WITH_TRACEBACK = (3, 260)


def sdk_version() -> tuple[int, int]:
    """Return major and minor version of the installed SDK, such as (3, 219)."""
    from importlib.metadata import version

    major, minor = version("pulumi").split(".")[:2]
    return int(major), int(minor)


def answering_with_traceback(method: _Method, *, sdk: tuple[int, int] | None = None) -> _Method:
    """Let the engine have the traceback of what a provider's method raises.

    From 3.260 on, the plugin of the SDK does that. Before, it answers with the exception's text
    and without its class, and writes the traceback to the user's screen.

    Args:
        method: A method that the plugin calls.
        sdk: Major and minor version of the SDK; None is the installed one.
    """

    @functools.wraps(method)
    def answering(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except Exception:
            older = (sdk or sdk_version()) < _ANSWERS_WITH_TRACEBACK
            if older and (call := _call_being_served()) is not None:
                call.abort(grpc.StatusCode.UNKNOWN, traceback.format_exc())
            raise

    return answering  # type: ignore[return-value] # functools.wraps keeps the signature


def takes_error_hooks() -> bool:
    """Tell whether the running program can register an error hook.

    The mocks of the SDK, with which programs are tested, take them from 3.260 on; a program under
    older ones would fail for its hooks.
    """
    return hasattr(get_monitor(), "RegisterErrorHook")


def leave_untracked(output: pulumi.Output[Any] | None) -> None:
    """Let the end of the program not look after an output that comes with a registration.

    It waits for every registration, whose outputs are there by then, and tells of one that failed.
    Newer versions of the SDK also keep all outputs that the program has made nothing of, and go
    through all of them again whenever some are there, which takes time with the square of their
    number. What the program makes of an output is waited for as ever.
    """
    # Asked of the class, for an output has every attribute: that of its value, later.
    untrack = getattr(type(output), "_untrack", None)
    if callable(untrack):
        untrack(output)


def _call_being_served() -> grpc.ServicerContext | None:
    # The plugin does not hand it to the provider. It is in a frame of each version of the SDK that
    # this is for; none will be added.
    frame = inspect.currentframe()
    while frame is not None:
        context = frame.f_locals.get("context")
        if isinstance(context, grpc.ServicerContext):
            return context
        frame = frame.f_back
    return None
