"""Waiting until what was written is in effect.

Source: "Create a Subscription" and "Update a Callback": a change can take two minutes to act.
"""

from __future__ import annotations

from collections.abc import Sequence

from ens_provider.lifecycle.account import Account
from ens_provider.lifecycle.errors import NotYetSettled


def require_settled(
    account: Account, callback_id: str, *, changed_at: Sequence[str], seconds: int
) -> str:
    """Return the time, by the service's clock, at which changes are found to be in effect.

    Args:
        account: The account, whose clock is the service's.
        callback_id: The callback that the changes belong to.
        changed_at: When each was made, ISO 8601 by the service's clock.
        seconds: How long a change may take.

    Raises:
        NotYetSettled: The newest change is younger than that.
        ENSError: The service's clock was not known yet, and the service refused or could not be
            reached.
    """
    # A run that only goes on waiting has called nothing before.
    account.hear_the_clock()
    age = min((account.seconds_since(each) for each in changed_at), default=float(seconds))
    if age >= seconds:
        return account.written_at()
    raise NotYetSettled(
        f"The newest change to callback {callback_id} and its subscriptions is {max(age, 0):.0f} s old, "
        f"and ENS gives changes {seconds} s to take effect.",
        operation="settle",
        subject=callback_id,
    )
