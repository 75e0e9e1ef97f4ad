"""Waiting for what is not ready yet: one error hook of the program for all resources.

Waiting is the program's part, since the plugin has few threads for the whole stack. A provider's
method makes one attempt and raises NotReadyYet or one of its kinds; the hook pauses without
holding anything up and lets the engine try again until the resource's budget is spent.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import WeakKeyDictionary

from pulumi import ErrorHook, ErrorHookArgs

from ens_provider.lifecycle.errors import NotReadyYet
from ens_provider.lifecycle.time_stamps import unix_seconds
from ens_provider.resources.engine_log import show_live_line

HOOK_NAME = "ens:retry"

# The input that holds the budget in seconds, by resource type.
_BUDGETS = {
    "pulumi-python:dynamic/ens:Callback": "probe_timeout_seconds",
    "pulumi-python:dynamic/ens:CallbackVerification": "timeout_seconds",
    "pulumi-python:dynamic/ens:SelfTest": "timeout_seconds",
    "pulumi-python:dynamic/ens:Settled": "seconds",
}
# What only has to grow old enough is not asked in between. The times that are compared are whole
# seconds of the service's clock.
_WAITS_ONCE = "pulumi-python:dynamic/ens:Settled"
_ROUNDING_SECONDS = 2.0
_DEFAULT_BUDGET = 300.0
_PAUSES = (2.0, 4.0, 8.0, 15.0)
_LONGEST_PAUSE = 30.0
LONGEST_BUDGET_SECONDS = 480
"""What the pauses between so many attempts add up to."""

# The engine gives up at 100; a resource that needs more than these is not merely slow.
_MOST_ATTEMPTS = 20
_ERROR_LINE = re.compile(r"(?:^|\s)ens_provider\.(\w+): (.*)")

_hooks: WeakKeyDictionary[asyncio.AbstractEventLoop, ErrorHook] = WeakKeyDictionary()


def retry_hook() -> ErrorHook:
    """Return the hook of the running program, registered once however many resources use it."""
    loop = asyncio.get_event_loop()
    if loop not in _hooks:
        _hooks[loop] = ErrorHook(HOOK_NAME, Waiting())
    return _hooks[loop]


def pause(attempts: int) -> float:
    """Return the seconds to wait after that many failed attempts: 2, 4, 8, 15, then 30 each."""
    return _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else _LONGEST_PAUSE


@dataclass(kw_only=True)
class Waiting:
    """Decides for each failure whether to try again, and waits for that.

    Attributes:
        clock: Returns seconds that only grow.
        wall_clock: Returns Unix seconds.
        sleep: Waits that many seconds without holding up the program.
        show: Shows a line beside the resource of that URN.
    """

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    show: Callable[[str, str], None] = show_live_line
    _begun: dict[str, float] = field(default_factory=dict)

    async def __call__(self, args: ErrorHookArgs) -> bool:
        """Wait, and return True for another attempt or False to let the failure stand."""
        reason = _reason(args)
        if reason is None:
            return False
        remaining = self._remaining(args)
        attempts = len(args.errors)
        if remaining <= 0 or attempts >= _MOST_ATTEMPTS:
            return False
        seconds = min(self._pause(args), remaining)
        self.show(
            args.urn,
            f"attempt {attempts} failed, the next follows in {seconds:.0f} s, for at most "
            f"{remaining:.0f} s more: {reason}",
        )
        try:
            await self.sleep(seconds)
        except asyncio.CancelledError:
            # The program was interrupted: there is no other attempt.
            return False
        return True

    def _pause(self, args: ErrorHookArgs) -> float:
        pause_seconds = pause(len(args.errors))
        if args.type != _WAITS_ONCE:
            return pause_seconds
        # What a run that was interrupted has waited already counts.
        written_at = _newest((args.new_inputs or {}).get("changed_at"))
        age = 0.0 if written_at is None else self.wall_clock() - written_at
        return max(self._budget(args) - age, pause_seconds)

    def _remaining(self, args: ErrorHookArgs) -> float:
        begun = self._begun.setdefault(args.urn, self.clock())
        return self._budget(args) - (self.clock() - begun)

    def _budget(self, args: ErrorHookArgs) -> float:
        budget = (args.new_inputs or {}).get(_BUDGETS.get(args.type, ""))
        if not isinstance(budget, int | float):
            # Given as a secret, it does not reach the hook as a number.
            budget = _DEFAULT_BUDGET
        return budget + (_ROUNDING_SECONDS if args.type == _WAITS_ONCE else 0.0)


def _newest(changed_at: object) -> float | None:
    """Return the newest of the times in Unix seconds, None if there is none that can be read."""
    times = changed_at if isinstance(changed_at, list) else []
    # Canonical times sort as texts.
    newest = max((each for each in times if isinstance(each, str)), default="")
    try:
        return unix_seconds(newest)
    except ValueError:
        return None


def _reason(args: ErrorHookArgs) -> str | None:
    if args.failed_operation != "create" or not args.errors:
        return None
    first_line = args.errors[0].strip().partition("\n")[0]
    match = _ERROR_LINE.search(first_line)
    return match[2] if match and match[1] in _worth_retrying() else None


@lru_cache(maxsize=1)
def _worth_retrying() -> frozenset[str]:
    kinds: list[type[NotReadyYet]] = [NotReadyYet]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return frozenset(kind.__name__ for kind in kinds)
