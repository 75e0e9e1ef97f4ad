"""Programs of the shop, and the sentence that their reader gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.harness import RunResult

CALLBACK = "pulumi-python:dynamic/ens:Callback"
URL = "https://receiver.test/orders"
NAME = "shop-dev-orders"

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"

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


def sentence(result: RunResult) -> str:
    """Return the last error that a run reported of a resource, ids shown as `{id}`.

    The engine's own closing errors ("update failed") belong to no resource.
    """
    errors = [d.message for d in result.diagnostics if d.severity == "error" and d.urn]
    return re.sub(_GUID, "{id}", errors[-1])
