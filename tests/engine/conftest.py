"""One emulator and its endpoints per test process, as new for each test, and a stack that uses them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tests.engine.calls import Calls
from tests.engine.outside import Outside
from tests.engine.tap import Tap
from tests.engine.watch import CLIENT_SECRET, Watch
from tests.repo.files import text_of
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

RECEIVER_HOST = "hooks.test"
# Long enough for an endpoint on this machine, short enough to wait for in a test.
PROBE_TIMEOUT_SECONDS = 2.0


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Sign the certificates that the emulator trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def running_endpoint(authority: trustme.CA) -> Iterator[Endpoint]:
    """Run the shop's endpoint, `receiver.test` and `other.test`."""
    with Endpoint(("receiver.test", "other.test"), authority=authority) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def silent_endpoint(authority: trustme.CA) -> Iterator[Endpoint]:
    """Hold the port of `late.test` and of `dead1.test` to `dead6.test`; nothing listens there."""
    names = ("late.test", *(f"dead{number}.test" for number in range(1, 7)))
    with Endpoint(names, authority=authority, listening=False) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def untrusted_endpoint() -> Iterator[Endpoint]:
    """Run `untrusted.test`, whose certificate nobody trusts."""
    with Endpoint(("untrusted.test",)) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def receiver() -> Iterator[ReceiverProcess]:
    """Run a real receiver, `hooks.test`, which hands out the verification keys of its probes."""
    with ReceiverProcess(ReceiverProcessOptions(host_names=(RECEIVER_HOST,))) as process:
        yield process


@pytest.fixture(scope="session")
def trusted(
    running_endpoint: Endpoint, receiver: ReceiverProcess, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Write the authorities that the emulator trusts: the endpoints' and the receiver's."""
    bundle = tmp_path_factory.mktemp("authorities") / "trusted.pem"
    files = (running_endpoint.ca_file, receiver.ca_file)
    bundle.write_text("".join(Path(file).read_text("utf-8") for file in files), "utf-8")
    return bundle


@pytest.fixture(scope="session")
def running_emulator(
    running_endpoint: Endpoint,
    silent_endpoint: Endpoint,
    untrusted_endpoint: Endpoint,
    receiver: ReceiverProcess,
    trusted: Path,
) -> Iterator[EmulatorProcess]:
    """Run the emulator; the names of all endpoints lead there, `nowhere.test` leads nowhere."""
    endpoints = (running_endpoint, silent_endpoint, untrusted_endpoint, receiver)
    options = EmulatorOptions(
        resolve=[entry for endpoint in endpoints for entry in endpoint.resolve],
        ca_file=trusted,
        probe_timeout_seconds=PROBE_TIMEOUT_SECONDS,
    )
    with EmulatorProcess(options) as emulator:
        yield emulator


@pytest.fixture
def endpoint(running_endpoint: Endpoint) -> Endpoint:
    """Give the shop's endpoint, which answers every probe with 200."""
    running_endpoint.answer(200)
    running_endpoint.hook = None
    running_endpoint.received.clear()
    return running_endpoint


@pytest.fixture
def late_endpoint(silent_endpoint: Endpoint) -> Iterator[Endpoint]:
    """Give the endpoint of `late.test`, which does not listen before `start()`."""
    silent_endpoint.answer(200)
    silent_endpoint.received.clear()
    yield silent_endpoint
    silent_endpoint.stop()


@pytest.fixture
def emulator(running_emulator: EmulatorProcess, endpoint: Endpoint) -> EmulatorProcess:
    """Give the emulator, empty and with the default switches."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def calls(emulator: EmulatorProcess) -> Calls:
    """Give what reached the emulator since the last look."""
    return Calls(emulator)


@pytest.fixture
def outside(emulator: EmulatorProcess) -> Outside:
    """Give somebody else's hand in the same business unit."""
    return Outside(emulator)


@pytest.fixture
def service(emulator: EmulatorProcess) -> ServiceAccess:
    """Give the way to the emulator: business unit 1234567, as the default client."""
    return ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)


@pytest.fixture
def shop(new_stack: NewStack, service: ServiceAccess) -> Stack:
    """Give the stack `dev` of project `shop`, which works with the emulator."""
    return new_stack(service=service, project="shop")


@pytest.fixture
def keyed(shop: Stack, receiver: ReceiverProcess) -> Stack:
    """Give the shop's stack whose programs fetch verification keys from the receiver."""
    shop.with_environment(
        REQUESTS_CA_BUNDLE=receiver.ca_file,
        VERIFICATION_KEY_URL=receiver.verification_key_url,
        RECEIVER_TOKEN=receiver.token,
    )
    return shop


@pytest.fixture
def delivering(keyed: Stack, receiver: ReceiverProcess) -> Stack:
    """Give the shop's stack whose programs hand signature keys to the receiver, too."""
    keyed.with_environment(RECEIVER_URL=receiver.local_url)
    keyed.file("receiver_key.py", text_of("receiver_key.py"))
    return keyed


@pytest.fixture
def tap(emulator: EmulatorProcess) -> Iterator[Tap]:
    """Tap the line to the emulator, for those that go by its address."""
    with Tap(emulator.rest_url) as tap:
        yield tap


@pytest.fixture
def guarded(shop: Stack, emulator: EmulatorProcess) -> Stack:
    """Give a stack whose client has a telling secret."""
    emulator.set_client("client", client_secret=CLIENT_SECRET)
    shop.with_environment(SFMC_CLIENT_SECRET=CLIENT_SECRET)
    return shop


@pytest.fixture
def watch(guarded: Stack) -> Watch:
    """Watch everything in the stack's folder but its program, which may name a key."""
    return Watch(guarded, guarded.folder.parent)
