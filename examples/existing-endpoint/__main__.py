"""Have ENS tell an endpoint that somebody else runs about sends, in two `pulumi up`.

The first creates the callback, and says what to ask the endpoint's people for. The second has it:

    pulumi config set --secret verificationKey …
"""

import pulumi

import ens_provider as ens

config = pulumi.Config()
verification_key = config.get_secret("verificationKey")

# ENS probes the URL at once: whoever runs the endpoint finds the verification key in its log.
orders = ens.Callback("orders", url=config.require("url"))

pulumi.export("callbackId", orders.id)
# For the endpoint's people, who check the signature of each delivery with it.
pulumi.export("signatureKey", orders.signature_key)

if verification_key is None:
    # Below 150 characters: `pulumi up` shows no more of a text.
    pulumi.export(
        "next",
        pulumi.Output.format(
            "Ask for the verificationKey that came with callbackId {0}; it is good for 4 hours from "
            "{1} on.",
            orders.id,
            orders.changed_at,
        ),
    )
else:
    verified = ens.CallbackVerification(
        "orders", callback_id=orders, verification_key=verification_key
    )
    ens.Subscription(
        "sent",
        callback_id=verified,
        event_category_types=[
            ens.EventType.EMAIL_SENT,
            ens.EventType.EMAIL_NOT_SENT,
            ens.EventType.EMAIL_BOUNCED,
        ],
    )
    pulumi.export("verifiedAt", verified.verified_at)
