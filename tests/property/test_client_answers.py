"""Any bytes under any status: a method returns its record or raises an ENSError without a secret."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ENSError
from ens_provider.api.records import (
    CallbackRecord,
    CallbackUpdate,
    NotModified,
    SubscriptionRecord,
    SubscriptionUpdate,
    TokenContext,
)
from ens_provider.api.wire import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

SECRET = "the-s3cret-of-the-client"
NEXT = "the-s3cret-that-follows"
TOKEN = "the-token-of-the-client"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
SECRETS = (SECRET, NEXT, TOKEN, KEY)

METHODS: dict[str, tuple[Callable[[ENSClient], object], tuple[type, ...]]] = {
    "create_callback": (
        lambda c: c.create_callback(callback_name="a", url="https://a.b"),
        (CallbackRecord, NotModified),
    ),
    "list_callbacks": (lambda c: c.list_callbacks(), (list,)),
    "get_callback": (lambda c: c.get_callback("id-1"), (CallbackRecord,)),
    "update_callback": (
        lambda c: c.update_callback(callback_id="id-1", callback_name="a"),
        (CallbackUpdate, NotModified),
    ),
    "delete_callback": (lambda c: c.delete_callback("id-1"), (type(None),)),
    "verify_callback": (
        lambda c: c.verify_callback(callback_id="id-1", verification_key=KEY),
        (type(None),),
    ),
    "regenerate_signature_key": (
        lambda c: c.regenerate_signature_key("id-1"),
        (CallbackRecord,),
    ),
    "create_subscription": (
        lambda c: c.create_subscription(
            callback_id="id-1", subscription_name="s", event_category_types=["A.B"]
        ),
        (SubscriptionRecord, NotModified),
    ),
    "get_subscription": (lambda c: c.get_subscription("id-1"), (SubscriptionRecord,)),
    "list_subscriptions": (lambda c: c.list_subscriptions("id-1"), (list,)),
    "update_subscription": (
        lambda c: c.update_subscription(
            SubscriptionUpdate(subscription_id="id-1", event_category_types=("A.B",))
        ),
        (SubscriptionRecord, NotModified),
    ),
    "delete_subscription": (lambda c: c.delete_subscription("id-1"), (type(None),)),
    "token_context": (lambda c: c.token_context(), (TokenContext,)),
}


@dataclass
class Canned:
    """A transport that gives out one token and answers everything else alike."""

    answer: Answer
    token: Answer = field(
        default_factory=lambda: Answer(status=200, raw=json.dumps({"access_token": TOKEN}).encode())
    )

    def send(self, request: Request) -> Answer:
        """Answer without looking further than the route."""
        return self.token if request.url.endswith("/v2/token") else self.answer

    def close(self) -> None:
        """Have nothing to close."""


secret_texts = st.lists(st.sampled_from([*SECRETS, " ", "x", "\n", "<b>", "/"]), max_size=6).map(
    "".join
)
texts = st.one_of(st.text(max_size=20), secret_texts)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from([50200, "50200"])
)
names = st.one_of(
    st.sampled_from(
        ["callbackId", "callbackName", "url", "maxBatchSize", "signatureKey", "subscriptionId",
         "eventCategoryTypes", "filters", "status", "organization", "enterprise", "id", "message",
         "errorcode", "errors", "validationErrors", "additionalErrors", "error",
         "error_description", "retryAfter", "access_token", "expires_in"]
    ),
    st.text(max_size=5),
)  # fmt: skip
objects = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=5)),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=60),
    objects.map(lambda obj: json.dumps(obj).encode()),
    secret_texts.map(str.encode),
    st.sampled_from([b"[" * 50_000, b"9" * 5_000, b'"\\ud800"', b"\xef\xbb\xbf[]"]),
)
headers = st.dictionaries(
    st.sampled_from(["Date", "Retry-After"]),
    st.one_of(st.text(max_size=30), st.sampled_from(["5", "-1", "1e999", "nan"])),
)
statuses = st.one_of(
    st.sampled_from([200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 429, 500, 503]),
    st.integers(min_value=200, max_value=999),
)
answers = st.builds(
    Answer,
    status=statuses,
    raw=bodies,
    headers=headers,
    complete=st.booleans(),
    why=st.just("the answer broke off"),
)


def client_of(transport: Canned) -> ENSClient:
    """Return a client that waits for nothing."""
    config = ClientConfig(
        client_id="client-1",
        client_secret=SECRET,
        client_secret_next=NEXT,
        auth_url="https://auth.example",
        rest_url="https://rest.example",
    )
    return ENSClient(config, clock=lambda: 0.0, sleep=lambda _: None, transport=transport)


def shows(error: ENSError) -> str:
    """Return all that can be seen of an error."""
    fields: list[Any] = [*vars(error).values(), *traceback.format_exception(error), repr(error)]
    return "\n".join(map(str, fields))


@pytest.mark.parametrize("name", sorted(METHODS))
@given(answer=answers)
def test_any_answer(name: str, answer: Answer) -> None:
    """A method returns what it says or raises an ENSError of one line, without any secret."""
    method, kinds = METHODS[name]
    try:
        assert isinstance(method(client_of(Canned(answer))), kinds)
    except ENSError as error:
        _check(error)


@given(answer=answers)
def test_any_answer_of_the_token_route(answer: Answer) -> None:
    """The token route may answer what it likes, too, and nothing has an unknown outcome."""
    listed = Answer(status=200, raw=b"[]")
    try:
        assert client_of(Canned(listed, token=answer)).list_callbacks() == []
    except ENSError as error:
        # A token that stands in an answer of another meaning is nothing that a client can know.
        _check(error, secrets=(SECRET, NEXT, KEY), outcomes={False})


def _check(
    error: ENSError,
    *,
    secrets: tuple[str, ...] = SECRETS,
    outcomes: Collection[bool] = (False, True),
) -> None:
    assert error.outcome_unknown in outcomes
    assert str(error)
    assert "\n" not in str(error)
    assert len(error.service_text) <= 500
    assert len(error.body) <= 65_536
    shown = shows(error)
    shown.encode()
    assert [secret for secret in secrets if secret in shown] == []
