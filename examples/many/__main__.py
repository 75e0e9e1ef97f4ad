"""The subscriptions of `subscriptions.csv`, each with the filters of this stack's environment."""

from pathlib import Path

import pulumi

import ens_provider as ens
from subscription_table import TableError, read_table

config = pulumi.Config()
definition_keys = config.require("definitionKeys")

# Before anything is declared: a mistake in the table changes nothing.
try:
    rows = read_table(Path(__file__).with_name("subscriptions.csv"))
except TableError as error:
    raise pulumi.RunError(str(error)) from None

receiver = ens.Callback("receiver", url=config.require("url"))

# The receiver verifies itself when it is probed, so that no key has to come through here.
verified = ens.CallbackVerification("receiver", callback_id=receiver)

for row in rows:
    ens.Subscription(
        row.name,
        callback_id=verified,
        event_category_types=row.events,
        filters=row.filters_for(definition_keys),
    )

pulumi.export("callbackId", receiver.id)
pulumi.export("subscriptions", len(rows))
# What the receiver checks signatures with. Better than an export: a secret of your cloud, made here.
pulumi.export("signatureKey", receiver.signature_key)
