"""The client and a limit of the emulator, in every way of telling when to come again.

Waiting moves the emulator's clock instead of taking time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import RateLimitedError, TemporarilyBlockedError
from ens_provider.api.retry import RetryPolicy
from ens_provider.emulator.process import EmulatorProcess
from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import declared
from tests.plugin.service import CREATE, Service

REQUESTS = 12
PER_WINDOW = 5
WINDOW_SECONDS = 20


class Waiting:
    """A clock that only waiting moves, the emulator's with it."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self._emulator = emulator
        self.seconds = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass, for the emulator too."""
        self.pauses.append(round(seconds, 3))
        self.seconds += seconds
        self._emulator.move_clock(seconds)


@pytest.fixture
def waiting(service: Service) -> Waiting:
    """Give the clock."""
    return Waiting(service.emulator)


@pytest.fixture
def client(service: Service, waiting: Waiting) -> ENSClient:
    """Give a client that waits by that clock, its own pauses at their longest."""
    config = ClientConfig(
        client_id="client",
        client_secret="secret",
        auth_url=service.emulator.auth_url,
        rest_url=service.emulator.rest_url,
    )
    return ENSClient(
        config,
        retry=RetryPolicy(jitter=lambda: 1.0),
        clock=lambda: waiting.seconds,
        sleep=waiting.sleep,
    )


def ask(client: ENSClient, service: Service) -> list[str]:
    """Send the requests; return how each that reached the service was answered."""
    for _ in range(REQUESTS):
        client.token_context()
    return [call.split()[-1] for call in service.calls() if "token " not in call]


@pytest.mark.parametrize("told", ["header_and_body", "header", "body"])
def test_seconds_to_wait_are_waited_for(
    told: str, client: ENSClient, service: Service, waiting: Waiting
) -> None:
    """Each window costs one refusal, and the wait that it asks for."""
    service.emulator.set_rate_limit(
        requests=PER_WINDOW, seconds=WINDOW_SECONDS, ends="after_refusal", retry_after=told
    )

    answers = ask(client, service)

    window = ["200"] * PER_WINDOW
    assert answers == [*window, "429", *window, "429", "200", "200"]
    assert waiting.pauses == [20.0, 20.0]


def test_a_date_to_wait_for_is_waited_for(
    client: ENSClient, service: Service, waiting: Waiting
) -> None:
    """The date is read on the clock of the service, which is a day ahead of this machine's."""
    service.emulator.move_clock(86_400)
    service.emulator.set_rate_limit(
        requests=PER_WINDOW, seconds=WINDOW_SECONDS, ends="after_refusal", retry_after="date"
    )

    answers = ask(client, service)

    window = ["200"] * PER_WINDOW
    assert answers == [*window, "429", *window, "429", "200", "200"]
    # Dates have whole seconds.
    assert [pause in {20.0, 21.0} for pause in waiting.pauses] == [True, True]


def test_without_a_time_to_wait_the_pauses_double(
    client: ENSClient, service: Service, waiting: Waiting
) -> None:
    """Each window is asked for at growing distances, and anew from the shortest after it."""
    service.emulator.set_rate_limit(
        requests=PER_WINDOW, seconds=WINDOW_SECONDS, ends="after_refusal", retry_after="none"
    )

    answers = ask(client, service)

    window, refused = ["200"] * PER_WINDOW, ["429"] * 6
    assert answers == [*window, *refused, *window, *refused, "200", "200"]
    assert waiting.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0] * 2


def test_a_window_that_is_too_long_is_not_waited_for(
    client: ENSClient, service: Service, waiting: Waiting
) -> None:
    """What does not fit into a minute is an error at once, and the next call is not even sent."""
    service.emulator.set_rate_limit(requests=1, seconds=90, ends="after_refusal")
    client.token_context()

    with pytest.raises(RateLimitedError) as refused:
        client.token_context()
    with pytest.raises(RateLimitedError) as not_sent:
        client.token_context()

    assert refused.value.retry_after_seconds == 90
    assert str(not_sent.value) == (
        "ENS was not asked to read the business unit of the token: it limits the requests of this "
        "client (429: Rate limit exceeded). Nothing is sent for another 90 s; run `pulumi up` after "
        "that."
    )
    assert service.calls() == ["POST token 200", "GET tokenContext 200", "GET tokenContext 429"]
    assert waiting.pauses == []


def test_a_block_after_limits_is_the_end(
    client: ENSClient, service: Service, waiting: Waiting
) -> None:
    """Who was told to come again, and is blocked then, does not ask a second time."""
    service.emulator.set_rate_limit(requests=1, seconds=5, ends="after_refusal", blocked_after=1)
    client.token_context()
    client.token_context()

    for _ in range(2):
        with pytest.raises(TemporarilyBlockedError):
            client.token_context()

    assert [call.split()[-1] for call in service.calls()] == ["200", "200", "429", "200", "429"]
    assert waiting.pauses == [5.0]


def test_sixteen_threads_keep_to_one_limit(new_plugin: NewPlugin, service: Service) -> None:
    """A refusal stops all threads for the time that it asks for; then they come one by one."""
    plugin = new_plugin(extra={"SFMC_PARALLEL": "16"})
    service.emulator.set_rate_limit(requests=16, seconds=1, ends="after_refusal")
    asked = [
        declared(callback_name=f"orders-{number}", url=f"https://receiver.test/{number}")
        for number in range(24)
    ]

    with service.held(CREATE, times=16), ThreadPoolExecutor(16) as threads:
        created = [threads.submit(plugin.create, inputs) for inputs in asked]
        service.wait_until_held(16)
        service.emulator.clear_faults()
        ids = {each.result().id for each in created}

    calls = [call for call in service.emulator.calls() if call["path"].endswith("ens-callbacks")]
    refused = [call["at"] for call in calls if call["status"] == 429]
    through = [call["at"] for call in calls if call["status"] == 201]
    assert len(ids) == 24
    assert 1 <= len(refused) <= 8
    assert [call["status"] for call in calls] == [201] * 16 + [429] * len(refused) + [201] * 8
    # A slow machine makes them come later, never earlier.
    returned = [at - refused[0] for at in through[16:]]
    assert [at for number, at in enumerate(returned) if at < 0.95 + 0.1 * number] == []
    assert plugin.log_text() == ""
