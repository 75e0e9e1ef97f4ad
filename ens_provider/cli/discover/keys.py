"""Where the endpoint hands out the verification keys that its probes brought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ens_provider.api.errors import ENSError, NotFoundError, ServiceError, UnreachableError
from ens_provider.api.verification_key_source import KeySource
from ens_provider.cli.discover.account import Pace
from ens_provider.cli.discover.findings import NotSettledError

_SECONDS = 20.0
_NOT_READY = (NotFoundError, ServiceError, UnreachableError)

FetchKey = Callable[[KeySource], str]
"""What asks a receiver for a verification key."""


@dataclass(frozen=True, kw_only=True)
class KeyPlace:
    """Where keys are handed out.

    Attributes:
        url: The address; ``{callback_id}`` stands for the id.
        token: The bearer token for it, or None.
        fetch: What asks there.
    """

    url: str
    fetch: FetchKey
    token: str | None = field(default=None, repr=False)

    def key(self, callback_id: str, *, pace: Pace) -> str:
        """Return the verification key of a callback; a receiver that is late is waited for.

        Raises:
            NotSettledError: It does not hand the key out.
        """
        url = self.url.replace("{callback_id}", callback_id)
        source = KeySource(url=url, callback_id=callback_id, token=self.token)
        for waited in pace.tries(_SECONDS):
            try:
                return self.fetch(source)
            except _NOT_READY as error:
                if waited >= _SECONDS:
                    raise _needed(error) from error
            except ENSError as error:
                raise _needed(error) from error
        raise AssertionError("unreachable")


def _needed(error: ENSError) -> NotSettledError:
    return NotSettledError(f"it needs a verified callback. {error}")
