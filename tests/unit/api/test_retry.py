"""When a call is tried again and after which pause."""

from __future__ import annotations

import pytest

from ens_provider.api.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionLostError,
    ENSError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from ens_provider.api.retry import RetryPolicy


@pytest.mark.parametrize(
    ("kind", "repeatable", "creation"),
    [
        (UnreachableError, True, True),
        (RateLimitedError, True, True),
        (ConnectionLostError, True, False),
        (ServiceError, True, False),
        (TemporarilyBlockedError, False, False),
        (BadRequestError, False, False),
        (AuthenticationError, False, False),
        (PermissionDeniedError, False, False),
        (NotFoundError, False, False),
        (ConflictError, False, False),
        (UnexpectedAnswerError, False, False),
        (ConfigurationError, False, False),
    ],
)
def test_what_is_tried_again(kind: type[ENSError], *, repeatable: bool, creation: bool) -> None:
    """A creation is tried again only where it certainly took no effect."""
    policy = RetryPolicy()

    assert policy.should_retry(kind("text"), attempt=1, repeatable=True) is repeatable
    assert policy.should_retry(kind("text"), attempt=1, repeatable=False) is creation


def test_attempts_are_counted_with_the_first() -> None:
    """Four attempts are four tries, not one and four more."""
    policy = RetryPolicy(max_attempts=4)
    tried = [
        policy.should_retry(UnreachableError("text"), attempt=n, repeatable=True)
        for n in (1, 2, 3, 4, 5)
    ]

    assert tried == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("jitter", "pauses"),
    [(1.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]), (0.0, [0.25, 0.5, 1.0, 2.0, 4.0, 4.0])],
)
def test_pauses_double_up_to_a_cap(jitter: float, pauses: list[float]) -> None:
    """Jitter spreads a pause over the upper half of its length."""
    policy = RetryPolicy(jitter=lambda: jitter)

    assert [policy.delay(attempt=n) for n in (1, 2, 3, 4, 5, 6)] == pauses


def test_what_the_service_asks_for_is_a_minimum() -> None:
    """A wish that is longer than our own pause is honoured in full, beyond the cap too."""
    policy = RetryPolicy(jitter=lambda: 1.0)

    assert policy.delay(attempt=1, retry_after_seconds=90.0) == 90.0
    assert policy.delay(attempt=1, retry_after_seconds=0.0) == 0.5
