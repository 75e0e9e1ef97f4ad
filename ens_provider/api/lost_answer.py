"""The error for what was sent and not, or not readably, answered: its outcome is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ens_provider.api.errors import ConnectionLostError

if TYPE_CHECKING:
    from ens_provider.api.wire import Request


def lost(why: str, request: Request) -> ConnectionLostError:
    """Return the error for a request that left and was not completely answered."""
    unknown = "It may have taken effect. " if request.changes else ""
    return ConnectionLostError(
        f"No complete answer came from {request.host} when asked to {request.phrase}: {why}. "
        f"{unknown}Run `pulumi up --refresh`.",
        operation=request.operation,
        subject=request.subject,
    )
