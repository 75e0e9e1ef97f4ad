"""What happens below HTTP, over real sockets: nothing sent, outcome unknown, or an answer."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from ens_provider.api.errors import ConfigurationError, ConnectionLostError, UnreachableError
from ens_provider.api.transport import HTTPTransport
from ens_provider.api.wire import Request
from ens_provider.lifecycle.settings import MOST_PARALLEL
from tests.unit.api.scripted_server import Reply, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.api.scripted_server import ScriptedServer


def request(url: str, *, method: str = "POST", read_timeout_seconds: float = 10.0) -> Request:
    """Return a creation at `url`, the kind of request for which the difference matters."""
    return Request(
        method=method,
        url=url,
        phrase="create callback 'orders'",
        operation="create callback",
        subject="callback 'orders'",
        json=[{"callbackName": "orders"}] if method == "POST" else None,
        token="token-1",
        read_timeout_seconds=read_timeout_seconds,
    )


@pytest.fixture
def transport() -> Iterator[HTTPTransport]:
    """A transport as the client uses it."""
    made = HTTPTransport()
    yield made
    made.close()


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run `talk` on each connection to a port of this machine, which is handed out."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    talk(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def read_request(connection: socket.socket | ssl.SSLSocket) -> None:
    """Read until the body of the requests of these tests is there."""
    seen = b""
    while not seen.endswith(b'"orders"}]') and (block := connection.recv(65536)):
        seen += block


def reset(connection: socket.socket) -> None:
    """Close with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def test_refused_connection_sends_nothing(transport: HTTPTransport) -> None:
    """Nobody listens: nothing was sent."""
    with pytest.raises(UnreachableError, match="it refused the connection"):
        transport.send(request("http://127.0.0.1:1"))


def test_connect_timeout_sends_nothing() -> None:
    """A connection that is not taken in time: nothing was sent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        # The queue of a listener that never accepts holds one connection, and then none.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        impatient = HTTPTransport(connect_timeout_seconds=0.2)

        with pytest.raises(UnreachableError, match="it did not take the connection in time"):
            impatient.send(request(f"http://127.0.0.1:{address[1]}"))

        impatient.close()
        for one in waiting:
            one.close()


def test_tls_to_a_server_without_it_sends_nothing(transport: HTTPTransport) -> None:
    """A handshake that fails: nothing was sent."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"no TLS here\r\n")

    with listening(talk) as port, pytest.raises(UnreachableError, match="TLS failed"):
        transport.send(request(f"https://127.0.0.1:{port}"))


def test_handshake_that_is_reset_sends_nothing(transport: HTTPTransport) -> None:
    """A reset in the handshake looks like one after the request, and is not: nothing was sent."""

    def talk(connection: socket.socket) -> None:
        connection.recv(10)
        reset(connection)

    with listening(talk) as port, pytest.raises(UnreachableError):
        transport.send(request(f"https://127.0.0.1:{port}"))


def test_handshake_that_hangs_sends_nothing() -> None:
    """A handshake that is not answered looks like a silent answer, and is not: nothing was sent."""
    done = threading.Event()
    impatient = HTTPTransport(connect_timeout_seconds=0.2)

    def talk(_: socket.socket) -> None:
        done.wait(10)

    with listening(talk) as port:
        with pytest.raises(UnreachableError):
            impatient.send(request(f"https://127.0.0.1:{port}"))
        done.set()
    impatient.close()


def test_untrusted_certificate_sends_nothing(transport: HTTPTransport) -> None:
    """A certificate of nobody we know: nothing was sent, and the sentence says why."""
    why = r"its TLS certificate is not trusted \(REQUESTS_CA_BUNDLE names further authorities\)"
    with (
        tls_listening(trustme.CA(), lambda _: None) as port,
        pytest.raises(UnreachableError, match=why),
    ):
        transport.send(request(f"https://127.0.0.1:{port}"))


@contextmanager
def tls_listening(ca: trustme.CA, talk: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Run `talk` on each TLS connection, with a certificate of `ca` for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)

    def over_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            talk(secured)

    with listening(over_tls) as port:
        yield port


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that requests trusts through its usual variable."""
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    return authority


def test_the_usual_ca_bundle_is_used(transport: HTTPTransport, ca: trustme.CA) -> None:
    """REQUESTS_CA_BUNDLE works as with requests."""

    def talk(connection: ssl.SSLSocket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with tls_listening(ca, talk) as port:
        answer = transport.send(request(f"https://127.0.0.1:{port}"))

    assert (answer.status, answer.raw, answer.complete) == (200, b"[]", True)


def test_tls_error_after_the_request_leaves_the_outcome_unknown(
    transport: HTTPTransport, ca: trustme.CA
) -> None:
    """A TLS error that comes in the place of the answer is no failed handshake: it was sent."""

    def talk(connection: ssl.SSLSocket) -> None:
        read_request(connection)
        # A record that no key of this connection has made.
        with socket.socket(fileno=connection.detach()) as bare:
            bare.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    with tls_listening(ca, talk) as port, pytest.raises(ConnectionLostError, match="TLS failed"):
        transport.send(request(f"https://127.0.0.1:{port}"))


def test_missing_ca_bundle(transport: HTTPTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that is not there is a matter of configuration."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")

    with pytest.raises(ConfigurationError) as caught:
        transport.send(request("https://127.0.0.1:1"))

    assert str(caught.value) == (
        "The CA bundle that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names cannot be used to create "
        "callback 'orders'. Nothing was sent. Correct it."
    )


@pytest.mark.parametrize("end", [socket.socket.close, reset], ids=["closed", "reset"])
def test_connection_that_ends_after_the_request(
    end: Callable[[socket.socket], None], transport: HTTPTransport
) -> None:
    """The request went out and nothing came back: it may have taken effect."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        end(connection)

    with listening(talk) as port, pytest.raises(ConnectionLostError) as caught:
        transport.send(request(f"http://127.0.0.1:{port}"))

    assert caught.value.outcome_unknown
    assert caught.value.operation == "create callback"
    assert caught.value.subject == "callback 'orders'"


def test_silent_answer(transport: HTTPTransport) -> None:
    """Each request has a read timeout; it may have taken effect."""
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        done.wait(10)

    with listening(talk) as port:
        with pytest.raises(ConnectionLostError) as caught:
            transport.send(request(f"http://127.0.0.1:{port}", read_timeout_seconds=0.2))
        done.set()

    assert str(caught.value) == (
        f"No complete answer came from 127.0.0.1:{port} when asked to create callback 'orders': "
        "it kept silent for too long. It may have taken effect. Run `pulumi up --refresh`."
    )


def test_something_that_is_not_http(transport: HTTPTransport) -> None:
    """An answer in another protocol leaves the outcome unknown."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"220 mail.example ESMTP\r\n")

    with listening(talk) as port, pytest.raises(ConnectionLostError):
        transport.send(request(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("raw", "got"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,2", b"[1,2"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n", b"[1,2"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", b""),
    ],
    ids=["short", "chunk missing", "bad chunk", "bad gzip"],
)
def test_body_that_breaks_off(
    raw: bytes, got: bytes, server: ScriptedServer, transport: HTTPTransport
) -> None:
    """A body that is not whole is handed on as such, with its status."""
    server.on("GET /", Reply(raw=raw))

    answer = transport.send(request(server.url, method="GET"))

    assert (answer.status, answer.raw, answer.complete) == (200, got, False)
    assert answer.why


def test_body_that_is_too_long(server: ScriptedServer) -> None:
    """No more than the limit is read of a body, give or take a block."""
    small = HTTPTransport(max_body_bytes=100_000)
    server.on("GET /", Reply(body=b"x" * 100_000), Reply(body=b"x" * 3_000_000))

    assert small.send(request(server.url, method="GET")).complete

    answer = small.send(request(server.url, method="GET"))
    small.close()

    assert not answer.complete
    assert answer.why == "the answer is longer than 100000 bytes"
    assert len(answer.raw) <= 100_000 + 64 * 1024


def test_body_that_takes_too_long() -> None:
    """A body that trickles in is given up at the deadline, although no single byte is late."""
    looked_at = threading.Event()
    readings = itertools.count(0, 21)

    def clock() -> float:
        looked_at.set()
        return next(readings)

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while looked_at.wait(5):
            looked_at.clear()
            connection.sendall(b"x")

    slow = HTTPTransport(clock=clock, body_deadline_seconds=60.0)
    with listening(talk) as port:
        answer = slow.send(request(f"http://127.0.0.1:{port}"))
        slow.close()
        looked_at.set()

    assert (answer.complete, answer.why) == (False, "the answer took longer than 60 s")
    assert answer.raw == b"xxx"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(
    status: int, server: ScriptedServer, transport: HTTPTransport
) -> None:
    """A redirect is an answer like any other, and its body is read within the limits."""
    server.on("POST /", Reply(status=status, body=b"moved", headers={"Location": server.url}))

    answer = transport.send(request(server.url))

    assert (answer.status, answer.raw) == (status, b"moved")
    assert [asked.route for asked in server.asked] == ["POST /"]


def test_netrc_does_not_replace_the_token(
    server: ScriptedServer,
    transport: HTTPTransport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Credentials that a person keeps for the host are not sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.on("POST /", reply({}))

    transport.send(request(server.url))

    assert server.asked[0].headers["Authorization"] == "Bearer token-1"


def test_proxies_of_the_environment_are_used(
    server: ScriptedServer, transport: HTTPTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY works as with requests."""
    monkeypatch.setenv("http_proxy", server.url)
    server.on("POST http://ens.invalid/route", reply({}))

    assert transport.send(request("http://ens.invalid/route")).status == 200


def test_proxy_that_does_not_connect_sends_nothing(
    server: ScriptedServer, transport: HTTPTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said to a proxy to get through it is not the request; its password is not shown."""
    proxy = server.url.replace("http://", "http://somebody:pa55word@")
    monkeypatch.setenv("https_proxy", proxy)

    with pytest.raises(UnreachableError) as caught:
        transport.send(request("https://ens.invalid/route"))

    assert str(caught.value) == (
        "ens.invalid could not be reached to create callback 'orders': the proxy did not connect "
        "to it. Nothing was sent. Check the network, the proxy and the address of ENS, then run "
        "the command again."
    )


def test_cookies_are_not_kept(server: ScriptedServer, transport: HTTPTransport) -> None:
    """No call depends on an earlier one."""
    server.on("GET /", reply({}, Set_Cookie="session=1"))

    transport.send(request(server.url, method="GET"))
    transport.send(request(server.url, method="GET"))

    assert "Cookie" not in server.asked[1].headers


def test_connections_are_kept(transport: HTTPTransport) -> None:
    """Calls that follow each other use one connection."""
    connections = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(3):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with listening(talk) as port:
        for _ in range(3):
            transport.send(request(f"http://127.0.0.1:{port}"))

    assert len(connections) == 1


def test_connections_of_as_many_threads_as_the_plugin_may_have(
    server: ScriptedServer, transport: HTTPTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of 32 threads that call at once has its connection, and keeps it."""
    together = threading.Barrier(MOST_PARALLEL)
    server.on("GET /", Reply(wait_for=lambda: together.wait(20)))

    with ThreadPoolExecutor(MOST_PARALLEL) as threads:
        for _ in range(3):
            asked = [request(server.url, method="GET") for _ in range(MOST_PARALLEL)]
            assert {answer.status for answer in threads.map(transport.send, asked)} == {200}

    assert server.connections == 32
    assert caplog.records == []
