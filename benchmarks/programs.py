"""The programs that are compared: the same number of resources, empty ones and ours."""

from __future__ import annotations

from dataclasses import dataclass

FLOOR = "floor"
OURS = "ours"

_EMPTY = """\
from benchmarks.empty import Empty

for number in range({count}):
    Empty(f"empty-{{number}}", revision={revision})
"""

_CALLBACKS = """\
import ens_provider as ens

for number in range({count}):
    ens.Callback(
        f"callback-{{number}}",
        url=f"https://receiver.test/{{number}}",
        max_batch_size={batch_size},
    )
"""

_SUBSCRIPTIONS = """\
import ens_provider as ens

callback = ens.Callback("callback", url="https://receiver.test/events")
for number in range({count}):
    ens.Subscription(
        f"subscription-{{number}}",
        callback_id=callback,
        event_category_types=[ens.EventType.EMAIL_SENT],
        filters={{"definitionKey": "mail-{revision}"}},
    )
"""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a program declares.

    Attributes:
        kind: ``callbacks`` (each of its own), or ``subscriptions`` (of one callback).
        count: How many.
    """

    kind: str
    count: int

    def __str__(self) -> str:
        return f"{self.count} {self.kind if self.count > 1 else self.kind.removesuffix('s')}"

    @property
    def resources(self) -> int:
        """How many resources that are; the floor has as many."""
        return self.count + (self.kind == "subscriptions")

    def program(self, side: str, *, revision: int) -> str:
        """Return a program's text.

        Args:
            side: `FLOOR` or `OURS`.
            revision: 1 to 900; with another one every resource is updated.
        """
        if side == FLOOR:
            return _EMPTY.format(count=self.resources, revision=revision)
        text = _CALLBACKS if self.kind == "callbacks" else _SUBSCRIPTIONS
        return text.format(count=self.count, revision=revision, batch_size=100 + revision)
