"""Single requests and whatever they are answered with, for finding out what the service does.

The methods of the client say what an answer means; here an answer is the result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ens_provider.api import readers, service_text
from ens_provider.api.calls import Call, Caller, Clocks
from ens_provider.api.errors import MAX_BODY_CHARACTERS, one_line
from ens_provider.api.retry import RetryPolicy
from ens_provider.api.transport import HTTPTransport

if TYPE_CHECKING:
    from ens_provider.api.config import ClientConfig
    from ens_provider.api.operations import Operation
    from ens_provider.api.wire import Answer, Transport

ANSWERS = frozenset({*range(200, 300), 304, *range(400, 500)} - {401, 403, 429})
"""The statuses that are answers. All others say that nothing was asked: token, permission, limits,
a service that failed, something else in its place."""

_SAFE_TO_REPEAT = ("GET", "DELETE")


class Exchanges:
    """Exchanges requests for answers under one token; may be used from several threads.

    The constructor uses no network. Only what changes nothing, and deletions, are tried again
    after an unknown outcome: what is asked twice may be answered otherwise the second time.

    Args:
        config: Addresses and credentials.
        retry: How often and how long apart. Default: 4 tries, at most 60 s of pauses per call.
        clocks: Time. Default: that of this machine.
        transport: What sends. Default: HTTP.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        retry: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._config = config
        clocks = clocks or Clocks()
        self._transport = transport or HTTPTransport(clock=clocks.monotonic)
        self._caller = Caller(
            config, retry=retry or RetryPolicy(), clocks=clocks, transport=self._transport
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._config!r})"

    def send(
        self,
        operation: Operation,
        *,
        subject: str = "",
        object_id: str | None = None,
        json: object = None,
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """Send one request and return its answer, whole, whatever it says.

        Args:
            operation: What is asked.
            subject: What it is asked of, for sentences.
            object_id: The id in the path, where the operation has one.
            json: The body.
            secrets: What must not be seen in sentences, beside the secrets of the client.

        Raises:
            ENSError: There is no answer: the status is none of `ANSWERS`, or nothing came back.
        """
        repeatable = operation.repeatable and operation.method in _SAFE_TO_REPEAT
        asked = replace(operation, success=ANSWERS, repeatable=repeatable)
        return self._caller.call(
            Call(
                operation=asked,
                read=readers.whole,
                subject=subject,
                object_id=object_id,
                json=json,
                secrets=secrets,
            )
        )

    def granted_scopes(self) -> frozenset[str] | None:
        """Return the scopes of the token, None if the service did not tell them.

        Raises:
            ENSError: No token was given out.
        """
        return self._caller.granted_scopes()

    def excerpt(self, answer: Answer) -> str:
        """Return the beginning of an answer's body, as `clean` does."""
        return self.clean(service_text.raw_text(answer.raw))

    def clean(self, text: str) -> str:
        """Return the beginning of a text on one line, at most 500 characters.

        It holds neither the secrets of the client nor anything like a key.
        """
        return service_text.shortened(one_line(self._caller.clean(text[:MAX_BODY_CHARACTERS])))

    def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        self._transport.close()
