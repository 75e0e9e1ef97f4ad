"""A request to a receiver with its administration.

An input is a head of lines, an empty line and the body: `METHOD PATH`, then `name: value` for each
header. The lines `sign` and `token` stand for a genuine signature and the receiver's token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from ens_provider.receiver import (
    MemoryQuarantine,
    MemorySeenEvents,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Receiver,
    ReceiverOptions,
    Response,
)
from ens_provider.receiver.administration import AdministeredReceiver, History

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
VERIFICATION_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "a-token-of-the-receiver"
STATUSES = {200, 204, 400, 401, 404, 405, 409, 413, 503}


def check_receiver_request(data: bytes) -> None:
    """A request is answered, shows no key to strangers, and only signed events are handed over."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, path = first.partition(" ")
    headers = [_header(line, body) for line in lines]
    handed_over: list[object] = []
    answer = _receiver(handed_over).handle(method, path, headers, body)
    _check_answer(answer, has_token=("Authorization", f"Bearer {TOKEN}") in headers)
    if handed_over:
        signatures = [value.strip() for name, value in headers if _is_signature(name)]
        assert signatures == [_signature(body, base64.b64decode(KEY))] or signatures == [
            _signature(body, KEY.encode())
        ]
        assert answer.status == 200


def _receiver(handed_over: list[object]) -> AdministeredReceiver:
    keys = MemorySignatureKeys({ORDERS: [KEY]})
    probed = MemoryVerificationKeys(most=2)
    probed.setdefault(ORDERS, VERIFICATION_KEY)
    receiver = Receiver(
        handed_over.append,
        signature_keys=keys,
        verification_keys=probed,
        token=TOKEN,
        options=ReceiverOptions(
            longest_body_bytes=4096,
            seen_events=MemorySeenEvents(),
            quarantine=MemoryQuarantine(),
            run_in_background=lambda work: work(),
        ),
    )
    return AdministeredReceiver(receiver, signature_keys=keys, token=TOKEN, history=History())


def _check_answer(answer: Response, *, has_token: bool) -> None:
    assert answer.status in STATUSES, f"{answer.status} {answer.body!r}"
    assert answer.body == b"" or json.loads(answer.body) is not None
    for name, value in answer.headers.items():
        assert (name + value).isprintable()
    for secret in (KEY, TOKEN):
        assert secret.encode() not in answer.body
    assert has_token or VERIFICATION_KEY.encode() not in answer.body


def _header(line: str, body: bytes) -> tuple[str, str]:
    if line == "sign":
        return "X-SFMC-ENS-Signature", _signature(body, base64.b64decode(KEY))
    if line == "token":
        return "Authorization", f"Bearer {TOKEN}"
    name, _, value = line.partition(":")
    return name, value


def _is_signature(name: str) -> bool:
    return name.lower() == "x-sfmc-ens-signature"


def _signature(body: bytes, key: bytes) -> str:
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
