"""An answer of the service to one of the client's methods.

An input is a line `METHOD STATUS`, lines `name: value` for each header, an empty line and the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ENSError
from ens_provider.api.records import SubscriptionUpdate
from ens_provider.api.wire import Answer, Request
from tests.fuzz.one_line import interpreted

SECRET = "the-s3cret-of-the-client"
TOKEN = "the-token-of-the-client"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"

_METHODS: dict[str, Callable[[ENSClient], object]] = {
    "create": lambda c: c.create_callback(callback_name="a", url="https://a.b"),
    "list": lambda c: c.list_callbacks(),
    "get": lambda c: c.get_callback(ID),
    "put": lambda c: c.update_callback(callback_id=ID, callback_name="a"),
    "verify": lambda c: c.verify_callback(callback_id=ID, verification_key=KEY),
    "regenerate": lambda c: c.regenerate_signature_key(ID),
    "subscribe": lambda c: c.create_subscription(
        callback_id=ID, subscription_name="s", event_category_types=["A.B"]
    ),
    "subscription": lambda c: c.get_subscription(ID),
    "subscriptions": lambda c: c.list_subscriptions(ID),
    "resubscribe": lambda c: c.update_subscription(
        SubscriptionUpdate(subscription_id=ID, event_category_types=("A.B",))
    ),
    "context": lambda c: c.token_context(),
}
_USABLE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._~-]*", re.ASCII)
_LONGEST_SENTENCE = 4100


class _Canned:
    """Gives out a token, and one answer to everything else."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: Request) -> Answer:
        """Answer without looking further than the route."""
        if request.url.endswith("/v2/token"):
            return Answer(status=200, raw=json.dumps({"access_token": TOKEN}).encode())
        return self._answer

    def close(self) -> None:
        """Have nothing to close."""


def check_client_answer(data: bytes) -> None:
    """A method returns records with usable ids, or raises an error of one line without secrets."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    name, _, status = first.partition(" ")
    method = _METHODS.get(name)
    if method is None or not re.fullmatch(r"[1-9][0-9]{2}", status, re.ASCII):
        return
    headers = dict(line.partition(": ")[::2] for line in lines)
    try:
        result = method(_client(Answer(status=int(status), headers=headers, raw=body)))
    except ENSError as error:
        _check_error(error)
    else:
        _check_ids(result)


def _client(answer: Answer) -> ENSClient:
    config = ClientConfig(
        client_id="client-1",
        client_secret=SECRET,
        auth_url="https://auth.example",
        rest_url="https://rest.example",
    )
    return ENSClient(config, clock=lambda: 0.0, sleep=lambda _: None, transport=_Canned(answer))


def _check_error(error: ENSError) -> None:
    sentence = str(error)
    assert sentence
    assert interpreted(sentence) == []
    assert interpreted(error.service_text) == []
    assert len(sentence) <= _LONGEST_SENTENCE
    shown = " ".join([sentence, repr(error), error.body, error.service_text, str(error.errorcode)])
    assert [secret for secret in (SECRET, TOKEN, KEY) if secret in shown] == []


def _check_ids(result: object) -> None:
    """Look at each id of a record, in lists and updates, too."""
    if isinstance(result, list):
        for record in result:
            _check_ids(record)
    if not is_dataclass(result):
        return
    for each in fields(result):
        value = getattr(result, each.name)
        if each.name in {"callback_id", "subscription_id", "mid"} and value:
            assert _USABLE_ID.fullmatch(value), f"{each.name} is no id"
        _check_ids(value)
