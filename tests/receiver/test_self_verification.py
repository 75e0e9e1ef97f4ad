"""A receiver that verifies its callback inside the probe, against the service's stand-in."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver import Probe, Receiver, ReceiverOptions, Response
from ens_provider.receiver.self_verification import SelfVerification
from ens_provider.receiver.verification_failures import SelfVerificationError
from tests.emulator.caller import Caller
from tests.receiver.served import serving
from tools.loopback_server import held_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("direct_connections")

TOKEN = "POST /v2/token"
VERIFY = "POST /platform/v1/ens-verify"
UNKNOWN = Probe(
    callback_id="65b885ab-c2b4-46fe-85d0-d6cb8be8057d",
    verification_key="CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s=",
)
PERMISSION = (
    "The package needs Event Notifications > Callbacks > Update; a new permission shows in tokens "
    "after up to five minutes."
)
CREDENTIALS = (
    "ENS gave the receiver no token (401, invalid_client). Check client id and client secret, and "
    "that the package is installed; a secret ends 180 days after it was made."
)
UNKNOWN_KEY = (
    f"ENS did not verify callback {UNKNOWN.callback_id} (404, 404). ENS knows no such callback or "
    "key in this business unit: check account id (MID). A key works once, and a forged probe brings "
    "none."
)


class Endpoint:
    """Answers at `receiver.test`, as the receiver that a test puts in."""

    longest_body_bytes = 1_000_000
    receiver: Receiver

    def handle(self, method: str, path: str, headers: Any, body: bytes) -> Response:
        """Pass a request on."""
        return self.receiver.handle(method, path, headers, body)


class World:
    """The service, the endpoint, and the receiver's own package, which may verify and nothing else."""

    def __init__(self, emulator: EmulatorProcess, endpoint: Endpoint) -> None:
        self.emulator = emulator
        self._endpoint = endpoint
        self.now = 0.0
        self.slept: list[float] = []
        emulator.set_client(
            "receiver",
            client_secret="tiger",
            mids=[1234567],
            scopes=["event_notification_callback_update"],
        )

    def verification(self, **changes: Any) -> SelfVerification:
        """Return what verifies with the receiver's package."""
        account = {
            "client_id": "receiver",
            "client_secret": "tiger",
            "auth_url": self.emulator.auth_url,
            "rest_url": self.emulator.rest_url,
        }
        return SelfVerification(**{**account, **changes}, clock=lambda: self.now, sleep=self._sleep)

    def create(self, verification: SelfVerification, name: str = "orders") -> int:
        """Create a callback whose receiver verifies itself like this; the service's status."""
        options = ReceiverOptions(verify_probe=verification)
        self._endpoint.receiver = Receiver(lambda _delivery: None, options=options)
        with Caller(self.emulator) as caller:
            caller.authorize()
            self.emulator.clear_calls()
            return caller.create(name, f"https://receiver.test/{name}").status_code

    def calls(self) -> list[str]:
        """Return the receiver's calls since the last creation began."""
        shown = [
            (f"{call['method']} {call['path']}", call["status"]) for call in self.emulator.calls()
        ]
        return [f"{route} {status}" for route, status in shown if route in (TOKEN, VERIFY)]

    def statuses(self) -> dict[str, str]:
        """Return the status of each callback, by its name."""
        found = self.emulator.state()["callbacks"]
        return {each["callbackName"]: each["status"] for each in found}

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.emulator.move_clock(seconds)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmulatorProcess, Endpoint]]:
    """Run the service with an endpoint at `receiver.test`."""
    endpoint = Endpoint()
    with serving(endpoint, host_names=("receiver.test",)) as running:
        ca_file: Path = tmp_path_factory.mktemp("authority") / "ca.pem"
        running.authority.cert_pem.write_to_path(ca_file)
        resolve = [f"receiver.test=127.0.0.1:{running.port}"]
        with EmulatorProcess(EmulatorOptions(resolve=resolve, ca_file=ca_file)) as emulator:
            yield emulator, endpoint


@pytest.fixture
def world(stage: tuple[EmulatorProcess, Endpoint]) -> World:
    """Give the service as new, with the receiver's package in it."""
    emulator, endpoint = stage
    emulator.reset()
    return World(emulator, endpoint)


def test_verified_within_the_probe(world: World) -> None:
    """A callback is verified when its creation is answered; callbacks share a token."""
    verification = world.verification()

    first = world.create(verification)
    first_calls = world.calls()
    second = world.create(verification, "mails")

    assert (first, second) == (201, 201)
    assert world.statuses() == {"orders": "verified", "mails": "verified"}
    assert first_calls == [f"{TOKEN} 200", f"{VERIFY} 200"]
    assert world.calls() == [f"{VERIFY} 200"]


@pytest.mark.parametrize(("seconds", "fetched"), [(958, 0), (959, 1)])
def test_token_shortly_before_its_end(world: World, seconds: float, fetched: int) -> None:
    """A token that lives for 1079 seconds is used for 959 of them."""
    verification = world.verification()
    world.create(verification)
    world.now += seconds

    assert world.create(verification, "mails") == 201
    assert world.calls().count(f"{TOKEN} 200") == fetched


def test_probes_at_the_same_time(world: World) -> None:
    """Probes that come together share one token, too."""
    verification = world.verification()
    world.emulator.clear_calls()
    together = threading.Barrier(4)

    def verify() -> None:
        together.wait(20)
        with pytest.raises(SelfVerificationError):
            verification(UNKNOWN)

    threads = [threading.Thread(target=verify) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(world.calls()) == [*[f"{VERIFY} 404"] * 4, f"{TOKEN} 200"]


def test_refused_token_is_renewed_once(world: World) -> None:
    """One that the service no longer takes is renewed, and the verification sent again."""
    world.emulator.add_fault(route=VERIFY, do="status", status=401)

    assert world.create(world.verification()) == 201
    assert world.calls() == [f"{TOKEN} 200", f"{VERIFY} 401", f"{TOKEN} 200", f"{VERIFY} 200"]


def test_token_that_is_never_accepted(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """After one renewal it is over, with a sentence."""
    world.emulator.add_fault(route=VERIFY, do="status", status=401, times=None)

    assert world.create(world.verification()) == 400
    assert world.calls() == [f"{TOKEN} 200", f"{VERIFY} 401", f"{TOKEN} 200", f"{VERIFY} 401"]
    assert f"(401). ENS does not accept a new token either. {PERMISSION}" in caplog.messages[0]


def test_wrong_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong secret fails the creation, and the log says why without showing anything secret."""
    caplog.set_level(logging.DEBUG, logger="ens_provider.receiver")

    assert world.create(world.verification(client_secret="leopard")) == 400
    assert caplog.messages[0] == CREDENTIALS
    [callback] = world.emulator.state()["callbacks"]
    for secret in ("leopard", callback["verificationKey"]):
        assert secret not in caplog.text


def test_next_secret(world: World) -> None:
    """When the service no longer knows the first secret, the next one is tried."""
    verification = world.verification(client_secret="leopard", client_secret_next="tiger")

    assert world.create(verification) == 201
    assert world.calls() == [f"{TOKEN} 401", f"{TOKEN} 200", f"{VERIFY} 200"]


def test_missing_permission(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A package that may not verify is told so."""
    scopes = ["event_notification_callback_read"]
    world.emulator.set_client("reader", client_secret="tiger", mids=[1234567], scopes=scopes)

    assert world.create(world.verification(client_id="reader")) == 400
    assert f"(403). {PERMISSION}" in caplog.messages[0]


def test_limit_that_says_when(world: World) -> None:
    """What is limited is sent again after the time that the service asks for."""
    world.emulator.add_fault(
        route=VERIFY, do="status", status=429, headers={"Retry-After": "5"}, times=2
    )

    assert world.create(world.verification()) == 201
    assert world.slept == [5.0, 5.0]


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "20"}, {"Retry-After": "soon"}, {"Retry-After": ""}]
)
def test_limit_that_lasts(world: World, headers: dict[str, str]) -> None:
    """A limit beyond the 20 seconds, or without a time, ends the attempt at once."""
    world.emulator.add_fault(route=TOKEN, do="status", status=429, headers=headers, times=None)

    with pytest.raises(SelfVerificationError) as caught:
        world.verification()(UNKNOWN)

    assert world.slept == []
    assert str(caught.value) == (
        "ENS gave the receiver no token (429, 50100). ENS limits requests: it is tried again with "
        "the next creation."
    )


def test_limit_without_end(world: World) -> None:
    """A service that goes on limiting is asked for 20 seconds, and then no more."""
    world.emulator.add_fault(
        route=TOKEN, do="status", status=429, headers={"Retry-After": "0"}, times=None
    )

    with pytest.raises(SelfVerificationError, match="ENS limits requests"):
        world.verification()(UNKNOWN)

    assert world.slept == [1.0] * 19


def test_forged_probe(world: World) -> None:
    """An id that the service does not know verifies nothing."""
    with pytest.raises(SelfVerificationError) as caught:
        world.verification()(UNKNOWN)

    assert str(caught.value) == UNKNOWN_KEY


def test_verified_already(world: World) -> None:
    """What was verified before is no success: nothing published tells it from other refusals."""
    verification = world.verification()
    world.create(verification)
    [callback] = world.emulator.state()["callbacks"]
    probe = Probe(callback_id=callback["callbackId"], verification_key=callback["verificationKey"])

    with pytest.raises(SelfVerificationError, match="It is verified already, or four hours"):
        verification(probe)


def test_business_unit(world: World) -> None:
    """The token is one of the given business unit; in another one there is no such callback."""
    world.emulator.set_client("both", client_secret="tiger")

    assert world.create(world.verification(client_id="both", account_id="7654321")) == 400
    assert world.create(world.verification(client_id="both", account_id="1234567"), "mails") == 201


@pytest.mark.parametrize(
    ("route", "fault", "sentence"),
    [
        (TOKEN, {"status": 500}, "no token (500, 30000). ENS failed: it is tried again with"),
        (VERIFY, {"status": 503}, "(503, 50300). ENS failed: it is tried again with"),
        (
            TOKEN,
            {"status": 302, "headers": {"Location": "/elsewhere"}},
            "no token (302, 10000). That is",
        ),
        (TOKEN, {"status": 200, "body": "<html>"}, "no token (200). That is no answer of ENS's"),
        (TOKEN, {"status": 400, "body": {"error": "tiger"}}, "no token (400). Check client id"),
        (TOKEN, {"status": 200, "body": [1]}, "no token (200). That is no answer"),
        (TOKEN, {"status": 200, "body": {"access_token": "a b"}}, "no token (200)."),
        (TOKEN, {"status": 200, "body": {"access_token": "a", "expires_in": "x"}}, "no token (200"),
        (
            TOKEN,
            {"do": "drop"},
            "to verify a callback: it closed the connection. Check the address",
        ),
        (TOKEN, {"do": "truncate", "when": "after"}, "no token (200). That is no answer"),
    ],
)
def test_useless_answers(world: World, route: str, fault: dict[str, Any], sentence: str) -> None:
    """Whatever the service answers, it is one error with one sentence."""
    world.emulator.add_fault(**{"route": route, "do": "status", **fault})

    with pytest.raises(SelfVerificationError) as caught:
        world.verification()(UNKNOWN)

    assert sentence in str(caught.value)
    assert caught.value.__cause__ is None


def test_service_that_is_not_there(world: World) -> None:
    """A refused connection is told with the host."""
    with held_port(0) as held:
        host = f"127.0.0.1:{held.getsockname()[1]}"
        verification = world.verification(auth_url=f"http://{host}")

        with pytest.raises(SelfVerificationError) as caught:
            verification(UNKNOWN)

    assert str(caught.value) == (
        f"The receiver got no answer from {host} to verify a callback: it refused the connection. "
        "Check the address and the receiver's way out."
    )


def test_certificate_that_is_not_trusted() -> None:
    """Over TLS the certificate is checked; `tls` says what to trust beside the public authorities."""

    class Tokens:
        longest_body_bytes = 10_000

        def handle(self, _method: str, path: str, _headers: Any, _body: bytes) -> Response:
            token = {"access_token": "a-token", "expires_in": 1079} if "token" in path else {}
            return Response(status=200, body=json.dumps(token).encode())

    with serving(Tokens()) as running:
        url = f"https://localhost:{running.port}"

        def verify(tls: ssl.SSLContext) -> None:
            SelfVerification(client_id="a", client_secret="b", auth_url=url, rest_url=url, tls=tls)(
                UNKNOWN
            )

        verify(running.tls)
        with pytest.raises(SelfVerificationError, match="its TLS certificate is not trusted"):
            verify(ssl.create_default_context())


def test_slow_answer(world: World) -> None:
    """An answer that goes on beyond the 20 seconds is given up, however alive the connection is."""
    times = iter([0.0, 0.0, 0.0, 21.0])
    verification = SelfVerification(
        client_id="receiver",
        client_secret="tiger",
        auth_url=world.emulator.auth_url,
        rest_url=world.emulator.rest_url,
        clock=lambda: next(times),
    )

    with pytest.raises(SelfVerificationError, match="to verify a callback: it took too long"):
        verification(UNKNOWN)
