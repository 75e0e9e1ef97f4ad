"""Programs of the shop: what a test declares, with the rest as the shop always has it."""

from __future__ import annotations

CALLBACK = "pulumi-python:dynamic/ens:Callback"
URL = "https://receiver.test/orders"
NAME = "shop-dev-orders"

_PROGRAM = """\
import pulumi
import ens_provider as ens

orders = ens.Callback({arguments})
pulumi.export("callback_id", orders.id)
pulumi.export("signature_key", orders.signature_key)
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


def orders(**inputs: object) -> str:
    """Return the program that declares the callback `orders` and exports its id and key.

    Args:
        **inputs: Its inputs, texts and numbers; `url` leads to the shop's endpoint unless given.
    """
    arguments = ['"orders"', *(f"{k}={v!r}" for k, v in ({"url": URL} | inputs).items())]
    return _PROGRAM.format(arguments=", ".join(arguments))
