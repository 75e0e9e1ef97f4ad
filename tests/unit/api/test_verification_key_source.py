"""Asking a receiver for a callback's verification key: what is sent, and what the answer means."""

from __future__ import annotations

import json
import traceback

import pytest

from ens_provider.api.errors import (
    APIError,
    AuthenticationError,
    ConnectionLostError,
    ENSError,
    NotFoundError,
    ServiceError,
    UnexpectedAnswerError,
)
from ens_provider.api.verification_key_source import KeySource, fetch_verification_key
from ens_provider.api.wire import Answer, Request

GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "hush-hush-token"
SOURCE = KeySource(
    url=f"https://receiver.test:8443/keys/{GUID}?code=hush", callback_id=GUID, token=TOKEN
)


class Receiver:
    """A transport that answers what it was made for, and keeps what it was sent."""

    def __init__(self, answer: Answer | ENSError) -> None:
        """Answer like this; an error is raised."""
        self.answer = answer
        self.sent: list[Request] = []
        self.closed = False

    def send(self, request: Request) -> Answer:
        """Keep the request and answer it."""
        self.sent.append(request)
        if isinstance(self.answer, ENSError):
            raise self.answer
        return self.answer

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def ask(status: int, body: object = None, *, complete: bool = True) -> str:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status=status, raw=raw, complete=complete)
    return fetch_verification_key(SOURCE, transport=Receiver(answer))


def refusal(kind: type[ENSError], status: int, body: object = None) -> ENSError:
    with pytest.raises(ENSError) as error:
        ask(status, body)
    assert type(error.value) is kind
    return error.value


def test_one_request_with_the_token_and_without_a_body() -> None:
    """It changes nothing, and speaks of the receiver, not of ENS."""
    receiver = Receiver(Answer(status=200, raw=json.dumps({"verificationKey": KEY}).encode()))
    assert fetch_verification_key(SOURCE, transport=receiver) == KEY
    assert receiver.sent == [
        Request(
            method="GET",
            url=f"https://receiver.test:8443/keys/{GUID}?code=hush",
            phrase=f"hand out the verification key of callback {GUID}",
            operation="fetch verification key",
            subject=GUID,
            changes=False,
            token=TOKEN,
            read_timeout_seconds=10.0,
            peer="the receiver",
        )
    ]


def test_a_transport_that_was_handed_in_stays_open() -> None:
    """It belongs to whoever made it."""
    receiver = Receiver(Answer(status=200, raw=json.dumps({"verificationKey": KEY}).encode()))
    fetch_verification_key(SOURCE, transport=receiver)
    assert not receiver.closed


@pytest.mark.parametrize(
    "body",
    [
        {"verificationKey": KEY},
        {"callbackId": GUID, "verificationKey": KEY},
        {"callbackId": GUID.upper(), "verificationKey": f"\t{KEY}\n"},
        {"callbackId": None, "verificationKey": KEY},
        {"verificationKey": KEY, "more": {"a": [1]}},
    ],
)
def test_a_key_that_is_handed_out(body: object) -> None:
    """With the callback's id or without, whatever else is said."""
    assert ask(200, body) == KEY


@pytest.mark.parametrize(
    ("status", "kind", "remedy"),
    [
        (404, NotFoundError, "it does not hold that key (yet)"),
        (401, AuthenticationError, "correct verification_key_token"),
        (403, AuthenticationError, "correct verification_key_token"),
        (429, ServiceError, "look into its log"),
        (500, ServiceError, "look into its log"),
        (503, ServiceError, "look into its log"),
        (
            302,
            UnexpectedAnswerError,
            "verification_key_url has to answer 200 there, without a redirect: correct it",
        ),
        (
            204,
            UnexpectedAnswerError,
            "verification_key_url has to answer 200 there, without a redirect: correct it",
        ),
        (
            400,
            UnexpectedAnswerError,
            "verification_key_url has to answer 200 there, without a redirect: correct it",
        ),
    ],
)
def test_any_other_status(status: int, kind: type[APIError], remedy: str) -> None:
    """A class for whether waiting helps, and a sentence without what the receiver said."""
    error = refusal(kind, status, {"verificationKey": KEY, "error": TOKEN})
    assert str(error) == (
        f"The receiver answered {status} when asked for the verification key of callback {GUID} at "
        f"https://receiver.test:8443/keys/{GUID}: {remedy}."
    )
    assert (error.operation, error.subject, error.status) == (
        "fetch verification key",
        GUID,
        status,
    )
    assert (error.service_text, error.body) == ("", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"NaN",
        b"[" * 100_000,
        [],
        [{"verificationKey": KEY}],
        KEY,
        {},
        {"verificationKey": None},
        {"verificationKey": 7},
        {"verificationKey": {"key": KEY}},
        {"verificationKey": " \n"},
        {"VerificationKey": KEY},
    ],
)
def test_an_answer_without_a_key(body: object) -> None:
    """It is said what the answer has to be; nothing of it is quoted."""
    error = refusal(UnexpectedAnswerError, 200, body)
    assert str(error) == (
        f"The receiver answered 200 at https://receiver.test:8443/keys/{GUID} with no "
        f"verificationKey, when asked for the verification key of callback {GUID}. It has to answer "
        '{"callbackId": …, "verificationKey": …}: correct verification_key_url.'
    )


def test_the_key_of_another_callback() -> None:
    """It is not used, and the other callback's id is not repeated."""
    body = {"callbackId": GUID.replace("6", "7"), "verificationKey": KEY}
    error = refusal(UnexpectedAnswerError, 200, body)
    assert str(error) == (
        f"The receiver answered 200 at https://receiver.test:8443/keys/{GUID} with the key of "
        f"another callback, when asked for the verification key of callback {GUID}. It has to answer "
        '{"callbackId": …, "verificationKey": …}: correct verification_key_url.'
    )


def test_an_answer_that_broke_off_is_not_used() -> None:
    """Also if what came of it could be read."""
    with pytest.raises(ConnectionLostError, match="No complete answer came from"):
        ask(200, {"verificationKey": KEY}, complete=False)


def test_a_failure_below_http_is_passed_on() -> None:
    """The transport has said what was wrong."""
    lost = ConnectionLostError("it closed the connection")
    with pytest.raises(ConnectionLostError) as error:
        fetch_verification_key(SOURCE, transport=Receiver(lost))
    assert error.value is lost


def test_the_token_is_not_in_any_representation() -> None:
    """Of the source, of the request, or of a traceback with what led to it."""
    receiver = Receiver(Answer(status=404))
    with pytest.raises(NotFoundError) as error:
        fetch_verification_key(SOURCE, transport=receiver)
    shown = [repr(SOURCE), repr(receiver.sent), repr(error.value)]
    shown += traceback.format_exception(error.type, error.value, error.tb)
    assert all(TOKEN not in text for text in shown)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://receiver.test/keys?code=hush", "https://receiver.test/keys"),
        ("https://receiver.test?code=hush", "https://receiver.test"),
        ("https://receiver.test/keys#hush", "https://receiver.test/keys"),
        ("http://127.0.0.1:8080/keys/a", "http://127.0.0.1:8080/keys/a"),
    ],
)
def test_the_place_that_sentences_show(url: str, place: str) -> None:
    """A query or fragment may hold a secret."""
    assert KeySource(url=url, callback_id=GUID).place == place
