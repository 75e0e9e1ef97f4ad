"""One call from its first try to its answer: token, limits, retries, and what an answer means."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from ens_provider.api import readers
from ens_provider.api.auth import TokenSource, token_error
from ens_provider.api.errors import (
    AuthenticationError,
    ENSError,
    RateLimitedError,
    TemporarilyBlockedError,
)
from ens_provider.api.limits import Limits, WaitBudget
from ens_provider.api.lost_answer import lost
from ens_provider.api.operations import GET_TOKEN, Operation
from ens_provider.api.refusals import Refusal, api_error
from ens_provider.api.scrub import Scrubber
from ens_provider.api.service_time import ServiceTime
from ens_provider.api.wire import Answer, Request, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.config import ClientConfig
    from ens_provider.api.errors import APIError
    from ens_provider.api.retry import RetryPolicy

T = TypeVar("T")

NOT_MODIFIED_STATUS = 304

_log = logging.getLogger("ens_provider.api.calls")


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One operation on one object.

    `read` turns an answer that is a success into what the method returns, and raises ValueError,
    without quoting values, where it cannot be read. `secrets` are the call's own.
    """

    operation: Operation
    read: Callable[[Answer], T]
    subject: str = ""
    object_id: str | None = None
    json: object = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def understands(self, answer: Answer) -> bool:
        """Tell whether an answer is one that the operation reads, 304 included where it counts."""
        operation = self.operation
        return answer.status in operation.success or (
            operation.not_modified and answer.status == NOT_MODIFIED_STATUS
        )


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """Time as the client sees it; each can be replaced."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class Caller:
    """Sends the calls of one client, from any thread."""

    def __init__(
        self, config: ClientConfig, *, retry: RetryPolicy, clocks: Clocks, transport: Transport
    ) -> None:
        self._config = config
        self._retry = retry
        self._clocks = clocks
        self._transport = transport
        self._scrubber = Scrubber([config.client_secret, config.client_secret_next])
        self._limits = Limits(retry=retry, clock=clocks.monotonic)
        self._tokens = TokenSource(
            config, fetch=self._fetch_token, learn=self._scrubber.learn, clock=clocks.monotonic
        )
        self.service_time = ServiceTime(clock=clocks.monotonic, wall_clock=clocks.wall)

    def call(self, call: Call[T]) -> T:
        """Return what the call is answered with.

        Raises:
            ENSError: It failed, after as many tries as were safe.
        """
        request = self._request(call, self._config.rest_url)
        budget = self._budget()
        refused: list[str] = []
        return self._repeated(call, lambda: self._once(call, request, budget, refused), budget)

    def granted_scopes(self) -> frozenset[str] | None:
        """Return the scopes of the token, None if the service did not tell them."""
        return self._tokens.scopes(self._budget())

    def clean(self, text: str) -> str:
        """Return a text without the secrets of this client and without anything like a key."""
        return self._scrubber.clean(text)

    def _budget(self) -> WaitBudget:
        return WaitBudget(
            self._retry.max_wait_seconds,
            sleep=self._clocks.sleep,
            begun_at=self._clocks.monotonic(),
        )

    def _repeated(self, call: Call[T], once: Callable[[], T], budget: WaitBudget) -> T:
        unknown, failures = False, 0
        while True:
            try:
                return once()
            except ENSError as error:
                # What an earlier try may have done is not undone by the failure of a later one.
                unknown = error.outcome_unknown = unknown or error.outcome_unknown
                # What was turned away is bounded by the waiting alone, since in a large stack a
                # call may be unlucky often. Tokens are asked for sparingly: ENS counts each.
                if call.operation is GET_TOKEN or not isinstance(error, RateLimitedError):
                    failures += 1
                if not self._pauses(call, error, max(failures, 1), budget):
                    raise

    def _pauses(self, call: Call[T], error: ENSError, attempt: int, budget: WaitBudget) -> bool:
        """Pause before the next try, or tell that there is none."""
        operation = call.operation
        if error.operation == GET_TOKEN.name != operation.name:
            # The token was tried for often enough on its own.
            return False
        limited = isinstance(error, RateLimitedError)
        again = self._retry.should_retry(error, attempt=attempt, repeatable=operation.repeatable)
        own = self._retry.delay(attempt=attempt, retry_after_seconds=error.retry_after_seconds)
        pause = self._limits.held_seconds() if limited else own
        if not again or not budget.allows(pause):
            return False
        _log.info("A try failed, the next follows in %.1f s: %s", pause, error)
        if not limited:
            # A limit is waited for by all threads together, right before they send.
            budget.spend(pause)
        return True

    def _once(self, call: Call[T], request: Request, budget: WaitBudget, refused: list[str]) -> T:
        """Make one try; a token that is refused is replaced once per call, within the try."""
        token = self._tokens.token(budget)
        try:
            return self._exchange(call, replace(request, token=token), budget)
        except AuthenticationError:
            if refused:
                raise
        refused.append(token)
        _log.info("ENS does not accept the token any more; a new one is fetched")
        token = self._tokens.token(budget, refused=token)
        return self._exchange(call, replace(request, token=token), budget)

    def _exchange(self, call: Call[T], request: Request, budget: WaitBudget) -> T:
        answer = self._send(call, request, budget)
        self.service_time.observe(answer.headers.get("Date"))
        if call.understands(answer):
            self._limits.admitted()
            return _read(call, request, answer)
        raise self._noted(api_error(self._refusal(call, answer)))

    def _send(self, call: Call[T], request: Request, budget: WaitBudget) -> Answer:
        subject = self._scrubber.clean(call.subject, also=call.secrets)
        self._limits.wait(budget, operation=call.operation, subject=subject)
        return self._transport.send(request)

    def _fetch_token(self, body: dict[str, object], budget: WaitBudget) -> Answer:
        subject = f"client {self._config.client_id!r}"
        call = Call(operation=GET_TOKEN, read=readers.whole, subject=subject, json=body)
        request = self._request(call, self._config.auth_url)

        def once() -> Answer:
            answer = self._send(call, request, budget)
            if call.understands(answer):
                self._limits.admitted()
                return _read(call, request, answer)
            raise self._noted(token_error(self._refusal(call, answer), config=self._config))

        try:
            return self._repeated(call, once, budget)
        except ENSError as error:
            # Whatever became of the token: what it was wanted for was not sent.
            error.outcome_unknown = False
            raise

    def _noted(self, error: APIError) -> APIError:
        """Let all threads observe what the service says about its limits."""
        if isinstance(error, TemporarilyBlockedError):
            self._limits.block(because=error)
        elif isinstance(error, RateLimitedError):
            self._limits.hold(because=error)
        else:
            self._limits.admitted()
        return error

    def _request(self, call: Call[T], base_url: str) -> Request:
        operation = call.operation
        subject = self._scrubber.clean(call.subject, also=call.secrets)
        return Request(
            method=operation.method,
            url=base_url + operation.path_for(call.object_id),
            phrase=operation.phrase.format(subject=subject),
            operation=operation.name,
            subject=subject,
            changes=operation.changes and operation is not GET_TOKEN,
            json=call.json,
            read_timeout_seconds=operation.read_timeout_seconds,
        )

    def _refusal(self, call: Call[T], answer: Answer) -> Refusal:
        return Refusal(
            operation=call.operation,
            subject=call.subject,
            answer=answer,
            scrubber=self._scrubber,
            now=self._clocks.wall(),
            secrets=call.secrets,
        )


def _read(call: Call[T], request: Request, answer: Answer) -> T:
    try:
        return call.read(answer)
    except ValueError as exc:
        # The cause holds the body, and the body may hold a key.
        raise lost(f"its answer {answer.status} cannot be read, {exc}", request) from None
