"""Programs that declare a `NotificationEndpoint` whose slots lead to the receiver `hooks.test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.programs import EMAIL_SENT

if TYPE_CHECKING:
    from collections.abc import Mapping

BLUE = {"blue": "https://hooks.test/blue"}
GREEN = {"green": "https://hooks.test/green"}

_PROGRAM = """\
import os
import pulumi
import ens_provider as ens
from receiver_key import ReceiverKey

RECEIVER = os.environ["RECEIVER_URL"]
TOKEN = os.environ["RECEIVER_TOKEN"]


def deliver(slot, keys):
    return ReceiverKey(
        slot.resource_name,
        receiver_url=RECEIVER,
        token=TOKEN,
        callback_id=slot.callback_id,
        keys=keys,
        opts=slot.opts,
    )


endpoints = {endpoints!r}
orders = ens.NotificationEndpoint(
    "orders",
    endpoints=endpoints,
    subscriptions={{
        "sent": ens.EndpointSubscriptionArgs(event_category_types=[{email_sent!r}]),
    }},
    verification=ens.EndpointVerificationArgs(
        verification_key_url=os.environ["VERIFICATION_KEY_URL"], verification_key_token=TOKEN
    ),
    deliver_key=deliver,
    self_test_urls={{slot: f"{{RECEIVER}}/{{slot}}" for slot in endpoints}},
    settle_seconds={settle_seconds!r},
    {more}
)
pulumi.export("callback_ids", orders.callback_ids)
pulumi.export("signature_keys", orders.signature_keys)
pulumi.export("subscription_ids", orders.subscription_ids)
"""


def endpoint_program(
    endpoints: Mapping[str, str], *, settle_seconds: int = 0, more: str = ""
) -> str:
    """Return the program of the component `orders` with these slots.

    Args:
        endpoints: The URL of each slot.
        settle_seconds: How long a new slot is waited for.
        more: Further arguments of the component, as they stand in the program.
    """
    return _PROGRAM.format(
        endpoints=dict(endpoints), email_sent=EMAIL_SENT, settle_seconds=settle_seconds, more=more
    )
