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


def orders(**inputs: object) -> str:
    """Return the program that declares the callback `orders` and exports its id and key.

    Args:
        **inputs: Its inputs, texts and numbers; `url` leads to the shop's endpoint unless given.
    """
    arguments = ['"orders"', *(f"{k}={v!r}" for k, v in ({"url": URL} | inputs).items())]
    return _PROGRAM.format(arguments=", ".join(arguments))
