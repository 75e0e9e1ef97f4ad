"""What the text of a failed probe may say, and whom it must not lead to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.driver import Plugin, declared, refusal
from tests.plugin.probe_sentences import (
    CLOSED,
    CRASHED,
    CRASHED_EARLY,
    DELETED,
    NONE_LEFT,
    PROBED,
    TEXT,
    UNANSWERED,
)
from tests.plugin.service import CREATE, URL, Service


def _script(service: Service, text: str, *, shape: str = "string", when: str = "after") -> None:
    body: Any = {"message": text, "errorcode": 30000} if shape == "envelope" else f'"{text}"'
    service.emulator.add_fault(route=CREATE, do="status", status=400, when=when, body=body)


@pytest.mark.parametrize(
    ("status", "quoted", "explained"),
    [
        (
            f"SendFailure. {CLOSED}An unexpected error occurred on a send.",
            f"SendFailure: {CLOSED}An unexpected error occurred on a send",
            CRASHED_EARLY,
        ),
        (
            f"ReceiveFailure. {CLOSED}An unexpected error occurred on a receive.",
            f"ReceiveFailure: {CLOSED}An unexpected error occurred on a receive",
            CRASHED,
        ),
        (
            "SecureChannelFailure. Could not create SSL/TLS secure channel.",
            "SecureChannelFailure: Could not create SSL/TLS secure channel",
            "no TLS connection came about. Offer TLS 1.2 or newer on port 443. ",
        ),
        (f"KeepAliveFailure. {CLOSED}", f"KeepAliveFailure: {CLOSED.strip()}", CRASHED),
        ("UnknownError. Odd.", "UnknownError: Odd", UNANSWERED),
        ("ProtocolError.", "ProtocolError", UNANSWERED),
        ("", "no status", UNANSWERED),
    ],
    ids=["send", "receive", "channel", "keep-alive", "unknown", "protocol", "none"],
)
@pytest.mark.parametrize("shape", ["string", "envelope"])
def test_a_status_that_no_endpoint_here_brings_about(
    plugin: Plugin, service: Service, status: str, quoted: str, explained: str, shape: str
) -> None:
    """Each is explained; without an id in the text ours is found by name and URL."""
    _script(service, TEXT.format(names_id="", status=status), shape=shape)
    sentence = service.labelled(refusal(plugin.create, declared()))
    assert service.calls() == [
        "POST ens-callbacks 400",
        f"PROBE {URL} 200",
        "GET ens-callbacks 200",
        "DELETE ens-callbacks/#1 200",
    ]
    assert sentence == f"{PROBED}({quoted}): {explained}{DELETED.format(id='#1')}"
    assert service.callbacks() == {}


TIMEOUT = "Timeout. The operation has timed out"
SLOW = (
    "(Timeout: The operation has timed out): the endpoint did not answer within 30 seconds. Answer "
    "the probe before any slow work, and check for cold starts and for a firewall that drops "
    "packets. "
)


@pytest.mark.parametrize("shape", ["string", "envelope"])
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("invoices", "https://receiver.test/invoices"),
        ("invoices", URL),
        ("orders", "https://receiver.test/x"),
    ],
    ids=["another", "other-name", "other-url"],
)
def test_the_id_of_somebody_elses_callback_is_not_deleted(
    plugin: Plugin, service: Service, shape: str, name: str, url: str
) -> None:
    """Name and URL must be ours; ours is then found by them, and theirs survives."""
    service.emulator.set_switches(duplicate_match="name_and_url")
    theirs = service.create("theirs", name, url)
    text = TEXT.format(names_id=f"CallbackId is {theirs.upper()}. ", status=TIMEOUT)
    _script(service, text, shape=shape)
    sentence = service.labelled(refusal(plugin.create, declared()))
    assert service.calls() == [
        "POST ens-callbacks 400",
        f"PROBE {URL} 200",
        "GET ens-callbacks/theirs 200",
        "GET ens-callbacks 200",
        "DELETE ens-callbacks/#1 200",
    ]
    assert sentence == f"{PROBED}{SLOW}{DELETED.format(id='#1')}"
    assert list(service.callbacks()) == ["theirs"]
    service.emulator.clear_faults()
    plugin.create(declared())
    assert list(service.callbacks()) == ["theirs", "#2"]


def test_somebody_elses_id_where_nothing_was_left_behind(plugin: Plugin, service: Service) -> None:
    """Theirs survives, and nothing is deleted."""
    theirs = service.create("theirs", "invoices", "https://receiver.test/invoices")
    text = TEXT.format(names_id=f"CallbackId is {theirs}. ", status=TIMEOUT)
    _script(service, text, when="before")
    assert refusal(plugin.create, declared()) == f"{PROBED}{SLOW}{NONE_LEFT}"
    assert service.calls() == [
        "POST ens-callbacks 400",
        "GET ens-callbacks/theirs 200",
        "GET ens-callbacks 200",
    ]
    assert list(service.callbacks()) == ["theirs"]


def test_a_subscribed_callback_of_the_same_name_and_url_survives(
    plugin: Plugin, service: Service
) -> None:
    """Whatever the text says: the service refuses to delete what subscriptions hang on."""
    theirs = service.create("theirs")
    service.subscribe(theirs)
    text = TEXT.format(names_id=f"CallbackId is {theirs}. ", status=TIMEOUT)
    _script(service, text, when="before")
    assert refusal(plugin.create, declared()) == f"{PROBED}{SLOW}{NONE_LEFT}"
    assert service.calls()[1:] == [
        "GET ens-callbacks/theirs 200",
        "DELETE ens-callbacks/theirs 409",
    ]
    assert list(service.callbacks()) == ["theirs"]
    assert service.subscriptions() == ["mails"]


def test_a_callback_of_this_process_survives(plugin: Plugin, service: Service) -> None:
    """Another resource's callback is not what an attempt left behind, even if the text says so."""
    ours = plugin.create(declared())
    service.label(ours.id, "ours")
    service.forget_calls()
    text = TEXT.format(names_id=f"CallbackId is {ours.id}. ", status=TIMEOUT)
    _script(service, text, when="before")
    assert refusal(plugin.create, declared()) == f"{PROBED}{SLOW}{NONE_LEFT}"
    assert service.calls() == ["POST ens-callbacks 400", "GET ens-callbacks/ours 200"]
    assert list(service.callbacks()) == ["ours"]
