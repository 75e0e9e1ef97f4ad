"""Verifying a callback from inside its probe, with credentials of the receiver's own.

Sources: pages "Verify a Callback" (a key works once) and "Server-to-Server Integrations with Client
Credentials Grant Type" (tokens); that the service knows the callback while it probes was seen on
the real one.
"""

import json
import logging
import math
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from ens_provider.receiver.json_posts import Answer, JSONPosts
from ens_provider.receiver.messages import Probe
from ens_provider.receiver.service_account import ServiceAccount
from ens_provider.receiver.verification_failures import (
    SelfVerificationError,
    no_token,
    not_verified,
    word_in,
)

# The service waits 30 seconds for the answer to its probe.
ALL_SECONDS = 20.0
RENEWAL_SECONDS = 120.0
DEFAULT_LIFE_SECONDS = 1080.0

_SHORT_LIFE_SECONDS = 600.0
_TOKEN_ROUTE = "/v2/token"  # noqa: S105 -- a route, not a secret
_VERIFY_ROUTE = "/platform/v1/ens-verify"
_UNKNOWN_CLIENT = "invalid_client"
# What an HTTP header can carry, and no token of the service is longer.
_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,8192}")

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class _Tokens:
    """The token of one account: kept until shortly before its end, shared by all threads."""

    def __init__(
        self, account: ServiceAccount, *, posts: JSONPosts, clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._posts = posts
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def current(self, *, until: float, refused: str | None = None) -> str:
        """Return a token that is not about to end, nor the one that was just refused."""
        # Probes that come together wait here, and share one token.
        with self._lock:
            held = self._token
            if held is None or held.value == refused or self._clock() >= held.renew_at:
                self._token = None
                self._token = held = self._fetched(until=until)
            return held.value

    def _fetched(self, *, until: float) -> _Token:
        since = self._clock()
        answer = self._asked(self._account.client_secret, until=until)
        following = self._account.client_secret_next
        if following and word_in(answer.body) == _UNKNOWN_CLIENT:
            answer = self._asked(following, until=until)
        token = _token_in(answer, since=since) if answer.status == HTTPStatus.OK else None
        if token is None:
            raise no_token(status=answer.status, body=answer.body)
        return token

    def _asked(self, secret: str, *, until: float) -> Answer:
        url = f"{self._account.auth_url}{_TOKEN_ROUTE}"
        return self._posts.send(url, self._account.token_request(secret), until=until)


@dataclass(frozen=True, kw_only=True, eq=False)
class SelfVerification(ServiceAccount):
    """Verifies each callback that is probed: `ReceiverOptions(verify_probe=SelfVerification(...))`.

    Its package needs Event Notifications > Callbacks > Update (`event_notification_callback_update`)
    and nothing else. A token is fetched with the first probe, kept until two minutes before its
    end, and renewed once if the service refuses it. What the service limits (429) is sent again if
    it says when, and the time allows it.

    Attributes: those of `ServiceAccount`, and
        tls: What to trust. Default: the public authorities.
        clock: Gives monotonic seconds.
        sleep: Pauses for so many seconds.

    Raises:
        ValueError: something is missing or malformed; the sentence names it, and no value.
    """

    tls: ssl.SSLContext | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    _posts: JSONPosts = field(init=False, repr=False)
    _tokens: _Tokens = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        posts = JSONPosts(tls=self.tls, clock=self.clock, sleep=self.sleep)
        object.__setattr__(self, "_posts", posts)
        object.__setattr__(self, "_tokens", _Tokens(self, posts=posts, clock=self.clock))

    def __call__(self, probe: Probe) -> None:
        """Verify the callback of a probe, within 20 seconds.

        Raises:
            SelfVerificationError: it is not verified, as far as the service has said; the same
                sentence stands in the log.
        """
        try:
            self._verify(probe, until=self.clock() + ALL_SECONDS)
        except SelfVerificationError as error:
            _log.error("%s", error)
            raise

    def _verify(self, probe: Probe, *, until: float) -> None:
        token = self._tokens.current(until=until)
        answer = self._asked(probe, token, until=until)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            token = self._tokens.current(until=until, refused=token)
            answer = self._asked(probe, token, until=until)
        if answer.status != HTTPStatus.OK:
            raise not_verified(probe, status=answer.status, body=answer.body)

    def _asked(self, probe: Probe, token: str, *, until: float) -> Answer:
        content = {"callbackId": probe.callback_id, "verificationKey": probe.verification_key}
        url = f"{self.rest_url}{_VERIFY_ROUTE}"
        return self._posts.send(url, content, token=token, until=until)


def _token_in(answer: Answer, *, since: float) -> _Token | None:
    try:
        content = json.loads(answer.body)
        value, told = content["access_token"], content.get("expires_in", DEFAULT_LIFE_SECONDS)
        life = float(told)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(value, str) or not _HEADER_SAFE.fullmatch(value) or not math.isfinite(life):
        return None
    margin = RENEWAL_SECONDS if life >= _SHORT_LIFE_SECONDS else life / 10
    return _Token(value=value, renew_at=since + life - margin)
