"""The token of one client: fetched by one thread for all, renewed before it ends.

Source: page "Server-to-Server Integrations with Client Credentials Grant Type".
"""

from __future__ import annotations

import logging
import math
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ens_provider.api import service_text
from ens_provider.api.errors import (
    APIError,
    AuthenticationError,
    ENSError,
    RateLimitedError,
    ServiceError,
    UnexpectedAnswerError,
)
from ens_provider.api.flights import Flight
from ens_provider.api.operations import GET_TOKEN
from ens_provider.api.refusals import AGAIN, Refusal, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.config import ClientConfig
    from ens_provider.api.limits import WaitBudget
    from ens_provider.api.wire import Answer

RENEWAL_SECONDS = 120.0
"""How long before its end a token is renewed."""

SHORT_LIFE_SECONDS = 600.0
"""Below this life a token is renewed when a tenth of it is left."""

DEFAULT_LIFE_SECONDS = 1080.0
"""The documented life, for an answer that does not tell."""

FOR_THE_USER = {"for_the_user": True}
"""Marks a line of level info that a person wants to see in a run."""

_UNFORESEEN = "No token could be had: see the first error. Run it again."
_NEXT_USED = (
    "ENS does not accept clientSecret of client %s any more; clientSecretNext was used. Move it to "
    "clientSecret."
)
_NEXT_NOT_NEEDED = (
    "ENS accepted clientSecret of client %s; clientSecretNext was not needed. Activate the staged "
    "secret in Setup when all that use it have it."
)

_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,8192}")

_UNKNOWN_CLIENT = "invalid_client"

_log = logging.getLogger("ens_provider.api.auth")


class Fetch(Protocol):
    """Sends the request for a token, with retries, and returns an answer that is a success."""

    def __call__(self, body: dict[str, object], budget: WaitBudget) -> Answer:
        """Return the answer or raise the error."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token and the moment, on the monotonic clock, from which it is not used any more.

    `scopes` are the permissions that it was given out with, None if that was not told.
    """

    value: str = field(repr=False)
    renew_at: float
    scopes: frozenset[str] | None = None


class TokenSource:
    """Hands out the token of one client.

    The first thread that needs a token fetches it; those that come meanwhile wait and share what
    it gets, an error included.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        fetch: Fetch,
        learn: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._fetch = fetch
        self._learn = learn
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._flight: Flight[Token] | None = None
        self._use_next = False
        self._told: bool | None = None

    def token(self, budget: WaitBudget, *, refused: str | None = None) -> str:
        """Return a token that is not about to end, nor the one that was just `refused`.

        Raises:
            ENSError: None could be had; nothing else was sent.
        """
        return self._current(budget, refused=refused).value

    def scopes(self, budget: WaitBudget) -> frozenset[str] | None:
        """Return the scopes of the token, None if the service did not tell them.

        Raises:
            ENSError: No token could be had.
        """
        return self._current(budget).scopes

    def _current(self, budget: WaitBudget, *, refused: str | None = None) -> Token:
        with self._lock:
            token = self._token
            if token and token.value != refused and self._clock() < token.renew_at:
                return token
            flight, mine = self._flight or Flight(unforeseen=_UNFORESEEN), self._flight is None
            self._flight = flight
        return flight.lead(lambda: self._landed(budget)) if mine else flight.follow()

    def _landed(self, budget: WaitBudget) -> Token:
        """Fetch a token and end the flight, before those who wait for it hear of the outcome."""
        token = self._token
        try:
            token = self._fetched(budget)
        finally:
            with self._lock:
                self._token, self._flight = token, None
        return token

    def _fetched(self, budget: WaitBudget) -> Token:
        started = self._clock()
        try:
            answer = self._with_current_secret(budget)
        except AuthenticationError as error:
            if self._use_next or not self._config.client_secret_next or not _is_unknown(error):
                raise
            answer = self._with_next_secret(budget)
        self._tell_which_secret()
        token = read_token(answer, since=started)
        self._learn(token.value)
        return token

    def _tell_which_secret(self) -> None:
        """Say which of two secrets was used: once, and again when it is the other one."""
        if not self._config.client_secret_next or self._told == self._use_next:
            return
        self._told = self._use_next
        client_id = self._config.client_id
        if self._use_next:
            _log.warning(_NEXT_USED, client_id)
        else:
            _log.info(_NEXT_NOT_NEEDED, client_id, extra=FOR_THE_USER)

    def _with_current_secret(self, budget: WaitBudget) -> Answer:
        secret = self._config.client_secret
        if self._use_next and self._config.client_secret_next:
            secret = self._config.client_secret_next
        return self._fetch(token_request(self._config, secret=secret), budget)

    def _with_next_secret(self, budget: WaitBudget) -> Answer:
        self._use_next = True
        try:
            return self._with_current_secret(budget)
        except ENSError:
            self._use_next = False
            raise


def token_request(config: ClientConfig, *, secret: str) -> dict[str, object]:
    """Return the body that asks for a token; the scope is left out, which means all scopes."""
    body: dict[str, object] = {
        "grant_type": "client_credentials",
        "client_id": config.client_id,
        "client_secret": secret,
    }
    account_id = config.account_id
    if account_id is not None:
        is_number = account_id.isascii() and account_id.isdigit()
        body["account_id"] = int(account_id) if is_number else account_id
    return body


def read_token(answer: Answer, *, since: float) -> Token:
    """Return the token of an answer that was asked for at `since` on the monotonic clock.

    Raises:
        AuthenticationError: The answer holds no usable token.
    """
    obj = service_text.parsed_or_none(answer.raw)
    value = obj.get("access_token") if isinstance(obj, dict) else None
    if not isinstance(obj, dict) or not isinstance(value, str) or not value:
        raise _unusable(answer, "no access_token")
    if not _HEADER_SAFE.fullmatch(value):
        raise _unusable(answer, "an access_token that is none")
    life = _life_seconds(obj.get("expires_in"))
    if life is None:
        raise _unusable(answer, "an expires_in that is no number of seconds")
    margin = RENEWAL_SECONDS if life >= SHORT_LIFE_SECONDS else life / 10
    return Token(value=value, renew_at=since + life - margin, scopes=_scopes(obj.get("scope")))


def token_error(refusal: Refusal, *, config: ClientConfig) -> APIError:
    """Return the error for an answer of the token route that is no success."""
    kind = kind_of(refusal)
    if not issubclass(kind, (RateLimitedError, ServiceError, UnexpectedAnswerError)):
        kind = AuthenticationError
    return refusal.error(kind, remedy=_remedy(kind, refusal, config=config))


def _remedy(kind: type[APIError], refusal: Refusal, *, config: ClientConfig) -> str:
    if issubclass(kind, RateLimitedError):
        return f"Nothing else was sent. {AGAIN} in 20 minutes: ENS counts tokens per client"
    if kind is ServiceError:
        return f"Nothing else was sent. {AGAIN}"
    if kind is UnexpectedAnswerError or refusal.answer.status == 404:  # noqa: PLR2004 - not found
        return "Check authUrl or subdomain"
    others = " and accountId" if config.account_id else ""
    if refusal.errorcode() == _UNKNOWN_CLIENT:
        return _secret_remedy(config, others=others)
    both = " and clientSecretNext" if config.client_secret_next else ""
    return f"Check clientId, clientSecret{both}{others}, and that the installed package is enabled"


def _secret_remedy(config: ClientConfig, *, others: str) -> str:
    """Return what to do about an unknown client, which is also what an old secret ends in.

    Source: page "Rotate an OAuth 2.0 Secret".
    """
    both = config.client_secret_next
    secrets = "clientSecret and clientSecretNext are" if both else "clientSecret is"
    return (
        f"Check clientId{others} and that the installed package is enabled; if they are right, "
        f"{secrets} wrong, expired (180 days after it was generated) or replaced by a staged secret "
        "that was activated: generate one in Setup > Installed Packages, wait 5 minutes, and set it "
        "as clientSecret"
    )


def _is_unknown(error: AuthenticationError) -> bool:
    return error.errorcode == _UNKNOWN_CLIENT


def _unusable(answer: Answer, what: str) -> AuthenticationError:
    return AuthenticationError(
        f"The token route of ENS answered {answer.status} with {what}. Check authUrl or subdomain.",
        operation=GET_TOKEN.name,
        status=answer.status,
    )


def _scopes(value: object) -> frozenset[str] | None:
    return frozenset(value.split()) if isinstance(value, str) else None


def _life_seconds(value: object) -> float | None:
    if value is None:
        return DEFAULT_LIFE_SECONDS
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        life = float(value)
    except (ValueError, OverflowError):
        return None
    return life if math.isfinite(life) and life > 0 else None
