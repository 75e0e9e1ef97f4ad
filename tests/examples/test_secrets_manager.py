"""Signature keys in AWS Secrets Manager, as its stand-in answers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.receiver import KeyStoreError, Receiver, sign
from ens_provider.receiver.secrets_manager import SecretsManagerSignatureKeys
from tools.loopback_server import held_port

if TYPE_CHECKING:
    from tests.examples.aws import StandIn

pytestmark = pytest.mark.usefixtures("direct_connections")

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
NEW_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
BODY = b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent"}]'
NO_REGION = (
    "No client for AWS Secrets Manager can be made (NoRegionError): give a region, in AWS_REGION "
    "for instance."
)


@pytest.fixture
def secret(aws: StandIn, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a client, with the secret `keys` made; what is tested makes a client of its own."""
    for name, value in aws.variables().items():
        monkeypatch.setenv(name, value)
    client = aws.client("secretsmanager")
    client.create_secret(Name="keys")
    return client


def put(client: Any, content: object) -> None:
    client.put_secret_value(SecretId="keys", SecretString=json.dumps(content))


def test_rotation(secret: Any) -> None:
    """From the moment in which the secret holds the new key, it and the old one fit."""
    receiver = Receiver(lambda _delivery: None, signature_keys=SecretsManagerSignatureKeys("keys"))

    def status(key: str) -> int:
        signed = {"x-sfmc-ens-signature": sign(BODY, key)}
        return receiver.handle("POST", "/", signed, BODY).status

    put(secret, {ORDERS: [KEY]})
    before = status(KEY)
    put(secret, {ORDERS: [NEW_KEY, KEY]})

    assert (before, status(NEW_KEY), status(KEY)) == (200, 200, 200)


def test_key_that_leaked(secret: Any) -> None:
    """A key that was taken out of the secret is void, though AWSPREVIOUS still holds it."""
    put(secret, {ORDERS: [KEY]})
    put(secret, {ORDERS: [NEW_KEY]})
    keys = SecretsManagerSignatureKeys("keys", region="eu-west-1")

    assert (
        KEY in secret.get_secret_value(SecretId="keys", VersionStage="AWSPREVIOUS")["SecretString"]
    )
    assert keys.all() == {ORDERS: (NEW_KEY,)}
    assert keys.get(ORDERS.upper()) == (NEW_KEY,)


def test_secret_without_a_value(secret: Any) -> None:
    """A secret that was just made holds no keys, so that the first probe can be answered."""
    assert SecretsManagerSignatureKeys("keys", client=secret).all() == {}


def test_secret_that_is_not_there(secret: Any) -> None:
    """Another secret than the one that was made is an error with its name."""
    with pytest.raises(KeyStoreError) as caught:
        SecretsManagerSignatureKeys("kyes", client=secret).get(ORDERS)

    assert str(caught.value) == (
        "The secret kyes cannot be read: there is none of this name or ARN in this region."
    )


def test_secret_that_is_to_be_deleted(secret: Any) -> None:
    """A secret in its last days cannot be read."""
    put(secret, {ORDERS: [KEY]})
    secret.delete_secret(SecretId="keys")

    with pytest.raises(KeyStoreError, match="it is marked for deletion"):
        SecretsManagerSignatureKeys("keys", client=secret).all()


@pytest.mark.parametrize(
    "value",
    [{"SecretString": KEY}, {"SecretString": f'["{KEY}"]'}, {"SecretBinary": KEY.encode()}],
)
def test_something_else_than_keys(secret: Any, value: dict[str, Any]) -> None:
    """Other content is an error that names the secret and quotes nothing of it."""
    secret.put_secret_value(SecretId="keys", **value)

    with pytest.raises(KeyStoreError) as caught:
        SecretsManagerSignatureKeys("keys", client=secret).all()

    assert str(caught.value) == (
        'The secret keys does not hold signature keys: put {"callback id": [current key, previous '
        "keys]} there, in JSON."
    )


def test_service_that_cannot_be_reached(secret: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Secrets Manager does not answer, deliveries are refused and come again."""
    with held_port(0) as held:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{held.getsockname()[1]}")
        keys = SecretsManagerSignatureKeys("keys")
        with pytest.raises(KeyStoreError) as caught:
            keys.all()
        signed = {"x-sfmc-ens-signature": sign(BODY, KEY)}
        receiver = Receiver(lambda _delivery: None, signature_keys=keys)
        answered = receiver.handle("POST", "/", signed, BODY)

    assert str(caught.value) == (
        "The secret keys cannot be read: the call failed (EndpointConnectionError)."
    )
    assert answered.status == 500


def test_own_client_is_quick(secret: Any) -> None:
    """The client that it makes gives up early: a delivery has three seconds."""
    config = SecretsManagerSignatureKeys("keys")._client.meta.config

    assert (config.connect_timeout, config.read_timeout) == (1.0, 1.0)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_access_denied() -> None:
    """A role that may not read the secret is told what it needs, and no word of the service's."""

    class Denied(Exception):  # noqa: N818 -- stands for boto3's ClientError, whose name is not ours
        response = {  # noqa: RUF012 -- a double
            "Error": {"Code": "AccessDeniedException", "Message": f"not authorized {KEY}"}
        }

    class Client:
        def get_secret_value(self, **_arguments: str) -> None:
            raise Denied

    with pytest.raises(KeyStoreError) as caught:
        SecretsManagerSignatureKeys("keys", client=Client()).all()

    assert str(caught.value) == (
        "The secret keys cannot be read: the role may not read it. It needs "
        "secretsmanager:GetSecretValue on this secret, and kms:Decrypt if the secret has a key of "
        "its own."
    )
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (
            "import sys; sys.modules['boto3'] = None",
            "Keys in AWS Secrets Manager need boto3, which is not installed here.",
        ),
        (
            "import os; os.environ.pop('AWS_REGION', None)",
            NO_REGION,
        ),
    ],
    ids=["no boto3", "no region"],
)
def test_no_client(program: str, sentence: str) -> None:
    """Without boto3, or without a region, making it fails with a sentence."""
    made = (
        f"{program}\n"
        "from ens_provider.receiver.secrets_manager import SecretsManagerSignatureKeys\n"
        "try:\n    SecretsManagerSignatureKeys('keys')\n"
        "except Exception as error:\n    print(f'{type(error).__name__}: {error}')"
    )
    environment = {"HOME": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-c", made]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)

    assert done.stdout == f"KeyStoreError: {sentence}\n"
