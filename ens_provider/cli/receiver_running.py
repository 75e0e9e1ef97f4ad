"""Run the receiver of the command until it is told to end."""

import os
import re
import signal
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ens_provider.cli.receiver_certificate import Authority
from ens_provider.emulator.ready_file import write_ready_file
from ens_provider.receiver import (
    FileQuarantine,
    FileSignatureKeys,
    FileVerificationKeys,
    MemoryQuarantine,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Probe,
    Quarantine,
    Received,
    Receiver,
    ReceiverOptions,
)
from ens_provider.receiver.administration import AdministeredReceiver, History
from ens_provider.receiver.server import ReceiverServer

_SECONDS_BETWEEN_LOOKS = 0.2
_OK = 200
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_.]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a receiver runs. Port 0 takes a free one; without `keys` all is kept in memory.

    With `parent_pid` it notices within a second that the process that started it is gone, and ends.
    """

    host: str = "127.0.0.1"
    port: int = 0
    token: str = field(repr=False)
    host_names: tuple[str, ...] = ("receiver.test",)
    ready_file: Path | None = None
    keys: Path | None = None
    verify_probe: Callable[[Probe], object] | None = None
    quarantine: bool = False
    parent_pid: int | None = None


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; deliveries in the middle are then not acknowledged.

    Raises:
        OSError: the port is taken, or a file cannot be read or written.
        KeyStoreError: the folder of the keys cannot be used.
        ValueError: the token cannot be used, or the CA's files hold something else.
    """
    with _folder(settings) as folder:
        authority = Authority(folder)
        tls = authority.tls(settings.host_names)
        with _server(settings, tls) as server:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
            _announce(settings, server, authority)
            _wait_for_the_end(settings)
            server.shutdown()


def _server(settings: Settings, tls: ssl.SSLContext) -> ReceiverServer:
    handler = _handler(settings)
    try:
        return ReceiverServer((settings.host, settings.port), handler, tls=tls)
    except OSError as error:
        where = f"Port {settings.port} of {settings.host}"
        raise OSError(f"{where} cannot be had: {error.strerror or error}.") from error


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    if settings.keys is not None:
        settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield settings.keys
        return
    with tempfile.TemporaryDirectory(prefix="ens-receiver-") as private:
        yield Path(private)


def _handler(settings: Settings) -> AdministeredReceiver:
    keys, history = settings.keys, History()
    signature_keys = MemorySignatureKeys() if keys is None else FileSignatureKeys(keys)

    def observe(received: Received) -> None:
        history.add(received)
        print(line_about(received), flush=True)

    receiver = Receiver(
        # The history is where the events of this receiver go.
        lambda _delivery: None,
        signature_keys=signature_keys,
        verification_keys=(
            MemoryVerificationKeys() if keys is None else FileVerificationKeys(keys)
        ),
        token=settings.token,
        options=ReceiverOptions(
            verify_probe=settings.verify_probe,
            observe=observe,
            quarantine=_quarantine(settings),
        ),
    )
    return AdministeredReceiver(
        receiver,
        signature_keys=signature_keys,
        token=settings.token,
        history=history,
        keys_came=receiver.check_quarantined,
    )


def _quarantine(settings: Settings) -> Quarantine | None:
    if not settings.quarantine:
        return None
    return MemoryQuarantine() if settings.keys is None else FileQuarantine(settings.keys)


def line_about(received: Received) -> str:
    """Return the line that is printed about a delivery: no keys, and of the events their types."""
    if received.status != _OK:
        return f"Refused a delivery ({received.status}): {received.reason}"
    counts = Counter(_type_of(event.get("eventCategoryType")) for event in received.events)
    types = ", ".join(f"{count} x {name}" for name, count in counts.items()) or "no events"
    held = " that was held" if received.from_quarantine else ""
    return f"Accepted a delivery{held} of callback {received.callback_id}: {types}"


def _type_of(name: object) -> str:
    # What is printed must not be able to imitate lines of its own.
    return name if isinstance(name, str) and _EVENT_TYPE.fullmatch(name) else "(no event type)"


def _announce(settings: Settings, server: ReceiverServer, authority: Authority) -> None:
    host, port = server.server_address[:2]
    address = f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"
    url = f"https://{settings.host_names[0]}/"
    ca_file = str(authority.ca_file.resolve())
    print(f"The receiver of {url} answers at https://{address}; its CA is {ca_file}.", flush=True)
    if settings.ready_file is not None:
        ready = {"url": url, "address": address, "ca_file": ca_file, "pid": os.getpid()}
        write_ready_file(settings.ready_file, ready)


def _wait_for_the_end(settings: Settings) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    while not ended.wait(_SECONDS_BETWEEN_LOOKS):
        if settings.parent_pid is not None and os.getppid() != settings.parent_pid:
            return
