"""Every status that the emulator's operations answer with, provoked one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import (
    BY_CALLBACK,
    CALLBACKS,
    CONTEXT,
    REGENERATE,
    SUBSCRIPTIONS,
    UNKNOWN_ID,
    VERIFY,
    Caller,
)

URL = "https://receiver.test/one"
TYPES = {"eventCategoryTypes": ["TransactionalSendEvents.EmailSent"]}
ONE_CALLBACK = f"{CALLBACKS}/{{callbackId}}"
ONE_SUBSCRIPTION = f"{SUBSCRIPTIONS}/{{subscriptionId}}"
OF_CALLBACK = f"{BY_CALLBACK}/{{callbackId}}"


class Provoked:
    """Statuses by operation, and what provokes them in an account that begins empty."""

    def __init__(self, emulator: EmulatorProcess, caller: Caller) -> None:
        self.statuses: dict[str, set[int]] = defaultdict(set)
        self._emulator = emulator
        self._caller = caller

    def everything(self) -> dict[str, set[int]]:
        """Return the statuses of each operation, beside those that every operation has."""
        self._empty_account()
        self._callbacks()
        self._subscriptions()
        self._end()
        self._tokens()
        return dict(self.statuses)

    def call(self, route: str, body: Any = None, *, id_: str = UNKNOWN_ID) -> Any:
        """Call an operation, note down its status and return the JSON of its answer."""
        method, _, path = route.partition(" ")
        address = path.replace("{callbackId}", id_).replace("{subscriptionId}", id_)
        return self._noted(route, self._caller.call(method, address, body))

    def _noted(self, route: str, answer: requests.Response) -> Any:
        self.statuses[route].add(answer.status_code)
        return answer.json() if answer.content else None

    @contextmanager
    def _switched(self, **switches: str) -> Iterator[None]:
        before = self._emulator.switches()
        self._emulator.set_switches(**switches)
        yield
        self._emulator.set_switches(**before)

    def _empty_account(self) -> None:
        self.call(f"GET {CALLBACKS}")
        with self._switched(empty_list="404"):
            self.call(f"GET {CALLBACKS}")
        self.call(f"GET {ONE_CALLBACK}")
        self.call(f"DELETE {ONE_CALLBACK}")
        self.call(f"GET {ONE_SUBSCRIPTION}")
        self.call(f"DELETE {ONE_SUBSCRIPTION}")
        self.call(f"GET {OF_CALLBACK}")
        self.call(f"GET {CONTEXT}")

    def _callbacks(self) -> None:
        create, put = f"POST {CALLBACKS}", f"PUT {CALLBACKS}"
        new = [{"callbackName": "one", "url": URL}]
        [made] = self.call(create, new)
        self.id = made["callbackId"]
        self.call(create, new)
        self.call(create, [{"callbackName": "one"}])
        self.call(f"GET {ONE_CALLBACK}", id_=self.id)
        change = {"callbackId": self.id, "callbackName": "one"}
        self.call(put, [{**change, "maxBatchSize": 500}])
        self.call(put, [change])
        self.call(put, change)
        unknown = [{"callbackId": UNKNOWN_ID, "callbackName": "two"}]
        self.call(put, unknown)
        with self._switched(put_unknown_callback="201"):
            self.call(put, unknown)
        regenerate = f"PUT {REGENERATE}"
        self.call(regenerate, [{"callbackId": self.id}])
        self.call(regenerate, [{"callbackId": UNKNOWN_ID}])
        self.call(regenerate, [])

    def _subscriptions(self) -> None:
        create, put = f"POST {SUBSCRIPTIONS}", f"PUT {SUBSCRIPTIONS}"
        new = {"callbackId": self.id, "subscriptionName": "sent", **TYPES}
        self.call(create, [new])
        [key] = [
            each["verificationKey"]
            for each in self._emulator.state()["callbacks"]
            if each["callbackId"] == self.id
        ]
        verification = {"callbackId": self.id, "verificationKey": key}
        self.call(f"POST {VERIFY}", {**verification, "verificationKey": "other"})
        self.call(f"POST {VERIFY}", verification)
        self.call(f"POST {VERIFY}", verification)
        [made] = self.call(create, [new])
        self.call(create, [new])
        self.call(create, [{**new, "callbackId": UNKNOWN_ID}])
        subscription = {"subscriptionId": made["subscriptionId"], **TYPES}
        self.call(put, [{**subscription, "filters": ["definitionKey=a"]}])
        self.call(put, [subscription])
        self.call(put, subscription)
        self.call(put, [{**subscription, "subscriptionId": UNKNOWN_ID}])
        self.subscription = made["subscriptionId"]

    def _end(self) -> None:
        self.call(f"GET {ONE_SUBSCRIPTION}", id_=self.subscription)
        self.call(f"GET {OF_CALLBACK}", id_=self.id)
        self.call(f"DELETE {ONE_CALLBACK}", id_=self.id)
        self.call(f"DELETE {ONE_SUBSCRIPTION}", id_=self.subscription)
        self.call(f"DELETE {ONE_CALLBACK}", id_=self.id)

    def _tokens(self) -> None:
        for fields in ({}, {"account_id": 1}, {"client_secret": "wrong"}):
            self._noted("POST /v2/token", self._caller.ask_token(**fields))
