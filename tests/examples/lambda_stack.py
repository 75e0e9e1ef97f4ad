"""The stack of `examples/aws-lambda`: its configuration, and what AWS and ENS answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from tests.examples.declared import Program, declared
from tests.repo.files import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT: dict[str, Any] = yaml.safe_load(text_of("examples/aws-lambda/Pulumi.yaml"))
NAME = PROJECT["name"]

QUEUE = "aws:sqs/queue:Queue::events"
UNUSABLE = "aws:sqs/queue:Queue::unusable-events"
CREDENTIALS = "aws:secretsmanager/secret:Secret::credentials"
CREDENTIALS_VALUE = "aws:secretsmanager/secretVersion:SecretVersion::credentials"
KEYS = "aws:secretsmanager/secret:Secret::signature-keys"
KEYS_VALUE = "aws:secretsmanager/secretVersion:SecretVersion::signature-keys"
LOG = "aws:cloudwatch/logGroup:LogGroup::receiver"
ROLE = "aws:iam/role:Role::receiver"
POLICY = "aws:iam/rolePolicy:RolePolicy::receiver"
FUNCTION = "aws:lambda/function:Function::receiver"
URL = "aws:lambda/functionUrl:FunctionUrl::receiver"
PUBLIC_URL = "aws:lambda/permission:Permission::receiver-url"
PUBLIC_INVOKE = "aws:lambda/permission:Permission::receiver-invoke"
_ENS = "pulumi-python:dynamic/ens:"
CALLBACK = f"{_ENS}Callback::events"
VERIFICATION = f"{_ENS}CallbackVerification::events"
KEY = f"{_ENS}SignatureKey::events"
SENT = f"{_ENS}Subscription::sent"
READ = f"{_ENS}Subscription::read"

FUNCTION_URL = "https://k3xkq2.lambda-url.eu-west-1.on.aws/"
CALLBACK_ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
FIRST_KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
SECOND_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
_ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
ANSWERS: dict[str, dict[str, Any]] = {
    QUEUE: {
        "url": "https://sqs.eu-west-1.amazonaws.com/123456789012/events-1",
        "arn": _ARN.format("sqs", "events-1"),
    },
    UNUSABLE: {
        "url": "https://sqs.eu-west-1.amazonaws.com/123456789012/unusable-events-1",
        "arn": _ARN.format("sqs", "unusable-events-1"),
    },
    CREDENTIALS: {"arn": _ARN.format("secretsmanager", "secret:credentials-1-AbCdEf")},
    CREDENTIALS_VALUE: {"versionId": "version-1-of-the-credentials"},
    KEYS: {"arn": _ARN.format("secretsmanager", "secret:signature-keys-1-AbCdEf")},
    LOG: {"name": "receiver-1", "arn": _ARN.format("logs", "log-group:receiver-1")},
    ROLE: {"arn": "arn:aws:iam::123456789012:role/receiver-1"},
    FUNCTION: {"name": "receiver-1", "arn": _ARN.format("lambda", "function:receiver-1")},
    URL: {"functionUrl": FUNCTION_URL},
    CALLBACK: {"id": CALLBACK_ID, "signature_key": FIRST_KEY},
    VERIFICATION: {"id": CALLBACK_ID},
    KEY: {
        "id": CALLBACK_ID,
        "key": SECOND_KEY,
        "previous_keys": [FIRST_KEY],
        "fingerprint": "0123456789abcdef",
    },
}


def configured(**changes: str) -> dict[str, str]:
    """Return the stack's configuration: what the README sets, and the defaults of `Pulumi.yaml`."""
    defaults = {
        key: str(each["default"]) for key, each in PROJECT["config"].items() if "default" in each
    }
    own = defaults | {"receiverClientId": "receiver", "receiverClientSecret": "tiger"} | changes
    account = {"ens:subdomain": "mc563885gzs27c5t9-63k636ttgm", "ens:accountId": "1234567"}
    return account | {f"{NAME}:{key}": value for key, value in own.items()}


def program(
    home: Path,
    config: Mapping[str, str] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Program:
    """Run the example's program; `answers` are taken before those that stand here."""
    given = answers or {}
    both = {name: {**ANSWERS.get(name, {}), **given.get(name, {})} for name in {**ANSWERS, **given}}
    return declared(f"aws-lambda:{NAME}", config or configured(), both, home)
