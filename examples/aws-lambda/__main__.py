"""Events of Marketing Cloud, received by an AWS Lambda function that puts them into a queue.

From top to bottom: the queue, two secrets, the function with its role and URL, and then the callback
that is told about it, its verification, its key, and its subscriptions.
"""

import json
from importlib import resources
from pathlib import Path

import pulumi
import pulumi_aws as aws

import ens_provider as ens

config = pulumi.Config()
account = pulumi.Config("ens")
definition_key = config.get("definitionKey")

FOURTEEN_DAYS = 14 * 24 * 3600

# What nobody can make use of, try after try, is put aside, where somebody can look at it.
unusable = aws.sqs.Queue(
    "unusable-events", message_retention_seconds=FOURTEEN_DAYS, sqs_managed_sse_enabled=True
)
# The function acknowledges a delivery only once its events are here.
queue = aws.sqs.Queue(
    "events",
    message_retention_seconds=FOURTEEN_DAYS,
    sqs_managed_sse_enabled=True,
    redrive_policy=pulumi.Output.json_dumps(
        {"deadLetterTargetArn": unusable.arn, "maxReceiveCount": 5}
    ),
)

# What the function verifies its callback with: a package of its own, and the addresses of the stack.
settings = {
    "SFMC_SUBDOMAIN": account.get("subdomain"),
    "SFMC_AUTH_URL": account.get("authUrl"),
    "SFMC_REST_URL": account.get("restUrl"),
    "SFMC_ACCOUNT_ID": account.require("accountId"),
    "SFMC_CLIENT_ID": config.require("receiverClientId"),
    "SFMC_CLIENT_SECRET": config.require_secret("receiverClientSecret"),
}
credentials = aws.secretsmanager.Secret("credentials", description="Verifies the ENS callback")
credentials_value = aws.secretsmanager.SecretVersion(
    "credentials",
    secret_id=credentials.id,
    secret_string=pulumi.Output.json_dumps({name: each for name, each in settings.items() if each}),
)

# What it checks signatures with. It stays empty until the callback is there.
signature_keys = aws.secretsmanager.Secret("signature-keys", description="Keys of ENS deliveries")

log = aws.cloudwatch.LogGroup("receiver", retention_in_days=config.require_int("logDays"))

role = aws.iam.Role(
    "receiver",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
allowed = aws.iam.RolePolicy(
    "receiver",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(log.arn, ":*"),
                },
                {
                    "Effect": "Allow",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": [credentials.arn, signature_keys.arn],
                },
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn},
            ],
        }
    ),
)


def code() -> pulumi.AssetArchive:
    """Return the function's code: its own folder, and the receiver of the installed package."""
    own = Path(__file__).parent / "function"
    package = Path(str(resources.files("ens_provider")))
    parts = [package / "__init__.py", package / "_version.py", *package.glob("receiver/*.py")]
    files = {path.name: path for path in own.glob("*.py")}
    files |= {path.relative_to(package.parent).as_posix(): path for path in parts}
    return pulumi.AssetArchive(
        {name: pulumi.FileAsset(str(path)) for name, path in sorted(files.items())}
    )


function = aws.lambda_.Function(
    "receiver",
    description="Receives ENS events",
    code=code(),
    handler="handler.handle",
    runtime=aws.lambda_.Runtime.PYTHON3D13,
    architectures=["arm64"],
    role=role.arn,
    # Of the 30 seconds that ENS gives a probe. A delivery is given up after 3.
    timeout=28,
    # Memory brings computing power along: with less of it the first delivery waits too long.
    memory_size=512,
    # Anybody can send requests. What is beyond this is refused, and comes again if it is genuine.
    reserved_concurrent_executions=config.require_int("reservedConcurrency"),
    logging_config={"log_format": "Text", "log_group": log.name},
    environment={
        "variables": {
            "QUEUE_URL": queue.url,
            "SIGNATURE_KEYS_SECRET": signature_keys.arn,
            "CREDENTIALS_SECRET": credentials.arn,
            # Other credentials start the function anew, so that it reads them.
            "CREDENTIALS_VERSION": credentials_value.version_id,
        }
    },
    opts=pulumi.ResourceOptions(depends_on=[allowed]),
)
address = aws.lambda_.FunctionUrl(
    "receiver", function_name=function.name, authorization_type="NONE"
)
# ENS signs what it sends, and has no identity of AWS. A function URL needs both.
public = [
    aws.lambda_.Permission(
        "receiver-url",
        function=function.name,
        principal="*",
        action="lambda:InvokeFunctionUrl",
        function_url_auth_type="NONE",
    ),
    aws.lambda_.Permission(
        "receiver-invoke",
        function=function.name,
        principal="*",
        action="lambda:InvokeFunction",
        invoked_via_function_url=True,
    ),
]

callback = ens.Callback(
    "events",
    url=address.function_url,
    # The probe reaches the function at once.
    opts=pulumi.ResourceOptions(depends_on=[*public, allowed]),
)

# The function has verified itself when the callback is there.
verified = ens.CallbackVerification("events", callback_id=callback)

key = ens.SignatureKey(
    "events",
    callback_id=verified,
    known_signature_key=callback.signature_key,
    version=config.require("keyVersion"),
)
held = aws.secretsmanager.SecretVersion(
    "signature-keys",
    secret_id=signature_keys.id,
    secret_string=pulumi.Output.all(verified.callback_id, key.key, key.previous_keys).apply(
        lambda values: json.dumps({values[0]: [values[1], *values[2]]})
    ),
)

# No event can arrive before the function can read its key.
subscribed = pulumi.ResourceOptions(depends_on=[held])
filters = {"definitionKey": definition_key} if definition_key else None

ens.Subscription(
    "sent",
    callback_id=verified,
    event_category_types=[
        ens.EventType.EMAIL_SENT,
        ens.EventType.EMAIL_NOT_SENT,
        ens.EventType.EMAIL_BOUNCED,
    ],
    filters=filters,
    opts=subscribed,
)
ens.Subscription(
    "read",
    callback_id=verified,
    event_category_types=[ens.EventType.EMAIL_OPEN, ens.EventType.EMAIL_CLICK],
    opts=subscribed,
)

pulumi.export("queue_url", queue.url)
pulumi.export("unusable_queue_url", unusable.url)
pulumi.export("function_name", function.name)
pulumi.export("log_group", log.name)
pulumi.export("callback_id", callback.id)
pulumi.export("signature_key_fingerprint", key.fingerprint)
