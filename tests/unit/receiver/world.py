"""A receiver, what it handed over and what it logged, with the ids and keys that tests use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ens_provider.receiver import (
    Delivery,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Received,
    Receiver,
    ReceiverOptions,
    Response,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
MAILS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OLD_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
OTHER_KEY = "c29tZWJvZHkgZWxzZSdzIGtleSBvZiAzMiBieXRlcyE="
VERIFICATION_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "a-token-of-the-receiver"
SECRETS = (KEY, OLD_KEY, OTHER_KEY, VERIFICATION_KEY, TOKEN)
SENT = {
    "eventCategoryType": "TransactionalSendEvents.EmailSent",
    "timestampUTC": 1600698608530,
    "info": {"messageKey": "f2b21aa0-fc16-11ea-9bc1-fbf804a5a66e"},
}
BODY = json.dumps([SENT]).encode()


class World:
    """A receiver in memory; `received` and `delivered` fill as it works."""

    def __init__(self, options: ReceiverOptions | None = None, token: str | None = TOKEN) -> None:
        self.signature_keys = MemorySignatureKeys()
        self.verification_keys = MemoryVerificationKeys(most=3)
        self.delivered: list[Delivery] = []
        self.received: list[Received] = []
        self.failure: BaseException | None = None
        self.receiver = Receiver(
            self._deliver,
            signature_keys=self.signature_keys,
            verification_keys=self.verification_keys,
            token=token,
            options=options
            or ReceiverOptions(observe=self.received.append, clock=lambda: 1600698608.5),
        )

    def _deliver(self, delivery: Delivery) -> None:
        self.delivered.append(delivery)
        if self.failure is not None:
            raise self.failure

    def probe(self, callback_id: str = ORDERS, key: str = VERIFICATION_KEY) -> Response:
        """Send a probe."""
        return self.post(json.dumps({"callbackId": callback_id, "verificationKey": key}).encode())

    def deliver(self, body: bytes = BODY, *, key: str = KEY) -> Response:
        """Send a delivery that is signed with a key."""
        return self.post(body, {"x-sfmc-ens-signature": sign(body, key)})

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Send a body to the receiver."""
        return self.receiver.handle("POST", "/ens", headers or {}, body)

    def fetch(self, callback_id: str = ORDERS, authorization: str = f"Bearer {TOKEN}") -> Response:
        """Ask for a verification key."""
        headers = {"Authorization": authorization}
        return self.receiver.handle("GET", f"/verification-keys/{callback_id}", headers, b"")


def said(response: Response) -> tuple[int, Any]:
    """Return the status of an answer and the JSON of its body, None without one."""
    return response.status, json.loads(response.body) if response.body else None


def error(status: int, sentence: str) -> tuple[int, Any]:
    """Return what `said` gives for a refusal."""
    return status, {"error": sentence}
