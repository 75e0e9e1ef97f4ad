"""`python -m ens_provider receiver`, as a process and over TLS."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver import sign
from ens_provider.receiver.process import (
    ReceiverProcess,
    ReceiverProcessError,
    ReceiverProcessOptions,
)
from tests.emulator.caller import Caller

ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
NEW_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
VERIFICATION_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
PROBE = json.dumps({"callbackId": ORDERS, "verificationKey": VERIFICATION_KEY}).encode()
BODY = (
    b'[{"eventCategoryType":"TransactionalSendEvents.EmailSent","n":1},'
    b'{"eventCategoryType":"EngagementEvents.EmailOpen"},'
    b'{"eventCategoryType":"TransactionalSendEvents.EmailSent","n":2}]'
)
NO_FIT = (
    "The signature fits none of the keys: it was made with another key, or the body is not the "
    "one that was signed."
)
TRUSTME_IS_MISSING = (
    "Error: The receiver's certificates need the package 'trustme', which is not installed: "
    "pip install 'pulumi-sfmc-ens[receiver]'"
)


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command and wait for its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SFMC_")}
    kept.pop("ENS_RECEIVER_TOKEN", None)
    return subprocess.run(
        [sys.executable, "-m", "ens_provider", "receiver", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=kept | variables,
    )


def deliver(receiver: ReceiverProcess, key: str, body: bytes = BODY) -> tuple[int, object]:
    """Send a delivery that is signed with a key."""
    status, content = receiver.request(
        "POST", "/ens", body=body, headers={"x-sfmc-ens-signature": sign(body, key)}
    )
    return status, json.loads(content)


def test_handshake_and_deliveries(receiver: ReceiverProcess) -> None:
    """A probe, its key, a signature key, and what is accepted and refused, over real TLS."""
    probed = receiver.request("POST", "/", body=PROBE)
    unknown = deliver(receiver, KEY)
    receiver.put_keys(ORDERS, [NEW_KEY, KEY])

    assert probed == (200, b"{}")
    assert receiver.verification_key(ORDERS) == VERIFICATION_KEY
    assert unknown == (503, {"error": "There is no signature key to check the signature with."})
    assert [deliver(receiver, key) for key in (KEY, NEW_KEY)] == [(200, {})] * 2
    assert deliver(receiver, "Zm9yZ2Vk") == (503, {"error": NO_FIT})
    shown = receiver.received()
    assert [(each["callbackId"], each["status"], len(each["events"])) for each in shown] == [
        (None, 503, 0),
        (ORDERS, 200, 3),
        (ORDERS, 200, 3),
        (None, 503, 0),
    ]
    assert shown[1]["events"] == json.loads(BODY)
    assert [set(each) for each in shown] == [{"at", "callbackId", "status", "events", "reason"}] * 4


def test_what_is_printed(receiver: ReceiverProcess) -> None:
    """One line per delivery: types and counts, or the reason; no keys, no token, no events."""
    receiver.request("POST", "/", body=PROBE)
    receiver.put_keys(ORDERS, [KEY])
    deliver(receiver, KEY)
    deliver(receiver, KEY, b'[{"eventCategoryType":"x\\nAccepted"},{}]')
    deliver(receiver, NEW_KEY)
    printed = receiver.output()

    address, ca_file = f"https://{receiver.address}", receiver.ca_file
    counts = "2 x TransactionalSendEvents.EmailSent, 1 x EngagementEvents.EmailOpen"
    assert printed.splitlines() == [
        f"The receiver of https://receiver.test/ answers at {address}; its CA is {ca_file}.",
        f"Accepted a delivery of callback {ORDERS}: {counts}",
        f"Accepted a delivery of callback {ORDERS}: 2 x (no event type)",
        f"Refused a delivery (503): {NO_FIT}",
    ]
    secrets = (KEY, NEW_KEY, VERIFICATION_KEY, receiver.token, sign(BODY, KEY))
    assert [secret for secret in secrets if secret in printed] == []


def test_keys_are_deleted(receiver: ReceiverProcess) -> None:
    """Without its keys a callback's deliveries are refused again."""
    receiver.put_keys(ORDERS, [KEY])
    before = deliver(receiver, KEY)[0]
    receiver.delete_keys(ORDERS)
    receiver.delete_keys(ORDERS)

    assert (before, deliver(receiver, KEY)[0]) == (200, 503)
    receiver.clear_received()
    assert receiver.received() == []


def test_restart_keeps_port_trust_and_keys(receiver: ReceiverProcess) -> None:
    """A receiver that comes back is the same to everybody; only what it received is gone."""
    receiver.request("POST", "/", body=PROBE)
    receiver.put_keys(ORDERS, [KEY])
    deliver(receiver, KEY)
    before = (receiver.address, receiver.ca_file, Path(receiver.ca_file).read_bytes())
    pid = receiver.pid
    receiver.kill()
    receiver.start()

    assert (receiver.address, receiver.ca_file, Path(receiver.ca_file).read_bytes()) == before
    assert receiver.pid != pid
    assert receiver.received() == []
    assert deliver(receiver, KEY) == (200, {})
    assert receiver.verification_key(ORDERS) == VERIFICATION_KEY


def test_port_of_a_stopped_receiver(receiver: ReceiverProcess) -> None:
    """Nobody else gets the port of a receiver that is to come back, and it refuses connections."""
    receiver.stop()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", receiver.port))
    with pytest.raises(ConnectionRefusedError):
        receiver.request("GET", "/")
    receiver.start()

    assert receiver.received() == []


def test_restart_without_a_folder_forgets(tmp_path: Path) -> None:
    """Without `--keys` nothing is left on the disk, the private folder of the CA included."""
    ready_file = tmp_path / "ready.json"
    arguments = ("--ready-file", str(ready_file), "--host-name", "a.test", "--host-name", "b.test")
    process = subprocess.Popen(
        [sys.executable, "-m", "ens_provider", "receiver", *arguments],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "ENS_RECEIVER_TOKEN": "token", "TMPDIR": str(tmp_path)},
    )
    try:
        while not ready_file.exists():
            assert process.poll() is None
            time.sleep(0.01)
        ready = json.loads(ready_file.read_text())
        ca_file = Path(ready["ca_file"])
        host, _, port = ready["address"].partition(":")
        context = ssl.create_default_context(cafile=str(ca_file))
        for name in ("a.test", "b.test", "localhost", "127.0.0.1"):
            with socket.create_connection((host, int(port)), timeout=20) as plain:
                context.wrap_socket(plain, server_hostname=name).close()
        private = stat.S_IMODE(ca_file.parent.stat().st_mode)
    finally:
        process.terminate()
        code = process.wait(20)

    assert set(ready) == {"url", "address", "ca_file", "pid"}
    assert (ready["url"], ready["pid"], host) == ("https://a.test/", process.pid, "127.0.0.1")
    assert (code, private) == (0, 0o700)
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_deliveries_that_are_held_until_their_key_is_put(tmp_path: Path) -> None:
    """With a quarantine, deliveries that no key fits outlive a restart, and are accepted with their key."""
    with ReceiverProcess(ReceiverProcessOptions(keys=tmp_path, quarantine=True)) as receiver:
        refused = deliver(receiver, KEY)
        receiver.kill()
        receiver.start()
        receiver.put_keys(ORDERS, [KEY])
        [shown] = receiver.received()
        printed = receiver.output()

    assert refused == (503, {"error": "There is no signature key to check the signature with."})
    assert (shown["callbackId"], shown["status"], shown["events"]) == (
        ORDERS,
        200,
        json.loads(BODY),
    )
    assert sorted(shown) == ["at", "callbackId", "events", "reason", "status"]
    assert f"Accepted a delivery that was held of callback {ORDERS}: 2 x " in printed
    assert list((tmp_path / "quarantine").iterdir()) == []


def test_certificate_is_for_its_names_alone(receiver: ReceiverProcess) -> None:
    """Another name is not vouched for, and nobody who lacks the CA trusts it."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as plain:
        context = ssl.create_default_context(cafile=receiver.ca_file)
        with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'else\.test'"):
            context.wrap_socket(plain, server_hostname="else.test")
    with (
        socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="receiver.test")


def test_folder_of_keys_is_private(tmp_path: Path) -> None:
    """Everything in the folder that holds a key is readable by the owner alone."""
    with ReceiverProcess(ReceiverProcessOptions(keys=tmp_path / "keys")) as receiver:
        receiver.request("POST", "/", body=PROBE)
        receiver.put_keys(ORDERS, [KEY])
    modes = {
        path.relative_to(tmp_path / "keys").as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "keys").rglob("*")
    }

    assert modes == {
        "ca.key": 0o600,
        "ca.pem": 0o600,
        "signature-keys": 0o700,
        f"signature-keys/{ORDERS}.json": 0o600,
        "verification-keys": 0o700,
        f"verification-keys/{ORDERS}.json": 0o600,
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_with_connections_open(number: signal.Signals) -> None:
    """A client in the middle of a request does not keep the receiver."""
    with ReceiverProcess() as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=20):
            assert receiver.send_signal(number) == 0
        with pytest.raises(ConnectionRefusedError):
            receiver.request("GET", "/")


def test_stuck_client_holds_up_nobody(receiver: ReceiverProcess) -> None:
    """Connections without a handshake, and requests without an end, leave others alone."""
    stuck = [socket.create_connection(("127.0.0.1", receiver.port), timeout=20) for _ in range(5)]
    try:
        assert receiver.request("POST", "/", body=PROBE) == (200, b"{}")
    finally:
        for each in stuck:
            each.close()


def test_receiver_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A harness that is killed leaves no receiver behind."""
    program = (
        "import os, signal; from ens_provider.receiver.process import ReceiverProcess\n"
        "receiver = ReceiverProcess(); receiver.start()\n"
        "print(receiver.port, receiver.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    harness = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # A killed harness cannot clear its temporary folder away.
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    port, pid = harness.stdout.split()
    until = time.monotonic() + 20
    while (running := listens(int(port))) and time.monotonic() < until:
        time.sleep(0.05)
    if running:
        os.kill(int(pid), signal.SIGKILL)

    assert harness.returncode == -signal.SIGKILL
    assert not running


def listens(port: int) -> bool:
    """Whether somebody listens at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        # It closes its port at this very moment: look again.
        return True
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one loopback address")
def test_only_loopback_is_answered(receiver: ReceiverProcess) -> None:
    """The port is bound on 127.0.0.1 alone: on every other address it is still free."""
    with socket.socket() as other:
        other.bind(("127.0.0.2", receiver.port))
    with socket.socket() as same, pytest.raises(OSError, match="in use"):
        same.bind(("127.0.0.1", receiver.port))


def test_port_that_is_taken() -> None:
    """A port in use ends the command with a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ReceiverProcessError) as refused,
            ReceiverProcess(ReceiverProcessOptions(port=port)),
        ):
            pass

    assert f"Error: Port {port} of 127.0.0.1 cannot be had: Address already in use." in str(
        refused.value
    )
    assert "Traceback" not in str(refused.value)


def test_token_is_needed() -> None:
    """Without a token the command says how to give one."""
    ended = run()

    assert ended.returncode == 2
    assert "Error: The receiver needs a token: set ENS_RECEIVER_TOKEN." in ended.stderr


@pytest.mark.parametrize("token", ["two words", "tökén"])
def test_token_that_cannot_be(token: str) -> None:
    """A token that no header can carry is refused, and not shown."""
    ended = run("--token", token)

    assert ended.returncode == 1
    assert "must be printable ASCII" in ended.stderr
    assert token not in ended.stderr + ended.stdout


def test_help_shows_no_token() -> None:
    """The help names the variable and never its value."""
    ended = run("--help", ENS_RECEIVER_TOKEN="do-not-show")

    assert ended.returncode == 0
    assert "ENS_RECEIVER_TOKEN" in ended.stdout
    assert "do-not-show" not in ended.stdout


def test_package_of_the_extra_is_missing() -> None:
    """One sentence names the extra to install."""
    program = (
        "import runpy, sys; "
        "sys.modules['trustme'] = None; sys.argv = ['ens_provider', 'receiver']; "
        "runpy.run_module('ens_provider', run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, ended.stderr.strip()) == (1, TRUSTME_IS_MISSING)


def test_self_verification_without_credentials() -> None:
    """A receiver that shall verify itself says which credentials are missing."""
    ended = run("--verify-self", ENS_RECEIVER_TOKEN="token")

    assert (ended.returncode, ended.stderr.strip()) == (
        2,
        (
            "Error: --verify-self: A receiver that verifies itself needs SFMC_CLIENT_ID and "
            "SFMC_CLIENT_SECRET."
        ),
    )


def credentials(emulator: EmulatorProcess) -> dict[str, str]:
    """Return the variables that lead a receiver to the emulator."""
    return {
        "SFMC_AUTH_URL": emulator.auth_url,
        "SFMC_REST_URL": emulator.rest_url,
        "SFMC_CLIENT_ID": "client",
        "SFMC_CLIENT_SECRET": "emulators-secret",
    }


def test_receiver_verifies_itself_inside_the_probe(tmp_path: Path) -> None:
    """With credentials of its own it has verified the callback before the creation is answered."""
    with ReceiverProcess(ReceiverProcessOptions(keys=tmp_path)) as first:
        port, ca_file, resolve = first.port, first.ca_file, first.resolve
    with EmulatorProcess(EmulatorOptions(resolve=resolve, ca_file=ca_file)) as emulator:
        emulator.set_client("client", client_secret="emulators-secret")
        options = ReceiverProcessOptions(
            port=port, keys=tmp_path, verify_self=True, environment=credentials(emulator)
        )
        with (
            ReceiverProcess(options) as receiver,
            Caller(emulator, client_secret="emulators-secret") as caller,
        ):
            callback_id = caller.created()["callbackId"]
            [callback] = emulator.state()["callbacks"]
            printed = receiver.output()

    assert callback["status"] == "verified"
    assert f"Verified callback {callback_id}.\n" in printed
    assert callback["verificationKey"] not in printed


def test_self_verification_that_is_refused() -> None:
    """A probe that the service does not know fails, and the output says why without the key."""
    with EmulatorProcess() as emulator:
        emulator.set_client("client", client_secret="emulators-secret")
        options = ReceiverProcessOptions(verify_self=True, environment=credentials(emulator))
        with ReceiverProcess(options) as receiver:
            status, content = receiver.request("POST", "/", body=PROBE)
            unknown = receiver.verification_key(ORDERS)
            printed = receiver.output()

    assert (status, unknown) == (500, None)
    assert json.loads(content) == {"error": "The receiver failed; its log says where."}
    assert (
        f"ENS did not verify callback {ORDERS} (404, 404). ENS knows no such callback or key in this "
        "business unit: check account id (MID). A key works once, and a forged probe brings none.\n"
    ) in printed
    assert [secret for secret in (VERIFICATION_KEY, "emulators-secret") if secret in printed] == []
