"""Answers what ENS sends: verifies the callback in its probe, and puts genuine events into a queue."""

import functools
import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
from botocore.config import Config

from ens_provider.receiver import Delivery, Probe, Receiver, ReceiverOptions
from ens_provider.receiver.aws_lambda import handler
from ens_provider.receiver.secrets_manager import SecretsManagerSignatureKeys
from ens_provider.receiver.self_verification import SelfVerification

# ENS gives up a delivery after three seconds, and sends it again: so do these, once.
QUICK = Config(
    connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2, "mode": "standard"}
)
# A message holds 256 KiB at least, its attributes included.
LARGEST_MESSAGE = 200_000

# Made once, while the function starts, and not when a delivery waits.
sqs = boto3.client("sqs", config=QUICK)
secrets = boto3.client("secretsmanager", config=QUICK)


def put_into_queue(delivery: Delivery) -> None:
    """Put a delivery's events into the queue; ENS hears 200 only if all of it worked."""
    for message in messages(event.raw for event in delivery.events):
        sqs.send_message(
            QueueUrl=os.environ["QUEUE_URL"],
            MessageBody=message,
            MessageAttributes={
                "callbackId": {"DataType": "String", "StringValue": delivery.callback_id}
            },
        )


def messages(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield events as arrays in JSON, each of which fits into one message."""
    lot: list[str] = []
    size = 0
    for event in events:
        text = json.dumps(event)
        if lot and size + len(text) > LARGEST_MESSAGE:
            yield f"[{','.join(lot)}]"
            lot, size = [], 0
        lot.append(text)
        size += len(text) + 1
    yield f"[{','.join(lot)}]"


@functools.cache
def verification() -> SelfVerification:
    """Make it with the first probe. Other credentials start the function anew."""
    secret = secrets.get_secret_value(SecretId=os.environ["CREDENTIALS_SECRET"])
    return SelfVerification.from_environment(json.loads(secret["SecretString"]))


def verify(probe: Probe) -> None:
    """Verify the callback of a probe, before the probe is answered."""
    verification()(probe)


handle = handler(
    Receiver(
        put_into_queue,
        signature_keys=SecretsManagerSignatureKeys(
            os.environ["SIGNATURE_KEYS_SECRET"], client=secrets
        ),
        # The secret is read for each delivery, so that a new key counts at once. With many small
        # deliveries, keep_keys_seconds=60 saves most of these calls.
        options=ReceiverOptions(verify_probe=verify),
    )
)
