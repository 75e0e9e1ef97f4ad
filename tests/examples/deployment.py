"""The function of `examples/aws-lambda`, deployed: what the engine does, done by hand with stand-ins."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from tests.emulator.caller import CALLBACKS, REGENERATE, SUBSCRIPTIONS, Caller
from tests.examples.declared import Program
from tests.examples.function_url import FunctionURL, Instance
from tests.examples.lambda_stack import (
    ANSWERS,
    CALLBACK,
    CALLBACK_ID,
    CREDENTIALS,
    CREDENTIALS_VALUE,
    FIRST_KEY,
    FUNCTION,
    KEYS,
    KEYS_VALUE,
    QUEUE,
    SECOND_KEY,
    SENT,
    configured,
    program,
)
from tests.repo.files import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from ens_provider.emulator.process import EmulatorProcess
    from tests.examples.aws import StandIn

SECRET = "tiger"
UPDATE = "event_notification_callback_update"


def declared_for(emulator: EmulatorProcess, home: Path) -> Program:
    """Run the example's program, configured for the emulator; one run is enough for all tests."""
    config = configured(receiverClientSecret=SECRET)
    del config["ens:subdomain"]
    addresses = {"ens:authUrl": emulator.auth_url, "ens:restUrl": emulator.rest_url}
    return program(home, config | addresses)


class Deployment:
    """One deployment of the example, from nothing. `close` ends its function.

    Where the program's inputs hold what a stand-in of a resource answered to the mocks, the real
    one's answer is put in its place, as the engine does it.

    Args:
        folder: An empty folder.
        stack: What the program declares.
        python: The function's interpreter.
        packages: Folder of the runtime's own packages.
        url: Where the function is to answer.
        aws: AWS, without anything in it.
        emulator: The service, as new.
    """

    def __init__(self, folder: Path, stack: Program, **surroundings: Any) -> None:
        aws: StandIn = surroundings["aws"]
        url: FunctionURL = surroundings["url"]
        self.emulator: EmulatorProcess = surroundings["emulator"]
        self.queue = aws.client("sqs")
        self.secrets = aws.client("secretsmanager")
        self._stack = stack
        self._places: dict[str, str] = {}
        self._real: dict[str, str] = {}
        self._make_places()
        self._put(CREDENTIALS, CREDENTIALS_VALUE)
        # The function's own package: it may verify callbacks, and nothing else.
        self.emulator.set_client("receiver", client_secret=SECRET, mids=[1234567], scopes=[UPDATE])
        self.instance = Instance(
            surroundings["python"],
            folders=[_unzipped(stack, folder), surroundings["packages"]],
            name=self._inputs(FUNCTION)["handler"],
            environment={
                **self._inputs(FUNCTION)["environment"]["variables"],
                **aws.variables(),
            },
            log=folder / "log.txt",
        )
        self.instance.start()
        url.instance, url.all_in_base64 = self.instance, False
        self._caller = Caller(self.emulator)
        self._caller.authorize()

    def close(self) -> None:
        """End the function."""
        self._caller.__exit__(None, None, None)
        self.instance.stop()

    def create_callback(self) -> int:
        """Create the callback, as the program declares it, and return the status of that."""
        declared = self._inputs(CALLBACK)
        created = self._caller.create(declared["callback_name"], declared["url"])
        if created.status_code == 201:
            [record] = created.json()
            self._real[CALLBACK_ID] = record["callbackId"]
            self._real[SECOND_KEY] = record["signatureKey"]
        return created.status_code

    def delete_failed(self) -> None:
        """Delete what a failed creation left behind, as the provider does."""
        for callback in self.emulator.state()["callbacks"]:
            assert self._caller.delete(f"{CALLBACKS}/{callback['callbackId']}").status_code == 200

    def rotate(self) -> None:
        """Let ENS make a new key; the secret does not hold it yet."""
        answer = self._caller.put(REGENERATE, [{"callbackId": self.callback_id}])
        # The program writes down the present key and the one before it.
        self._real[FIRST_KEY] = self.key
        self._real[SECOND_KEY] = answer.json()[0]["signatureKey"]

    def write_keys(self) -> None:
        """Write into the secret what the program puts there."""
        self._put(KEYS, KEYS_VALUE)

    def subscribe(self) -> None:
        """Create the program's subscription to sends."""
        declared = self._inputs(SENT)
        subscription = {
            "callbackId": declared["callback_id"],
            "subscriptionName": declared["subscription_name"],
            "eventCategoryTypes": declared["event_category_types"],
        }
        created = self._caller.post(SUBSCRIPTIONS, [subscription])
        assert created.status_code == 201, created.text

    def up(self) -> None:
        """Do all of it, as `pulumi up` does."""
        assert self.create_callback() == 201, self.instance.log()
        self.rotate()
        self.write_keys()
        self.subscribe()

    @property
    def callback_id(self) -> str:
        """Id of the callback."""
        return self._real[CALLBACK_ID]

    @property
    def key(self) -> str:
        """The key that ENS signs with."""
        return self._real[SECOND_KEY]

    def status(self) -> str:
        """Return the callback's status at ENS."""
        [callback] = self.emulator.state()["callbacks"]
        found: str = callback["status"]
        return found

    def send(self, *events: dict[str, Any]) -> list[int]:
        """Let sends happen and return how their deliveries were answered."""
        sent = [{"eventCategoryType": "TransactionalSendEvents.EmailSent", **e} for e in events]
        return [each["status"] for each in self.emulator.send_events(sent)["deliveries"]]

    def received(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Take the messages out of the queue: the callback and the events of each."""
        found: list[tuple[str, list[dict[str, Any]]]] = []
        while True:
            taken = self.queue.receive_message(
                QueueUrl=self._places[QUEUE],
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not taken:
                return found
            for message in taken:
                callback = message["MessageAttributes"]["callbackId"]["StringValue"]
                found.append((callback, json.loads(message["Body"])))

    def lose_queue(self) -> None:
        """Delete the queue."""
        self.queue.delete_queue(QueueUrl=self._places[QUEUE])

    def hide_keys(self) -> None:
        """Let the secret of the signature keys be unreadable."""
        self.secrets.delete_secret(SecretId=self._places[KEYS])

    def show_keys(self) -> None:
        """Let it be readable again."""
        self.secrets.restore_secret(SecretId=self._places[KEYS])

    def change_credentials(self, **changes: str) -> None:
        """Change what the function verifies itself with."""
        arn = self._places[CREDENTIALS]
        held = json.loads(self.secrets.get_secret_value(SecretId=arn)["SecretString"])
        self.secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({**held, **changes}))

    def _make_places(self) -> None:
        self._places = {
            QUEUE: self.queue.create_queue(QueueName="events")["QueueUrl"],
            CREDENTIALS: self.secrets.create_secret(Name="credentials")["ARN"],
            KEYS: self.secrets.create_secret(Name="signature-keys")["ARN"],
        }
        self._real[ANSWERS[QUEUE]["url"]] = self._places[QUEUE]
        for secret in (CREDENTIALS, KEYS):
            self._real[ANSWERS[secret]["arn"]] = self._places[secret]

    def _inputs(self, name: str) -> Any:
        text = json.dumps(self._stack[name].inputs)
        for answered, real in self._real.items():
            text = text.replace(answered, real)
        return json.loads(text)

    def _put(self, secret: str, version: str) -> None:
        value = self._inputs(version)["secretString"]
        self.secrets.put_secret_value(SecretId=self._places[secret], SecretString=value)


def _unzipped(stack: Program, folder: Path) -> Path:
    """Zip the declared code as it is uploaded, and take it apart again as the runtime does."""
    archive, code = folder / "code.zip", folder / "code"
    project = REPOSITORY / "examples" / "aws-lambda"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, path in stack[FUNCTION].inputs["code"].items():
            zipped.write(project / path, name)
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(code)
    return code
