"""The retry policy for any numbers: bounded, never negative, honouring what the service asks for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.api.errors import (
    APIError,
    ConfigurationError,
    ConnectionLostError,
    ENSError,
    RateLimitedError,
    ServiceError,
    TemporarilyBlockedError,
    UnreachableError,
)
from ens_provider.api.retry import RetryPolicy

attempts = st.integers(min_value=1, max_value=10_000)
seconds = st.floats(min_value=0, max_value=1e6)
jitters = st.floats(allow_nan=False, allow_infinity=False)
errors = st.sampled_from(
    [
        APIError,
        ConfigurationError,
        ConnectionLostError,
        RateLimitedError,
        ServiceError,
        TemporarilyBlockedError,
        UnreachableError,
    ]
).map(lambda kind: kind("text"))


@st.composite
def policies(draw: st.DrawFn) -> RetryPolicy:
    """Return policies of any numbers, with a jitter that need not keep to its bounds."""
    jitter = draw(jitters)
    return RetryPolicy(
        max_attempts=draw(st.integers(min_value=1, max_value=20)),
        base_seconds=draw(st.floats(min_value=0, max_value=100)),
        cap_seconds=draw(st.floats(min_value=0, max_value=1000)),
        jitter=lambda: jitter,
    )


@given(policies(), attempts)
def test_a_pause_of_our_own(policy: RetryPolicy, attempt: int) -> None:
    """A pause is never negative and never longer than the cap."""
    assert 0 <= policy.delay(attempt=attempt) <= policy.cap_seconds


@given(policies(), attempts)
def test_pauses_grow(policy: RetryPolicy, attempt: int) -> None:
    """With the same jitter a later pause is never shorter."""
    assert policy.delay(attempt=attempt) <= policy.delay(attempt=attempt + 1)


@given(policies(), attempts, seconds)
def test_what_the_service_asks_for(policy: RetryPolicy, attempt: int, wish: float) -> None:
    """A wish of the service is honoured in full, and adds nothing to our own pause."""
    own = policy.delay(attempt=attempt)

    assert policy.delay(attempt=attempt, retry_after_seconds=wish) == max(own, wish)


@given(policy=policies(), error=errors, repeatable=st.booleans())
def test_the_tries_end(policy: RetryPolicy, error: ENSError, *, repeatable: bool) -> None:
    """No error is tried for more than the number of attempts."""
    tries = 1
    while policy.should_retry(error, attempt=tries, repeatable=repeatable):
        tries += 1

    assert tries <= policy.max_attempts


@given(policies(), errors, attempts)
def test_creations_after_an_unknown_outcome(
    policy: RetryPolicy, error: ENSError, attempt: int
) -> None:
    """What is not repeatable is never repeated when it may have taken effect."""
    if error.outcome_unknown:
        assert not policy.should_retry(error, attempt=attempt, repeatable=False)


@given(policy=policies(), attempt=attempts, repeatable=st.booleans())
def test_a_block(policy: RetryPolicy, attempt: int, *, repeatable: bool) -> None:
    """A block is never asked again."""
    blocked = TemporarilyBlockedError("text")

    assert not policy.should_retry(blocked, attempt=attempt, repeatable=repeatable)
