"""Secrets stay out of every text: reprs, sentences, bodies, logs and tracebacks."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING

import pytest

from ens_provider.api import auth, calls, limits, operations, refusals, retry, scrub, service_time
from ens_provider.api import config as config_module
from ens_provider.api.connections import Authorization, new_session
from ens_provider.api.errors import ENSError
from ens_provider.api.scrub import Scrubber
from ens_provider.api.transport import HTTPTransport
from ens_provider.api.wire import Answer, Request
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, dropped, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from ens_provider.api.client import ENSClient
    from tests.unit.api.scripted_server import ScriptedServer

CREATE = "POST /platform/v1/ens-callbacks"
VERIFY = "POST /platform/v1/ens-verify"
SECRET = "s3cret-of-client-1"
NEXT = 'n3xt/"s3cret"&<é>'
TOKEN = "token-of-the-test"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
EVERYTHING = f"{SECRET} {NEXT} {TOKEN} {KEY}"
ALL_SECRETS = (SECRET, NEXT, TOKEN, KEY)


def everything_shown(error: BaseException) -> str:
    """Return all that a person or a program can get to see of an error."""
    shown = [str(error), repr(error), *traceback.format_exception(error)]
    return "\n".join([*shown, *(str(value) for value in vars(error).values())])


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"message": EVERYTHING, "errorcode": EVERYTHING}).encode(),
        json.dumps({"message": EVERYTHING}, ensure_ascii=False).encode(),
        json.dumps(EVERYTHING).encode(),
        json.dumps(EVERYTHING).replace("/", "\\/").encode(),
        EVERYTHING.encode(),
        f"<p>{EVERYTHING}</p>".encode(),
    ],
    ids=["JSON", "JSON in UTF-8", "string", "escaped slashes", "text", "HTML"],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 429, 500, 302])
def test_an_answer_that_repeats_every_secret(
    status: int, body: bytes, make_client: Callable[..., ENSClient], server: ScriptedServer
) -> None:
    """Whatever the service repeats, no error shows it."""
    server.on(TOKEN_ROUTE, reply({"access_token": TOKEN}))
    server.on(CREATE, Reply(status=status, body=body))

    with pytest.raises(ENSError) as caught:
        make_client(client_secret_next=NEXT).create_callback(callback_name="a", url="https://a.b")

    shown = everything_shown(caught.value)
    assert "[hidden]" in shown
    assert [secret for secret in ALL_SECRETS if secret in shown] == []
    assert [s for s in ALL_SECRETS if json.dumps(s)[1:-1] in shown] == []


@pytest.mark.parametrize("field", ["message", "errorcode", "error"])
def test_a_text_that_is_cut_amid_a_secret(
    field: str, client: ENSClient, server: ScriptedServer
) -> None:
    """What is too long is cut after the secrets were taken out, so that no half of one stays."""
    for length in (450, 470, 490):
        server.on(CREATE, reply({field: f"{'x' * length} {KEY}{KEY}"}, status=400))

        with pytest.raises(ENSError) as caught:
            client.create_callback(callback_name="a", url="https://a.b")

        assert KEY[:10] not in everything_shown(caught.value)


@pytest.mark.parametrize("status", [200, 201, 206])
def test_a_success_is_never_quoted(status: int, client: ENSClient, server: ScriptedServer) -> None:
    """A 2xx body may hold any key in any shape; no error shows a word of it."""
    server.on(CREATE, reply({"message": "short-key", "signatureKey": ["odd"]}, status=status))

    with pytest.raises(ENSError) as caught:
        client.create_callback(callback_name="a", url="https://a.b")

    assert caught.value.outcome_unknown
    assert "short-key" not in everything_shown(caught.value)
    assert "odd" not in everything_shown(caught.value)


def test_a_verification_key_of_any_shape(client: ENSClient, server: ScriptedServer) -> None:
    """The key of a verification is hidden because it was sent, whatever it looks like."""
    server.on(VERIFY, reply({"message": "The key odd-key is not known."}, status=404))
    key = "odd-key"

    with pytest.raises(ENSError) as caught:
        client.verify_callback(callback_id="id-1", verification_key=key)

    assert str(caught.value) == (
        "ENS refused to verify callback id-1 (404): The key [hidden] is not known. The callback or "
        "the verification key is not known for this business unit: run `pulumi up --refresh` if it "
        "was deleted outside, otherwise check accountId."
    )
    assert key not in everything_shown(caught.value)


def test_a_verification_key_in_the_place_of_an_id(
    client: ENSClient, server: ScriptedServer
) -> None:
    """A key that was put where the id belongs is hidden when no answer comes either."""
    server.on(VERIFY, dropped())
    key = "odd-key"

    with pytest.raises(ENSError) as caught:
        client.verify_callback(callback_id=key, verification_key=key)

    assert caught.value.subject == "callback [hidden]"
    assert key not in everything_shown(caught.value)


def test_a_name_that_is_a_secret(client: ENSClient, server: ScriptedServer) -> None:
    """A secret that was put in the wrong place by mistake is hidden there too."""
    server.on(CREATE, reply(status=400))

    with pytest.raises(ENSError) as caught:
        client.create_callback(callback_name=SECRET, url="https://a.b")

    assert caught.value.subject == "callback '[hidden]'"
    assert SECRET not in everything_shown(caught.value)


def test_the_log_shows_no_secret(
    make_client: Callable[..., ENSClient],
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not even the most talkative log shows a secret."""
    caplog.set_level(logging.DEBUG)
    refused = reply({"error": "invalid_client", "error_description": EVERYTHING}, status=401)
    server.on(TOKEN_ROUTE, refused, reply({"access_token": TOKEN}))
    created = reply([{"callbackId": "id-1", "signatureKey": KEY}], status=201)
    failed = reply({"message": EVERYTHING}, status=429)
    server.on(CREATE, failed, reply(status=401), created)

    make_client(client_secret_next=NEXT).create_callback(callback_name="a", url="https://a.b")

    assert len(caplog.records) >= 3
    assert [secret for secret in ALL_SECRETS if secret in caplog.text] == []


def test_a_secret_in_a_longer_one_leaves_no_rest() -> None:
    """Longer secrets are hidden first."""
    scrubber = Scrubber(["abc", "abcdef"])

    assert scrubber.clean("abcdef abc") == "[hidden] [hidden]"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f'{{"signatureKey":"{KEY}"}}',
        f"signatureKey={KEY}",
        KEY.replace("=", "\\u003d"),
        KEY.replace("=", "%3D"),
        "KktBXb9V556KtSDG7Wb5a0xHAu\\/z9n3k+YekDzLy7i0=",
    ],
)
def test_whatever_looks_like_a_key_is_hidden(text: str) -> None:
    """A key that nobody told us about is known by its looks."""
    cleaned = Scrubber().clean(text)

    assert "[hidden]" in cleaned
    assert "FXfqI3Dn" not in cleaned
    assert "Xb9V556" not in cleaned


def test_what_is_no_key_stays() -> None:
    """Ids and URLs, which a person needs, are not hidden."""
    text = "CallbackId is 08b67f0e-5be8-4673-97e9-682c133f778c at https://a.b/c?d=e"

    assert Scrubber([None, ""]).clean(text) == text


def test_no_repr_shows_a_secret(make_client: Callable[..., ENSClient]) -> None:
    """Whatever object a person prints while looking for a fault, no secret is in it."""
    client = make_client(client_secret_next=NEXT)
    answer = Answer(status=200, headers={"X": TOKEN}, raw=KEY.encode())
    scrubber = Scrubber([SECRET, TOKEN])
    printed = [
        client,
        client._caller,
        client._caller._tokens,
        client._caller._scrubber,
        client._config,
        answer,
        Request(method="POST", url="https://a.b", phrase="", operation="", json=[KEY], token=TOKEN),
        Authorization(TOKEN),
        auth.Token(value=TOKEN, renew_at=0.0),
        calls.Call(
            operation=operations.VERIFY_CALLBACK, read=lambda _: None, json=[KEY], secrets=(KEY,)
        ),
        refusals.Refusal(
            operation=operations.VERIFY_CALLBACK,
            subject="",
            answer=answer,
            scrubber=scrubber,
            now=0.0,
            secrets=(KEY,),
        ),
        scrubber,
        HTTPTransport(),
        new_session().headers,
    ]

    for thing in printed:
        for text in (repr(thing), str(thing)):
            assert [secret for secret in ALL_SECRETS if secret in text] == []


def test_the_modules_looked_at() -> None:
    """Each class of the client that can hold a secret is one of those printed above."""
    holders = {
        member.__name__
        for module in (auth, calls, config_module, limits, refusals, retry, scrub, service_time)
        for member in vars(module).values()
        if isinstance(member, type) and member.__module__ == module.__name__
    }

    assert holders == {
        "Call", "Caller", "ClientConfig", "Clocks", "Fetch", "Limits", "Refusal", "RetryPolicy",
        "Scrubber", "ServiceTime", "Token", "TokenSource", "WaitBudget", "_Silence",
    }  # fmt: skip
