"""What a schedule asks of an engine, be it the small one of these tests or the real CLI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.schedule import Kill, Program


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a run ended.

    Attributes:
        succeeded: Whether all of it was done.
        errors: What the provider said of what failed, one sentence each.
        killed: Whether something ended it in the middle.
    """

    succeeded: bool
    errors: tuple[str, ...] = ()
    killed: bool = False

    def says(self, *classes: str) -> bool:
        """Tell whether an error is of one of these classes."""
        return any(
            error.startswith(f"ens_provider.{name}:") for error in self.errors for name in classes
        )


@dataclass(frozen=True, kw_only=True)
class Known:
    """A resource as the stack's state has it.

    Attributes:
        kind: Its class, such as `Callback`.
        resource: Its name in the program.
        id: Its id.
        outputs: Its outputs, secrets in clear.
    """

    kind: str
    resource: str
    id: str
    outputs: dict[str, Any] = field(repr=False)


class Engine(Protocol):
    """A stack and the engine that brings it up. One schedule uses one."""

    def up(
        self,
        program: Program,
        *,
        refresh: bool = False,
        replace: Sequence[str] = (),
        kill: Kill | None = None,
    ) -> Run:
        """Bring the stack up to a program, without a preview before it.

        Args:
            program: The program.
            refresh: Whether the state is refreshed first.
            replace: Names of callbacks in the program to replace in any case.
            kill: What ends the run in the middle.
        """

    def refresh(self, *, kill: Kill | None = None) -> Run:
        """Refresh the state."""

    def destroy(self, *, kill: Kill | None = None) -> Run:
        """Destroy everything."""

    def unlock(self) -> None:
        """Take away what a killed run left: a lock (`pulumi cancel`) and its orphans."""

    def changes(self, program: Program) -> list[str]:
        """Preview a program; return what it would change, nothing if all is as declared."""

    def known(self) -> list[Known]:
        """Return the state's resources."""

    def told(self) -> str:
        """Return everything that a person could read so far: sentences, output and logs."""

    def close(self) -> None:
        """End every process that belongs to it."""
