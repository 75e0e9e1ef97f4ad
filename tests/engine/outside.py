"""Somebody else at work in the same account, without this package."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess

# Whatever proxy a developer works behind: the emulator is on this machine.
_DIRECT = build_opener(ProxyHandler({}))
_EVENTS = ("TransactionalSendEvents.EmailSent",)


class Outside:
    """Calls the emulator as a person or another program would; its calls are in the call log.

    Args:
        emulator: The emulator.
        mid: The business unit to work in.
        client_secret: The secret of the client `client`.
    """

    def __init__(
        self, emulator: EmulatorProcess, *, mid: int = 1234567, client_secret: str = "secret"
    ) -> None:
        self._emulator = emulator
        self._mid = mid
        self._client_secret = client_secret

    def in_unit(self, mid: int) -> Outside:
        """Return the same hand in another business unit."""
        return Outside(self._emulator, mid=mid, client_secret=self._client_secret)

    def create_callback(
        self,
        name: str = "shop-dev-orders",
        *,
        url: str = "https://receiver.test/orders",
        max_batch_size: int = 1000,
    ) -> dict[str, Any]:
        """Create a callback; return the service's answer, key included."""
        fields = {"callbackName": name, "url": url, "maxBatchSize": max_batch_size}
        [created] = self.call("POST", "ens-callbacks", [fields])
        answer: dict[str, Any] = created
        return answer

    def create_live_callback(
        self, name: str = "shop-dev-orders", *, url: str = "https://receiver.test/orders"
    ) -> dict[str, Any]:
        """Create a callback, verify it, and subscribe it as `welcome`."""
        created = self.create_callback(name, url=url)
        self.verify(created["callbackId"])
        self.subscribe(created["callbackId"])
        return created

    def verify(self, callback_id: str) -> None:
        """Verify a callback with the key that its endpoint was probed with."""
        callbacks = self._emulator.state()["callbacks"]
        [key] = [c["verificationKey"] for c in callbacks if c["callbackId"] == callback_id]
        self.call("POST", "ens-verify", {"callbackId": callback_id, "verificationKey": key})

    def subscribe(self, callback_id: str, name: str = "welcome") -> str:
        """Hang a subscription on a verified callback; return its id."""
        fields = {
            "callbackId": callback_id,
            "subscriptionName": name,
            "eventCategoryTypes": list(_EVENTS),
        }
        [created] = self.call("POST", "ens-subscriptions", [fields])
        return str(created["subscriptionId"])

    def change_subscription(self, subscription: dict[str, Any], **fields: object) -> None:
        """Give a subscription, as the emulator's state has it, other values of some fields."""
        names = ("subscriptionId", "subscriptionName", "eventCategoryTypes", "filters")
        kept = {name: subscription[name] for name in names}
        self.call("PUT", "ens-subscriptions", [kept | fields])

    def change_batch_size(self, callback_id: str, name: str, max_batch_size: int) -> None:
        """Give a callback another batch size."""
        fields = {"callbackId": callback_id, "callbackName": name, "maxBatchSize": max_batch_size}
        self.call("PUT", "ens-callbacks", [fields])

    def rename(self, callback_id: str, name: str) -> None:
        """Give a callback another name."""
        self.call("PUT", "ens-callbacks", [{"callbackId": callback_id, "callbackName": name}])

    def regenerate_key(self, callback_id: str) -> None:
        """Give a callback a new signature key."""
        self.call("PUT", "ens-regenerate", [{"callbackId": callback_id}])

    def delete_callback(self, callback_id: str) -> None:
        """Delete a callback."""
        self.call("DELETE", f"ens-callbacks/{callback_id}")

    def delete_subscription(self, subscription_id: str) -> None:
        """Delete a subscription."""
        self.call("DELETE", f"ens-subscriptions/{subscription_id}")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call a route of the service with a token of its own.

        Raises:
            urllib.error.HTTPError: The answer is an error.
        """
        fields = {
            "grant_type": "client_credentials",
            "client_id": "client",
            "client_secret": self._client_secret,
            "account_id": self._mid,
        }
        token = _send("POST", f"{self._emulator.auth_url}/v2/token", fields)["access_token"]
        return _send(method, f"{self._emulator.rest_url}/platform/v1/{path}", body, token=token)


def _send(method: str, url: str, body: object, *, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    content = None if body is None else json.dumps(body).encode()
    request = Request(url, data=content, headers=headers, method=method)
    with _DIRECT.open(request) as answer:
        assert HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        return json.loads(answer.read() or b"null")
