"""`probe` tells failures as the creation of a callback with the same endpoint does."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ens_provider.cli.probe.connection import connect, tls_context
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.lifecycle.probe import parse_probe_failure
from tests.cli.probe_stage import LAST_DAY, SECONDS, Stage, open_stage, resolved
from tests.cli.tls_listener import Listener, answering, hanging_up, server_context
from tests.emulator.caller import Caller

CLOSED = "The underlying connection was closed: "
UNTRUSTED = f"{CLOSED}Could not establish trust relationship for the SSL/TLS secure channel"
NO_CHANNEL = "The request was aborted: Could not create SSL/TLS secure channel"
VIOLATION = "The server committed a protocol violation. Section=ResponseStatusLine"


FAILURES = {
    "nowhere.test": (
        "NameResolutionFailure",
        "The remote name could not be resolved: 'nowhere.test'",
    ),
    "refuses.test": ("ConnectFailure", "Unable to connect to the remote server"),
    "mute.test": ("Timeout", "The operation has timed out"),
    "silent.test": ("Timeout", "The operation has timed out"),
    "other-name.test": ("TrustFailure", UNTRUSTED),
    "unknown-ca.test": ("TrustFailure", UNTRUSTED),
    "ended.test": ("TrustFailure", UNTRUSTED),
    "future.test": ("TrustFailure", UNTRUSTED),
    "leaf-alone.test": ("TrustFailure", UNTRUSTED),
    "plain.test": ("SecureChannelFailure", NO_CHANNEL),
    "old-tls.test": ("SecureChannelFailure", NO_CHANNEL),
    "hangs-up.test": ("SendFailure", f"{CLOSED}An unexpected error occurred on a send"),
    "resets.test": ("ReceiveFailure", f"{CLOSED}An unexpected error occurred on a receive"),
    "half.test": ("ConnectionClosed", f"{CLOSED}The connection was closed unexpectedly"),
    "garbage.test": ("ServerProtocolViolation", VIOLATION),
    "answers-201.test": ("ProtocolError", "The remote server returned an error: (201) Created"),
    "answers-204.test": ("ProtocolError", "The remote server returned an error: (204) No Content"),
    "answers-302.test": ("ProtocolError", "The remote server returned an error: (302) Found"),
    "answers-404.test": ("ProtocolError", "The remote server returned an error: (404) Not Found"),
    "answers-500.test": (
        "ProtocolError",
        "The remote server returned an error: (500) Internal Server Error",
    ),
    "answers-599.test": ("ProtocolError", "The remote server returned an error: (599) Unknown"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The endpoints and the emulator, for all tests of this file."""
    with open_stage(tmp_path_factory.mktemp("probe")) as opened:
        yield opened


@pytest.mark.parametrize("host", FAILURES)
def test_failure_is_told_as_a_creation_tells_it(stage: Stage, host: str) -> None:
    """Status and sentence are those of the creation of a callback with the same endpoint."""
    probed = stage.probe(f"https://{host}/orders")
    with Caller(stage.emulator) as caller:
        told = parse_probe_failure(caller.create(host, f"https://{host}/orders").text)

    assert probed.failure is not None
    assert told is not None
    assert (probed.failure.status, probed.failure.detail) == FAILURES[host]
    assert (told.status, told.detail) == FAILURES[host]
    assert probed.failure.explanation() == told.explanation()


@pytest.mark.parametrize("host", ["good.test", "interim.test", "body.test"])
def test_endpoint_that_is_good(stage: Stage, host: str) -> None:
    """200 is good, after interim answers and whatever becomes of the body; the creation agrees."""
    probed = stage.probe(f"https://{host}/orders")
    with Caller(stage.emulator) as caller:
        status = caller.create(host, f"https://{host}/orders").status_code

    assert probed.failure is None
    assert [step.name for step in probed.steps] == ["URL", "DNS", "TCP", "TLS", "POST"]
    assert all(step.ok for step in probed.steps)
    assert status == 201


@pytest.mark.parametrize(
    ("host", "met"),
    [
        ("nowhere.test", "the name nowhere.test has no address (name or service not known)"),
        ("mute.test", "the TLS handshake was not over within 0.5 s"),
        ("silent.test", "no answer came within 0.5 s"),
        ("other-name.test", "the certificate is for a.test, b.test, not for other-name.test"),
        ("ended.test", "the certificate has ended on 2020-02-29: renew it"),
        ("future.test", "the certificate is not valid before 2998-01-02"),
        ("hangs-up.test", "the connection was closed during the TLS handshake"),
        ("resets.test", "the connection broke before an answer came (ConnectionResetError)"),
        ("half.test", "the connection was closed before an answer was complete"),
        ("garbage.test", "what came back is no answer of HTTP/1.1"),
        ("old.test", "what came back is no answer of HTTP/1.1"),
        ("answers-404.test", "it was answered with 404"),
    ],
)
def test_what_this_machine_met(stage: Stage, host: str, met: str) -> None:
    """The failing step says what was met in this very case."""
    assert stage.met(f"https://{host}/") == met


def test_chain_that_is_incomplete(stage: Stage) -> None:
    """A certificate without its intermediate names its signer and what the endpoint has to send."""
    met = stage.met("https://leaf-alone.test/")

    assert met.startswith("the certificate is signed by '")
    assert "let the endpoint send its intermediate certificates too" in met


def test_certificate_signed_by_itself(stage: Stage, tmp_path: Path) -> None:
    """A certificate without an authority is called what it is."""
    authority = trustme.CA()
    path = tmp_path / "self.pem"
    path.write_bytes(authority.private_key_pem.bytes() + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with Listener(hanging_up, context=context) as listener:
        met = stage.met("https://self.test/", resolved=("127.0.0.1", listener.port))

    assert met == "the certificate is signed by itself and not by an authority"


@pytest.mark.parametrize(
    ("days", "detail", "warnings"),
    [
        (14, "ends in 14 days (2999-12-31)", []),
        (13.9, "ends in 13 days (2999-12-31)", ["the certificate ends in 13 days: renew it"]),
        (1.5, "ends in 1 day (2999-12-31)", ["the certificate ends in 1 day: renew it"]),
    ],
)
def test_certificate_that_ends_soon(
    stage: Stage, days: float, detail: str, warnings: list[str]
) -> None:
    """Names and days are told, and fewer than 14 days are worth a warning."""
    now = LAST_DAY.timestamp() - days * 24 * 60 * 60
    probed = stage.probe("https://lasting.test/", wall_clock=lambda: now)
    tls = probed.steps[3]

    assert probed.failure is None
    assert tls.detail == f"TLSv1.3, certificate for lasting.test, {detail}"
    assert tls.warnings == warnings


def test_addresses_that_are_not_public(stage: Stage) -> None:
    """All addresses are told, and those that ENS cannot reach are warned about."""
    names = resolved("127.0.0.1", "10.1.2.3", "169.254.1.1", "93.184.216.34", "fd00::1")
    dns = stage.probe("https://many.test/", resolver=names).steps[1]

    assert dns.detail == "many.test is 127.0.0.1, 10.1.2.3, 169.254.1.1, 93.184.216.34, fd00::1"
    assert [warning.partition(": ENS")[0] for warning in dns.warnings] == [
        "127.0.0.1 is a loopback address",
        "10.1.2.3 is a private or reserved address",
        "169.254.1.1 is a link-local address",
        "fd00::1 is a private or reserved address",
    ]


def test_name_server_that_does_not_answer(stage: Stage) -> None:
    """A look-up cannot outwait the deadline."""
    ending = threading.Event()

    def slow(*_: object, **__: object) -> Any:
        ending.wait(20)
        return []

    probed = stage.probe("https://slow.test/", resolver=slow, timeout_seconds=0.05)
    ending.set()

    assert probed.failure is not None
    assert probed.failure.status == "NameResolutionFailure"
    assert probed.steps[-1].detail == "no name server answered for slow.test within 0.05 s"


def test_head_that_drips(stage: Stage) -> None:
    """An endpoint that goes on sending a little cannot outwait the deadline."""
    ending = threading.Event()

    def drip(channel: socket.socket) -> None:
        channel.recv(65536)
        channel.sendall(b"HTTP/1.1 200 OK\r\n")
        while not ending.wait(0.01):
            channel.sendall(b"a")

    authority = trustme.CA()
    context = server_context(authority.issue_cert("drips.test"))
    trusting = tls_context()
    authority.configure_trust(trusting)
    with Listener(drip, context=context) as listener:
        probed = stage.probe(
            "https://drips.test/",
            resolved=("127.0.0.1", listener.port),
            context=trusting,
            timeout_seconds=SECONDS,
        )
        ending.set()

    assert probed.failure is not None
    assert probed.failure.status == "Timeout"


def test_head_without_an_end(stage: Stage) -> None:
    """An endless head is given up after 64 KiB."""
    authority = trustme.CA()
    context = server_context(authority.issue_cert("endless.test"))
    trusting = tls_context()
    authority.configure_trust(trusting)
    behave = answering(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 70_000)
    with Listener(behave, context=context) as listener:
        probed = stage.probe(
            "https://endless.test/",
            resolved=("127.0.0.1", listener.port),
            context=trusting,
        )

    assert probed.failure is not None
    assert probed.failure.status == "ServerProtocolViolation"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one loopback address")
def test_address_that_does_not_accept(stage: Stage) -> None:
    """The next address is tried, and the first is worth a warning."""
    port = stage.addresses["good.test"][1]
    connected = connect(["127.0.0.2", "127.0.0.1"], port=port, deadline=Deadline.of(20))
    connected.socket.close()

    assert connected.address == "127.0.0.1"
    assert connected.passed_over == (f"127.0.0.2 port {port}: connection refused",)
