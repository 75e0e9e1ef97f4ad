"""A receiver on this machine, and all that ENS has to know of it, in one `pulumi up`."""

import pulumi

import ens_provider as ens
from receiver_key import ReceiverKey
from receiver_process import ReceiverProcess

# The emulator leads this name to the port; nobody else can.
HOST_NAME = "receiver.test"

port = pulumi.Config().require_int("port")
receiver_url = f"https://127.0.0.1:{port}"

receiver = ReceiverProcess("receiver", port=port, host_name=HOST_NAME)

orders = ens.Callback(
    "orders",
    url=f"https://{HOST_NAME}/orders",
    # ENS probes the URL at once, so something has to answer there.
    opts=pulumi.ResourceOptions(depends_on=[receiver]),
)

verified = ens.CallbackVerification(
    "orders",
    callback_id=orders,
    verification_key_url=f"{receiver_url}/verification-keys/{{callback_id}}",
    verification_key_token=receiver.token,
)

held = ReceiverKey(
    "orders",
    receiver_url=receiver_url,
    token=receiver.token,
    callback_id=verified.callback_id,
    keys=pulumi.Output.all(orders.signature_key),
)

ens.Subscription(
    "sent",
    callback_id=verified,
    event_category_types=[ens.EventType.EMAIL_SENT, ens.EventType.EMAIL_BOUNCED],
    # No event can arrive before the receiver holds the key.
    opts=pulumi.ResourceOptions(depends_on=[held]),
)

pulumi.export("url", orders.url)
pulumi.export("receiver_url", receiver_url)
pulumi.export("receiver_token", receiver.token)
pulumi.export("log", receiver.log)
