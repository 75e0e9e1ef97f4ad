"""The creation probe: one HTTPS POST that has to be answered with exactly 200."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ens_provider.emulator.probe_failures import ProbeFailure
from ens_provider.emulator.records import Callback

PROBE_TIMEOUT_SECONDS = 30.0
_CLOSED = "The underlying connection was closed: "
_LEFT_OUT_HEADERS = ("User-Agent", "Accept", "Accept-Encoding")  # nobody recorded what is sent


@dataclass(frozen=True)
class ProbeOutcome:
    """The HTTP status that came back, if any did, and why the probe failed, if it did."""

    status: int | None
    failure: ProbeFailure | None


class Prober(Protocol):
    """What probes the endpoint of a new callback."""

    async def probe(self, callback: Callback) -> ProbeOutcome:
        """Send the callback's id and verification key to its URL."""
        ...


@dataclass(frozen=True, kw_only=True)
class ProbeOptions:
    """Where names lead to (`host` → address and port), which extra CA is trusted, how long.

    Without `allow_network` nothing outside loopback is looked up or connected to: a name that
    is not in the table cannot be resolved.
    """

    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    ca_file: str | None = None
    timeout_seconds: float = PROBE_TIMEOUT_SECONDS
    allow_network: bool = False


class HTTPSProber:
    """Probes over real TLS on a fresh connection, with verified certificates, no redirects."""

    def __init__(self, options: ProbeOptions) -> None:
        self._options = options
        self._tls = ssl.create_default_context()
        if options.ca_file is not None:
            self._tls.load_verify_locations(cafile=options.ca_file)

    async def probe(self, callback: Callback) -> ProbeOutcome:
        """Send the callback's id and verification key to its URL."""
        host = urlsplit(callback.url).hostname or ""
        try:
            status = await self._post(callback, host)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            return ProbeOutcome(None, _failure(error, host))
        if status == HTTPStatus.OK:
            return ProbeOutcome(status, None)
        return ProbeOutcome(status, _protocol_error(status))

    async def _post(self, callback: Callback, host: str) -> int:
        _require_reachable(host, self._options)
        connector = aiohttp.TCPConnector(
            resolver=_TableResolver(self._options), ssl=self._tls, force_close=True
        )
        timeout = aiohttp.ClientTimeout(total=self._options.timeout_seconds)
        body = {"callbackId": callback.callback_id, "verificationKey": callback.verification_key}
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            trust_env=False,
            skip_auto_headers=_LEFT_OUT_HEADERS,
        ) as session:
            answer = await session.post(callback.url, json=body, allow_redirects=False)
            answer.close()
            return answer.status


class _TableResolver(AbstractResolver):
    """Looks names up in the table, then on loopback, and only then, if allowed, in the DNS."""

    def __init__(self, options: ProbeOptions) -> None:
        self._options = options

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.lower() in self._options.resolve:
            address, port = self._options.resolve[host.lower()]
            return [_resolved(host, address, port)]
        if _is_loopback(host):
            return [_resolved(host, "127.0.0.1", port)]
        if not self._options.allow_network:
            raise OSError(f"{host} is not in the resolve table")
        return await aiohttp.ThreadedResolver().resolve(host, port, family)

    async def close(self) -> None:
        """Hold nothing that would have to be let go."""


def _resolved(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_reachable(host: str, options: ProbeOptions) -> None:
    # An address never reaches the resolver, so it is stopped here.
    try:
        outside = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return
    if outside and not options.allow_network:
        raise ConnectionRefusedError(f"{host} is outside loopback")


def _failure(error: Exception, host: str) -> ProbeFailure:
    """Return what .NET, which the service runs on, would say about this failure."""
    cut = getattr(error, "os_error", None)
    if isinstance(cut, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return ProbeFailure("SendFailure", _CLOSED + "An unexpected error occurred on a send.")
    for kind, failure in _failures(host):
        if isinstance(error, kind):
            return failure
    return ProbeFailure("UnknownError", "An unexpected error occurred.")


def _failures(host: str) -> tuple[tuple[type[Exception], ProbeFailure], ...]:
    # The order matters: the first class that fits names the failure.
    timeout = ProbeFailure("Timeout", "The operation has timed out")
    unreachable = ProbeFailure("ConnectFailure", "Unable to connect to the remote server")
    return (
        (asyncio.TimeoutError, timeout),
        (aiohttp.ClientConnectorDNSError, _unresolved(host)),
        (aiohttp.ClientConnectorCertificateError, _untrusted()),
        (aiohttp.ClientConnectorSSLError, _no_channel()),
        (aiohttp.ClientConnectorError, unreachable),
        (ConnectionRefusedError, unreachable),
        (aiohttp.ServerDisconnectedError, _closed_early()),
        (aiohttp.ClientOSError, _receive_failure()),
        (aiohttp.ClientResponseError, _protocol_violation()),
        (OSError, _receive_failure()),
    )


def _unresolved(host: str) -> ProbeFailure:
    sentence = f"The remote name could not be resolved: '{host}'"
    return ProbeFailure("NameResolutionFailure", sentence)


def _untrusted() -> ProbeFailure:
    trust = "Could not establish trust relationship for the SSL/TLS secure channel."
    return ProbeFailure("TrustFailure", _CLOSED + trust)


def _no_channel() -> ProbeFailure:
    sentence = "The request was aborted: Could not create SSL/TLS secure channel."
    return ProbeFailure("SecureChannelFailure", sentence)


def _closed_early() -> ProbeFailure:
    return ProbeFailure("ConnectionClosed", _CLOSED + "The connection was closed unexpectedly.")


def _receive_failure() -> ProbeFailure:
    return ProbeFailure("ReceiveFailure", _CLOSED + "An unexpected error occurred on a receive.")


def _protocol_violation() -> ProbeFailure:
    sentence = "The server committed a protocol violation. Section=ResponseStatusLine"
    return ProbeFailure("ServerProtocolViolation", sentence)


def _protocol_error(status: int) -> ProbeFailure:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    sentence = f"The remote server returned an error: ({status}) {phrase}."
    return ProbeFailure("ProtocolError", sentence)
