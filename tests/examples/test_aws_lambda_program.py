"""What the program of `examples/aws-lambda` declares."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider import __version__
from tests.examples.lambda_stack import (
    ANSWERS,
    CALLBACK,
    CALLBACK_ID,
    CREDENTIALS,
    CREDENTIALS_VALUE,
    FIRST_KEY,
    FUNCTION,
    FUNCTION_URL,
    KEY,
    KEYS,
    KEYS_VALUE,
    LOG,
    POLICY,
    PROJECT,
    PUBLIC_INVOKE,
    PUBLIC_URL,
    QUEUE,
    READ,
    ROLE,
    SECOND_KEY,
    SENT,
    UNUSABLE,
    URL,
    VERIFICATION,
    configured,
    program,
)
from tests.repo.files import REPOSITORY
from tests.repo.tables import table_below

if TYPE_CHECKING:
    from tests.examples.declared import Program

# One process runs the program for all of them.
pytestmark = pytest.mark.xdist_group("lambda-program")

EXAMPLE = REPOSITORY / "examples" / "aws-lambda"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Run the program as it is configured first."""
    return program(tmp_path_factory.mktemp("home"))


def test_all_there_is(stack: Program) -> None:
    """These resources are declared, and no others."""
    assert set(stack.resources) == {
        QUEUE,
        UNUSABLE,
        CREDENTIALS,
        CREDENTIALS_VALUE,
        KEYS,
        KEYS_VALUE,
        LOG,
        ROLE,
        POLICY,
        FUNCTION,
        URL,
        PUBLIC_URL,
        PUBLIC_INVOKE,
        CALLBACK,
        VERIFICATION,
        KEY,
        SENT,
        READ,
    }


def test_callback_comes_after_all_that_answers_its_probe(stack: Program) -> None:
    """Function, URL, both permissions, the role's rights and the credentials are there before it."""
    assert stack.all_before(CALLBACK) == {
        FUNCTION,
        URL,
        PUBLIC_URL,
        PUBLIC_INVOKE,
        ROLE,
        POLICY,
        LOG,
        QUEUE,
        UNUSABLE,
        CREDENTIALS,
        CREDENTIALS_VALUE,
        KEYS,
    }
    assert stack[CALLBACK].inputs["url"] == FUNCTION_URL


def test_order_from_callback_to_subscriptions(stack: Program) -> None:
    """Verification, key and the secret's value follow; subscriptions wait until it is there."""
    assert CALLBACK in stack[VERIFICATION].depends_on
    assert VERIFICATION in stack[KEY].depends_on
    assert KEY in stack[KEYS_VALUE].depends_on
    for subscription in (SENT, READ):
        assert {VERIFICATION, KEYS_VALUE} <= stack[subscription].depends_on


def test_function_verifies_itself(stack: Program) -> None:
    """The program handles no verification key."""
    given = {name: value for name, value in stack[VERIFICATION].inputs.items() if name[0] != "_"}

    assert given == {"callback_id": CALLBACK_ID}


def test_secrets_are_secrets(stack: Program) -> None:
    """Both secrets' values are encrypted in the state, and none stands in another input or output."""
    assert {name: set(each.secrets) for name, each in stack.resources.items() if each.secrets} == {
        CREDENTIALS_VALUE: {"secretString"},
        KEYS_VALUE: {"secretString"},
        KEY: {"known_signature_key"},
    }
    open_inputs = [
        value
        for each in stack.resources.values()
        for name, value in each.inputs.items()
        if name not in each.secrets
    ]
    for secret in ("tiger", FIRST_KEY, SECOND_KEY):
        assert secret not in json.dumps(open_inputs)
        assert secret not in json.dumps(stack.exports)


def test_what_the_secrets_hold(stack: Program) -> None:
    """One holds the function's own package and where to call, the other the keys of the callback."""
    assert json.loads(stack[CREDENTIALS_VALUE].inputs["secretString"]) == {
        "SFMC_SUBDOMAIN": "mc563885gzs27c5t9-63k636ttgm",
        "SFMC_ACCOUNT_ID": "1234567",
        "SFMC_CLIENT_ID": "receiver",
        "SFMC_CLIENT_SECRET": "tiger",
    }
    assert json.loads(stack[KEYS_VALUE].inputs["secretString"]) == {
        CALLBACK_ID: [SECOND_KEY, FIRST_KEY]
    }


def test_role_may_do_what_the_function_does_and_nothing_else(stack: Program) -> None:
    """It writes its own log, reads its two secrets, and sends to its queue."""
    assert json.loads(stack[POLICY].inputs["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:receiver-1:*",
            },
            {
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": [
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:credentials-1-AbCdEf",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:signature-keys-1-AbCdEf",
                ],
            },
            {
                "Effect": "Allow",
                "Action": "sqs:SendMessage",
                "Resource": "arn:aws:sqs:eu-west-1:123456789012:events-1",
            },
        ],
    }
    assert json.loads(stack[ROLE].inputs["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def test_who_may_call_the_function(stack: Program) -> None:
    """Anybody, through its URL and in no other way."""
    public = {name: stack[name].inputs for name in (PUBLIC_URL, PUBLIC_INVOKE)}

    assert public == {
        PUBLIC_URL: {
            "function": "receiver-1",
            "principal": "*",
            "action": "lambda:InvokeFunctionUrl",
            "functionUrlAuthType": "NONE",
        },
        PUBLIC_INVOKE: {
            "function": "receiver-1",
            "principal": "*",
            "action": "lambda:InvokeFunction",
            "invokedViaFunctionUrl": True,
        },
    }
    assert stack[URL].inputs == {"functionName": "receiver-1", "authorizationType": "NONE"}


def test_function(stack: Program) -> None:
    """Its settings are these; its variables name places, and hold no secret."""
    given = {name: each for name, each in stack[FUNCTION].inputs.items() if name != "code"}

    assert given == {
        "description": "Receives ENS events",
        "handler": "handler.handle",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "role": ANSWERS[ROLE]["arn"],
        "timeout": 28,
        "memorySize": 512,
        "reservedConcurrentExecutions": 10,
        "loggingConfig": {"logFormat": "Text", "logGroup": "receiver-1"},
        "environment": {
            "variables": {
                "QUEUE_URL": ANSWERS[QUEUE]["url"],
                "SIGNATURE_KEYS_SECRET": ANSWERS[KEYS]["arn"],
                "CREDENTIALS_SECRET": ANSWERS[CREDENTIALS]["arn"],
                "CREDENTIALS_VERSION": "version-1-of-the-credentials",
            }
        },
    }
    assert stack[LOG].inputs == {"retentionInDays": 30}


def test_code_is_the_handler_and_the_receiver(stack: Program) -> None:
    """The archive holds the function's own file and the installed receiver, and nothing else."""
    receiver = (REPOSITORY / "ens_provider" / "receiver").glob("*.py")
    modules = {f"ens_provider/receiver/{path.name}" for path in receiver}
    code: dict[str, str] = stack[FUNCTION].inputs["code"]

    assert len(modules) > 20
    assert set(code) == {
        "handler.py",
        "ens_provider/__init__.py",
        "ens_provider/_version.py",
        *modules,
    }
    for name, path in code.items():
        source = EXAMPLE / "function" / name if name == "handler.py" else REPOSITORY / name
        assert (EXAMPLE / path).resolve() == source.resolve()


def test_queue_keeps_events(stack: Program) -> None:
    """Events wait for 14 days, the longest that there is, encrypted; what is unusable is put aside."""
    kept = {"messageRetentionSeconds": 1209600, "sqsManagedSseEnabled": True}
    redrive = json.loads(stack[QUEUE].inputs["redrivePolicy"])

    assert stack[QUEUE].inputs == {**kept, "redrivePolicy": stack[QUEUE].inputs["redrivePolicy"]}
    assert redrive == {"deadLetterTargetArn": ANSWERS[UNUSABLE]["arn"], "maxReceiveCount": 5}
    assert stack[UNUSABLE].inputs == kept


def test_configuration(tmp_path: Path) -> None:
    """Each key of the project has its effect: filter, key version, bound and days of the log."""
    changed = configured(
        definitionKey="welcome", keyVersion="2", reservedConcurrency="-1", logDays="7"
    )
    # The mocks echo inputs, and the engine's check would have made this of the mapping.
    stack = program(tmp_path, changed, {SENT: {"filters": ["definitionKey=welcome"]}})

    assert stack[SENT].inputs["filters"] == {"definitionKey": "welcome"}
    assert stack[READ].inputs.get("filters") is None
    assert stack[KEY].inputs["version"] == "2"
    assert stack[FUNCTION].inputs["reservedConcurrentExecutions"] == -1
    assert stack[LOG].inputs["retentionInDays"] == 7


def test_keys_of_the_project() -> None:
    """Those are all keys that `Pulumi.yaml` declares; the secret one is stored as a secret."""
    declared: dict[str, dict[str, Any]] = PROJECT["config"]

    assert set(declared) == {
        "receiverClientId",
        "receiverClientSecret",
        "keyVersion",
        "definitionKey",
        "reservedConcurrency",
        "logDays",
    }
    assert [key for key, each in declared.items() if each.get("secret")] == ["receiverClientSecret"]
    assert [key for key, each in declared.items() if not each.get("description")] == []
    program_text = (EXAMPLE / "__main__.py").read_text(encoding="utf-8")
    assert re.findall(r'config\.require_secret\("(\w+)"\)', program_text) == [
        "receiverClientSecret"
    ]


def test_readme_names_each_key() -> None:
    """The README's table has each key of the project, with its default."""
    rows = table_below((EXAMPLE / "README.md").read_text(encoding="utf-8"), "Set up, in this order")
    defaults = {}
    for key, each in PROJECT["config"].items():
        needed = "required, secret" if each.get("secret") else "required"
        defaults[f"`{key}`"] = f"`{json.dumps(each['default'])}`" if "default" in each else needed

    assert {row["stack key"]: row["default"] for row in rows} == defaults


def test_requirement_is_the_wheel_of_this_version() -> None:
    """The file that `pip` installs has the name that `make wheel` gives it."""
    lines = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not line.startswith("#")] == [
        f"./wheels/pulumi_sfmc_ens-{__version__}-py3-none-any.whl",
        "pulumi-aws>=7.16,<8",
    ]
