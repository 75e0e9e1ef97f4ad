"""Programs of the shop: what a test declares, with the rest as the shop always has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLBACK = "pulumi-python:dynamic/ens:Callback"
VERIFICATION = "pulumi-python:dynamic/ens:CallbackVerification"
KEY = "pulumi-python:dynamic/ens:SignatureKey"
SUBSCRIPTION = "pulumi-python:dynamic/ens:Subscription"
URL = "https://receiver.test/orders"
NAME = "shop-dev-orders"
HOOKS_URL = "https://hooks.test/orders"
SENT = "shop-dev-sent"
EMAIL_SENT = "TransactionalSendEvents.EmailSent"
CREDENTIALS = (
    "SFMC_AUTH_URL",
    "SFMC_REST_URL",
    "SFMC_CLIENT_ID",
    "SFMC_CLIENT_SECRET",
    "SFMC_ACCOUNT_ID",
)

_PROGRAM = """\
import pulumi
import ens_provider as ens

orders = ens.Callback({arguments})
pulumi.export("callback_id", orders.id)
pulumi.export("signature_key", orders.signature_key)
"""

_HANDSHAKE = """\
import os
import pulumi
import ens_provider as ens

orders = ens.Callback({callback})
verified = ens.CallbackVerification({verification})
key = ens.SignatureKey({key})
sent = ens.Subscription({subscription})
pulumi.export("callback_id", orders.id)
pulumi.export("signature_key", key.key)
pulumi.export("previous_keys", key.previous_keys)
pulumi.export("fingerprint", key.fingerprint)
"""

THING = """\
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("thing-1", {**props, "url": f"https://{props['host']}/orders"})


class Thing(Resource, module="shop", name="Thing"):
    url: pulumi.Output[str]

    def __init__(self, name, opts=None, *, host="receiver.test", **props):
        super().__init__(ThingProvider(), name, {"url": None, "host": host, **props}, opts)
"""
"""A module `thing.py` with a resource of somebody else that computes a `url` from a `host`."""


class Code(str):
    """An expression of a program, which stands in it as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


FROM_RECEIVER = {
    "verification_key_url": Code("os.environ['VERIFICATION_KEY_URL']"),
    "verification_key_token": Code("os.environ['RECEIVER_TOKEN']"),
}
"""The inputs of a verification whose key the receiver hands out (fixture `keyed`)."""


def handshake(
    *,
    callback: Mapping[str, object] | None = None,
    verification: Mapping[str, object] | None = None,
    key: Mapping[str, object] | None = None,
    subscription: Mapping[str, object] | None = None,
) -> str:
    """Return the program that declares a callback, verified, keyed and, last of all, subscribed.

    Each argument holds inputs of that resource beside or instead of the usual ones.
    """
    defaults: dict[str, dict[str, object]] = {
        "callback": {"url": HOOKS_URL},
        "verification": {"callback_id": Code("orders")},
        "key": {"callback_id": Code("verified"), "version": "1"},
        "subscription": {
            "callback_id": Code("verified"),
            "event_category_types": [EMAIL_SENT],
            "opts": Code("pulumi.ResourceOptions(depends_on=[key])"),
        },
    }
    given = {
        "callback": callback or {},
        "verification": FROM_RECEIVER if verification is None else verification,
        "key": key or {},
        "subscription": subscription or {},
    }
    names = {"subscription": "sent"}
    return _HANDSHAKE.format(
        **{
            kind: arguments(names.get(kind, "orders"), {**inputs, **given[kind]})
            for kind, inputs in defaults.items()
        }
    )


def arguments(name: str, inputs: Mapping[str, object]) -> str:
    """Return the arguments of a resource in a program: its name, then its inputs by name."""
    return ", ".join([repr(name), *(f"{k}={v!r}" for k, v in inputs.items())])


def orders(**inputs: object) -> str:
    """Return the program that declares the callback `orders` and exports its id and key.

    Args:
        **inputs: Its inputs, texts and numbers; `url` leads to the shop's endpoint unless given.
    """
    return _PROGRAM.format(arguments=arguments("orders", {"url": URL} | inputs))
