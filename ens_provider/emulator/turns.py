"""Whose turn it is: the deliveries of one callback that wait, by when they are due."""

import asyncio
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf

from ens_provider.emulator.deliveries import Delivery


@dataclass(kw_only=True, eq=False)
class Turn:
    """A delivery that has its turn when it is due; none follows the last one."""

    delivery: Delivery
    due: float = 0.0
    is_last: bool = False
    _over: "asyncio.Future[None] | None" = None

    def be_due(self, moment: float) -> None:
        """Have the turn at this moment."""
        self.due = moment
        self.delivery.wait_until(moment)

    def over(self) -> "asyncio.Future[None]":
        """Return what is done once the delivery had its turn, or is to have none."""
        if self._over is None:
            self._over = asyncio.get_running_loop().create_future()
        return self._over

    def finish(self) -> None:
        """Let what waits for the turn go on."""
        if self._over is not None and not self._over.done():
            self._over.set_result(None)


class Queue:
    """The turns that wait, the earliest first; of several that are due at once, the one that came first.

    However many wait, to add one, and to take the first, costs next to nothing.
    """

    def __init__(self) -> None:
        self._turns: list[tuple[float, int, Turn]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._turns)

    def __iter__(self) -> Iterator[Turn]:
        """Yield the turns in the order in which they came."""
        return (turn for _, _, turn in sorted(self._turns, key=lambda entry: entry[1]))

    @property
    def first_due(self) -> float:
        """When the first is due; never, if none waits."""
        return self._turns[0][0] if self._turns else inf

    def add(self, turn: Turn) -> None:
        """Let a turn wait until it is due."""
        heapq.heappush(self._turns, (turn.due, next(self._numbers), turn))

    def take_first(self) -> Turn:
        """Return the first, which waits no longer; there has to be one."""
        return heapq.heappop(self._turns)[2]

    def hurry(self, moment: float) -> list[Turn]:
        """Let what was tried before be due at this moment at the latest, and return it."""
        hurried = [turn for turn in self if turn.delivery.attempts]
        for turn in hurried:
            turn.be_due(min(turn.due, moment))
        self._turns = [(turn.due, number, turn) for _, number, turn in self._turns]
        heapq.heapify(self._turns)
        return hurried
