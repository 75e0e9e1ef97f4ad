"""The token route, asked once for each secret that is configured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import AuthenticationError, ENSError
from ens_provider.api.retry import RetryPolicy
from ens_provider.api.scrub import Scrubber
from ens_provider.api.transport import HTTPTransport
from ens_provider.cli.doctor.explanations import failure
from ens_provider.cli.doctor.report import Check, ok, skipped, warning
from ens_provider.cli.doctor.watching import WatchingTransport

# Whoever asks what is wrong wants to see it, not to wait until it has passed.
_ONE_TRY = RetryPolicy(max_attempts=1, max_wait_seconds=0.0)
_REFUSALS = (400, 401, 403)
_FIRST, _NEXT = "clientSecret", "clientSecretNext"
_NAMES = {_FIRST: "token", _NEXT: "next token"}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An attempt to get a token with one secret.

    Attributes:
        key: The key of the secret.
        client: The client that holds the token now, if there is one.
        transport: What it sends through.
        error: Why there is none; None if there is one.
        scopes: Its scopes, None if the service did not tell them.
        unit_refused: Why there is none for the configured `accountId`, where there is one without.
    """

    key: str
    client: ENSClient
    transport: WatchingTransport
    error: ENSError | None = None
    scopes: frozenset[str] | None = field(default=None, repr=False)
    unit_refused: ENSError | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the service refused it, rather than failed or could not be reached."""
        error, seen = self.error, self.transport.seen
        return (
            isinstance(error, AuthenticationError)
            and error.status in _REFUSALS
            and not seen.is_page
        )


def attempts(config: ClientConfig, *, wall_clock: Callable[[], float] = time.time) -> list[Attempt]:
    """Ask for a token with `clientSecret` and, unless that would be in vain, with the next one."""
    first = _attempt(config, _FIRST, config.client_secret, wall_clock)
    if config.client_secret_next and (first.error is None or first.is_refused):
        return [first, _attempt(config, _NEXT, config.client_secret_next, wall_clock)]
    return [first]


def token_checks(made: Sequence[Attempt], config: ClientConfig) -> list[Check]:
    """Return a check for each secret that is configured."""
    # Each client hides the secret that it has; the service may know the other one, too.
    scrubber = Scrubber([config.client_secret, config.client_secret_next])
    works = any(attempt.error is None for attempt in made)
    checks = [_check(attempt, works=works) for attempt in made]
    checks = [replace(check, found=scrubber.clean(check.found)) for check in checks]
    if config.client_secret_next and len(made) == 1:
        checks += skipped([_NAMES[_NEXT]], because="the token route does not answer as it should")
    return checks


def _attempt(
    config: ClientConfig, key: str, secret: str, wall_clock: Callable[[], float]
) -> Attempt:
    alone = replace(config, client_secret=secret, client_secret_next=None)
    attempt = _asked(alone, key, wall_clock)
    if not config.account_id or not attempt.is_refused:
        return attempt
    # Which of the two is refused, the client or the business unit? The words for it are not known.
    without = _asked(replace(alone, account_id=None), key, wall_clock)
    if without.error is not None:
        return attempt
    return replace(without, unit_refused=attempt.error)


def _asked(config: ClientConfig, key: str, wall_clock: Callable[[], float]) -> Attempt:
    transport = WatchingTransport(HTTPTransport(), wall_clock=wall_clock)
    client = ENSClient(config, retry=_ONE_TRY, transport=transport)
    attempt = Attempt(key=key, client=client, transport=transport)
    try:
        return replace(attempt, scopes=client.granted_scopes())
    except ENSError as error:
        return replace(attempt, error=error)


def _check(attempt: Attempt, *, works: bool) -> Check:
    key, name, error = attempt.key, _NAMES[attempt.key], attempt.error
    if error is None:
        return ok(name, f"{attempt.transport.seen.host} gives one out for {key}")
    check = failure(name, error, seen=attempt.transport.seen, remedy=_remedy(key, error))
    check = replace(check, found=f"{key}: {check.found}") if attempt.is_refused else check
    if not works:
        return check
    remedy = _ROTATED if key == _FIRST else _NOT_YET
    return warning(name, check.found, remedy=remedy)


_ROTATED = (
    "Move clientSecretNext to clientSecret, and let clientSecretNext go: until then every run asks "
    "for its token twice."
)
_NOT_YET = (
    "Run doctor again 5 minutes after the staged secret was generated in Setup; if they have passed, "
    "set clientSecretNext again."
)


def _remedy(key: str, error: ENSError) -> str:
    """Return what to do about a refusal (page "Rotate an OAuth 2.0 Secret")."""
    if "client id" in error.service_text.lower().split(".")[0]:
        return "Check clientId, and that authUrl or subdomain is of the same account."
    return (
        f"Set {key} again: it is mistyped, has expired (180 days after it was generated), or was "
        "replaced by a staged secret that was activated. Setup > Apps > Installed Packages has the "
        "dates, and shows whether the package is enabled."
    )
