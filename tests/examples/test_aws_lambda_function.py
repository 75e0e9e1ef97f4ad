"""The function of `examples/aws-lambda` as it would run: its zip, a bare interpreter, AWS and ENS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver import sign
from tests.examples.deployment import Deployment, declared_for
from tests.examples.function_url import FunctionURL, bare_python, runtime_packages
from tests.examples.lambda_stack import FUNCTION_URL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.examples.aws import StandIn

# One process starts the service and the function's surroundings for all of them.
pytestmark = [
    pytest.mark.xdist_group("lambda-function"),
    pytest.mark.usefixtures("direct_connections"),
]

OTHER_KEY = "c29tZWJvZHkgZWxzZSdzIGtleSBvZiAzMiBieXRlcyE="
HOST = FUNCTION_URL.removeprefix("https://").rstrip("/")


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Give an interpreter with nothing installed, boto3 beside it, the function's URL, and ENS."""
    folder = tmp_path_factory.mktemp("surroundings")
    with FunctionURL(HOST) as url:
        ca_file = folder / "ca.pem"
        url.authority.cert_pem.write_to_path(ca_file)
        with EmulatorProcess(EmulatorOptions(resolve=[url.resolve], ca_file=ca_file)) as emulator:
            yield {
                "python": bare_python(folder / "python"),
                "packages": runtime_packages(folder / "packages"),
                "url": url,
                "emulator": emulator,
                "stack": declared_for(emulator, folder / "home"),
            }


@pytest.fixture
def deployment(surroundings: dict[str, Any], aws: StandIn, tmp_path: Path) -> Iterator[Deployment]:
    """Give the function, deployed; the callback is not there yet."""
    surroundings["emulator"].reset()
    made = Deployment(tmp_path, aws=aws, **surroundings)
    yield made
    made.close()


def test_from_creation_to_the_queue(deployment: Deployment) -> None:
    """The function verifies itself in the probe, gets its key, and its events are in the queue."""
    assert deployment.create_callback() == 201, deployment.instance.log()
    # Nobody but the function has verified it, and no key was there yet.
    assert deployment.status() == "verified"
    deployment.rotate()
    deployment.write_keys()
    deployment.subscribe()

    assert deployment.send({"definitionKey": "welcome"}, {"definitionKey": "goodbye"}) == [200]

    [(callback_id, events)] = deployment.received()
    assert callback_id == deployment.callback_id
    assert [each["definitionKey"] for each in events] == ["welcome", "goodbye"]
    assert [each["eventCategoryType"] for each in events] == [
        "TransactionalSendEvents.EmailSent",
        "TransactionalSendEvents.EmailSent",
    ]
    assert deployment.instance.log() == ""


def test_rotation(deployment: Deployment) -> None:
    """Between the new key and its place in the secret deliveries are refused, and then come again."""
    deployment.up()
    old_key = deployment.key
    assert deployment.send({"definitionKey": "before"}) == [200]
    deployment.rotate()

    assert deployment.send({"definitionKey": "between"}) == [503]
    deployment.write_keys()
    assert [each["status"] for each in deployment.emulator.retry_deliveries()] == [200]
    assert deployment.send({"definitionKey": "after"}) == [200]

    received = [event["definitionKey"] for _, events in deployment.received() for event in events]
    assert sorted(received) == ["after", "before", "between"]
    assert deployment.key != old_key
    # What was signed before the rotation, and comes only now, is taken.
    assert _posted(deployment, key=old_key) == 200


def test_wrong_signature(deployment: Deployment) -> None:
    """What is signed with another key, or not at all, is refused and in no queue."""
    deployment.up()

    assert _posted(deployment, key=OTHER_KEY) == 503
    assert _posted(deployment, key=None) == 503
    # What is invoked in another way, as a schedule does it, is answered and does nothing.
    assert deployment.instance.invoke({"source": "aws.events"})["statusCode"] == 400
    assert deployment.received() == []


def test_unreadable_secret(deployment: Deployment) -> None:
    """A function that cannot read its keys acknowledges nothing, says why, and loses nothing."""
    deployment.up()
    deployment.hide_keys()
    deployment.instance.restart()

    assert deployment.send({"definitionKey": "welcome"}) == [500]
    assert deployment.received() == []
    assert "cannot be read: it is marked for deletion" in deployment.instance.log()

    deployment.show_keys()
    assert [each["status"] for each in deployment.emulator.retry_deliveries()] == [200]
    assert len(deployment.received()) == 1


def test_queue_that_is_gone(deployment: Deployment) -> None:
    """Events that do not get into the queue are not acknowledged."""
    deployment.up()
    deployment.lose_queue()

    assert deployment.send({"definitionKey": "welcome"}) == [500]
    log = deployment.instance.log()
    assert "The function for deliveries failed: QueueDoesNotExist in " in log
    assert "welcome" not in log


def test_large_delivery_in_base64(deployment: Deployment, surroundings: dict[str, Any]) -> None:
    """A batch that no message holds is parted into several; encoded bodies come through unchanged."""
    surroundings["url"].all_in_base64 = True
    deployment.up()
    events = [{"definitionKey": f"ü{number:03}", "pad": "x" * 3000} for number in range(150)]

    assert deployment.send(*events) == [200]

    received = [[event["definitionKey"] for event in each] for _, each in deployment.received()]
    assert sorted(received) == [
        [f"ü{number:03}" for number in numbers]
        for numbers in (range(64), range(64, 128), range(128, 150))
    ]


def test_wrong_credentials(deployment: Deployment) -> None:
    """A function that cannot verify itself fails the creation; its log says why, and no secret."""
    deployment.change_credentials(SFMC_CLIENT_SECRET="leopard")

    assert deployment.create_callback() == 400
    log = deployment.instance.log()
    assert "ENS gave the receiver no token (401, invalid_client)." in log
    [callback] = deployment.emulator.state()["callbacks"]
    for secret in ("leopard", "tiger", callback["verificationKey"]):
        assert secret not in log

    # A new version of the secret starts the function anew.
    deployment.change_credentials(SFMC_CLIENT_SECRET="tiger")
    deployment.instance.restart()
    deployment.delete_failed()
    assert deployment.create_callback() == 201, deployment.instance.log()
    assert deployment.status() == "verified"


def _posted(deployment: Deployment, *, key: str | None) -> int:
    """Send the function a delivery of somebody's; return the status."""
    body = json.dumps([{"eventCategoryType": "TransactionalSendEvents.EmailSent"}])
    headers = {"content-type": "application/json"}
    headers |= {"x-sfmc-ens-signature": sign(body.encode(), key)} if key else {}
    event = {
        "version": "2.0",
        "rawPath": "/",
        "headers": headers,
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }
    status: int = deployment.instance.invoke(event)["statusCode"]
    return status
