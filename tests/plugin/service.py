"""The service as plugin tests see it: what reached it, what it holds, and other people's hands."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ens_provider.emulator.process import EmulatorProcess
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

URL = "https://receiver.test/orders"
MID = "1234567"
OTHER_MID = "7654321"
CREATE = "POST /platform/v1/ens-callbacks"
LIST = "GET /platform/v1/ens-callbacks"
GET = "GET /platform/v1/ens-callbacks/{callbackId}"
PUT = "PUT /platform/v1/ens-callbacks"
DELETE = "DELETE /platform/v1/ens-callbacks/{callbackId}"
VERIFY = "POST /platform/v1/ens-verify"
REGENERATE = "PUT /platform/v1/ens-regenerate"
SUBSCRIBE = "POST /platform/v1/ens-subscriptions"
SUBSCRIPTIONS = "GET /platform/v1/ens-subscriptions-by-cb/{callbackId}"
SUBSCRIPTION = "GET /platform/v1/ens-subscriptions/{subscriptionId}"
PUT_SUBSCRIPTION = "PUT /platform/v1/ens-subscriptions"
UNSUBSCRIBE = "DELETE /platform/v1/ens-subscriptions/{subscriptionId}"
TOKEN = "POST /v2/token"
TOKEN_CONTEXT = "GET /platform/v1/tokenContext"

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Service:
    """An emulator and an endpoint, for one test.

    Ids are spoken of by labels: the given ones, and `#1`, `#2` … for others as they turn up.
    What this class does itself, with a client of its own, is not among the `calls`.
    """

    def __init__(self, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
        self.emulator = emulator
        self.endpoint = endpoint
        self._labels: dict[str, str] = {}
        self._kept: list[dict[str, Any]] = []

    def access(self, account_id: str | None = MID) -> ServiceAccess:
        """Return how the plugin reaches the emulator."""
        emulator = self.emulator
        return ServiceAccess(
            auth_url=emulator.auth_url, rest_url=emulator.rest_url, account_id=account_id
        )

    def nobody(self) -> str:
        """Return an address at which nobody listens: the endpoint's, which stops."""
        self.endpoint.stop()
        return self.endpoint.address

    def calls(self) -> list[str]:
        """Return the calls since this was last asked, such as `DELETE ens-callbacks/old 200`.

        A call that was dropped, or not answered yet when somebody else acted, has no status:
        `POST ens-callbacks -`.
        """
        calls = [*self._kept, *self.emulator.calls()]
        self.forget_calls()
        return [self.labelled(_in_short(call)) for call in calls]

    def forget_calls(self) -> None:
        """Let the next `calls` begin here."""
        self._kept = []
        self.emulator.clear_calls()

    def label(self, id_: str, label: str) -> str:
        """Speak of an id by that label from now on; return the id."""
        self._labels[id_] = label
        return id_

    def labelled(self, text: str) -> str:
        """Return a text with labels in the place of ids."""
        return _GUID.sub(self._label_of, text)

    def callbacks(self) -> dict[str, dict[str, Any]]:
        """Return the callbacks that really are there, by label, oldest first."""
        found = self.emulator.state()["callbacks"]
        return {self.labelled(callback["callbackId"]): callback for callback in found}

    def subscriptions(self) -> list[str]:
        """Return the names of the subscriptions that really are there."""
        found = self.emulator.state()["subscriptions"]
        return [subscription["subscriptionName"] for subscription in found]

    def create(
        self,
        label: str,
        name: str = "orders",
        url: str = URL,
        *,
        max_batch_size: int = 1000,
        mid: str = MID,
    ) -> str:
        """Let somebody else create a callback; return its id."""
        body = [{"callbackName": name, "url": url, "maxBatchSize": max_batch_size}]
        [created] = self.send("POST", "ens-callbacks", body, mid=mid)
        return self.label(created["callbackId"], label)

    def verify(self, callback_id: str) -> None:
        """Let somebody else verify a callback."""
        key = self.verification_key_of(callback_id)
        self.send("POST", "ens-verify", {"callbackId": callback_id, "verificationKey": key})

    def subscribe(self, callback_id: str, name: str = "mails") -> str:
        """Let somebody else verify a callback, if need be, and subscribe it; return the id."""
        if not self._callback(callback_id)["verified"]:
            self.verify(callback_id)
        body = {"callbackId": callback_id, "subscriptionName": name}
        sent = [{**body, "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"]}]
        [created] = self.send("POST", "ens-subscriptions", sent)
        return self.label(created["subscriptionId"], f"sub-{name}")

    def resize(self, callback_id: str, max_batch_size: int) -> None:
        """Let somebody else change the batch size of a callback."""
        name = self._callback(callback_id)["callbackName"]
        change = {"callbackId": callback_id, "callbackName": name, "maxBatchSize": max_batch_size}
        self.send("PUT", "ens-callbacks", [change])

    def delete(self, callback_id: str) -> None:
        """Let somebody else delete a callback."""
        self.send("DELETE", f"ens-callbacks/{callback_id}")

    def key_of(self, callback_id: str) -> str:
        """Return the signature key that the service signs with."""
        key: str = self._callback(callback_id)["signatureKey"]
        return key

    def verification_key_of(self, callback_id: str) -> str:
        """Return the key that the probe brought to the endpoint."""
        key: str = self._callback(callback_id)["verificationKey"]
        return key

    @contextmanager
    def held(self, route: str, *, when: str = "before", times: int = 1) -> Iterator[None]:
        """Hold the next calls of a route until the end of the block."""
        self.emulator.add_fault(route=route, do="hold", when=when, times=times)
        try:
            yield
        finally:
            self.emulator.clear_faults()

    def wait_until_held(self, calls: int = 1) -> None:
        """Return once so many calls wait in a `held` route."""
        while not any(fault["held"] and fault["seen"] == calls for fault in self.emulator.faults()):
            pass

    def send(self, method: str, path: str, body: object = None, *, mid: str = MID) -> Any:
        """Send a request as somebody else, off the record."""
        self._kept += self.emulator.calls()
        credentials = {"client_id": "client", "client_secret": "secret", "account_id": mid}
        asked = {"grant_type": "client_credentials", **credentials}
        token = self._send("POST", "/v2/token", asked)
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        answer = self._send(method, f"/platform/v1/{path}", body, headers)
        self.emulator.clear_calls()
        return answer

    def _send(
        self, method: str, path: str, body: object, headers: dict[str, str] | None = None
    ) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.emulator.rest_url).netloc, timeout=60)
        content = None if body is None else json.dumps(body)
        given = {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, body=content, headers=given)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status in {200, 201}, (method, path, answer.status, text)
        return json.loads(text or b"{}")

    def _callback(self, callback_id: str) -> dict[str, Any]:
        found = self.emulator.state()["callbacks"]
        return next(callback for callback in found if callback["callbackId"] == callback_id)

    def _label_of(self, match: re.Match[str]) -> str:
        numbered = [label for label in self._labels.values() if label.startswith("#")]
        return self._labels.setdefault(match[0], f"#{len(numbered) + 1}")


def _in_short(call: dict[str, Any]) -> str:
    path = call["path"].removeprefix("/platform/v1/").removeprefix("/v2/")
    status = "-" if call["status"] is None else call["status"]
    method = "PROBE" if call["kind"] == "probe" else call["method"]
    return f"{method} {path} {status}"
