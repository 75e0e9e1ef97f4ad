"""What `check` and `diff` take for one resource: the plugin answers both for each of them in every run."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from statistics import median
from typing import Any

from pulumi.dynamic import Config, ConfigureRequest

import ens_provider as ens
from benchmarks.empty import EmptyProvider
from benchmarks.figures import Figure

_REPETITIONS = 5
_ACCOUNT = {
    "ens:authUrl": "http://127.0.0.1:1",
    "ens:restUrl": "http://127.0.0.1:1",
    "ens:clientId": "client",
    "ens:clientSecret": "secret",
    "ens:accountId": "1234567",
}
_CALLBACK_ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
_LIVE = {"mid": "1234567", "changed_at": "2026-08-22T09:00:00Z"}
_CALLBACK = {"url": "https://receiver.test/orders", "callback_name": "shop-prod-orders"}
_SUBSCRIPTION = {
    "callback_id": _CALLBACK_ID,
    "subscription_name": "shop-prod-sent",
    "event_category_types": ["TransactionalSendEvents.EmailSent"],
    "filters": {"definitionKey": "welcome"},
}


def measure(*, quick: bool) -> list[Figure]:
    """Return microseconds of each call, for resources that have not changed.

    Args:
        quick: Take a tenth of the calls.
    """
    number = 500 if quick else 5000
    calls = {
        "empty resource": _calls(EmptyProvider(), {"revision": 1.0}, {}),
        "Callback": _calls(ens.CallbackProvider(), _CALLBACK, {**_LIVE, "signature_key": "a2V5"}),
        "Subscription": _calls(ens.SubscriptionProvider(), _SUBSCRIPTION, _LIVE),
    }
    return [
        Figure(name=f"{method} of {kind}", value=round(_microseconds(call, number), 1), unit="µs")
        for kind, methods in calls.items()
        for method, call in methods.items()
    ]


def _calls(
    provider: Any, declared: dict[str, Any], live: dict[str, Any]
) -> dict[str, Callable[[], object]]:
    provider.configure(ConfigureRequest(Config(_ACCOUNT, "shop")))
    inputs = provider.check({}, dict(declared)).inputs
    outputs = {**inputs, **live}
    # The SDK makes new bags for each call, and providers may change them.
    return {
        "check": lambda: provider.check(dict(inputs), dict(declared)),
        "diff": lambda: provider.diff(_CALLBACK_ID, dict(outputs), dict(inputs)),
    }


def _microseconds(call: Callable[[], object], number: int) -> float:
    return median(timeit.repeat(call, number=number, repeat=_REPETITIONS)) / number * 1e6
