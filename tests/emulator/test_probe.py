"""The creation probe over real TLS, in each of its outcomes."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.emulator.caller import CALLBACKS, VERIFY, Caller
from tools.endpoint import Endpoint

CLOSED = "The underlying connection was closed: "


def outcome(caller: Caller, url: str = "https://receiver.test/orders") -> str:
    """What the service says about a probe that failed: status and sentence."""
    answer = caller.create("orders", url)
    assert answer.status_code == 400, answer.text
    text: str = answer.json()
    return text.partition("Status: ")[2]


def test_probe_is_one_post_of_id_and_key(
    caller: Caller, endpoint: Endpoint, emulator: EmulatorProcess
) -> None:
    """The endpoint gets the id and a key as a JSON object at its path, unsigned."""
    record = caller.created()
    (request,) = endpoint.received
    (kept,) = emulator.state()["callbacks"]

    assert (request.host, request.path) == ("receiver.test", "/orders")
    assert request.headers["Content-Type"] == "application/json"
    assert "x-sfmc-ens-signature" not in {name.lower() for name in request.headers}
    assert endpoint.probes == [
        {"callbackId": record["callbackId"], "verificationKey": kept["verificationKey"]}
    ]
    assert kept["verificationKey"] != kept["signatureKey"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "The remote server returned an error: (404) Not Found."),
        (500, "The remote server returned an error: (500) Internal Server Error."),
        (201, "The remote server returned an error: (201) Created."),
        (204, "The remote server returned an error: (204) No Content."),
        (599, "The remote server returned an error: (599) Unknown."),
    ],
)
def test_anything_but_200_is_a_protocol_error(
    caller: Caller, endpoint: Endpoint, status: int, sentence: str
) -> None:
    """Exactly 200 is good, other successes are not."""
    endpoint.answer(status)

    assert outcome(caller) == f"ProtocolError. {sentence}"


def test_redirects_are_not_followed(caller: Caller, endpoint: Endpoint) -> None:
    """A redirect is an answer that is not 200, wherever it leads to."""
    endpoint.answer(302, headers={"Location": "https://second.test/"})

    assert outcome(caller) == "ProtocolError. The remote server returned an error: (302) Found."
    assert len(endpoint.received) == 1


def test_name_that_nobody_resolves(caller: Caller) -> None:
    """A name outside the table is not even looked up."""
    assert outcome(caller, "https://nowhere.test/") == (
        "NameResolutionFailure. The remote name could not be resolved: 'nowhere.test'"
    )


def test_endpoint_that_does_not_listen(caller: Caller, endpoint: Endpoint) -> None:
    """A refused connection is a connect failure, and a later listener is reached."""
    endpoint.stop()
    assert outcome(caller) == "ConnectFailure. Unable to connect to the remote server"
    endpoint.start()

    assert caller.create("later", "https://receiver.test/later").status_code == 201


def test_address_outside_loopback(caller: Caller) -> None:
    """An address of another machine is never connected to."""
    assert (
        outcome(caller, "https://192.0.2.1/")
        == "ConnectFailure. Unable to connect to the remote server"
    )


def test_endpoint_that_is_too_slow(caller: Caller, endpoint: Endpoint) -> None:
    """An answer after the time is none."""
    endpoint.answer(200, delay_seconds=30)

    assert outcome(caller) == "Timeout. The operation has timed out"


def test_certificate_for_another_name(caller: Caller, endpoint: Endpoint) -> None:
    """The certificate has to be for the host, and nothing is sent before that is known."""
    assert outcome(caller, "https://wrong-name.test/") == (
        f"TrustFailure. {CLOSED}"
        "Could not establish trust relationship for the SSL/TLS secure channel."
    )
    assert endpoint.received == []


def test_certificate_of_an_unknown_authority(endpoint: Endpoint) -> None:
    """Without the CA file the endpoint's certificate is worth nothing."""
    options = EmulatorOptions(resolve=endpoint.resolve)
    with EmulatorProcess(options) as emulator, Caller(emulator) as caller:
        assert outcome(caller).startswith("TrustFailure. ")


def test_ca_file_that_comes_later_and_changes(endpoint: Endpoint, tmp_path: Path) -> None:
    """The CA file counts as it is when a connection is made: absent, there, unusable, renewed."""
    ca_file = tmp_path / "later" / "ca.pem"
    options = EmulatorOptions(resolve=endpoint.resolve, ca_file=ca_file)
    with EmulatorProcess(options) as emulator, Caller(emulator) as caller:
        told = f"{ca_file} is not there yet; it is trusted as soon as it is."
        assert told in emulator.output()
        statuses = [caller.create("absent").status_code]
        ca_file.parent.mkdir()
        for name, content in (
            ("there", Path(endpoint.ca_file).read_bytes()),
            ("unusable", b"no certificate"),
            ("of-another", trustme.CA().cert_pem.bytes()),
            ("renewed", Path(endpoint.ca_file).read_bytes() + b"\n"),
        ):
            ca_file.write_bytes(content)
            statuses.append(caller.create(name, f"https://receiver.test/{name}").status_code)

        assert statuses == [400, 201, 400, 400, 201]


def test_connection_closed_without_an_answer(caller: Caller, endpoint: Endpoint) -> None:
    """An endpoint that hangs up has not answered."""
    endpoint.answer(None)

    assert outcome(caller) == f"ConnectionClosed. {CLOSED}The connection was closed unexpectedly."


@contextmanager
def raw_listener(answer: bytes) -> Iterator[str]:
    """A plain TCP server that sends these bytes to whoever connects, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def test_endpoint_that_speaks_no_tls() -> None:
    """A plain HTTP server cannot make a secure channel."""
    with raw_listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        options = EmulatorOptions(resolve=[f"receiver.test={address}"])
        with EmulatorProcess(options) as emulator, Caller(emulator) as caller:
            assert outcome(caller) == (
                "SecureChannelFailure. "
                "The request was aborted: Could not create SSL/TLS secure channel."
            )


def test_endpoint_that_hangs_up_during_the_handshake() -> None:
    """A connection that ends before TLS is set up is a failure to send."""
    with raw_listener(b"") as address:
        options = EmulatorOptions(resolve=[f"receiver.test={address}"])
        with EmulatorProcess(options) as emulator, Caller(emulator) as caller:
            assert (
                outcome(caller) == f"SendFailure. {CLOSED}An unexpected error occurred on a send."
            )


def test_endpoint_verifies_itself_inside_the_probe(
    caller: Caller, endpoint: Endpoint, emulator: EmulatorProcess
) -> None:
    """The callback can be verified while its creation is still unanswered."""
    statuses: list[int] = []
    with Caller(emulator) as receiver:

        def verify(probe: Any) -> None:
            statuses.append(receiver.post(VERIFY, probe).status_code)

        endpoint.hook = verify
        record = caller.created()

    assert statuses == [200]
    assert caller.get(f"{CALLBACKS}/{record['callbackId']}").json()["status"] == "verified"


def test_endpoint_that_verifies_itself_and_then_fails(
    caller: Caller, endpoint: Endpoint, emulator: EmulatorProcess
) -> None:
    """A verification does not save a callback whose probe fails after it."""
    with Caller(emulator) as receiver:
        endpoint.hook = lambda probe: receiver.post(VERIFY, probe)
        endpoint.answer(500)
        caller.create()

    assert caller.get(CALLBACKS).json()[0]["status"] == "unverified"


def test_callback_is_there_while_it_is_probed(endpoint: Endpoint) -> None:
    """Others are served during a probe, and see the callback that is being created."""
    probed, go_on = threading.Event(), threading.Event()

    def wait(_probe: Any) -> None:
        probed.set()
        go_on.wait(20)

    endpoint.hook = wait
    patient = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
    with (
        EmulatorProcess(patient) as emulator,
        Caller(emulator) as creator,
        Caller(emulator) as other,
        ThreadPoolExecutor() as pool,
    ):
        creation = pool.submit(creator.create)
        assert probed.wait(20)
        seen = other.names()
        again = other.create().status_code
        go_on.set()
        created = creation.result(20).status_code

    assert (seen, again, created) == (["orders"], 304, 201)


def test_caller_that_hangs_up_during_the_probe(
    caller: Caller, endpoint: Endpoint, emulator: EmulatorProcess
) -> None:
    """A creation goes on without its caller, who finds the callback later."""
    endpoint.answer(200, delay_seconds=0.3)
    caller.authorize()
    body = [{"callbackName": "orders", "url": "https://receiver.test/orders"}]
    with pytest.raises(requests.ReadTimeout):
        caller.call("POST", CALLBACKS, body, timeout=0.1)
    while emulator.calls()[1]["status"] is None:
        time.sleep(0.01)

    assert emulator.calls()[1]["status"] == 201
    assert emulator.state()["callbacks"][0]["probe"] == "answered"


def test_two_creations_at_once_make_one_callback(
    emulator: EmulatorProcess, endpoint: Endpoint
) -> None:
    """Of callers that race for a name one wins, and the endpoint is probed once."""
    endpoint.answer(200, delay_seconds=0.1)
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        callers = [stack.enter_context(Caller(emulator)) for _ in range(4)]
        creations = [pool.submit(caller.create) for caller in callers]
        statuses = sorted(creation.result(20).status_code for creation in creations)

    assert statuses == [201, 304, 304, 304]
    assert len(endpoint.probes) == 1


def test_callback_deleted_while_it_is_probed_stays_deleted(
    caller: Caller, endpoint: Endpoint, emulator: EmulatorProcess
) -> None:
    """A probe that ends after the deletion brings nothing back."""
    with Caller(emulator) as other:
        endpoint.hook = lambda probe: other.delete(f"{CALLBACKS}/{probe['callbackId']}")
        assert caller.create().status_code == 201

    assert emulator.state()["callbacks"] == []
