"""Endpoints that do wrong everything that an endpoint can, and an emulator that finds them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from ens_provider.cli.probe.connection import tls_context
from ens_provider.cli.probe.steps import Probed, Target, probe_endpoint
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.cli.tls_listener import Listener, answering, hanging_up, resetting, server_context
from tools.loopback_server import held_port

SECONDS = 0.5
EMULATOR_SECONDS = 0.7
NEVER_ANSWERING = ("mute.test", "silent.test")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LAST_DAY = datetime(2999, 12, 31, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Endpoints that misbehave, each under a name of its own, and an emulator that finds them."""

    addresses: dict[str, tuple[str, int]]
    ca_file: str
    emulator: EmulatorProcess

    def probe(self, url: str, **more: Any) -> Probed:
        """Probe a URL with the trust that the emulator's probes have."""
        host = urlsplit(url).hostname or ""
        values: dict[str, Any] = {
            "url": url,
            "context": tls_context(self.ca_file),
            "resolved": self.addresses.get(host),
            "timeout_seconds": SECONDS if host in NEVER_ANSWERING else 20,
            "resolver": unresolvable,
        }
        return probe_endpoint(Target(**{**values, **more}))

    def met(self, url: str, **more: Any) -> str:
        """What the last step of a probe that fails says."""
        probed = self.probe(url, **more)
        assert probed.failure is not None
        return probed.steps[-1].detail

    def options(self, host: str) -> list[str]:
        """The options that lead the command to a host."""
        address, port = self.addresses[host]
        return [f"--resolve={host}={address}:{port}", f"--ca-file={self.ca_file}"]


def unresolvable(host: str, port: int, **_: object) -> Sequence[tuple[object, ...]]:
    """A name server that knows no name."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def resolved(*addresses: str) -> Any:
    """A name server that knows these addresses for every name."""
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]
    return lambda *_, **__: entries * 2


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Everything an endpoint can do wrong, and an emulator of little patience."""
    authority, other = trustme.CA(), trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    held = threading.Event()
    with ExitStack() as stack:
        addresses = {}

        def listen(host: str, behave: Any, **more: Any) -> None:
            listener = stack.enter_context(Listener(behave, **more))
            addresses[host] = ("127.0.0.1", listener.port)

        def serve(host: str, *parts: bytes, **more: Any) -> None:
            context = server_context(authority.issue_cert(host))
            listen(host, answering(*parts, **more), context=context)

        serve("good.test", OK)
        for status in (201, 204, 302, 404, 500, 599):
            serve(f"answers-{status}.test", f"HTTP/1.1 {status} \r\n\r\n".encode())
        serve("garbage.test", b"SSH-2.0-OpenSSH\r\n")
        serve("old.test", b"HTTP/0.9 200 OK\r\n\r\n")
        serve("half.test", b"HTTP/1.1 200 OK\r\nContent-")
        serve("silent.test", then=lambda: held.wait(20))
        serve("interim.test", b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        serve(
            "body.test",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n.",
            then=lambda: held.wait(20),
        )
        context = server_context(authority.issue_cert("resets.test"))
        listen("resets.test", resetting, context=context)
        listen("plain.test", answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        listen("hangs-up.test", hanging_up)
        listen("mute.test", lambda channel: held.wait(20))
        listen(
            "other-name.test",
            answering(OK),
            context=server_context(authority.issue_cert("a.test", "b.test")),
        )
        listen(
            "unknown-ca.test",
            answering(OK),
            context=server_context(other.issue_cert("unknown-ca.test")),
        )
        ended = authority.issue_cert(
            "ended.test", not_after=datetime(2020, 2, 29, tzinfo=timezone.utc)
        )
        listen("ended.test", answering(OK), context=server_context(ended))
        future = authority.issue_cert(
            "future.test", not_before=datetime(2998, 1, 2, tzinfo=timezone.utc)
        )
        listen("future.test", answering(OK), context=server_context(future))
        lasting = authority.issue_cert("lasting.test", not_after=LAST_DAY)
        listen("lasting.test", answering(OK), context=server_context(lasting))
        child = authority.create_child_ca()
        leaf = server_context(child.issue_cert("leaf-alone.test"), leaf_alone=True)
        listen("leaf-alone.test", answering(OK), context=leaf)
        old_tls = server_context(authority.issue_cert("old-tls.test"))
        old_tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
            old_tls.maximum_version = ssl.TLSVersion.TLSv1_1
        listen("old-tls.test", answering(OK), context=old_tls)
        closed = stack.enter_context(held_port(0))
        addresses["refuses.test"] = ("127.0.0.1", closed.getsockname()[1])
        options = EmulatorOptions(
            resolve=[f"{host}={address}:{port}" for host, (address, port) in addresses.items()],
            ca_file=ca_file,
            probe_timeout_seconds=EMULATOR_SECONDS,
        )
        emulator = stack.enter_context(EmulatorProcess(options))
        yield Stage(addresses=addresses, ca_file=str(ca_file), emulator=emulator)
        held.set()
