"""What Marketing Cloud tells our receiver: one callback, and the subscriptions of the stack's file."""

import pulumi

import ens_provider as ens

config = pulumi.Config()

receiver = ens.Callback("receiver", url=config.require("url"))

# The receiver verifies itself when it is probed, so that no key has to come through here.
verified = ens.CallbackVerification("receiver", callback_id=receiver)

for name, wanted in config.require_object("subscriptions").items():
    ens.Subscription(
        name,
        callback_id=verified,
        event_category_types=wanted["events"],
        filters=wanted.get("filters"),
        paused=wanted.get("paused", False),
    )

pulumi.export("callback_id", receiver.id)
# What the receiver checks signatures with. Better than an export: a secret of your cloud, made here.
pulumi.export("signature_key", receiver.signature_key)
