"""Receive events of Marketing Cloud Engagement: a verified callback, its key, its subscriptions.

Configure it with `pulumi config set`: `url`, `receiverUrl` and `receiverToken` (`--secret`) for your
receiver, and the credentials of an API integration: `ens:subdomain`, `ens:clientId`,
`ens:clientSecret` (`--secret`) and `ens:accountId`.
"""

import pulumi

import ens_provider as ens
from receiver_key import ReceiverKey

config = pulumi.Config()
receiver_url = config.require("receiverUrl").rstrip("/")
receiver_token = config.require_secret("receiverToken")
definition_key = config.get("definitionKey")

orders = ens.Callback(
    "orders",
    # Your receiver must answer ENS's probe with 200: declare what serves it before this.
    url=config.require("url"),
    max_batch_size=config.require_int("maxBatchSize"),
    # How long a first deployment may take until its endpoint answers.
    probe_timeout_seconds=config.require_int("probeTimeoutSeconds"),
)

verified = ens.CallbackVerification(
    "orders",
    callback_id=orders,
    # Leave both out if your receiver verifies itself when it is probed.
    verification_key_url=f"{receiver_url}/verification-keys/{{callback_id}}",
    verification_key_token=receiver_token,
)

key = ens.SignatureKey(
    "orders",
    callback_id=verified,
    known_signature_key=orders.signature_key,
    # Change this text to rotate the key.
    version=config.require("keyVersion"),
)

# If your receiver reads its keys elsewhere, put key.key and key.previous_keys there instead.
held = ReceiverKey(
    "orders",
    receiver_url=receiver_url,
    token=receiver_token,
    callback_id=verified.callback_id,
    keys=pulumi.Output.all(key.key, key.previous_keys).apply(lambda keys: [keys[0], *keys[1]]),
)

# No event can arrive before the receiver holds the key.
subscribed = pulumi.ResourceOptions(depends_on=[held])

sent = ens.Subscription(
    "sent",
    callback_id=verified,
    event_category_types=[
        ens.EventType.EMAIL_SENT,
        ens.EventType.EMAIL_NOT_SENT,
        ens.EventType.EMAIL_BOUNCED,
    ],
    # Environments that share a business unit hear of each other's sends, unless you filter them.
    filters={"definitionKey": definition_key} if definition_key else None,
    # Events are dropped while this is True; ENS sends none of them later.
    paused=config.require_bool("paused"),
    opts=subscribed,
)

read = ens.Subscription(
    "read",
    callback_id=verified,
    # EventType. completes the other types in an editor.
    event_category_types=[ens.EventType.EMAIL_OPEN, ens.EventType.EMAIL_CLICK],
    opts=subscribed,
)

pulumi.export("callback_id", orders.id)
pulumi.export("verified_at", verified.verified_at)
pulumi.export("signature_key_fingerprint", key.fingerprint)
pulumi.export("subscription_ids", {"sent": sent.id, "read": read.id})
