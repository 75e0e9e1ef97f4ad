"""Register a webhook with the Event Notification Service of Marketing Cloud Engagement.

Configure it with `pulumi config set url https://…` and the credentials of an API integration:
`ens:subdomain`, `ens:clientId`, `ens:clientSecret` (`--secret`) and `ens:accountId`.
"""

import pulumi

import ens_provider as ens

config = pulumi.Config()

orders = ens.Callback(
    "orders",
    # Your endpoint must answer ENS's probe with 200, so declare what serves it before this.
    url=config.require("url"),
    max_batch_size=config.require_int("maxBatchSize"),
    # How long a first deployment may take until its endpoint answers.
    probe_timeout_seconds=config.require_int("probeTimeoutSeconds"),
)

pulumi.export("callback_id", orders.id)
# Hand this to the receiver: deliveries are signed with it. It is kept as a secret.
pulumi.export("signature_key", orders.signature_key)
