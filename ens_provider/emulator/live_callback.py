"""A callback that delivers, made in a running emulator by the service's own calls."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from ens_provider.emulator.administered import AdministeredEmulator, EmulatorError

_CALL_SECONDS = 60.0
_MID = 1234567


@dataclass(frozen=True, kw_only=True)
class LiveCallback:
    """A callback that is verified and subscribed. Its events are signed with `signature_key`."""

    callback_id: str
    name: str
    url: str
    signature_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CallbackRequest:
    """The callback that is wanted, and the types of the events that it asks for."""

    url: str
    name: str
    event_types: Sequence[str]
    max_batch_size: int = 1000


def create_live_callback(
    emulator: AdministeredEmulator, auth_url: str, wanted: CallbackRequest
) -> LiveCallback:
    """Create a callback in business unit 1234567, verify it, and subscribe it.

    Its endpoint is probed as any other, and is not asked for the key of the probe.

    Raises:
        EmulatorError: The service refused a call; a failed probe, too.
    """
    account = _Account(auth_url, emulator.rest_url)
    fields = {
        "callbackName": wanted.name,
        "url": wanted.url,
        "maxBatchSize": wanted.max_batch_size,
    }
    [created] = account.call("POST", "ens-callbacks", [fields])
    callback_id = created["callbackId"]
    _verify(emulator, account, callback_id)
    subscription = {
        "callbackId": callback_id,
        "subscriptionName": wanted.name,
        "eventCategoryTypes": list(wanted.event_types),
    }
    account.call("POST", "ens-subscriptions", [subscription])
    return LiveCallback(
        callback_id=callback_id,
        name=wanted.name,
        url=wanted.url,
        signature_key=created["signatureKey"],
    )


def _verify(emulator: AdministeredEmulator, account: "_Account", callback_id: str) -> None:
    callbacks = emulator.state()["callbacks"]
    [held] = [each for each in callbacks if each["callbackId"] == callback_id]
    # An endpoint may have verified itself in the probe; its key is used up then.
    if held["status"] != "verified":
        key = held["verificationKey"]
        fields = {"callbackId": callback_id, "verificationKey": key}
        account.call("POST", "ens-verify", fields)


class _Account:
    """Calls the service's routes as the client that the emulator begins with."""

    def __init__(self, auth_url: str, rest_url: str) -> None:
        self._rest_url = rest_url
        fields = {
            "grant_type": "client_credentials",
            "client_id": "client",
            "client_secret": "secret",
            "account_id": _MID,
        }
        self._headers: dict[str, str] = {}
        token = self._sent("POST", f"{auth_url}/v2/token", fields)["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, route: str, body: object) -> Any:
        return self._sent(method, f"{self._rest_url}/platform/v1/{route}", body)

    def _sent(self, method: str, url: str, body: object) -> Any:
        parts = urlsplit(url)
        headers = {"Content-Type": "application/json", **self._headers}
        connection = http.client.HTTPConnection(parts.netloc, timeout=_CALL_SECONDS)
        try:
            connection.request(method, parts.path, body=json.dumps(body), headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            said = content.decode("utf-8", "replace")
            raise EmulatorError(
                f"The emulator answered {method} {parts.path} with {answer.status}: {said}"
            )
        return json.loads(content)
